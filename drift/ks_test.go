package drift

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// Values of scipy.special.kolmogorov (scipy 1.17.1).
func TestTheTailOfKolmogorovsDistribution(t *testing.T) {
	for x, want := range map[float64]float64{
		0: 1, 0.3: 0.9999906941986655, 0.5: 0.9639452436648751, 1: 0.26999967167735456,
		1.17: 0.12939004218561884, 1.19: 0.11774229287977166, 1.5: 0.022217962616525127, 2: 0.0006709252557796953, 4: 2.532833109818835e-14,
	} {
		if got := kolmogorovTail(x); math.Abs(got-want) > 1e-9*want {
			t.Errorf("at %v: %v, want %v", x, got, want)
		}
	}
}

// floats profiles a run of one column of floating-point numbers.
func floats(t *testing.T, values []float64) *Run {
	t.Helper()
	a := metrics.NewTableAccumulator([]metrics.Column{{Name: "c", Type: "double precision", Kind: metrics.KindFloat}}, metrics.DefaultSettings())
	if err := a.Add(&metrics.Batch{Rows: len(values), Vectors: []metrics.Vector{{Floats: values}}}); err != nil {
		t.Fatal(err)
	}
	return &Run{RunID: "a", Profile: a.Profile()}
}

// normal draws n numbers of a normal distribution with the mean and a deviation of 1.
func normal(random *rand.Rand, n int, mean float64) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = mean + random.NormFloat64()
	}
	return values
}

// Two normal distributions a deviation apart differ by Φ(1/2) − Φ(−1/2) = 0.3829 at most.
func TestTheGreatestDifferenceOfTwoNormalDistributions(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	before, now := floats(t, normal(random, 100_000, 0)), floats(t, normal(random, 100_000, 1))
	find := finder{}
	r, err := ksTest{}.compare(DefaultParameters(), find.sample([]*Run{before}, "c"), find.sample([]*Run{now}, "c"))
	if err != nil {
		t.Fatal(err)
	}
	if want := math.Erf(0.5 / math.Sqrt2); math.Abs(r.statistic-want) > 0.01 || *r.pValue > 1e-9 {
		t.Errorf("D = %v, p = %v; want about %v", r.statistic, *r.pValue, want)
	}
}

func TestAStatisticalFindingTellsItsEvidence(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	s := DefaultSettings()
	s.Strategy = Statistical
	r := Detect(s, []*Run{floats(t, normal(random, 5000, 0))}, floats(t, normal(random, 5000, 1)))
	at := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Test == KSTest })
	if at < 0 {
		t.Fatalf("got %+v", r)
	}
	f := r.Findings[at]
	if f.Test != KSTest || f.Severity != High || f.AdjustedPValue == nil || f.BaselineMethod != LastRun || f.BaselineRunID != "a" {
		t.Errorf("got %+v", f)
	}
}
