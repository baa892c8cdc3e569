package drift

import (
	"fmt"
	"slices"
	"time"
)

// PassedOver is an earlier run that is no baseline, and why.
type PassedOver struct {
	RunID string
	At    time.Time
	Why   string // after its name, as "an incident"
}

// choose picks the baseline for a column, and names the runs that would have been chosen and were passed over for it:
// later ones, where the last were wanted, and nearer ones, where one of a period before was. Of a stable window nobody
// can tell whether others would have been.
func (s BaselineSettings) choose(c candidates, column string) Baseline {
	b := s.chosen(c, column)
	if len(b.Runs) == 0 {
		return b
	}
	switch b.Method {
	case LastRun, MovingAverage:
		oldest := b.Runs[len(b.Runs)-1].at()
		b.Reason += laterWithoutRows(c.passed) + passingOver(c.current.PassedOver, func(at time.Time) bool { return !at.Before(oldest) })
	case PriorPeriod:
		period := periodBefore(c.current, s.PriorPeriod)
		off := period.Off(b.Runs[0].at())
		nearer := func(at time.Time) bool {
			return period.Off(at) < off || period.Off(at) == off && at.After(b.Runs[0].at())
		}
		b.Reason += passingOver(c.passedOver(), nearer)
	}
	return b
}

// passedOver lists the runs that are no baseline, also for being without rows, the newest first.
func (c candidates) passedOver() []PassedOver {
	list := slices.Clone(c.current.PassedOver)
	for _, r := range c.all {
		if c.current.PassesOver(r) {
			list = append(list, PassedOver{r.RunID, r.at(), "which has no rows"})
		}
	}
	slices.SortStableFunc(list, func(a, b PassedOver) int { return b.At.Compare(a.At) })
	return list
}

// passingOver names those of the runs that would have been chosen by their time: one by its name, several by their
// number.
func passingOver(list []PassedOver, wanted func(at time.Time) bool) string {
	var over []PassedOver
	for _, p := range list {
		if wanted(p.At) {
			over = append(over, p)
		}
	}
	switch len(over) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf(", passing over run %s, %s", nameOf(over[0].RunID, day(over[0].At)), over[0].Why)
	}
	return fmt.Sprintf(", passing over %d runs, as %s, %s", len(over), nameOf(over[0].RunID, day(over[0].At)), over[0].Why)
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
