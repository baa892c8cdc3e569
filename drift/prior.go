package drift

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Period is where, about a period before a run, the nearest of its earlier runs is looked for.
type Period struct {
	At     time.Time
	Within time.Duration // of it, to either side
}

func periodBefore(current *Run, days int) Period {
	length := time.Duration(max(days, 1)) * 24 * time.Hour
	return Period{current.at().Add(-length), length / 2}
}

// Off is how far from the middle of the period a time lies.
func (p Period) Off(t time.Time) time.Duration { return t.Sub(p.At).Abs() }

// Holds reports whether a time lies in the period.
func (p Period) Holds(t time.Time) bool { return p.Off(t) <= p.Within }

// Periods returns where the settings look for runs about a period before one, as far as those do not reach that were
// read of the last ones: how many days back they lie depends on how often a table is profiled.
func (s Settings) Periods(history []*Run, current *Run) []Period {
	if len(history) < s.Depth() || current.Slice != nil {
		return nil // all were read, or the last ones are partitions, a time each
	}
	var list []Period
	for _, b := range s.Baselines() {
		p := periodBefore(current, b.PriorPeriod)
		reached := slices.ContainsFunc(history, func(r *Run) bool { return r.ProfiledAt.Before(p.At.Add(-p.Within)) })
		if (b.Strategy == PriorPeriod || b.Strategy == AutoBaseline) && b.Refused == "" && !reached && !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

// Takes reports whether an earlier run may be the only one that a run is compared with: it is not without rows, and read
// the same ones.
func (r *Run) Takes(earlier *Run) bool {
	return !r.PassesOver(earlier) && readOtherwise(earlier.Reading, r.Reading) == ""
}

// SetApart returns the run as one of those that stand apart in a history.
func (r *Run) SetApart() *Run {
	apart := *r
	apart.Apart = true
	return &apart
}

// parted returns the runs of a history without gaps, and those that stand apart.
func parted(history []*Run) (gapless, apart []*Run) {
	for _, r := range history {
		if r.Apart {
			apart = append(apart, r)
		} else {
			gapless = append(gapless, r)
		}
	}
	return gapless, apart
}

// prior picks the run closest to a period before the current one, within half a period; of two the newer.
func (s BaselineSettings) prior(c candidates, why string) Baseline {
	period := periodBefore(c.current, s.PriorPeriod)
	var best *Run
	for _, r := range slices.Concat(c.alike, c.apart) {
		if period.Holds(r.at()) && (best == nil || cmp.Or(cmp.Compare(period.Off(r.at()), period.Off(best.at())), best.at().Compare(r.at())) < 0) {
			best = r
		}
	}
	switch {
	case best != nil:
		return Baseline{PriorPeriod, fmt.Sprintf("the run %s, about %d days before%s", runName(best), s.PriorPeriod, why), []*Run{best}}
	case len(c.alike) == 0:
		return lastRun(c.history, "")
	}
	last := c.alike[0].at()
	unfit := passingOver(c.passedOver(), func(at time.Time) bool { return period.Holds(at) && at.Before(last) }) // later ones are told with the last run
	return lastRun(c.alike, fmt.Sprintf(", there being none about %d days before%s", s.PriorPeriod, unfit))
}
