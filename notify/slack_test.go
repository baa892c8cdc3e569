package notify

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// posted is what Slack gets of a run.
func posted(t *testing.T, s Slack, run *Run) (m slackMessage) {
	t.Helper()
	var body []byte
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		io.WriteString(w, "ok")
	})
	s.URL = server.URL + secretPath
	if err := s.Send(t.Context(), Summarize(run, everything)); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// shown is the text of a message's sections.
func (m slackMessage) shown() string {
	var lines []string
	for _, b := range m.Blocks {
		if b.Text != nil {
			lines = append(lines, b.Text.Text)
		}
	}
	return strings.Join(lines, "\n")
}

func TestAMessageReadsLikeOne(t *testing.T) {
	m := posted(t, Slack{Channel: "#data", Username: "Baselinr"}, runOf(
		drifted("orders", found("amount", metrics.Mean, drift.High)), changed("customers", "email"), failed("returns"),
	))
	want := "*❌ production: drift in 1 of 3 tables (1 high), 1 schema change, 1 of 3 tables failed*\n" +
		"• high `s.orders.amount`: mean went from 2 to 3\n" +
		"• `s.customers`: column email removed (text)\n" +
		"• `s.returns` failed: too slow"
	if m.shown() != want {
		t.Errorf("got\n%s", m.shown())
	}
	if m.Channel != "#data" || m.Username != "Baselinr" || !strings.Contains(m.Text, "drift in 1 of 3 tables") {
		t.Errorf("got %+v", m)
	}
}

func TestAMessageFitsAScreenAndSlack(t *testing.T) {
	var tables []Table
	for i := range 300 {
		f := found(strings.Repeat("wide", 100), metrics.Mean, drift.Medium)
		f.Reason = strings.Repeat("& ", 500)
		drifts := drifted(fmt.Sprint("t", i), f)
		drifts.Drift.SchemaChanges = changed("x", strings.Repeat("long", 100)).Drift.SchemaChanges
		tables = append(tables, drifts, failed(fmt.Sprint("f", i)))
	}
	m := posted(t, Slack{}, runOf(tables...))
	if lines := strings.Count(m.shown(), "\n") + 1; lines > 20 {
		t.Errorf("%d lines", lines)
	}
	if n := strings.Count(m.shown(), "and 295 more"); n != 3 {
		t.Errorf("%d lists of three say how many more there are", n)
	}
	for _, b := range m.Blocks { // https://docs.slack.dev/reference/block-kit/blocks/section-block
		if b.Text != nil && len([]rune(b.Text.Text)) > 3000 {
			t.Errorf("a section has %d characters, of which Slack takes 3000", len([]rune(b.Text.Text)))
		}
	}
}

func TestNamesAreNoMarkup(t *testing.T) {
	table := drifted("o`<!channel>", found("a&b", metrics.Mean, drift.Low))
	m := posted(t, Slack{}, runOf(table))
	if !strings.Contains(m.shown(), "`s.o'&lt;!channel&gt;.a&amp;b`") {
		t.Errorf("got %s", m.shown())
	}
}
