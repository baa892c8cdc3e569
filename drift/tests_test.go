package drift

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// one is a run of one column.
func one(rows int64, kind metrics.Kind, values map[metrics.Name]metrics.Value) *Run {
	return &Run{Profile: &metrics.TableProfile{RowCount: rows, RowsRead: rows, Columns: []metrics.ColumnProfile{{Name: "c", Kind: kind, Metrics: values}}}}
}

func counts(values ...metrics.ValueCount) metrics.Value {
	return metrics.Structured(metrics.ValueCounts(values))
}

func tested(before, now *Run, tests ...string) *Report {
	s := DefaultSettings()
	s.Strategy, s.Statistical.Tests = Statistical, tests
	return Detect(s, []*Run{before}, now)
}

func TestWhatATestCannotBeComputedFromIsSaid(t *testing.T) {
	text := map[metrics.Name]metrics.Value{metrics.NullCount: metrics.Int(0)}
	allNull := map[metrics.Name]metrics.Value{metrics.NullCount: metrics.Int(1000), metrics.TopValues: counts()}
	key := map[metrics.Name]metrics.Value{metrics.NullCount: metrics.Int(0), metrics.UniqueRatio: metrics.Float(1)}
	wide := map[metrics.Name]metrics.Value{metrics.NullCount: metrics.Int(0), metrics.Histogram: metrics.Structured(metrics.Bins{{Start: 0, End: 1, Count: 990}, {Start: 1, End: 2, Count: 10}})}
	tests := []struct {
		name, test, want string
		kind             metrics.Kind
		values           map[metrics.Name]metrics.Value
		rows             int64
	}{
		{"no top values", ChiSquare, "holds no top values", metrics.KindText, text, 1000},
		{"nothing but nulls", ChiSquare, "both runs hold no value", metrics.KindText, allNull, 1000},
		{"too few rows", NullRatioTest, "smaller than the 100", metrics.KindText, text, 99},
		{"a key", KSTest, "seem to be a key", metrics.KindInteger, key, 1000},
		{"no distribution", PSI, "holds no distribution", metrics.KindFloat, text, 1000},
		{"a histogram that tells too little", KSTest, "one bin of a histogram", metrics.KindFloat, wide, 1000},
		{"no mean", ZScore, "no finite mean", metrics.KindFloat, text, 1000},
		{"one run does not tell freshness", Freshness, "3 runs or more", metrics.KindTimestamp, text, 1000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := tested(one(test.rows, test.kind, test.values), one(test.rows, test.kind, test.values), test.test)
			if len(r.Findings) > 0 || len(r.NotComputed) != 1 || !strings.Contains(r.NotComputed[0].Why, test.want) {
				t.Errorf("want %q, got %+v, %+v", test.want, r.Findings, r.NotComputed)
			}
		})
	}
}

func TestACategoryThatOnlyOneRunListsIsCompared(t *testing.T) {
	values := func(list metrics.Value) map[metrics.Name]metrics.Value {
		return map[metrics.Name]metrics.Value{metrics.NullCount: metrics.Int(0), metrics.TopValues: list}
	}
	vc := func(v string, n int64) metrics.ValueCount {
		return metrics.ValueCount{Value: metrics.Text(v), Count: n}
	}
	// The lists are of two values each, and most rows hold others.
	before := one(10_000, metrics.KindText, values(counts(vc("a", 1000), vc("b", 100))))
	now := one(10_000, metrics.KindText, values(counts(vc("new", 1500), vc("a", 1000))))
	if r := tested(before, now, ChiSquare); len(r.Findings) != 1 || r.Findings[0].Severity == None {
		t.Errorf("got %+v, %+v", r.Findings, r.NotComputed)
	}
}

// A histogram of [0,1), [1,2), [2,3], with a value at 1 in the second bin: shares are known below its bounds.
func TestAHistogramStandsInForADistribution(t *testing.T) {
	bins := metrics.Bins{{Start: 0, End: 1, Count: 40}, {Start: 1, End: 2, Count: 40}, {Start: 2, End: 3, Count: 20}}
	r := SampleRun{Column: &metrics.ColumnProfile{}, RowCount: 100, RowsRead: 100}
	m := Mixture{r.ofBins(bins)}
	for x, want := range map[float64]metrics.Share{
		math.Nextafter(1, 0): {Least: 0.4, Likely: 0.4, Most: 0.4},
		-1:                   {},
		4:                    {Least: 1, Likely: 1, Most: 1},
	} {
		if got := m.UpTo(x); got != want {
			t.Errorf("up to %v: %v, want %v", x, got, want)
		}
	}
	if got := m.UpTo(1); got.Least != 0.4 || got.Most != 0.8 {
		t.Errorf("up to 1: %v", got)
	}
}

func TestARowCountIsAFindingOfTheTable(t *testing.T) {
	values := map[metrics.Name]metrics.Value{metrics.NullCount: metrics.Int(0)}
	r := tested(one(1000, metrics.KindText, values), one(0, metrics.KindText, values), RowCountTest)
	if len(r.Findings) != 1 || r.Findings[0].Column != "" || *r.Findings[0].ChangePercent != -100 || r.Findings[0].Severity != High {
		t.Errorf("got %+v", r.Findings)
	}
}

func TestAColumnThatDoesNotGrowIsLate(t *testing.T) {
	start := time.Date(2024, 5, 1, 3, 0, 0, 0, time.UTC)
	run := func(day, newest int) *Run {
		r := one(1000, metrics.KindTimestamp, map[metrics.Name]metrics.Value{
			metrics.NullCount: metrics.Int(0), metrics.Max: metrics.Text(start.AddDate(0, 0, newest).Add(-time.Hour).Format(time.DateTime)),
		})
		r.ProfiledAt = start.AddDate(0, 0, day)
		return r
	}
	at := func(r *Run) SampleRun {
		return SampleRun{Column: &r.Profile.Columns[0], RowCount: 1000, RowsRead: 1000, At: r.ProfiledAt}
	}
	before := Sample{Runs: []SampleRun{at(run(3, 3)), at(run(2, 2)), at(run(1, 1))}}
	for day, want := range map[int]float64{4: 0, 5: 1, 6: 2} { // the newest value is of day 4
		got, err := freshnessTest{}.compare(Parameters{}, before, Sample{Runs: []SampleRun{at(run(day, 4))}})
		if err != nil || got.effect != want {
			t.Errorf("day %d: effect %v, %v, want %v", day, got.effect, err, want)
		}
	}
}
