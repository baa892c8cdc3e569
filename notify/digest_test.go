package notify

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// everything is the filter of a hook that wants to hear of all.
var everything = Filter{MinSeverity: drift.Low, Drift: true, SchemaChanges: true, Failures: true}

// found is a finding whose reason says what it is of.
func found(column string, metric metrics.Name, severity drift.Severity) drift.Finding {
	change := 50.0
	return drift.Finding{
		Column: column, Metric: metric, Test: "t", Baseline: 2, Current: 3, ChangePercent: &change, Severity: severity,
		Reason: string(metric) + " went from 2 to 3",
	}
}

// drifted is a table with findings.
func drifted(name string, findings ...drift.Finding) Table {
	return Table{
		ID: "s." + name, Schema: "s", Name: name, RunID: "run-of-" + name, ProfiledAt: noon, RowCount: 7,
		Drift: &drift.Report{BaselineRunID: "before-" + name, Findings: findings},
	}
}

func failed(name string) Table {
	return Table{ID: "s." + name, Schema: "s", Name: name, Failure: &Failure{Kind: "timeout", Message: "too slow"}}
}

func runOf(tables ...Table) *Run {
	return &Run{ID: "11111111-1111-1111-1111-111111111111", Environment: "production", StartedAt: noon, Seconds: 2, Tables: tables}
}

// changed is a table whose columns changed.
func changed(name, column string) Table {
	t := drifted(name)
	t.Drift.SchemaChanges = []drift.SchemaChange{{Type: drift.ColumnRemoved, Column: column, OldType: "text", Severity: drift.High}}
	return t
}

func TestADigestIsOfWhatAHookWantsToHear(t *testing.T) {
	mixed := runOf(
		drifted("a", found("x", metrics.Mean, drift.High), found("y", metrics.Mean, drift.Low)),
		changed("b", "gone"), failed("c"), drifted("quiet"), Table{ID: "s.d", Skipped: true},
	)
	only := func(change func(*Filter)) Filter {
		f := everything
		change(&f)
		return f
	}
	for _, test := range []struct {
		name    string
		run     *Run
		filter  Filter
		summary string // empty for nothing to say
	}{
		{"all", mixed, everything, "production: drift in 1 of 5 tables (1 high, 1 low), 1 schema change, 1 of 5 tables failed"},
		{"findings of a severity", mixed, only(func(f *Filter) { f.MinSeverity = drift.High }), "production: drift in 1 of 5 tables (1 high), 1 schema change, 1 of 5 tables failed"},
		{"no drift", mixed, only(func(f *Filter) { f.Drift = false }), "production: 1 schema change, 1 of 5 tables failed"},
		{"no schema changes", mixed, only(func(f *Filter) { f.SchemaChanges = false }), "production: drift in 1 of 5 tables (1 high, 1 low), 1 of 5 tables failed"},
		{"no failures", mixed, only(func(f *Filter) { f.Failures = false }), "production: drift in 1 of 5 tables (1 high, 1 low), 1 schema change"},
		{"nothing found", runOf(drifted("a")), everything, ""},
		{"only less than is wanted", runOf(drifted("a", found("x", metrics.Mean, drift.Medium))), only(func(f *Filter) { f.MinSeverity = drift.High }), ""},
		{"a first run", runOf(Table{ID: "a", Drift: &drift.Report{Note: "no earlier run to compare with"}}), everything, ""},
		{"a failure that is not wanted", runOf(failed("c")), only(func(f *Filter) { f.Failures = false }), ""},
		{"an interrupt alone", &Run{Environment: "e", Interrupted: true, Tables: []Table{{ID: "a", Skipped: true}}}, everything, ""},
		{"an interrupted run that found something", &Run{Environment: "e", Interrupted: true, Tables: []Table{changed("b", "x"), {ID: "a", Skipped: true}}}, everything,
			"e: 1 schema change, the run was interrupted, 1 table skipped"},
		{"a run that failed as a whole", &Run{Environment: "e", Error: "source: no\nroute"}, everything, "e: the run failed: source: no route"},
		{"a run that failed, where that is not wanted", &Run{Environment: "e", Error: "no route"}, only(func(f *Filter) { f.Failures = false }), ""},
		{"a test", Sample("id", "e", noon), everything, "test of a hook, nothing happened: e: drift in 1 of 3 tables (1 high), 1 schema change, 1 of 3 tables failed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if d := Summarize(test.run, test.filter); d != nil {
				got = d.Summary
			}
			if got != test.summary {
				t.Errorf("got %q, want %q", got, test.summary)
			}
		})
	}
}

func TestTheWorstComesFirstAndEachTableBeforeAnyTwice(t *testing.T) {
	d := Summarize(runOf(
		drifted("a", found("1", metrics.Mean, drift.High), found("2", metrics.Mean, drift.High), found("3", metrics.Mean, drift.Low)),
		drifted("b", found("1", metrics.Mean, drift.Medium)),
		drifted("c", found("1", metrics.Mean, drift.High)),
	), everything)
	var order []string
	for _, f := range d.Findings {
		order = append(order, f.Table+"."+f.Column)
	}
	if diff := cmp.Diff([]string{"s.a.1", "s.c.1", "s.a.2", "s.b.1", "s.a.3"}, order); diff != "" {
		t.Error(diff)
	}
	if d.Tables[0].ID != "s.a" || d.Tables[2].ID != "s.b" || d.Severity != drift.High {
		t.Errorf("tables %+v, severity %s", d.Tables, d.Severity)
	}
}

func TestARowCountIsOneFindingForAllColumnsInShort(t *testing.T) {
	d := Summarize(runOf(drifted("a", found("x", metrics.Count, drift.High), found("y", metrics.Count, drift.High), found("y", metrics.Mean, drift.High))), everything)
	brief := d.Brief(10)
	if len(d.Findings) != 3 || len(brief.Findings) != 2 || brief.Findings[0].Columns != 2 || brief.Findings[0].subject() != "s.a" || brief.Findings[1].subject() != "s.a.y" {
		t.Errorf("got %+v", brief.Findings)
	}
	if d.Totals.Findings != 3 {
		t.Errorf("counted %d findings, as status does not", d.Totals.Findings)
	}
	if d.Findings[0].Columns != 1 {
		t.Error("the digest in full was changed")
	}
}

func TestWhatAListLeavesOutIsCounted(t *testing.T) {
	var findings []drift.Finding
	for i := range mostSent + 50 {
		findings = append(findings, found("c"+strconv.Itoa(i), metrics.Mean, drift.Low))
	}
	text, err := Summarize(runOf(drifted("a", findings...)), everything).message()
	if err != nil {
		t.Fatal(err)
	}
	var message struct {
		Findings []any
		Omitted  struct{ Findings int }
		Totals   struct{ Findings int }
	}
	if err := json.Unmarshal(text, &message); err != nil {
		t.Fatal(err)
	}
	if len(message.Findings) != mostSent || message.Omitted.Findings != 50 || message.Totals.Findings != mostSent+50 {
		t.Errorf("%d findings, %d omitted, %d in all", len(message.Findings), message.Omitted.Findings, message.Totals.Findings)
	}
}

func TestTheMessageIsWhatTheDocumentationSays(t *testing.T) {
	text, err := Summarize(runOf(drifted("a", found("x", metrics.Mean, drift.High))), everything).message()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"version":1,"test":false,"run_id":"11111111-1111-1111-1111-111111111111","environment":"production",
		"started_at":"2026-01-02T12:00:00Z","seconds":2,"status":"completed","summary":"production: drift in 1 of 1 table (1 high)","severity":"high",
		"totals":{"tables":1,"completed":1,"failed":0,"skipped":0,"drifted":1,"findings":1,"high":1,"medium":0,"low":0,"schema_changes":0,"late":0},
		"tables":[{"id":"s.a","run_id":"run-of-a","baseline_run_id":"before-a","row_count":7,"severity":"high","findings":1,"schema_changes":0,"failed":false}],
		"findings":[{"table":"s.a","run_id":"run-of-a","column":"x","columns":1,"metric":"mean","test":"t","baseline":2,"current":3,"change_percent":50,
			"score":null,"p_value":null,"severity":"high","reason":"mean went from 2 to 3"}],
		"schema_changes":[],"failures":[],"omitted":{"tables":0,"findings":0,"schema_changes":0,"failures":0}}`
	var got, wanted any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Error(diff)
	}
}

func TestALineIsOneLineWhateverATextHolds(t *testing.T) {
	if got := line("a\r\nb\x1b[31m\tc"); got != "a b [31m c" {
		t.Errorf("got %q", got)
	}
	if got := line(strings.Repeat("ä", 1000)); len([]rune(got)) != longestLine+1 {
		t.Errorf("%d characters", len([]rune(got)))
	}
}

func TestATableOfAnEarlierRunIsToldAsSuch(t *testing.T) {
	late := Table{ID: "a", Late: true, Drift: &drift.Report{Findings: []drift.Finding{{Column: "c", Metric: "mean", Severity: drift.High}}}}
	d := Summarize(runOf(late, Table{ID: "a", Drift: &drift.Report{}}, Table{ID: "b", Drift: &drift.Report{}}), everything)
	if d.Totals.Late != 1 || !d.Tables[0].Late || d.Totals.Tables != 2 || d.Totals.Completed != 2 ||
		!strings.HasSuffix(d.Summary, ": drift in 1 of 2 tables (1 high), 1 of them read by an earlier run and stored now") {
		t.Errorf("%+v: %s", d.Totals, d.Summary)
	}
	now := late
	now.Late = false
	if d := Summarize(runOf(late, late, now), everything); d.Totals.Tables != 1 || d.Totals.Drifted != 1 || d.Totals.Completed != 1 || d.Totals.Late != 1 || d.Totals.Findings != 3 {
		t.Errorf("it is one table, which drifted, however often it was read: %+v", d.Totals)
	}
	if d := Summarize(runOf(late, Table{ID: "b", Drift: &drift.Report{}}), everything); d.Totals.Tables != 2 || d.Totals.Completed != 2 {
		t.Errorf("it counts where this run does not read it: %+v", d.Totals)
	}
}
