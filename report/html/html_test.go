package html

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

var update = flag.Bool("update", false, "write the golden files anew")

const nasty = `<script>alert("1")</script>"'&|` + "`" + `@you https://example.org`

// evenly are n values spread evenly between two numbers.
func evenly(low, high float64, n int64) *metrics.Distribution {
	d := &metrics.Distribution{}
	for i := range int64(5) {
		d.Knots = append(d.Knots, metrics.Knot{Value: low + (high-low)*float64(i)/4, Below: n / 4 * i, Through: n / 4 * i})
	}
	return d
}

func profile(rows int64, low, high float64) *metrics.TableProfile {
	return &metrics.TableProfile{RowCount: rows, RowsRead: rows, Columns: []metrics.ColumnProfile{
		{
			Name: "amount", Type: "REAL", Kind: metrics.KindFloat, Distribution: evenly(low, high, rows),
			Metrics: map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float((low + high) / 2), metrics.NullRatio: metrics.Float(0.25)},
		},
		{
			Name: nasty, Type: nasty, Kind: metrics.KindText,
			Metrics: map[metrics.Name]metrics.Value{
				metrics.NullCount: metrics.Int(0), metrics.Min: metrics.Text(nasty),
				metrics.TopValues: metrics.Structured(metrics.ValueCounts{{Value: metrics.Text(nasty), Count: rows / 2}, {Value: metrics.Text("b"), Count: rows / 2}}),
			},
			Estimates: map[metrics.Name]float64{metrics.Min: 0.01},
		},
	}}
}

// document is a report with everything that one can have.
func document() *report.Document {
	at := time.Date(2026, 1, 31, 6, 0, 0, 0, time.UTC)
	until := at.AddDate(0, 0, 14)
	id := func(n int) string { return fmt.Sprintf("%08d-0000", n) }
	r := &report.Run{ID: "run-9", Environment: "production", StartedAt: at, Seconds: 1.5, Warnings: []string{"a warning of " + nasty}}
	r.Tables = []report.Table{
		{Plan: plan.Table{TableRef: warehouse.TableRef{Schema: "s", Name: "quiet"}}, Status: report.Completed, RunID: "q", Profile: profile(4, 0, 1), Drift: &drift.Report{}},
		{Plan: plan.Table{TableRef: warehouse.TableRef{Schema: "s", Name: "orders"}}, Status: report.Completed, RunID: "now", ProfiledAt: at, Seconds: 0.5, Profile: profile(2000, 5, 15),
			Outlook: &drift.Outlook{Anomalies: []drift.Anomaly{
				{ColumnMetric: drift.ColumnMetric{Column: "amount", Metric: metrics.Mean}, Method: drift.ControlLimits, Severity: drift.High, Reason: "mean is 200, outside the control limits"},
				{ColumnMetric: drift.ColumnMetric{Column: "amount", Metric: metrics.Mean}, Method: drift.MAD, Severity: drift.Low, Reason: "mean is 200, and was mostly 20"},
				{ColumnMetric: drift.ColumnMetric{Column: nasty, Metric: metrics.DistinctCount}, Method: drift.IQR, Severity: drift.Low, Reason: "distinct_count is 2000, of " + nasty},
				{ColumnMetric: drift.ColumnMetric{Column: "amount", Metric: metrics.NullRatio}, Method: drift.IQR, Severity: drift.Medium, Reason: "null_ratio is 0.25", Muted: &drift.Muted{By: drift.ByMute, Until: &until, Reason: "known"}},
			}},
			Drift: &drift.Report{
				Strategy: drift.Statistical, BaselineReason: "the last run, 4e94eade of 2026-01-30 06:00", BaselineRunID: "before",
				Findings: []drift.Finding{
					{Column: "amount", Metric: metrics.Histogram, Severity: drift.High, Reason: "the share of values up to 5 went from 50 % to 0 %", ID: id(1), BaselineRuns: []string{"before"}},
					{Column: nasty, Metric: metrics.TopValues, Severity: drift.Medium, Reason: "the share of " + nasty + " went from 0 % to 50 %", ID: id(2), BaselineRuns: []string{"before"}},
					{Column: "amount", Metric: metrics.Count, Severity: drift.Low, Reason: "count went from 1000 to 2000", ID: id(3), BaselineRuns: []string{"before"}},
					{Column: nasty, Metric: metrics.Count, Severity: drift.Low, Reason: "count went from 1000 to 2000", ID: id(4), BaselineRuns: []string{"before"}},
					{Column: "amount", Metric: metrics.NullRatio, Severity: drift.High, Reason: "null_ratio went from 0.1 to 0.25", ID: id(5), Muted: &drift.Muted{By: drift.ByMute, Until: &until, Reason: nasty}},
				},
				SchemaChanges: []drift.SchemaChange{{Type: drift.ColumnAdded, Column: nasty, NewType: "TEXT", Severity: drift.Low}},
				NotComputed:   []drift.Skipped{{Column: "amount", Test: drift.PSI, Why: "the baseline holds no distribution of the column"}},
			}},
		{Plan: plan.Table{TableRef: warehouse.TableRef{Name: nasty}}, Status: report.Failed, Error: &report.Failure{Kind: "error", Message: "table " + nasty + " is gone"}},
	}
	figures := func(mean float64) map[report.Figure]float64 {
		return map[report.Figure]float64{{Column: "amount", Metric: metrics.Mean}: mean, {Metric: metrics.Count}: mean * 100}
	}
	return &report.Document{Title: "Profile of production", Run: r, History: map[string]*report.History{
		"s.orders": {
			Baselines: map[string]*drift.Run{"before": {RunID: "before", Profile: profile(1000, 0, 10)}},
			Runs: []report.PastRun{
				{RunID: "first", At: at.AddDate(0, 0, -2), Incident: true, Values: figures(50)},
				{RunID: "before", At: at.AddDate(0, 0, -1), Values: figures(5)},
				{RunID: "now", At: at, Values: figures(10)},
			},
		},
	}}
}

func written(t *testing.T, d *report.Document) string {
	t.Helper()
	var page bytes.Buffer
	if err := Write(&page, d); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

func TestThePageIsAsItWas(t *testing.T) {
	got := written(t, document())
	const golden = "testdata/page.html"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || got != string(want) {
		t.Errorf("the page differs from %s (%v); look at it, and write it anew with -update", golden, err)
	}
}

// nodes are all nodes of a page, as a browser's parser reads it.
func nodes(t *testing.T, page string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range root.Descendants() {
		all = append(all, n)
	}
	return all
}

// text is that of a node, spaces joined.
func text(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

func TestThePageNeedsNothingElseAndRunsNothing(t *testing.T) {
	for _, n := range nodes(t, written(t, document())) {
		switch n.Data {
		case "script", "link", "img", "iframe", "object", "embed", "form", "base":
			t.Errorf("the page has a <%s>: %s", n.Data, text(n))
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"):
				t.Errorf("<%s> has a handler %s", n.Data, a.Key)
			case (a.Key == "href" || a.Key == "src" || a.Key == "action") && !strings.HasPrefix(a.Val, "#"):
				t.Errorf("<%s %s=%q> leaves the page", n.Data, a.Key, a.Val)
			}
		}
		if n.Data == "style" && strings.Contains(text(n), "url(") {
			t.Error("the style loads something")
		}
	}
}

func TestEveryTagThatIsOpenedIsClosed(t *testing.T) {
	var open []string
	tokens := html.NewTokenizer(strings.NewReader(written(t, document())))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("never closed: %v", open)
			}
			return
		case html.StartTagToken:
			if name, _ := tokens.TagName(); string(name) != "meta" {
				open = append(open, string(name))
			}
		case html.EndTagToken:
			name, _ := tokens.TagName()
			if len(open) == 0 || open[len(open)-1] != string(name) {
				t.Fatalf("</%s> closes %v", name, open)
			}
			open = open[:len(open)-1]
		}
	}
}

func TestEveryFindingIsToldByItsSentenceTheMostSevereTableFirst(t *testing.T) {
	d := document()
	all := nodes(t, written(t, d))
	var sentences, headings []string
	for _, n := range all {
		switch {
		case n.Data == "span" && len(n.Attr) == 1 && n.Attr[0].Val == "reason":
			sentences = append(sentences, text(n))
		case n.Data == "h2":
			headings = append(headings, text(n))
		}
	}
	for _, f := range d.Run.Tables[1].Drift.Findings {
		if !strings.Contains(strings.Join(sentences, "\n"), f.Reason) {
			t.Errorf("no sentence %q in %q", f.Reason, sentences)
		}
	}
	for _, want := range []string{"mean is 200, outside the control limits; also by mad", "distinct_count is 2000, of " + nasty} {
		if !slices.Contains(sentences, want) {
			t.Errorf("no anomaly %q in %q", want, sentences)
		}
	}
	if len(sentences) != 4+3 { // the row count's of two columns is one, and so are anomalies of one metric
		t.Errorf("sentences %q", sentences)
	}
	want := []string{"Tables", nasty + " failed", "s.orders high", "s.quiet none"}
	if strings.Join(headings, "\n") != strings.Join(want, "\n") {
		t.Errorf("headings %q, want %q", headings, want)
	}
}

func TestARunOfAThousandTablesIsAUsablePage(t *testing.T) {
	r := &report.Run{ID: "large", StartedAt: time.Unix(0, 0)}
	d := &report.Document{Title: "large", Run: r, History: map[string]*report.History{}}
	for i := range 1000 {
		table := report.Table{Plan: plan.Table{TableRef: warehouse.TableRef{Schema: "public", Name: fmt.Sprintf("table_%d", i)}}, Status: report.Completed, RunID: "now", Drift: &drift.Report{}}
		before, now := profile(1000, 0, 10), profile(1000, 5, 15)
		for c := range 50 {
			one, two := before.Columns[0], now.Columns[0]
			one.Name, two.Name = fmt.Sprint("column_", c), fmt.Sprint("column_", c)
			before.Columns, now.Columns = append(before.Columns, one), append(now.Columns, two)
			for _, m := range []metrics.Name{metrics.Mean, metrics.StdDev, metrics.Min} {
				table.Drift.Findings = append(table.Drift.Findings, drift.Finding{
					Column: two.Name, Metric: m, Severity: drift.High, BaselineRuns: []string{"before"},
					Reason: string(m) + " went from 5 to 10, +100.0 % (high from 50 % on), both exact, against the last run, 4e94eade of 2026-01-30 06:00",
				})
			}
		}
		table.Profile = now
		r.Tables = append(r.Tables, table)
		d.History[table.Plan.ID()] = &report.History{Baselines: map[string]*drift.Run{"before": {RunID: "before", Profile: before}}}
	}
	page := written(t, d)
	const usable = 6 << 20
	if len(page) > usable {
		t.Errorf("the page has %d bytes", len(page))
	}
	for _, want := range []string{"table_999", "and 50 more findings", "and 150 more findings", "and 52 more columns"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	t.Logf("%d bytes", len(page))
}

func TestAnomaliesAreCountedByMetricAndTellNoValueThatIsPrivate(t *testing.T) {
	d := document()
	page := written(t, d)
	if !strings.Contains(page, "<li class=\"\"><b>2</b> anomalies</li>") {
		t.Error("the page's head does not count two metrics with anomalies")
	}
	if !strings.Contains(page, "Muted anomalies: 1") {
		t.Error("the muted anomaly is not told")
	}
	d.Run.Tables[1] = d.Run.Tables[1].WithoutValues()
	page = written(t, d)
	if strings.Contains(page, "mean is 200") || !strings.Contains(page, "mean is not what earlier runs let expect, by the method control_limits; also by mad") {
		t.Error("an anomaly tells a value, or is not told at all")
	}
}

func TestATableWithAnomaliesAloneIsTold(t *testing.T) {
	d := document()
	orders := &d.Run.Tables[1]
	orders.Drift = &drift.Report{}
	page := written(t, d)
	if !strings.Contains(page, "<section id=\"t2\">\n<h2>s.orders") || !strings.Contains(page, "mean is 200") {
		t.Error("the table is not told, or not before the quiet one")
	}
}
