package drift

import (
	"fmt"
	"time"
)

// PassedOver is an earlier run that is no baseline, and why.
type PassedOver struct {
	RunID string
	At    time.Time
	Why   string // after its name, as "an incident"
}

// choose picks the baseline for a column, and says which later runs were passed over for it.
func (s BaselineSettings) choose(c candidates, column string) Baseline {
	b := s.chosen(c, column)
	if b.Method != PinnedRun && b.Method != BaselineFile && b.Method != WindowBaseline && len(b.Runs) > 0 {
		b.Reason += withoutRows(c.passed) + passingOver(c.current.PassedOver, b.Runs[len(b.Runs)-1].ProfiledAt)
	}
	return b
}

// passingOver names the runs from a time on that are no baseline: one by its name, several by their number.
func passingOver(list []PassedOver, since time.Time) string {
	var later []PassedOver
	for _, p := range list {
		if !p.At.Before(since) {
			later = append(later, p)
		}
	}
	switch len(later) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf(", passing over run %s, %s", nameOf(later[0].RunID, day(later[0].At)), later[0].Why)
	}
	return fmt.Sprintf(", passing over %d runs, as %s, %s", len(later), nameOf(later[0].RunID, day(later[0].At)), later[0].Why)
}

// runName names a run by the beginning of its ID, by which commands find it, and by its time.
func runName(r *Run) string { return nameOf(r.RunID, when(r)) }

func nameOf(id, when string) string {
	const characters = 8
	if id == "" {
		return "of " + when
	}
	return id[:min(len(id), characters)] + " of " + when
}
