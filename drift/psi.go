package drift

import (
	"math"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// psiTest is the population stability index, Σ (q − p)·ln(q/p) over buckets with the shares p and q, which is
// the symmetric divergence of Kullback and Leibler (1951). Each bucket of a sample is taken to hold half a value
// more than it does (Krichevsky and Trofimov 1981), so that an empty one has a share. Where the two
// distributions are equal, PSI·nm/(n+m) is distributed as χ² of one degree less than there are buckets
// (Yurdakul and Naranjo 2020, "Statistical Properties of the Population Stability Index").
type psiTest struct{}

func (psiTest) name() string                          { return PSI }
func (psiTest) metric() metrics.Name                  { return metrics.Histogram }
func (psiTest) applies(c *metrics.ColumnProfile) bool { return distributed(c) }
func (psiTest) size(s Sample) float64                 { return s.Values() }

func (psiTest) compare(p Parameters, before, now Sample) (result, error) {
	b, err := bucketsOf(p.Buckets[PSI], before, now)
	if err != nil {
		return result{}, err
	}
	n, m := b.totals()
	k := float64(len(b))
	smooth := func(share, total float64) float64 { return (share*total + 0.5) / (total + k/2) }
	index := func(was, is float64) float64 {
		p, q := smooth(was, n), smooth(is, m)
		return (q - p) * math.Log(q/p)
	}
	var psi, least float64
	for _, x := range b {
		psi += index(x.before/n, x.now/m)
	}
	for _, s := range b.least() {
		least += index(s.before, s.now)
	}
	pValue := chiSquareTail(least*n*m/(n+m), k-1)
	r := b.told()
	r.statistic, r.pValue, r.effect, r.leastEffect = psi, &pValue, psi, least
	return r, nil
}
