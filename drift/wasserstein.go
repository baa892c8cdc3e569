package drift

import (
	"fmt"
	"math"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// wassersteinTest is the distance W₁ of Wasserstein: by how much the values moved on average, ∫|F − G|; the effect
// is the distance in standard deviations σ of the baseline.
//
// Of two samples of one distribution it is not 0: with N = nm/(n+m), √N·W₁ tends to the integral of the size of a
// Gaussian process (del Barrio, Giné and Matrán 1999, theorem 1.1), whose mean is A = √(2/π)·∫√(F(1−F)). It is the
// supremum of Gaussian variables whose deviations are at most that of the values (duality of Kantorovich and
// Rubinstein), and so exceeds its mean by tσ with a probability of at most exp(−t²/2) (Borell 1975; Tsirelson,
// Ibragimov and Sudakov 1976). That bound is the p-value: it is greater than the exact one.
type wassersteinTest struct{}

func (wassersteinTest) name() string                          { return Wasserstein }
func (wassersteinTest) metric() metrics.Name                  { return metrics.Histogram }
func (wassersteinTest) applies(c *metrics.ColumnProfile) bool { return holdsNumbers(c) }
func (wassersteinTest) size(s Sample) float64                 { return s.Values() }

func (wassersteinTest) compare(_ Parameters, before, now Sample) (result, error) {
	a, b, err := distributionsOf(before, now)
	if err != nil {
		return result{}, err
	}
	was, ok := before.moments()
	is, alsoOK := now.moments()
	if !ok || !alsoOK {
		return result{}, fmt.Errorf("a run holds no finite mean and standard deviation of the column")
	}
	d := transport(a, b)
	deviation := math.Sqrt(was.variance)
	if deviation == 0 && d.likely > 0 {
		return result{}, fmt.Errorf("the baseline's values are all the same: a distance cannot be measured in their deviations")
	}
	p, effect, least := 1.0, 0.0, 0.0
	if d.likely > 0 {
		effect, least = d.likely/deviation, d.least/deviation
		pooled := math.Sqrt((was.variance*(was.n-1) + is.variance*(is.n-1)) / (was.n + is.n - 2))
		n, m := a.Count(), b.Count()
		t := (math.Sqrt(n*m/(n+m))*d.least - math.Sqrt(2/math.Pi)*d.width) / pooled
		if t > 0 {
			p = math.Exp(-t * t / 2)
		}
	}
	return result{
		statistic: d.likely, pValue: &p, effect: effect, leastEffect: least, baseline: was.mean, current: is.mean,
		sentence: fmt.Sprintf("the values moved by %s on average, their mean %s, with a standard deviation of %s", short(d.likely), fromTo(was.mean, is.mean), short(deviation)),
		discreet: "the values moved on average", ofValues: true,
	}, nil
}

// transported is the distance W₁ of two distributions.
type transported struct {
	likely, least float64 // taking values between knots as spread evenly; that is certain
	width         float64 // ∫√(F(1−F)) of both together
}

// transport integrates between each two neighbouring knots, where both distributions are taken as linear.
func transport(a, b Mixture) transported {
	knots := append(append(Mixture{}, a...), b...).Knots()
	var d transported
	n, m := a.Count(), b.Count()
	for i := 0; i+1 < len(knots); i++ {
		low, high := knots[i], knots[i+1]
		width := high - low
		f0, f1, g0, g1 := a.UpTo(low), a.Below(high), b.UpTo(low), b.Below(high)
		d.likely += width * meanSize(g0.Likely-f0.Likely, g1.Likely-f1.Likely)
		// Between the knots each share lies between its least after the first and its most before the second.
		d.least += width * max(0, f0.Least-g1.Most, g0.Least-f1.Most)
		d.width += width * meanDeviation((n*f0.Likely+m*g0.Likely)/(n+m), (n*f1.Likely+m*g1.Likely)/(n+m))
	}
	return d
}

// meanSize is the mean of |x| where x goes evenly from one number to another.
func meanSize(from, to float64) float64 {
	if from*to >= 0 {
		return (math.Abs(from) + math.Abs(to)) / 2
	}
	return (from*from + to*to) / (2 * (math.Abs(from) + math.Abs(to)))
}

// meanDeviation is the mean of √(u(1−u)) where u goes evenly from one share to another. With u = sin²θ its
// integral is θ/4 − sin(4θ)/16, written so that shares near each other lose no digits.
func meanDeviation(from, to float64) float64 {
	if to <= from {
		return math.Sqrt(max(from*(1-from), 0))
	}
	sine := (to - from) / (math.Sqrt(to*(1-from)) + math.Sqrt(from*max(1-to, 0)))
	turn := math.Asin(min(sine, 1))
	both := math.Asin(math.Sqrt(from)) + math.Asin(math.Sqrt(min(to, 1)))
	half := math.Sin(both)
	return turn / 4 * (2*half*half + math.Cos(2*both)*sincGap(2*turn)) / (to - from)
}

// sincGap returns 1 − sin(x)/x.
func sincGap(x float64) float64 {
	if x < 0.1 {
		y := x * x
		return y / 6 * (1 - y/20*(1-y/42*(1-y/72)))
	}
	return 1 - math.Sin(x)/x
}
