package drift

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// The sentences say what, from what to what, how sure, and against what. Their numbers were worked out by hand
// or, for p-values, with scipy.
func TestReasonsAreSentencesThatSayAllOfAFinding(t *testing.T) {
	at := time.Date(2026, 1, 2, 6, 0, 0, 0, time.UTC)
	before := func(rows int64, kind metrics.Kind, values map[metrics.Name]metrics.Value) *Run {
		r := one(rows, kind, values)
		r.RunID, r.ProfiledAt = "before", at
		return r
	}
	nulls := func(n int64) map[metrics.Name]metrics.Value {
		return map[metrics.Name]metrics.Value{metrics.NullCount: metrics.Int(n)}
	}
	evenly := func(r *Run, low, high float64, n int64) *Run { // n values, a quarter between each two knots
		d := &metrics.Distribution{}
		for i := range int64(5) {
			d.Knots = append(d.Knots, metrics.Knot{Value: low + (high-low)*float64(i)/4, Below: n / 4 * i, Through: n / 4 * i})
		}
		r.Profile.Columns[0].Distribution = d
		return r
	}
	letters := func(a, b int64) map[metrics.Name]metrics.Value {
		v := nulls(0)
		v[metrics.TopValues] = counts(metrics.ValueCount{Value: metrics.Text("a"), Count: a}, metrics.ValueCount{Value: metrics.Text("b"), Count: b})
		return v
	}
	tests := []struct {
		name, want  string
		before, now *Run
		test        string
	}{
		{"rows", "the table went from 10000 to 8000 rows, -20.0 % (row_count: 0.2 of the rows, low from 0.1 on), by chance with p < 1e-15, against the last run, before of 2026-01-02 06:00",
			before(10_000, metrics.KindText, nil), one(8_000, metrics.KindText, nil), RowCountTest},
		{"nulls", "the share of rows without a value went from 0 % to 5 % (null_ratio: Cohen's h = 0.451, medium from 0.3 on), by chance with p = 8e-13, against the last run, before of 2026-01-02 06:00",
			before(1000, metrics.KindText, nulls(0)), one(1000, metrics.KindText, nulls(50)), NullRatioTest},
		{"a distribution", "the share of values up to 5 went from 50 % to 0 % (ks_test: D = 0.5, high from 0.2 on), by chance with p < 1e-15, against the last run, before of 2026-01-02 06:00",
			evenly(before(1000, metrics.KindFloat, nulls(0)), 0, 10, 1000), evenly(one(1000, metrics.KindFloat, nulls(0)), 5, 15, 1000), KSTest},
		{"categories", `the share of "b" went from 10 % to 20 % (chi_square: Cramér's V = 0.14, medium from 0.1 on), by chance with p = 3.8e-10, against the last run, before of 2026-01-02 06:00`,
			before(1000, metrics.KindText, letters(900, 100)), one(1000, metrics.KindText, letters(800, 200)), ChiSquare},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := tested(test.before, test.now, test.test)
			if len(r.Findings) != 1 || r.Findings[0].Reason != test.want {
				t.Errorf("got %+v, %+v\nwant %s", r.Findings, r.NotComputed, test.want)
			}
			if len(r.Findings) == 1 && strings.Join(r.Findings[0].BaselineRuns, " ") != "before" {
				t.Errorf("compared with the runs %v", r.Findings[0].BaselineRuns)
			}
		})
	}
}

func TestADistanceFromEarlierValuesIsToldWithItsChance(t *testing.T) {
	r := judgedBy(StandardDeviation, daily(12, 11, 10, 9, 8), against(16))
	// TestTheDistanceFromEarlierValues has the spread, √3; 6/√3 is 3.464, and scipy's t of 4 degrees has the same tail
	// beyond it as the normal distribution beyond 2.23, one run in 39.
	for _, f := range r.Findings {
		if f.Metric == metrics.Mean {
			if want := "mean went from 10 to 16, "; !strings.HasPrefix(f.Reason, want) || !strings.Contains(f.Reason, ", 3.464 deviations of 1.732, after 5 runs as rare as 2.23") ||
				!strings.Contains(f.Reason, "(medium from 2 on), against the mean of 5 earlier runs, since ") || len(f.BaselineRuns) != 5 {
				t.Errorf("got %s, against %v", f.Reason, f.BaselineRuns)
			}
			return
		}
	}
	t.Errorf("no finding of the mean: %+v", r)
}

func TestEstimatesSayByHowMuchTheyMayBeOff(t *testing.T) {
	before := table(column("c", "INTEGER", map[metrics.Name]metrics.Value{metrics.NullRatio: metrics.Float(0.2)}))
	now := table(column("c", "INTEGER", map[metrics.Name]metrics.Value{metrics.NullRatio: metrics.Float(0.4)}))
	now.Columns[0].Estimates = map[metrics.Name]float64{metrics.NullRatio: 0.05}
	r := Detect(DefaultSettings(), []*Run{{RunID: "b", Profile: before}}, &Run{Profile: now})
	if len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Reason, ", by estimates that together are off by 0.02 at most, against the last run") {
		t.Errorf("got %+v", r.Findings)
	}
}

func TestAFindingThatRestsOnInterpolatedSharesSaysSo(t *testing.T) {
	known := func(id string, knots ...metrics.Knot) *Run {
		r := one(1000, metrics.KindFloat, map[metrics.Name]metrics.Value{metrics.NullCount: metrics.Int(0)})
		r.RunID, r.Profile.Columns[0].Distribution = id, &metrics.Distribution{Knots: knots}
		return r
	}
	knot := func(value float64, below int64) metrics.Knot {
		return metrics.Knot{Value: value, Below: below, Through: below}
	}
	before := known("before", knot(0, 0), knot(2.5, 250), knot(5, 500), knot(7.5, 750), knot(10, 1000))
	// Up to 4 are 80 of the run's values; of the baseline's 250 at least, and 400 where they lie evenly between 2.5 and 5.
	now := known("now", knot(0, 0), knot(4, 80), knot(10, 1000))
	r := tested(before, now, KSTest)
	want := "the share of values up to 4 went from about 40 % to 8 % (ks_test: D = 0.32 with shares between known values interpolated, 0.17 at least, high from 0.2 on), by chance "
	if len(r.Findings) != 1 || !strings.HasPrefix(r.Findings[0].Reason, want) {
		t.Errorf("got %+v, %+v\nwant %s", r.Findings, r.NotComputed, want)
	}
}

func TestRunsThatWerePassedOverAreNamedWithTheBaseline(t *testing.T) {
	at := time.Date(2026, 1, 2, 6, 0, 0, 0, time.UTC)
	run := func(id string, day int, mean float64) *Run {
		r := &Run{RunID: id, ProfiledAt: at.AddDate(0, 0, day), Profile: table(column("x", "REAL", map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(mean)}))}
		return r
	}
	incident := func(id string, day int) PassedOver {
		return PassedOver{id, at.AddDate(0, 0, day), "an incident (loaded twice)"}
	}
	for _, test := range []struct {
		passed []PassedOver
		want   string
	}{
		{nil, "against the last run, 01234567 of 2026-01-02 06:00"},
		{[]PassedOver{incident("older", -1)}, "against the last run, 01234567 of 2026-01-02 06:00"},
		{[]PassedOver{incident("89abcdef-1", 1), incident("older", -1)}, "against the last run, 01234567 of 2026-01-02 06:00, passing over run 89abcdef of 2026-01-03 06:00, an incident (loaded twice)"},
		{[]PassedOver{incident("89abcdef-1", 2), incident("b", 1)}, "against the last run, 01234567 of 2026-01-02 06:00, passing over 2 runs, as 89abcdef of 2026-01-04 06:00, an incident (loaded twice)"},
	} {
		now := run("now", 5, 50)
		now.PassedOver = test.passed
		r := Detect(DefaultSettings(), []*Run{run("01234567-89ab", 0, 10)}, now)
		if len(r.Findings) != 1 || !strings.HasSuffix(r.Findings[0].Reason, test.want) {
			t.Errorf("got %+v\nwant %s", r.Findings, test.want)
		}
	}
}

func TestNothingIsToldWithASign(t *testing.T) {
	if got := short(math.Copysign(0, -1)); got != "0" {
		t.Errorf("got %s", got)
	}
}

func TestDistancesThatRestOnInterpolatedSharesSaySoToo(t *testing.T) {
	known := func(id string, mean, deviation float64, complete bool, knots ...metrics.Knot) *Run {
		r := one(100_000, metrics.KindFloat, map[metrics.Name]metrics.Value{metrics.NullCount: metrics.Int(0), metrics.Mean: metrics.Float(mean), metrics.StdDev: metrics.Float(deviation)})
		r.RunID, r.Profile.Columns[0].Distribution = id, &metrics.Distribution{Knots: knots, Complete: complete}
		return r
	}
	knot := func(value float64, below int64) metrics.Knot {
		return metrics.Knot{Value: value, Below: below, Through: below}
	}
	// Between 2.5 and 4 the shares differ by 0.17 at least, and nowhere else for certain: 1.5 · 0.17 is 0.0883 of the
	// deviation. Spread evenly, two triangles of the height 0.32 and together 10 wide lie between the two: 1.6 is 0.554 of it.
	before := known("before", 5, 10/math.Sqrt(12), false, knot(0, 0), knot(2.5, 25_000), knot(5, 50_000), knot(7.5, 75_000), knot(10, 100_000))
	now := known("now", 6.6, 2.5, false, knot(0, 0), knot(4, 8_000), knot(10, 100_000))
	want := "(wasserstein: 0.5543 standard deviations with shares between known values interpolated, 0.08833 at least, "
	if r := tested(before, now, Wasserstein); len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Reason, want) {
		t.Errorf("got %+v, %+v\nwant %s", r.Findings, r.NotComputed, want)
	}
	r := tested(before, now, JensenShannon)
	if len(r.Findings) != 1 {
		t.Fatalf("got %+v, %+v", r.Findings, r.NotComputed)
	}
	var likely, least float64
	_, text, _ := strings.Cut(r.Findings[0].Reason, "(jensen_shannon: ")
	if _, err := fmt.Sscanf(text, "distance %g with shares between known values interpolated, %g at least,", &likely, &least); err != nil || least <= 0 || least >= likely {
		t.Errorf("%v: %s", err, r.Findings[0].Reason)
	}
	exactly := func(id string, a, b int64) *Run { // of which nothing lies between the knots
		return known(id, float64(b)/100_000, 0.5, true, metrics.Knot{Value: 0, Through: a}, metrics.Knot{Value: 1, Below: a, Through: a + b})
	}
	for _, test := range []string{Wasserstein, JensenShannon} {
		if r := tested(exactly("before", 90_000, 10_000), exactly("now", 50_000, 50_000), test); len(r.Findings) != 1 || strings.Contains(r.Findings[0].Reason, "interpolated") {
			t.Errorf("%s: %+v, %+v", test, r.Findings, r.NotComputed)
		}
	}
}
