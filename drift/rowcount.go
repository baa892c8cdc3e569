package drift

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// tableTest compares a table as a whole with its earlier runs. Its findings name no column.
type tableTest interface {
	name() string
	metric() metrics.Name
	compareTable(before []*Run, now *Run) (result, error)
}

// tableTests lists the tests of tables.
func tableTests() []tableTest { return []tableTest{rowCountTest{}} }

// rowCountTest compares the numbers of rows: the effect is the change relative to the mean of the baseline's.
// A table of few rows changes by chance where rows come independently of each other: the p-value is that
// of two Poisson counts, over one and over several runs (Gu, Ng, Tang and Schucany 2008, "Testing the ratio of
// two Poisson rates", statistic W₂ for a ratio of 1).
type rowCountTest struct{}

func (rowCountTest) name() string         { return RowCountTest }
func (rowCountTest) metric() metrics.Name { return metrics.Count }

func (rowCountTest) compareTable(before []*Run, now *Run) (result, error) {
	if mixed(before, now) {
		return result{}, errOtherLengths
	}
	var total float64
	partitions := 0
	for _, r := range before {
		total += float64(r.Profile.RowCount)
		partitions += r.Partitions
	}
	runs, is := float64(len(before)), float64(now.Profile.RowCount)
	if uneven(before, now) { // rates are compared: over runs of the current one's length
		runs = float64(partitions) / float64(now.Partitions)
	}
	was := total / runs
	if was == 0 {
		return result{}, fmt.Errorf("the baseline has no rows: a change cannot be measured by them")
	}
	change := (is - was) / was
	z := (is - was) / math.Sqrt((is+total)/runs)
	p := normalTwoTails(z)
	found := result{
		statistic: z, pValue: &p, effect: math.Abs(change), baseline: was, current: is, change: &change,
		sentence: fmt.Sprintf("the table went %s rows, %+.1f %%", fromTo(was, is), change*100),
	}
	if uneven(before, now) {
		found.baseline, found.current = total/float64(partitions), is/float64(now.Partitions)
		found.sentence = fmt.Sprintf("the table went from %s rows in %d partitions to %s in %d: %s a partition, %+.1f %%",
			short(total), partitions, short(is), now.Partitions, fromTo(found.baseline, found.current), change*100)
	}
	return found, nil
}

var errOtherLengths = errors.New("a window and a run are of other lengths")

// mixed reports whether a window is compared with runs, or a run with a window.
func mixed(before []*Run, now *Run) bool {
	return slices.ContainsFunc(before, func(r *Run) bool { return (r.Partitions > 0) != (now.Partitions > 0) })
}

// uneven reports whether windows of different numbers of partitions are compared, whose rows are then told by
// partition.
func uneven(before []*Run, now *Run) bool {
	if now.Partitions == 0 {
		return false
	}
	return slices.ContainsFunc(before, func(r *Run) bool { return r.Partitions != now.Partitions })
}

// triedTable runs the strategy's tests on the table.
func (s StatisticalSettings) triedTable(baseline Baseline, current *Run) (trials []trial, skipped []Skipped) {
	for _, t := range tableTests() {
		if !s.runs(t.name()) {
			continue
		}
		r, err := t.compareTable(baseline.Runs, current)
		if err != nil {
			skipped = append(skipped, Skipped{Test: t.name(), Why: err.Error()})
			continue
		}
		trials = append(trials, trial{t, "", s, baseline, r})
	}
	return trials, skipped
}
