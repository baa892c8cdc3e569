package metrics

import (
	"cmp"
	"slices"
)

// measures fills a column's profile with the metrics that were asked for and that its kind has.
type measures struct {
	kind     Kind
	settings Settings
	profile  *ColumnProfile
}

func (m *measures) wants(n Name) bool {
	return m.kind.Measures(n) && slices.Contains(m.settings.Metrics, n)
}

func (m *measures) set(n Name, v Value) {
	if m.wants(n) {
		m.profile.Metrics[n] = v
	}
}

// estimate sets a metric whose relative error is at most bound; a bound of 0 means it is exact.
func (m *measures) estimate(n Name, v Value, bound float64) {
	if !m.wants(n) {
		return
	}
	m.profile.Metrics[n] = v
	if bound > 0 {
		m.profile.Estimates[n] = bound
	}
}

func (m *measures) counts(rows, nulls int64) {
	m.set(Count, Int(rows))
	m.set(NullCount, Int(nulls))
	m.set(NullRatio, Float(ratio(nulls, rows)))
}

func (m *measures) distinct(rows int64, parts []part) {
	var distinct int64
	var bound, topBound float64
	top := ValueCounts{}
	for _, p := range parts {
		n, b := p.distinctCount()
		distinct += n
		bound = max(bound, b)
		values, tb := p.top(m.settings.TopValues)
		top = append(top, values...)
		topBound = max(topBound, tb)
	}
	slices.SortStableFunc(top, func(a, b ValueCount) int { return cmp.Compare(b.Count, a.Count) })
	top = top[:min(len(top), m.settings.TopValues)]
	m.estimate(DistinctCount, Int(distinct), bound)
	m.estimate(UniqueRatio, Float(ratio(distinct, rows)), bound)
	m.estimate(ApproxDistinctCount, Int(distinct), bound)
	m.estimate(TopValues, Structured(top), topBound)
}

// wantsDistribution reports whether the column has a distribution. It is no metric of its own: it goes with
// the two that say how values are spread.
func (m *measures) wantsDistribution() bool { return m.wants(Histogram) || m.wants(Quantiles) }

func (m *measures) distribution(points []point, rankError float64) {
	if m.wantsDistribution() {
		m.profile.Distribution = newDistribution(points, rankError)
	}
}

// nothing fills the metrics of a column without values.
func (m *measures) nothing() {
	for _, n := range []Name{Min, Max, Mean, StdDev, Histogram, Quantiles, MinLength, MaxLength, AvgLength} {
		m.set(n, Value{})
	}
	for _, n := range []Name{ZeroCount, NegativeCount, EmptyCount, NaNCount} {
		m.set(n, Int(0))
	}
}

func ratio(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
