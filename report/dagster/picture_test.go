package dagster

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report"
)

// spread are values between two numbers, more of them the higher.
func spread(low, high float64) *metrics.Distribution {
	d := &metrics.Distribution{}
	for i := range int64(33) {
		d.Knots = append(d.Knots, metrics.Knot{Value: low + (high-low)*float64(i)/32, Below: i * i, Through: i * i})
	}
	return d
}

// compared is a table of columns of these names, with its baseline; the columns named drifted have a finding.
func compared(names []string, drifted ...string) report.Table {
	profile := func(low, high float64) *metrics.TableProfile {
		p := &metrics.TableProfile{RowCount: 1024, RowsRead: 1024}
		for _, n := range names {
			p.Columns = append(p.Columns, metrics.ColumnProfile{Name: n, Kind: metrics.KindFloat, Distribution: spread(low, high)})
		}
		return p
	}
	t := report.Table{
		Profile: profile(0, 130), Drift: &drift.Report{BaselineRunID: "before"},
		Baselines: map[string]*drift.Run{"before": {RunID: "before", Profile: profile(0, 70)}},
	}
	for _, n := range drifted {
		t.Drift.Findings = append(t.Drift.Findings, drift.Finding{
			Column: n, Metric: metrics.Mean, Severity: drift.High, Reason: "mean went from 1 to 2 | <b>*bold*</b>", BaselineRuns: []string{"before"},
		})
	}
	return t
}

var pictureForm = regexp.MustCompile(`^!\[((?:[^\[\]\\]|\\.)*)\]\(data:image/svg\+xml,([^\s()<>"#]*)\)`)

// drawn takes a picture apart: its description, and the texts of its SVG, which has to be well formed.
func drawn(t *testing.T, markdown string) (describes string, texts []string, paths int) {
	t.Helper()
	parts := pictureForm.FindStringSubmatch(markdown)
	if parts == nil {
		t.Fatalf("no picture in Markdown: %s", markdown)
	}
	svg, err := url.PathUnescape(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(strings.NewReader(svg))
	root := ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return parts[1], texts, paths
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if root == "" {
				if root = token.Name.Local; root != "svg" || token.Name.Space != "http://www.w3.org/2000/svg" {
					t.Fatalf("the root is %v", token.Name)
				}
			}
			if token.Name.Local == "path" {
				paths++
			}
		case xml.CharData:
			texts = append(texts, string(token))
		}
	}
}

var oddNames = []string{
	"amount", `<script>&"'`, "a](b)![c", "naïve_column_with_a_long_name", "表の列の名前はとても長いのです", "🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂", "line\nend\x00", "\xff\xfe", "100 %20 #x",
}

func TestTheCompactPictureIsShownAtOnceWhateverTheColumnsAreNamed(t *testing.T) {
	for n := range oddNames {
		names := append(append([]string{}, oddNames[n:]...), oddNames[:n]...)
		for _, table := range []report.Table{compared(names), compared(names, names...)} {
			small := compactPicture(table)
			if length := len(utf16.Encode([]rune(small))); length == 0 || length >= 1000 {
				t.Errorf("first %q: %d characters", names[0], length)
			}
			describes, texts, paths := drawn(t, small)
			if len(texts) == 0 || paths != 2 || !strings.Contains(describes, "▁") {
				t.Errorf("first %q: %q, %q, %d paths", names[0], describes, texts, paths)
			}
			drawn(t, fullPicture(table))
		}
	}
}

func TestTheWorstColumnsAreDrawnFirstInBothPictures(t *testing.T) {
	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("c%d", i))
	}
	table := compared(names, "c41", "c7")
	describes, texts, _ := drawn(t, compactPicture(table))
	if len(texts) < 3 || texts[0] != "c41" || texts[1] != "c7" || texts[2] != "c0" {
		t.Errorf("the compact picture shows %q", texts)
	}
	if !strings.HasPrefix(describes, "drift high: c41 ") || !strings.Contains(describes, " was ") {
		t.Errorf("it is described as %q", describes)
	}
	full := fullPicture(table)
	_, texts, _ = drawn(t, full)
	if len(texts) != fullColumns || texts[0] != "c41 · high" || texts[1] != "c7 · high" || texts[2] != "c0" {
		t.Errorf("the full picture shows %q", texts)
	}
	if !strings.Contains(full, `| c41 | ▁`) || !strings.Contains(full, `high: mean went from 1 to 2 \| \<b\>\*bold\*\</b\> |`) {
		t.Errorf("the table of the full picture: %s", full[strings.Index(full, "\n"):])
	}
	if len(full) > 40_000 {
		t.Errorf("the full picture has %d bytes", len(full))
	}
}

func TestTheShapeOfValuesIsThatOfTheirShares(t *testing.T) {
	// Of values whose number grows with their square, the tenths hold 1, 3, 5, … 19 hundredths: 7/19 of those, rounded, are
	// the steps 0, 1, 2, 3, 3, 4, 5, 6, 6 and 7.
	table := compared([]string{"x"})
	table.Drift.BaselineRunID = ""
	if got, _, paths := drawn(t, compactPicture(table)); got != "drift none: x ▁▂▃▄▄▅▆▇▇█" || paths != 1 {
		t.Errorf("got %q, %d paths", got, paths)
	}
	if got := outline([]float64{0.5, 0.5, 0, 1}, 1, 10, 20, 40, 20); got != "M10,20V10H30V20H40V0H50V20z" {
		t.Errorf("the outline is %s", got)
	}
}

func TestTextsAreDrawnByHowOftenTheyAre(t *testing.T) {
	counts := metrics.Structured(metrics.ValueCounts{{Value: metrics.Text("a"), Count: 6}, {Value: metrics.Text("b"), Count: 3}})
	table := report.Table{Drift: &drift.Report{}, Profile: &metrics.TableProfile{RowCount: 9, RowsRead: 9, Columns: []metrics.ColumnProfile{{
		Name: "state", Kind: metrics.KindText, Metrics: map[metrics.Name]metrics.Value{metrics.NullCount: metrics.Int(0), metrics.TopValues: counts},
	}}}}
	if got, _, _ := drawn(t, compactPicture(table)); got != "drift none: state █▅" {
		t.Errorf("got %q", got)
	}
}

func TestNothingIsDrawnInABriefMessageNorOfNothing(t *testing.T) {
	table := compared([]string{"x"})
	for name, of := range map[string]struct {
		brief bool
		table report.Table
		want  bool
	}{
		"a table": {false, table, true}, "a brief message": {true, table, false},
		"a table without columns": {false, report.Table{Profile: &metrics.TableProfile{}, Drift: &drift.Report{}}, false},
	} {
		r := Reporter{Plan: &plan.Plan{}, Brief: of.brief}
		got := r.metadata(of.table)
		_, small := got["picture"]
		_, full := got["picture_full"]
		if small != of.want || full != of.want {
			t.Errorf("%s: picture %v, in full %v", name, small, full)
		}
	}
}
