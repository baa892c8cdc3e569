package drift

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/baselinr/baselinr-pipes/metrics"
)

func TestWhatTheErrorsOfEstimatesAllowIsNoFinding(t *testing.T) {
	tests := []struct {
		name              string
		metric            metrics.Name
		baseline, current float64
		was, is           float64 // bounds; 0 for an exact metric
		want              Severity
	}{
		{"exact means that move by 60 % are high", metrics.Mean, 100, 160, 0, 0, High},
		{"a mean within 3 standard errors of both samples", metrics.Mean, 100, 160, 0.06, 0.06, None}, // of a standard deviation of 500: ±30 each
		{"a mean beyond those of both", metrics.Mean, 100, 161, 0.06, 0.06, High},
		{"a sample against an exact baseline has but one error", metrics.Mean, 100, 160, 0, 0.06, High},
		{"an exact run against a sampled baseline too", metrics.Mean, 100, 129, 0.06, 0, None},
		{"a standard deviation within a relative bound", metrics.StdDev, 500, 550, 0.06, 0.06, None},
		{"a standard deviation beyond it", metrics.StdDev, 500, 600, 0.06, 0.06, High},
		{"a ratio of nulls within a relative bound", metrics.NullRatio, 0.1, 0.14, 0.2, 0.2, None},
		{"a ratio of nulls beyond it", metrics.NullRatio, 0.1, 0.2, 0.2, 0.2, High},
		{"no null in a sample is a bound on their share", metrics.NullRatio, 0.01, 0, 0.1, 0.0095, None},
		{"no null in a large sample", metrics.NullRatio, 0.1, 0, 0.1, 0.0095, High},
		{"a ratio of distinct values whose bound is beyond every change", metrics.UniqueRatio, 0.0004, 0.0002, 7592, 7592, None},
		{"a sketch's ratio within its bound", metrics.UniqueRatio, 0.5, 0.52, 0.0244, 0.0244, None},
		{"a least value of a sample", metrics.Min, 1, 9, 0.0013, 0.0013, None},
		{"a greatest value of a sample against an exact one", metrics.Max, 10, 90, 0, 0.0013, None},
		{"a count is exact", metrics.Count, 100, 200, 0, 0, High},
	}
	profile := func(n metrics.Name, value, bound float64) *metrics.TableProfile {
		c := column("c", "double precision", map[metrics.Name]metrics.Value{metrics.StdDev: metrics.Float(500)})
		if n == metrics.UniqueRatio {
			c.Type = "text"
		}
		c.Metrics[n] = metrics.Float(value)
		if bound > 0 {
			c.Estimates = map[metrics.Name]float64{n: bound}
		}
		return table(c)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before, now := profile(test.metric, test.baseline, test.was), profile(test.metric, test.current, test.is)
			r := Detect(DefaultSettings(), []*Run{{Profile: before}}, &Run{Profile: now})
			if got := r.Severity(); got != test.want {
				t.Errorf("severity %s, want %s: %v", got, test.want, r.Findings)
			}
		})
	}
}

func TestAnEstimatedMeanWithoutItsDeviationIsNotCompared(t *testing.T) {
	before := table(column("c", "integer", map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(1)}))
	now := table(column("c", "integer", map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(9)}))
	now.Columns[0].Estimates = map[metrics.Name]float64{metrics.Mean: 0.06}
	if r := Detect(DefaultSettings(), []*Run{{Profile: before}}, &Run{Profile: now}); len(r.Findings) != 0 {
		t.Errorf("got %+v", r.Findings)
	}
}

// Samples of one table differ by chance alone, by more than their bounds in about 3 of 1,000 figures.
func TestTwoSamplesOfOneTableAreNoDrift(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const rows, read, tries, columns = 20_000, 400, 100, 4
	table := make([][columns]float64, rows)
	for i := range table {
		table[i] = [columns]float64{float64(i), float64(random.IntN(10)), math.Exp(random.NormFloat64()), random.NormFloat64()}
	}
	sample := func() *Run {
		random.Shuffle(rows, func(i, j int) { table[i], table[j] = table[j], table[i] })
		described := make([]metrics.Column, columns)
		batch := &metrics.Batch{Rows: read, Vectors: make([]metrics.Vector, columns)}
		for c := range described {
			described[c] = metrics.Column{Name: []string{"unique", "few", "log-normal", "normal"}[c], Type: "double precision", Kind: metrics.KindFloat}
			for _, row := range table[:read] {
				if c == 3 && row[3] > 1 { // a sixth of them
					batch.Vectors[c].Nulls++
					continue
				}
				batch.Vectors[c].Floats = append(batch.Vectors[c].Floats, row[c])
			}
		}
		a := metrics.NewTableAccumulator(described, metrics.DefaultSettings())
		if err := a.Add(batch); err != nil {
			t.Fatal(err)
		}
		p := a.Profile()
		p.Extrapolate(rows)
		return &Run{Profile: p}
	}
	var findings []Finding
	for range tries {
		findings = append(findings, Detect(DefaultSettings(), []*Run{sample()}, sample()).Findings...)
	}
	if len(findings) > tries*columns/100 {
		t.Errorf("%d findings in %d comparisons of %d columns: %v", len(findings), tries, columns, findings)
	}
}
