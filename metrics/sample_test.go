package metrics

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// population is a table of one column of numbers, some of them null, zero or negative.
func population(random *rand.Rand, n int) []*float64 {
	rows := make([]*float64, n)
	for i := range rows {
		switch x := random.Float64(); {
		case x < 0.03:
		case x < 0.05:
			rows[i] = new(float64)
		default:
			v := random.NormFloat64()*10 + 5
			rows[i] = &v
		}
	}
	return rows
}

func profileOfRows(rows []*float64) *TableProfile {
	a := NewTableAccumulator([]Column{{Name: "x", Kind: KindFloat}}, DefaultSettings())
	b := &Batch{Rows: len(rows), Vectors: make([]Vector, 1)}
	for _, r := range rows {
		if r == nil {
			b.Vectors[0].Nulls++
			continue
		}
		b.Vectors[0].Floats = append(b.Vectors[0].Floats, *r)
	}
	if err := a.Add(b); err != nil {
		panic(err)
	}
	return a.Profile()
}

// A bound of three standard errors holds 99.7 times in a hundred; the truth is the whole population's.
func TestEstimatesOfASampleLieWithinTheirBounds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	whole := population(random, 20000)
	truth := profileOfRows(whole).Columns[0]
	const tries = 200
	misses := map[Name]int{}
	for range tries {
		var rows []*float64
		for _, r := range whole {
			if random.Float64() < 0.05 {
				rows = append(rows, r)
			}
		}
		p := profileOfRows(rows)
		p.Extrapolate(int64(len(whole)))
		c := p.Columns[0]
		if c.Metrics[Count].String() != "20000" || p.RowCount != 20000 || p.RowsRead != int64(len(rows)) {
			t.Fatalf("count %v of %d rows, %d read", c.Metrics[Count], p.RowCount, p.RowsRead)
		}
		for name, off := range errorsOf(t, c, truth) {
			bound, marked := c.Estimates[name]
			if !marked {
				t.Fatalf("%s is not marked as an estimate", name)
			}
			if off > bound {
				misses[name]++
			}
		}
	}
	for name, n := range misses {
		if n > tries/50 { // 2 % instead of 0.3 %: a count of misses is itself uncertain
			t.Errorf("%s is outside its bound %d times of %d", name, n, tries)
		}
	}
}

// errorsOf returns how far the estimates are off, in the units of their bounds.
func errorsOf(t *testing.T, c, truth ColumnProfile) map[Name]float64 {
	t.Helper()
	of := func(c ColumnProfile, n Name) float64 {
		x, ok := c.Metrics[n].Float64()
		if !ok {
			t.Fatalf("%s is %v", n, c.Metrics[n])
		}
		return x
	}
	stddev := of(truth, StdDev)
	off := map[Name]float64{Mean: math.Abs(of(c, Mean)-of(truth, Mean)) / stddev}
	for _, n := range []Name{NullCount, NullRatio, ZeroCount, NegativeCount, StdDev, DistinctCount, UniqueRatio} {
		off[n] = math.Abs(of(c, n)-of(truth, n)) / of(truth, n)
	}
	bins, _ := c.Metrics[Histogram].Bins()
	var sum int64
	for _, b := range bins {
		sum += b.Count
	}
	if values := of(c, Count) - of(c, NullCount); math.Abs(float64(sum)-values) > float64(len(bins)) {
		t.Errorf("the histogram holds %d values of %v", sum, values)
	}
	return off
}

func TestASampleOfEveryRowIsNoEstimate(t *testing.T) {
	p := profileOfRows(population(rand.New(rand.NewPCG(1, 2)), 100))
	p.Extrapolate(100)
	if len(p.Columns[0].Estimates) > 0 || p.RowCount != 100 {
		t.Errorf("estimates %v of %d rows", p.Columns[0].Estimates, p.RowCount)
	}
}

func TestAnEmptySampleTellsTheRowCountAlone(t *testing.T) {
	p := profileOfRows(nil)
	p.Extrapolate(5)
	c := p.Columns[0]
	if c.Metrics[Count].String() != "5" || !c.Metrics[NullCount].IsNull() || !c.Metrics[NullRatio].IsNull() || !c.Metrics[TopValues].IsNull() {
		t.Errorf("metrics %v", c.Metrics)
	}
}

func TestAPropertyThatNoRowOfTheSampleHasIsBoundedAsAShareOfTheRows(t *testing.T) {
	s := sample{read: 1000, total: 1e9}
	if got := s.countBound(0); math.Abs(got-9.0/1009) > 1e-6 { // Wilson's upper end is z²/(n+z²)
		t.Errorf("bound %v", got)
	}
}

func TestBoundsAreFiniteAndShrinkWithTheSample(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Range(2, 1<<40).Draw(t, "total")
		read := rapid.Int64Range(1, total-1).Draw(t, "read")
		k := rapid.Int64Range(0, read).Draw(t, "k")
		s := sample{read: float64(read), total: float64(total)}
		for _, bound := range []float64{s.countBound(float64(k)), s.beyond(float64(k)), s.meanBound(float64(k)), s.shareBound(float64(k))} {
			if math.IsNaN(bound) || math.IsInf(bound, 0) || bound < 0 {
				t.Fatalf("bound %v", bound)
			}
		}
		if more := (sample{read: s.read, total: s.total * 2}); more.meanBound(float64(k)) < s.meanBound(float64(k)) {
			t.Fatalf("a smaller share has a smaller bound")
		}
	})
}

func TestOnlyTheWantedMetricsAreKept(t *testing.T) {
	p := profileOfRows(population(rand.New(rand.NewPCG(1, 2)), 100))
	p.Columns[0].Estimates = map[Name]float64{Mean: 0.1}
	p.Keep(func(string) []Name { return []Name{Count} })
	if c := p.Columns[0]; len(c.Metrics) != 1 || len(c.Estimates) != 0 {
		t.Errorf("metrics %v, estimates %v", c.Metrics, c.Estimates)
	}
}
