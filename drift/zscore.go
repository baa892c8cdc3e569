package drift

import (
	"fmt"
	"math"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// zScoreTest compares means: the effect is the shift in standard deviations of the baseline's values, as in
// the Python tool. The statistic and its p-value are those of the t-test of Welch (1947).
type zScoreTest struct{}

func (zScoreTest) name() string                          { return ZScore }
func (zScoreTest) metric() metrics.Name                  { return metrics.Mean }
func (zScoreTest) applies(c *metrics.ColumnProfile) bool { return holdsNumbers(c) }
func (zScoreTest) size(s Sample) float64                 { return s.Values() }

func (zScoreTest) compare(_ Parameters, before, now Sample) (result, error) {
	if before.isKey() || now.isKey() {
		return result{}, errKey
	}
	was, ok := before.moments()
	if !ok {
		return result{}, fmt.Errorf("the baseline holds no finite mean and standard deviation of the column")
	}
	is, ok := now.moments()
	if !ok {
		return result{}, fmt.Errorf("the run holds no finite mean and standard deviation of the column")
	}
	deviation := math.Sqrt(was.variance)
	shift := is.mean - was.mean
	if deviation == 0 && shift != 0 {
		return result{}, fmt.Errorf("the baseline's values are all the same: a shift cannot be measured in their deviations")
	}
	p, t, effect := 1.0, 0.0, 0.0
	if shift != 0 {
		v, w := was.variance/was.n, is.variance/is.n
		t = shift / math.Sqrt(v+w)
		p = studentTwoTails(t, (v+w)*(v+w)/(v*v/(was.n-1)+w*w/(is.n-1)))
		effect = math.Abs(shift) / deviation
	}
	return result{
		statistic: t, pValue: &p, effect: effect, baseline: was.mean, current: is.mean,
		sentence: fmt.Sprintf("the mean went %s, of values with a standard deviation of %s", fromTo(was.mean, is.mean), short(deviation)),
		discreet: "the mean moved", ofValues: true,
	}, nil
}

// moments are the number of values, their mean and the variance of a sample, divided by n−1.
type moments struct{ n, mean, variance float64 }

// moments returns those of the runs taken together (Chan, Golub and LeVeque 1979, eq. 2.1), and false where a
// run has none.
func (s Sample) moments() (moments, bool) {
	var all moments
	for _, r := range s.Runs {
		mean, ok := finite(r.Column.Metrics[metrics.Mean])
		deviation, also := finite(r.Column.Metrics[metrics.StdDev])
		n := r.numbers()
		if !ok || !also || n < 2 {
			return all, false
		}
		variance := deviation * deviation
		if all.n == 0 {
			all = moments{n, mean, variance}
			continue
		}
		total, shift := all.n+n, mean-all.mean
		squares := all.variance*(all.n-1) + variance*(n-1) + shift*shift*all.n*n/total
		all = moments{total, all.mean + shift*n/total, squares / (total - 1)}
	}
	return all, len(s.Runs) > 0
}

// numbers returns how many finite numbers were read.
func (r SampleRun) numbers() float64 {
	if n := r.Column.Distribution.Count(); n > 0 {
		return float64(n)
	}
	n := (Sample{Runs: []SampleRun{r}}).Values()
	if nan, ok := r.Column.Metrics[metrics.NaNCount].Float64(); ok {
		n -= r.read(nan)
	}
	return n
}
