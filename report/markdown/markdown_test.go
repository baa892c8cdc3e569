package markdown

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

var update = flag.Bool("update", false, "write the golden files anew")

const nasty = "<script>alert(1)</script> a|b `c` *d* _e_ [f](https://example.org) @you ~g~ $h$ \\ & www.example.org"

func document() *report.Document {
	at := time.Date(2026, 1, 31, 6, 0, 0, 0, time.UTC)
	until := at.AddDate(0, 0, 14)
	r := &report.Run{ID: "run-9", Environment: "production", StartedAt: at, Seconds: 1.5}
	r.Tables = []report.Table{
		{Plan: plan.Table{TableRef: warehouse.TableRef{Name: "quiet"}}, Status: report.Completed, Drift: &drift.Report{}},
		{Plan: plan.Table{TableRef: warehouse.TableRef{Schema: "s", Name: "orders|2"}}, Status: report.Completed,
			Profile: &metrics.TableProfile{RowCount: 2000, RowsRead: 100},
			Outlook: &drift.Outlook{Anomalies: []drift.Anomaly{
				{ColumnMetric: drift.ColumnMetric{Column: "amount", Metric: metrics.Mean}, Method: drift.ControlLimits, Severity: drift.High, Reason: "mean is 200, outside the control limits"},
				{ColumnMetric: drift.ColumnMetric{Column: "amount", Metric: metrics.Mean}, Method: drift.MAD, Severity: drift.Low, Reason: "mean is 200, and was mostly 20"},
				{ColumnMetric: drift.ColumnMetric{Column: nasty, Metric: metrics.DistinctCount}, Method: drift.IQR, Severity: drift.Low, Reason: "distinct_count is 2000, of " + nasty},
				{ColumnMetric: drift.ColumnMetric{Column: "amount", Metric: metrics.NullRatio}, Method: drift.IQR, Severity: drift.Medium, Reason: "null_ratio is 0.25", Muted: &drift.Muted{By: drift.ByMute, Until: &until, Reason: "known"}},
			}},
			Drift: &drift.Report{
				Findings: []drift.Finding{
					{Column: "amount", Metric: metrics.Mean, Severity: drift.High, Reason: "mean went from 20 to 200, +900.0 % (high from 50 % on)", ID: "00000001-0000"},
					{Column: nasty, Metric: metrics.TopValues, Severity: drift.Medium, Reason: "the share of " + nasty + " went from 0 % to 50 %", ID: "00000002-0000"},
					{Column: "amount", Metric: metrics.NullRatio, Severity: drift.High, Reason: "null_ratio went from 0.1 to 0.25", Muted: &drift.Muted{By: drift.ByMute, Until: &until, Reason: "known"}},
				},
				SchemaChanges: []drift.SchemaChange{{Type: drift.ColumnAdded, Column: "note", NewType: "TEXT", Severity: drift.Low}},
				NotComputed:   []drift.Skipped{{Column: "amount", Test: drift.PSI, Why: "the baseline holds no distribution of the column"}},
			}},
		{Plan: plan.Table{TableRef: warehouse.TableRef{Name: "gone"}}, Status: report.Failed, Error: &report.Failure{Kind: "error", Message: "no such table"}},
	}
	return &report.Document{Title: "Profile of production", Run: r}
}

func written(t *testing.T, d *report.Document) string {
	t.Helper()
	var text bytes.Buffer
	if err := Write(&text, d); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// rendered is a report as a reader of GitHub-flavoured Markdown sees it, HTML in it let through.
func rendered(t *testing.T, text string) *nethtml.Node {
	t.Helper()
	var page bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := md.Convert([]byte(text), &page); err != nil {
		t.Fatal(err)
	}
	root, err := nethtml.Parse(&page)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func content(n *nethtml.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == nethtml.TextNode {
			out.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

func TestTheReportIsAsItWas(t *testing.T) {
	got := written(t, document())
	const golden = "testdata/report.md"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || got != string(want) {
		t.Errorf("the report differs from %s (%v); look at it, and write it anew with -update", golden, err)
	}
}

func TestWhatIsReadIsWhatWasFound(t *testing.T) {
	d := document()
	root := rendered(t, written(t, d))
	all := content(root)
	for _, f := range d.Run.Tables[1].Drift.Findings {
		if want := f.Column + ": " + f.Reason; !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	var cells, headings []string
	folded := 0
	for n := range root.Descendants() {
		switch n.Data {
		case "td":
			cells = append(cells, content(n))
		case "h3":
			headings = append(headings, content(n))
		case "details":
			folded++
		case "script", "a", "em", "del", "img":
			t.Errorf("what was found became a <%s>: %s", n.Data, content(n))
		}
	}
	if got := strings.Join(cells, ","); got != "gone,failed,,,,,,,s.orders|2,high,1,1,,2,1,100 of 2,000" {
		t.Errorf("cells %q", got)
	}
	if got := strings.Join(headings, ","); got != "gone: failed,s.orders|2: high" {
		t.Errorf("headings %q", got)
	}
	if folded != 3 {
		t.Errorf("%d folded lists, want those of muted findings and anomalies, and of what was not computed", folded)
	}
	for _, want := range []string{"anomalies: 2", "high amount: mean is 200, outside the control limits; also by mad", "low " + nasty + ": distinct_count is 2000, of " + nasty, "Muted anomalies: 1"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
}

func TestNobodyIsNotified(t *testing.T) {
	if text := written(t, document()); strings.Contains(text, "@you") {
		t.Errorf("GitHub would notify @you:\n%s", text)
	}
}

func TestALargeReportFitsACommentAndSaysWhatWasCut(t *testing.T) {
	r := &report.Run{ID: "large"}
	for i := range 1000 {
		table := report.Table{Plan: plan.Table{TableRef: warehouse.TableRef{Name: fmt.Sprint("table_", i)}}, Status: report.Completed, Drift: &drift.Report{}}
		for c := range 50 {
			table.Drift.Findings = append(table.Drift.Findings, drift.Finding{
				Column: fmt.Sprint("column_", c), Metric: metrics.Mean, Severity: drift.High, Reason: "mean went from 5 to 10, +100.0 % (high from 50 % on)",
			})
		}
		r.Tables = append(r.Tables, table)
	}
	text := written(t, &report.Document{Title: "large", Run: r})
	if len(text) > Limit || len(text) < Limit/2 {
		t.Errorf("%d bytes", len(text))
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "**Cut here**") {
		t.Errorf("the last line is %q", last)
	}
	if !strings.Contains(text, "- and 25 more\n") || !strings.Contains(text, "and 900 more with drift, anomalies or failures") {
		t.Error("what a table's list leaves out is not said")
	}
}

func TestAnomaliesTellNoValueThatIsPrivate(t *testing.T) {
	d := document()
	d.Run.Tables[1] = d.Run.Tables[1].WithoutValues()
	text := written(t, d)
	if strings.Contains(text, "mean is 200, outside") || !strings.Contains(content(rendered(t, text)), "mean is not what earlier runs let expect, by the method control_limits; also by mad") {
		t.Errorf("an anomaly tells a value, or is not told at all:\n%s", text)
	}
}
