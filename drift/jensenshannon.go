package drift

import (
	"math"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// jensenShannonTest is the distance of Jensen and Shannon (Endres and Schindelin 2003): the root of the mean
// divergence of both distributions from their middle, to base 2, so between 0 and 1. Its p-value is that of
// the G-test, which is 2N·ln 2 times the divergence from the middle that weights the samples by their
// sizes (Grosse et al. 2002, "Analysis of symbolic sequences using the Jensen-Shannon divergence", section III).
type jensenShannonTest struct{}

func (jensenShannonTest) name() string                          { return JensenShannon }
func (jensenShannonTest) metric() metrics.Name                  { return metrics.Histogram }
func (jensenShannonTest) applies(c *metrics.ColumnProfile) bool { return distributed(c) }
func (jensenShannonTest) size(s Sample) float64                 { return s.Values() }

func (jensenShannonTest) compare(p Parameters, before, now Sample) (result, error) {
	b, err := bucketsOf(p.Buckets[JensenShannon], before, now)
	if err != nil {
		return result{}, err
	}
	n, m := b.totals()
	var divergence float64
	for _, x := range b {
		was, is := x.before/n, x.now/m
		middle := (was + is) / 2
		divergence += (excess(was, middle) + excess(is, middle)) / 2
	}
	distance := math.Sqrt(divergence / math.Ln2)
	var g, least float64
	for _, s := range b.least() {
		middle := (s.before + s.now) / 2
		least += (excess(s.before, middle) + excess(s.now, middle)) / 2
		g += 2 * (n*excess(s.before, s.both) + m*excess(s.now, s.both))
	}
	pValue := chiSquareTail(g, float64(len(b)-1))
	r := b.told()
	r.statistic, r.pValue, r.effect = distance, &pValue, distance
	r.leastEffect = math.Sqrt(least / math.Ln2)
	return r, nil
}

// excess returns p·ln(p/q) − p + q, which is never negative; summed over shares, the last two terms cancel.
func excess(p, q float64) float64 {
	if p <= 0 {
		return q
	}
	r := (q - p) / p
	if math.Abs(r) < 1e-3 { // the difference below would lose digits
		return p * r * r * (1.0/2 - r*(1.0/3-r*(1.0/4-r*(1.0/5-r/6))))
	}
	return p * (r - math.Log1p(r))
}
