package metrics

import (
	"iter"
	"math"
)

// point is a number and the number of rows that hold it.
type point struct {
	number float64
	count  int64
}

// exactNumbers derives metrics from every distinct value and its count, in ascending order.
type exactNumbers struct {
	points []point
	value  func(i int) Value // the i-th value as output shows it
}

// measure fills the metrics that depend on the numbers, but for the extremes. The sums are those of the
// finite numbers.
func (e exactNumbers) measure(m *measures, sums spread) {
	var infinite infinities
	var zeros, negatives, total int64
	for _, p := range e.points {
		total += p.count
		switch {
		case p.number == 0:
			zeros += p.count
		case p.number < 0:
			negatives += p.count
		}
	}
	if n := len(e.points) - 1; n >= 0 {
		if first := e.points[0]; math.IsInf(first.number, -1) {
			infinite.negative = first.count
		}
		if last := e.points[n]; math.IsInf(last.number, 1) {
			infinite.positive = last.count
		}
	}
	sums.measure(m, infinite, len(e.finite()) == 1)
	if m.wants(StdDev) {
		m.profile.Kurtosis = sums.kurtosis(e.numbers())
	}
	m.set(ZeroCount, Int(zeros))
	m.set(NegativeCount, Int(negatives))
	if m.wants(Quantiles) {
		m.set(Quantiles, Structured(e.quantiles(total)))
	}
	if m.wants(Histogram) {
		m.set(Histogram, e.histogram(m.settings.HistogramBins))
	}
	m.distribution(e.points, 0)
}

func (e exactNumbers) quantiles(total int64) QuantileSet {
	var set QuantileSet
	i, below := 0, int64(0) // rows that hold a value before the i-th
	for q, p := range QuantileProbabilities {
		rank := rankOf(p, total)
		for below+e.points[i].count < rank {
			below += e.points[i].count
			i++
		}
		set[q] = e.value(i)
	}
	return set
}

// finite returns the points but for infinities.
func (e exactNumbers) finite() []point { return finite(e.points) }

// finite returns points, by rising number, but for those at infinities.
func finite(points []point) []point {
	for len(points) > 0 && math.IsInf(points[0].number, -1) {
		points = points[1:]
	}
	for len(points) > 0 && math.IsInf(points[len(points)-1].number, 1) {
		points = points[:len(points)-1]
	}
	return points
}

// numbers are the finite ones, each with the number of rows that hold it.
func (e exactNumbers) numbers() iter.Seq2[float64, int64] {
	return func(yield func(float64, int64) bool) {
		for _, p := range e.finite() {
			if !yield(p.number, p.count) {
				return
			}
		}
	}
}

func (e exactNumbers) histogram(n int) Value {
	finite := e.finite()
	if len(finite) == 0 {
		return Value{}
	}
	bins := emptyBins(n, finite[0].number, finite[len(finite)-1].number)
	b := 0
	for _, p := range finite {
		for b < len(bins)-1 && p.number >= bins[b].End {
			b++
		}
		bins[b].Count += p.count
	}
	return Structured(bins)
}
