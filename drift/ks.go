package drift

import (
	"errors"
	"fmt"
	"math"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// ksTest is the two-sample test of Kolmogorov and Smirnov: the statistic is the greatest difference D
// between the shares of values up to the same number, and the size of the effect too.
//
// Both distributions are known at their knots. D takes the values between two knots as spread evenly; the
// p-value is of the least D that the knots allow, so that what is not known is no evidence. Where every
// value is a knot the two are equal.
type ksTest struct{}

func (ksTest) name() string         { return KSTest }
func (ksTest) metric() metrics.Name { return metrics.Histogram }

func (ksTest) applies(c *metrics.ColumnProfile) bool { return holdsNumbers(c) }
func (ksTest) size(s Sample) float64                 { return s.Values() }

func (ksTest) compare(_ Parameters, before, now Sample) (result, error) {
	a, b, err := distributionsOf(before, now)
	if err != nil {
		return result{}, err
	}
	d := greatestDifference(a, b)
	p := kolmogorov(d.least, a.Count(), b.Count())
	went := sharesFromTo(d.before, d.now)
	return result{
		statistic: d.likely, pValue: &p, effect: d.likely, leastEffect: d.least, baseline: d.before.share, current: d.now.share, bounds: d.at.bounds(),
		sentence: fmt.Sprintf("the share of %s went %s", d.at.words(d.at.text(a, b, now.Runs[0].Column.Kind)), went),
		discreet: fmt.Sprintf("the share of %s went %s", d.at.words("one of them"), went),
	}, nil
}

var errKey = errors.New("whole numbers that are all distinct seem to be a key, and tell no more than which rows there are")

// distributionsOf returns the distributions of both samples, or why they are not compared.
func distributionsOf(before, now Sample) (a, b Mixture, err error) {
	if before.isKey() || now.isKey() {
		return nil, nil, errKey
	}
	a, ok := before.Distributions()
	if !ok {
		return nil, nil, fmt.Errorf("the baseline holds no distribution of the column")
	}
	if b, ok = now.Distributions(); !ok {
		return nil, nil, fmt.Errorf("the run holds no distribution of the column")
	}
	for _, s := range []Sample{before, now} {
		if widest := s.widestBin(); widest > mostInBin {
			return nil, nil, fmt.Errorf("one bin of a histogram, which is all that a run holds of the values, has %s of them", share(widest))
		}
	}
	return a, b, nil
}

// difference is the greatest difference of two distributions.
type difference struct {
	likely, least float64 // taking values between knots as spread evenly; that is certain
	at            cut     // up to which, where likely is reached
	before, now   toldShare
}

// greatestDifference compares two distributions at all of their knots, and just below them.
func greatestDifference(a, b Mixture) difference {
	var d difference
	for _, x := range append(a.Knots(), b.Knots()...) {
		for _, at := range []cut{{x, false}, {x, true}} {
			was, is := a.upToCut(at), b.upToCut(at)
			d.least = max(d.least, was.Least-is.Most, is.Least-was.Most)
			if likely := math.Abs(is.Likely - was.Likely); likely > d.likely {
				d.likely, d.at = likely, at
				d.before, d.now = toldShare{was.Likely, doubt(was) > 0}, toldShare{is.Likely, doubt(is) > 0}
			}
		}
	}
	return d
}

// kolmogorov returns the probability that the distributions of two samples of n and m values of one
// continuous distribution differ by d or more: the limit of Kolmogorov (1933), with the correction for
// small samples of Stephens (1970, "Use of the Kolmogorov-Smirnov, Cramér-von Mises and Related Statistics
// without Extensive Tables", table 1A). Where values repeat, it is greater than the probability.
func kolmogorov(d, n, m float64) float64 {
	size := math.Sqrt(n * m / (n + m))
	return kolmogorovTail(d * (size + 0.12 + 0.11/size))
}

// kolmogorovTail returns 1 − K(x) of Kolmogorov's distribution K, by the one of its two series that
// converges fast (Marsaglia, Tsang and Wang 2003, "Evaluating Kolmogorov's Distribution", section 1).
func kolmogorovTail(x float64) float64 {
	const terms = 20
	switch {
	case x <= 0:
		return 1
	case x < 1.18:
		var sum float64
		for j := 1; j <= terms; j++ {
			odd := float64(2*j - 1)
			sum += math.Exp(-odd * odd * math.Pi * math.Pi / (8 * x * x))
		}
		return 1 - math.Sqrt(2*math.Pi)/x*sum
	}
	var sum float64
	for j := terms; j >= 1; j-- {
		term := math.Exp(-2 * float64(j*j) * x * x)
		if j%2 == 0 {
			term = -term
		}
		sum += term
	}
	return min(2*sum, 1)
}
