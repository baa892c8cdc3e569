package drift

import (
	"fmt"
	"math"

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
	var total float64
	for _, r := range before {
		total += float64(r.Profile.RowCount)
	}
	runs := float64(len(before))
	was, is := total/runs, float64(now.Profile.RowCount)
	if was == 0 {
		return result{}, fmt.Errorf("the baseline has no rows: a change cannot be measured by them")
	}
	change := (is - was) / was
	z := (is - was) / math.Sqrt((is+total)/runs)
	p := normalTwoTails(z)
	return result{
		statistic: z, pValue: &p, effect: math.Abs(change), baseline: was, current: is, change: &change,
		sentence: fmt.Sprintf("the table went from %s to %s rows, %+.1f %%", short(was), short(is), change*100),
	}, nil
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
