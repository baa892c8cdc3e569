package drift

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// pastRun is a run so many days before firstDay.
func pastRun(days int, rows int64, columns map[string]string, version int) PastRun {
	at := firstDay.AddDate(0, 0, -days)
	return PastRun{At: at, RowCount: &rows, Columns: columns, SchemaVersion: version, SchemaSince: at.Add(-time.Hour)}
}

func enriched(rows int64, past *Past, columns ...metrics.ColumnProfile) *Enrichment {
	return DefaultEnrichment().of(past, &Run{ProfiledAt: firstDay, Profile: &metrics.TableProfile{RowCount: rows, Columns: columns}})
}

func TestTheFirstRunIsSteady(t *testing.T) {
	change, percent, stability := int64(0), 0.0, 1.0
	want := &Enrichment{
		RowCountChange: &change, RowCountChangePercent: &percent, RowCountStability: &stability, RowCountTrend: "stable",
		SchemaVersion: 1, SchemaSince: firstDay, Columns: []ColumnEnrichment{{"a", 1, 0, 1}},
	}
	if diff := cmp.Diff(want, enriched(10, &Past{}, metrics.ColumnProfile{Name: "a"})); diff != "" {
		t.Error(diff)
	}
}

func TestRowsGoAsTheLastRunsSay(t *testing.T) {
	for _, test := range []struct {
		name            string
		counts          []int64 // the newest first, the current one among them
		change          int64
		percent         *float64
		stability       float64 // by statistics.stdev of Python
		trend           string
		percentMeansNil bool
	}{
		{"growing", []int64{120, 110, 100}, 10, ptr(100.0 / 11), 1 - 10.0/110, "increasing", false},
		{"a row more is no trend", []int64{1001, 1000, 1000}, 1, ptr(0.1), 1 - 0.5773502691896258/1000.3333333333334, "stable", false},
		{"falling after two runs", []int64{50, 100}, -50, ptr(-50.0), 1 - 35.35533905932738/75, "decreasing", false},
		{"from no rows there is no percentage", []int64{5, 0}, 5, nil, 0, "increasing", true},
	} {
		past := &Past{}
		for i, n := range test.counts[1:] {
			past.Runs = append(past.Runs, pastRun(i+1, n, map[string]string{}, 1))
		}
		e := enriched(test.counts[0], past)
		if *e.RowCountChange != test.change || e.RowCountTrend != test.trend || !closeTo(*e.RowCountStability, test.stability) {
			t.Errorf("%s: %d %s %v", test.name, *e.RowCountChange, e.RowCountTrend, *e.RowCountStability)
		}
		if test.percentMeansNil != (e.RowCountChangePercent == nil) || test.percent != nil && !closeTo(*e.RowCountChangePercent, *test.percent) {
			t.Errorf("%s: %v", test.name, e.RowCountChangePercent)
		}
	}
}

func ptr(x float64) *float64 { return &x }

func closeTo(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }

func TestASchemaHasAVersionUntilItsColumnsChange(t *testing.T) {
	a := metrics.ColumnProfile{Name: "a", Type: "numeric(10,2)"}
	same := &Past{Runs: []PastRun{pastRun(1, 1, map[string]string{"a": "NUMERIC(10, 2)"}, 3)}}
	if e := enriched(1, same, a); e.SchemaVersion != 3 || !e.SchemaSince.Equal(same.Runs[0].SchemaSince) || e.ColumnCountChange != 0 {
		t.Errorf("unchanged: %+v", e)
	}
	if e := enriched(1, same, a, metrics.ColumnProfile{Name: "b"}); e.SchemaVersion != 4 || !e.SchemaSince.Equal(firstDay) || e.ColumnCountChange != 1 {
		t.Errorf("a column more: %+v", e)
	}
	retyped := metrics.ColumnProfile{Name: "a", Type: "text"}
	if e := enriched(1, same, retyped); e.SchemaVersion != 4 || e.Columns[0].SameType != 0 {
		t.Errorf("retyped: %+v", e)
	}
	seen := firstDay.AddDate(0, 0, -30)
	unkept := &Past{Runs: []PastRun{{At: firstDay.AddDate(0, 0, -1), Columns: map[string]string{"a": "numeric(10,2)"}}}, FirstSeen: map[string]time.Time{"a": seen}}
	if e := enriched(1, unkept, a); e.SchemaVersion != 1 || !e.SchemaSince.Equal(seen) || e.Columns[0].AgeDays != 30 {
		t.Errorf("after runs from before this was kept: %+v", e)
	}
}

func TestAColumnIsAsSteadyAsItsRuns(t *testing.T) {
	past := &Past{Runs: []PastRun{
		pastRun(1, 1, map[string]string{"a": "int"}, 1), pastRun(2, 1, map[string]string{"b": "int"}, 1), {At: firstDay},
	}}
	e := enriched(1, past, metrics.ColumnProfile{Name: "a", Type: "integer"})
	if got := e.Columns[0]; !closeTo(got.Stability, 2.0/3) || got.SameType != 1 {
		t.Errorf("in two of the three runs whose columns are known: %+v", got)
	}
}
