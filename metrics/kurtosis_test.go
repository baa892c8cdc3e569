package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func profileOfNumbers(numbers []float64, s Settings) *TableProfile {
	a := NewTableAccumulator([]Column{{Name: "x", Kind: KindFloat}}, s)
	for part := range slices.Chunk(numbers, 1000) {
		if err := a.Add(&Batch{Rows: len(part), Vectors: []Vector{{Floats: part}}}); err != nil {
			panic(err)
		}
	}
	return a.Profile()
}

func TestTheBoundOfAStandardDeviationHoldsForHeavyTails(t *testing.T) {
	normal := func(r *rand.Rand) float64 { return r.NormFloat64() }
	lognormal := func(r *rand.Rand) float64 { return math.Exp(r.NormFloat64()) }
	pareto := func(r *rand.Rand) float64 { return math.Pow(1-r.Float64(), -1.0/3) }
	const rows, read, tries = 250_000, 5000, 300
	sketched := DefaultSettings()
	sketched.ColumnBudget = 1 << 14
	only := func(s Settings) Settings { s.Metrics = []Name{NullCount, StdDev}; return s }
	for _, test := range []struct {
		name     string
		number   func(*rand.Rand) float64
		settings Settings
		atLeast  int // of the samples
		tightest float64
	}{
		{"normal", normal, DefaultSettings(), 297, 0.031},
		{"normal, in sketches", normal, sketched, 297, 0.031},
		{"log-normal", lognormal, DefaultSettings(), 297, 0.3},
		{"log-normal, in sketches", lognormal, sketched, 297, 0.3},
		{"Pareto with an exponent of 3", pareto, DefaultSettings(), 200, 1}, // its fourth moment is infinite
	} {
		t.Run(test.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2)) // the same samples in sketches
			whole := make([]float64, rows)
			for i := range whole {
				whole[i] = test.number(random)
			}
			truth, _ := profileOfNumbers(whole, only(DefaultSettings())).Columns[0].Metrics[StdDev].Float64()
			held, bounds := 0, []float64(nil)
			for range tries {
				for i := range read { // the first steps of a shuffle (Fisher and Yates 1938)
					j := i + random.IntN(rows-i)
					whole[i], whole[j] = whole[j], whole[i]
				}
				p := profileOfNumbers(whole[:read], only(test.settings))
				p.Extrapolate(rows)
				c := p.Columns[0]
				deviation, _ := c.Metrics[StdDev].Float64()
				bounds = append(bounds, c.Estimates[StdDev])
				if math.Abs(deviation-truth) <= c.Estimates[StdDev]*truth {
					held++
				}
			}
			slices.Sort(bounds)
			t.Logf("holds for %d of %d, median %.3f", held, tries, bounds[tries/2])
			if held < test.atLeast || bounds[tries/2] > test.tightest {
				t.Errorf("holds for %d of %d, want %d; median %.4f, want at most %v", held, tries, test.atLeast, bounds[tries/2], test.tightest)
			}
		})
	}
}

func TestKurtosisIsTheFourthMoment(t *testing.T) {
	// scipy.stats.kurtosis([1, 2, 3, 4, 10], fisher=False) is 2.7914; divided by the variance of a sample it is (4/5)² of that.
	got := profileOfNumbers([]float64{1, 2, 3, 4, 10}, DefaultSettings()).Columns[0].Kurtosis
	var m2, m4 float64
	for _, d := range []float64{-3, -2, -1, 0, 6} {
		m2, m4 = m2+d*d/5, m4+d*d*d*d/5
	}
	if want := m4 / (m2 * m2) * 16 / 25; math.Abs(got-want) > 1e-12 {
		t.Errorf("kurtosis %v, want %v", got, want)
	}
	for name, numbers := range map[string][]float64{"one": {1}, "equal ones": {2, 2}, "infinite ones": {1, 2, math.Inf(1)}, "huge ones": {-1e308, 1e308, 1.7e308}} {
		if got := profileOfNumbers(numbers, DefaultSettings()).Columns[0].Kurtosis; math.IsNaN(got) || math.IsInf(got, 0) {
			t.Errorf("%s: kurtosis %v", name, got)
		}
	}
}
