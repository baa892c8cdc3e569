package drift

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// freshnessTest compares how far the newest point in time of a column lay behind the run's own with the
// greatest such lag among the baseline's runs. The effect is how much later than that it is, in times
// between two runs (their median): 1 means that the column is a run's time later than it ever was. It has no
// p-value, and takes a baseline of three runs or more: one lag does not tell how lags vary.
type freshnessTest struct{}

func (freshnessTest) name() string          { return Freshness }
func (freshnessTest) metric() metrics.Name  { return metrics.Max }
func (freshnessTest) size(s Sample) float64 { return math.Inf(1) }

func (freshnessTest) applies(c *metrics.ColumnProfile) bool {
	if c.Kind == "" {
		return familyOf(c.Type) == Timestamp
	}
	return c.Kind == metrics.KindDate || c.Kind == metrics.KindTimestamp
}

const freshnessRuns = 3

func (freshnessTest) compare(_ Parameters, before, now Sample) (result, error) {
	if len(before.Runs) < freshnessRuns {
		return result{}, fmt.Errorf("how late a column may be is told by %d runs or more, and the baseline has %d; choose one of several runs, such as moving_average", freshnessRuns, len(before.Runs))
	}
	is, err := now.Runs[0].lag()
	if err != nil {
		return result{}, err
	}
	usual := time.Duration(math.MinInt64)
	times := []time.Time{now.Runs[0].At}
	for _, r := range before.Runs {
		lag, err := r.lag()
		if err != nil {
			return result{}, err
		}
		usual = max(usual, lag)
		times = append(times, r.At)
	}
	slices.SortFunc(times, time.Time.Compare)
	var gaps []time.Duration
	for i := range times[1:] {
		gaps = append(gaps, times[i+1].Sub(times[i]))
	}
	slices.Sort(gaps)
	unit := gaps[len(gaps)/2]
	if unit <= 0 {
		return result{}, fmt.Errorf("the runs are all of one moment")
	}
	effect := max(0, float64(is-usual)/float64(unit))
	longest, hours := pair(usual.Hours(), is.Hours())
	return result{
		statistic: is.Hours(), effect: effect, baseline: usual.Hours(), current: is.Hours(),
		sentence: fmt.Sprintf("the newest value went from at most %s h to %s h behind the run, with a run each %s h", longest, hours, short(unit.Hours())),
		discreet: "the newest value is further behind the run than it was", ofValues: true,
	}, nil
}

// lag returns how far the greatest point in time of the column lay behind the run. One without a zone counts
// as of UTC.
func (r SampleRun) lag() (time.Duration, error) {
	if r.At.IsZero() {
		return 0, fmt.Errorf("it is not known when a run was")
	}
	if r.RowsRead < r.RowCount {
		return 0, fmt.Errorf("a run read a sample, which need not hold the newest value")
	}
	text := r.Column.Metrics[metrics.Max].String()
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02", time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil {
			return r.At.Sub(at), nil
		}
	}
	return 0, fmt.Errorf("the greatest value %q is no point in time", text)
}
