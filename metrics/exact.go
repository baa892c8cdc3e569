package metrics

import "math"

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

func (e exactNumbers) measure(m *measures) {
	var spread momentsWithInfinities
	var zeros, negatives, total int64
	for _, p := range e.points {
		spread.add(p.number, p.count)
		total += p.count
		switch {
		case p.number == 0:
			zeros += p.count
		case p.number < 0:
			negatives += p.count
		}
	}
	spread.measure(m)
	m.set(ZeroCount, Int(zeros))
	m.set(NegativeCount, Int(negatives))
	if m.wants(Quantiles) {
		m.set(Quantiles, Structured(e.quantiles(total)))
	}
	if m.wants(Histogram) {
		m.set(Histogram, e.histogram(m.settings.HistogramBins))
	}
}

func (e exactNumbers) quantiles(total int64) QuantileSet {
	var set QuantileSet
	i, below := 0, int64(0) // rows that hold a value before the i-th
	for q, p := range QuantileProbabilities {
		rank := max(int64(math.Ceil(p*float64(total))), 1)
		for below+e.points[i].count < rank {
			below += e.points[i].count
			i++
		}
		set[q] = e.value(i)
	}
	return set
}

func (e exactNumbers) histogram(n int) Value {
	finite := e.points
	for len(finite) > 0 && math.IsInf(finite[0].number, -1) {
		finite = finite[1:]
	}
	for len(finite) > 0 && math.IsInf(finite[len(finite)-1].number, 1) {
		finite = finite[:len(finite)-1]
	}
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

// momentsWithInfinities accumulates moments, with the infinities apart: they decide the mean and
// leave the standard deviation undefined.
type momentsWithInfinities struct {
	finite             Moments
	positive, negative int64
}

func (s *momentsWithInfinities) add(x float64, n int64) {
	switch {
	case math.IsInf(x, 1):
		s.positive += n
	case math.IsInf(x, -1):
		s.negative += n
	default:
		s.finite.Add(x, n)
	}
}

func (s *momentsWithInfinities) measure(m *measures) {
	switch {
	case s.positive > 0 && s.negative > 0:
		m.set(Mean, Float(math.NaN()))
		m.set(StdDev, Float(math.NaN()))
		return
	case s.positive > 0:
		m.set(Mean, Float(math.Inf(1)))
		m.set(StdDev, Float(math.NaN()))
		return
	case s.negative > 0:
		m.set(Mean, Float(math.Inf(-1)))
		m.set(StdDev, Float(math.NaN()))
		return
	}
	if mean, ok := s.finite.Mean(); ok {
		m.set(Mean, Float(mean))
	} else {
		m.set(Mean, Value{})
	}
	if deviation, ok := s.finite.StdDev(); ok {
		m.set(StdDev, Float(deviation))
	} else {
		m.set(StdDev, Value{})
	}
}
