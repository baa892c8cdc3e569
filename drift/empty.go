package drift

import (
	"fmt"
	"slices"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// MostPassedOver is how many runs without rows are passed over in the search for a baseline.
const MostPassedOver = 30

// Empty reports whether the run read no row, as after a load that failed. Nothing can be compared with it: from no
// values there is no percentage, and no distribution.
func (r *Run) Empty() bool {
	if r.Profile.RowCount > 0 {
		return false
	}
	return !slices.ContainsFunc(r.Profile.Columns, func(c metrics.ColumnProfile) bool { // of a run that does not tell its rows
		n, known := finite(c.Metrics[metrics.Count])
		return known && n > 0
	})
}

// PassesOver reports whether a run is none of its earlier runs to be compared with, since it has rows and that one has
// none. A run without rows is compared with whichever came before, so that a table that stays empty alarms once.
func (r *Run) PassesOver(earlier *Run) bool { return !r.Empty() && earlier.Empty() }

// filled returns the earlier runs without those that the current one passes over, and how many of these are newer than
// all others; the runs as they are where there are no others.
func filled(history []*Run, current *Run) (kept []*Run, passed int) {
	for _, r := range history {
		switch {
		case !current.PassesOver(r):
			kept = append(kept, r)
		case len(kept) == 0:
			passed++
		}
	}
	if len(kept) == 0 {
		return history, 0
	}
	return kept, passed
}

// withoutRows says why a run is not compared with the baseline, none of whose runs has rows; else it is empty.
func (b Baseline) withoutRows(current *Run) string {
	if slices.ContainsFunc(b.Runs, func(r *Run) bool { return !current.PassesOver(r) }) {
		return ""
	}
	return fmt.Sprintf("the baseline, of %s, has no rows", day(b.Runs[0].ProfiledAt))
}

// laterWithoutRows says that runs without rows are not compared with.
func laterWithoutRows(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return ", the run after it being without rows"
	default:
		return fmt.Sprintf(", the %d runs after it being without rows", n)
	}
}
