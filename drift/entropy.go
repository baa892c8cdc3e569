package drift

import (
	"fmt"
	"math"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// entropyTest compares the entropies (Shannon 1948) of the categories, the values that are not listed being
// one; the effect is the size of the change in bits. The p-value is of the t-test of Hutcheson (1970, "A test
// for comparing diversities based on the Shannon formula"), with the variance to its second term.
type entropyTest struct{}

func (entropyTest) name() string                          { return Entropy }
func (entropyTest) metric() metrics.Name                  { return metrics.TopValues }
func (entropyTest) applies(c *metrics.ColumnProfile) bool { return categorical(c) }
func (entropyTest) size(s Sample) float64                 { return s.Values() }

func (entropyTest) compare(_ Parameters, before, now Sample) (result, error) {
	b, err := categoricalBuckets(before, now)
	if err != nil {
		return result{}, err
	}
	n, m := b.totals()
	var was, is, leastWas, leastIs diversity
	for _, x := range b {
		was.add(x.before / n)
		is.add(x.now / m)
	}
	for _, s := range b.least() {
		leastWas.add(s.before)
		leastIs.add(s.now)
	}
	v, w := leastWas.variance(n), leastIs.variance(m)
	p := 1.0
	t := 0.0
	if v+w > 0 {
		t = (leastIs.entropy - leastWas.entropy) / math.Sqrt(v+w)
		p = studentTwoTails(t, (v+w)*(v+w)/(v*v/n+w*w/m))
	}
	h, g := was.entropy/math.Ln2, is.entropy/math.Ln2
	return result{
		statistic: t, pValue: &p, effect: math.Abs(g - h), baseline: h, current: g,
		sentence: fmt.Sprintf("the variety of the values, their entropy, went %s bits", fromTo(h, g)),
	}, nil
}

// diversity sums Σ −p·ln p and Σ p·ln² p over the shares of categories.
type diversity struct {
	entropy, squares, categories float64
}

func (d *diversity) add(p float64) {
	if p > 0 {
		l := math.Log(p)
		d.entropy -= p * l
		d.squares += p * l * l
		d.categories++
	}
}

// variance is that of the entropy of n values.
func (d *diversity) variance(n float64) float64 {
	return max(d.squares-d.entropy*d.entropy, 0)/n + (d.categories-1)/(2*n*n)
}
