package drift

import (
	"math"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// chiSquareTest is Pearson's (1900) test that the categories have the same shares in both samples. The effect
// is Cramér's V (1946), √(χ²/N) of a table of two rows; of equal distributions it is about √((k−1)/N) and not 0,
// which the p-value allows for.
type chiSquareTest struct{}

func (chiSquareTest) name() string                          { return ChiSquare }
func (chiSquareTest) metric() metrics.Name                  { return metrics.TopValues }
func (chiSquareTest) applies(c *metrics.ColumnProfile) bool { return categorical(c) }
func (chiSquareTest) size(s Sample) float64                 { return s.Values() }

func (chiSquareTest) compare(_ Parameters, before, now Sample) (result, error) {
	b, err := categoricalBuckets(before, now)
	if err != nil {
		return result{}, err
	}
	n, m := b.totals()
	statistic, p := b.chiSquare()
	r := b.told()
	r.statistic, r.pValue, r.effect = statistic, &p, math.Sqrt(statistic/(n+m))
	return r, nil
}

// chiSquare returns Pearson's statistic of the buckets, and the probability of one as large as the least
// that it may be.
func (b buckets) chiSquare() (statistic, pValue float64) {
	n, m := b.totals()
	var least float64
	for i, s := range b.least() {
		d := b[i].now/m - b[i].before/n
		statistic += d * d / s.both
		least += (s.now - s.before) * (s.now - s.before) / s.both
	}
	scale := n * m / (n + m)
	return statistic * scale, chiSquareTail(least*scale, float64(len(b)-1))
}
