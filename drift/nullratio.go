package drift

import (
	"fmt"
	"math"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// nullRatioTest compares the shares of rows without a value: the effect is Cohen's h (1988, "Statistical Power
// Analysis for the Behavioral Sciences", eq. 6.2.1), |2·asin √q − 2·asin √p|, which weighs a point of percent near
// 0 and 1 more than one in the middle. The test is that of two proportions with pooled variance; where fewer than
// five rows are expected with or without a value, the exact test of Fisher (1935), two-sided.
type nullRatioTest struct{}

func (nullRatioTest) name() string                        { return NullRatioTest }
func (nullRatioTest) metric() metrics.Name                { return metrics.NullRatio }
func (nullRatioTest) applies(*metrics.ColumnProfile) bool { return true }
func (nullRatioTest) size(s Sample) float64               { return s.Rows() }

func (nullRatioTest) compare(_ Parameters, before, now Sample) (result, error) {
	k, ok := before.Nulls()
	if !ok {
		return result{}, fmt.Errorf("the baseline does not hold how many rows are null")
	}
	l, ok := now.Nulls()
	if !ok {
		return result{}, fmt.Errorf("the run does not hold how many rows are null")
	}
	n, m := before.Rows(), now.Rows()
	was, is, both := k/n, l/m, (k+l)/(n+m)
	h := math.Abs(2*math.Asin(math.Sqrt(is)) - 2*math.Asin(math.Sqrt(was)))
	p, z := 1.0, 0.0
	if both > 0 && both < 1 {
		z = (is - was) / math.Sqrt(both*(1-both)*(1/n+1/m))
		p = normalTwoTails(z)
		if min(both, 1-both)*min(n, m) < smallestExpected {
			p = fisher(k, l, n, m)
		}
	}
	return result{
		statistic: z, pValue: &p, effect: h, baseline: was, current: is,
		sentence: "the share of rows without a value went " + sharesFromTo(toldShare{share: was}, toldShare{share: is}),
	}, nil
}

// fisher returns the probability, given k+l rows with a property among n and m rows, of a split between the
// two that is no more probable than k and l. Probabilities are relative to that of the most probable split
// until they are divided by their sum, so that none is lost among large factorials.
func fisher(k, l, n, m float64) float64 {
	total := k + l
	low, high := max(0, total-m), min(total, n)
	mode := min(max(math.Floor((total+1)*(n+1)/(n+m+2)), low), high)
	up := func(x float64) float64 { return (total - x) * (n - x) / ((x + 1) * (m - total + x + 1)) } // P(x+1)/P(x)
	const negligible = 1e-320
	weight := map[float64]float64{mode: 1}
	for x, w := mode, 1.0; x < high && w > negligible; x++ {
		w *= up(x)
		weight[x+1] = w
	}
	for x, w := mode, 1.0; x > low && w > negligible; x-- {
		w /= up(x - 1)
		weight[x-1] = w
	}
	observed := weight[k] * (1 + 1e-7) // equal ones may differ in their last digits
	var all, extreme float64
	for x := low; x <= high; x++ {
		w := weight[x]
		if all += w; w <= observed {
			extreme += w
		}
	}
	return min(extreme/all, 1)
}
