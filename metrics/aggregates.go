package metrics

import (
	"cmp"
	"iter"
	"math"
	"slices"
)

// Aggregates are what a database computed of a column whose values are of one kind: what an accumulator would
// have told, without the values. Their Profile is that of an accumulator of the same values, up to the
// rounding of Mean and StdDev, where everything is exact; what the database estimated is marked.
type Aggregates struct {
	Kind   Kind
	Values int64 // that are neither null nor NaN
	NaN    int64

	Below, Above             int64 // infinities below and above every number
	Zeros, Negatives, Empty  int64
	Min, Max                 Value
	Low, High                float64 // the least and the greatest finite number, on the scale of histograms
	Mean, StdDev             Value   // of the finite numbers; nothing where there is none, or the database cannot tell it
	MinLength, MaxLength     int64
	Length                   int64 // of all values together
	Distinct                 int64
	DistinctBound            float64 // of its relative error; 0 where it is exact
	OtherDistinct, OtherKind int64   // values of other kinds, and how many of them are distinct

	// Points are distinct values by rising value; numbers and points in time: at least those that Knots and
	// Ranks ask for; all: at least the most frequent.
	Points []Point

	Looks Looks // of some of the values, by which the type is inferred

	// Quantiles and Bins are set where the database estimated them, or counted the bins by themselves.
	Quantiles      *QuantileSet
	QuantilesBound float64
	Distribution   *Distribution
	Bins           Bins

	// Top is set where the database lists the most frequent values by itself.
	Top      ValueCounts
	TopBound float64
}

// Point is a distinct value of a column.
type Point struct {
	Value  Value
	Number float64 // that it stands for on the scale of histograms
	Count  int64   // rows that hold it
	Below  int64   // values that are less
}

// Ranks are the ranks of the quantiles among n values, in the order of QuantileProbabilities.
func Ranks(n int64) (ranks [len(QuantileProbabilities)]int64) {
	for i, p := range QuantileProbabilities {
		ranks[i] = rankOf(p, n)
	}
	return ranks
}

// rankOf is the rank of a quantile among n values, from 1.
func rankOf(p float64, n int64) int64 { return max(int64(math.Ceil(p*float64(n))), 1) }

// Knots says which distinct values, of finite numbers, a Distribution keeps: all where they are no more than Most;
// else the first, the last, and those at which ⌊Steps · through / n⌋ is more than ⌊Steps · below / n⌋.
const (
	MostKnots = mostKnots
	KnotSteps = mostKnots - 2
)

// BinBounds are the bounds of n bins between two finite numbers: n+1, or two where they agree.
func BinBounds(n int, low, high float64) []float64 {
	bins := emptyBins(n, low, high)
	bounds := []float64{bins[0].Start}
	for _, b := range bins {
		bounds = append(bounds, b.End)
	}
	return bounds
}

// Profile returns what the aggregates tell of a column of so many rows.
func (a *Aggregates) Profile(c Column, rows, nulls int64, s Settings) ColumnProfile {
	p := ColumnProfile{
		Name: c.Name, Type: c.Type, Kind: a.Kind, Nullable: c.Nullable,
		Metrics: map[Name]Value{}, Estimates: map[Name]float64{}, OtherKindCount: a.OtherKind,
	}
	m := &measures{kind: a.Kind, settings: s, profile: &p}
	m.counts(rows, nulls)
	distinct := a.Distinct + a.OtherDistinct + min(a.NaN, 1)
	m.estimate(DistinctCount, Int(distinct), a.DistinctBound)
	m.estimate(UniqueRatio, Float(ratio(distinct, rows)), a.DistinctBound)
	m.estimate(ApproxDistinctCount, Int(distinct), a.DistinctBound)
	m.estimate(TopValues, Structured(a.Frequent(s.TopValues)), a.TopBound)
	if a.Values == 0 && a.NaN > 0 {
		a.Looks.Add("NaN")
	}
	m.set(InferredType, a.Looks.sample.infer(s.TypeSample))
	if a.Values == 0 {
		m.nothing()
		m.set(NaNCount, Int(a.NaN))
		return p
	}
	m.set(Min, a.Min)
	m.set(Max, a.Max)
	m.set(MinLength, Int(a.MinLength))
	m.set(MaxLength, Int(a.MaxLength))
	m.set(AvgLength, Float(float64(a.Length)/float64(a.Values)))
	m.set(EmptyCount, Int(a.Empty))
	m.set(ZeroCount, Int(a.Zeros))
	m.set(NegativeCount, Int(a.Negatives))
	m.set(NaNCount, Int(a.NaN))
	if m.kind.Numeric() || m.kind.Temporal() {
		a.measureNumbers(m)
	}
	return p
}

// Looks are what the first values of a column look like.
type Looks struct{ sample typeSample }

// Add looks at a value as a text. Of the first 100 alone is kept what they look like.
func (l *Looks) Add(text string) {
	if !l.sample.full() {
		l.sample.take(text)
	}
}

// Merge appends what follows.
func (l *Looks) Merge(other Looks) { l.sample.merge(other.sample) }

// Frequent lists the most frequent values, at most n.
func (a *Aggregates) Frequent(n int) ValueCounts {
	top := slices.Clone(a.Top)
	if top == nil {
		top = ValueCounts{}
		for _, p := range a.Points {
			top = append(top, ValueCount{p.Value, p.Count})
		}
	}
	if a.NaN > 0 {
		top = append(top, ValueCount{Float(math.NaN()), a.NaN})
	}
	slices.SortStableFunc(top, func(a, b ValueCount) int { return cmp.Compare(b.Count, a.Count) })
	return top[:min(len(top), n)]
}

// finite is how many values are finite numbers.
func (a *Aggregates) finite() int64 { return a.Values - a.Below - a.Above }

// measureNumbers fills the metrics of numbers and points in time.
func (a *Aggregates) measureNumbers(m *measures) {
	m.set(Mean, known(a.Mean))
	m.set(StdDev, known(a.StdDev))
	switch mean := (infinities{a.Below, a.Above}).sum(); {
	case mean != 0:
		m.set(Mean, Float(mean))
		m.set(StdDev, Float(math.NaN()))
	case a.finite() < 2:
		m.set(StdDev, Value{})
	case a.Low == a.High, tooSmall(a.StdDev):
		m.set(StdDev, Float(0)) // which rounded sums may not show
	}
	switch {
	case a.Quantiles != nil:
		m.estimate(Quantiles, Structured(*a.Quantiles), a.QuantilesBound)
	case m.wants(Quantiles):
		m.set(Quantiles, a.quantiles())
	}
	if m.wants(Histogram) {
		m.set(Histogram, a.histogram(m.settings.HistogramBins))
	}
	if m.wantsDistribution() {
		if m.profile.Distribution = a.Distribution; a.Distribution == nil {
			m.profile.Distribution = a.distribution()
		}
	}
	if m.wants(StdDev) {
		m.profile.Kurtosis = a.kurtosis(m.profile.Distribution)
	}
}

// tooSmall reports whether the square of a deviation is too small for a number.
func tooSmall(deviation Value) bool {
	x, ok := deviation.Float64()
	return ok && x*x == 0
}

// known is a number, and nothing in place of what a sum became that was too large for a number.
func known(v Value) Value {
	if x, ok := v.Float64(); !ok || math.IsInf(x, 0) {
		return Value{}
	}
	return v
}

// quantiles are the values of the points that hold the ranks.
func (a *Aggregates) quantiles() Value {
	var set QuantileSet
	for q, rank := range Ranks(a.Values) {
		i := slices.IndexFunc(a.Points, func(p Point) bool { return p.Below < rank && rank <= p.Below+p.Count })
		if i < 0 {
			return Value{}
		}
		set[q] = a.Points[i].Value
	}
	return Structured(set)
}

// finitePoints are the points at finite numbers, with Below counted from the first of these.
func (a *Aggregates) finitePoints() []Point {
	var points []Point
	for _, p := range a.Points {
		if !math.IsInf(p.Number, 0) {
			p.Below -= a.Below
			points = append(points, p)
		}
	}
	return points
}

// histogram counts the values of each bin: those below its end, less those below its start.
func (a *Aggregates) histogram(n int) Value {
	if a.finite() == 0 {
		return Value{}
	}
	if a.Bins != nil {
		return Structured(a.Bins)
	}
	bins := emptyBins(n, a.Low, a.High)
	starts := make([]int64, len(bins)+1) // values below the start of each
	for i := range starts {
		starts[i] = a.finite()
	}
	starts[0] = 0
	points := a.finitePoints()
	for i := len(points) - 1; i >= 0; i-- {
		for b := 1; b < len(bins) && bins[b].Start <= points[i].Number; b++ {
			starts[b] = min(starts[b], points[i].Below)
		}
	}
	for b := range bins {
		bins[b].Count = starts[b+1] - starts[b]
	}
	return Structured(bins)
}

// distribution takes the knots from the points.
func (a *Aggregates) distribution() *Distribution {
	points := a.finitePoints()
	if len(points) == 0 {
		return nil
	}
	total := float64(a.finite())
	distinct := a.Distinct - min(a.Below, 1) - min(a.Above, 1)
	step := func(n int64) int64 { return int64(float64(n) / total * KnotSteps) }
	d := &Distribution{Complete: distinct <= mostKnots}
	for i, p := range points {
		through := p.Below + p.Count
		if n := len(d.Knots); n > 0 && d.Knots[n-1].Value == p.Number { // decimals of many digits
			d.Knots[n-1].Through = through
			continue
		}
		if d.Complete || i == 0 || i == len(points)-1 || step(through) > step(p.Below) {
			d.Knots = append(d.Knots, Knot{p.Number, p.Below, through})
		}
	}
	return d
}

// kurtosis is estimated as if the values between two knots stood in the middle.
func (a *Aggregates) kurtosis(d *Distribution) float64 {
	mean, ok := a.Mean.Float64()
	deviation, known := a.StdDev.Float64()
	if !ok || !known || d == nil {
		return 0
	}
	return kurtosisOf(mean, deviation, d.Count(), d.numbers())
}

// numbers are the knots, and the middles between them, each with its number of values.
func (d *Distribution) numbers() iter.Seq2[float64, int64] {
	return func(yield func(float64, int64) bool) {
		for i, k := range d.Knots {
			if i > 0 {
				before := d.Knots[i-1]
				if n := k.Below - before.Through; n > 0 && !yield(before.Value/2+k.Value/2, n) {
					return
				}
			}
			if !yield(k.Value, k.Through-k.Below) {
				return
			}
		}
	}
}
