package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/baselinr/baselinr-pipes/drift"
)

// Slack posts a message of at most a screen to an incoming webhook of Slack.
type Slack struct {
	URL      string
	Channel  string // where the webhook lets the sender choose; empty for its own
	Username string
}

var _ Hook = (*Slack)(nil)

// mostOnScreen is how many entries of each list a message has.
const mostOnScreen = 5

// slackMessage is what an incoming webhook takes (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).
type slackMessage struct {
	Channel  string       `json:"channel,omitempty"`
	Username string       `json:"username,omitempty"`
	Text     string       `json:"text"` // what notifications show
	Blocks   []slackBlock `json:"blocks"`
}

type slackBlock struct {
	Type     string      `json:"type"`
	Text     *slackText  `json:"text,omitempty"`
	Elements []slackText `json:"elements,omitempty"` // of a context
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// Send implements Hook.
func (s *Slack) Send(ctx context.Context, d *Digest) error {
	body, err := json.Marshal(s.message(d))
	if err != nil {
		return err
	}
	p := poster{url: s.URL}
	return p.post(ctx, body, func() http.Header { return http.Header{} })
}

func (s *Slack) message(d *Digest) slackMessage {
	d = d.Brief(mostOnScreen)
	summary := symbol(d) + " " + escape(d.Summary)
	m := slackMessage{Channel: s.Channel, Username: s.Username, Text: summary}
	m.Blocks = append(m.Blocks, section("*"+summary+"*"))
	var findings, changes, failures []string
	for _, f := range d.Findings {
		findings = append(findings, fmt.Sprintf("• %s %s: %s", f.Severity, code(f.subject()), escape(line(f.Reason))))
	}
	for _, c := range d.Changes {
		changes = append(changes, fmt.Sprintf("• %s: %s", code(line(c.Table)), escape(line(c.Text))))
	}
	for _, f := range d.Failures {
		failures = append(failures, fmt.Sprintf("• %s failed: %s", code(line(f.Table)), escape(line(f.Message))))
	}
	for _, list := range [][]string{
		append(findings, andMore(d.Omitted.Findings)...), append(changes, andMore(d.Omitted.Changes)...), append(failures, andMore(d.Omitted.Failures)...),
	} {
		if len(list) > 0 {
			m.Blocks = append(m.Blocks, section(strings.Join(list, "\n")))
		}
	}
	m.Blocks = append(m.Blocks, slackBlock{Type: "context", Elements: []slackText{{
		Type: "mrkdwn", Text: fmt.Sprintf("run %s, %s", code(line(d.RunID)), d.StartedAt.Format("2006-01-02 15:04 UTC")),
	}}})
	return m
}

// symbol is the Python tool's for a severity.
func symbol(d *Digest) string {
	switch {
	case d.Error != "" || len(d.Failures) > 0:
		return "❌"
	case d.Severity == drift.High:
		return "🚨"
	case d.Severity == drift.Medium:
		return "🔶"
	case d.Severity == drift.Low:
		return "⚠️"
	default:
		return "🔄"
	}
}

func section(text string) slackBlock {
	return slackBlock{Type: "section", Text: &slackText{"mrkdwn", text}}
}

// mostEscaped is how many characters a text has at most once it is escaped: mostOnScreen lines of two of them
// stay below the 3,000 that Slack takes in a section.
const mostEscaped = 250

// escape writes the three characters that mean something in any text of Slack's.
func escape(text string) string {
	var out strings.Builder
	n := 0
	for _, r := range text {
		written := string(r)
		switch r {
		case '&':
			written = "&amp;"
		case '<':
			written = "&lt;"
		case '>':
			written = "&gt;"
		}
		if n += utf8.RuneCountInString(written); n > mostEscaped {
			out.WriteString("…")
			break
		}
		out.WriteString(written)
	}
	return out.String()
}

// code writes a name so that none of its characters is markup.
func code(name string) string { return "`" + escape(strings.ReplaceAll(name, "`", "'")) + "`" }
