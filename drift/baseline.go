package drift

import (
	"fmt"
	"math"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// Baseline is what a column is compared with: one earlier run, or several taken together.
type Baseline struct {
	Method string
	Reason string // what was chosen, and why, as a finding tells it
	Runs   []*Run // the newest first; none where the pinned run is missing
}

// RunID is the ID of the run, and empty for several.
func (b Baseline) RunID() string {
	if len(b.Runs) != 1 {
		return ""
	}
	return b.Runs[0].RunID
}

// readOtherwise says why a run is not compared with the baseline, which read other rows; else it is empty. Where
// there are several runs, all of them read the same rows as the current one.
func (b Baseline) readOtherwise(current *Run) string {
	name := "the last run"
	if b.Method == BaselineFile {
		name = "the run of the baseline file"
	}
	return readUnlike(name, b.Runs[0].Reading, current.Reading)
}

// runIDs are the IDs of all runs.
func (b Baseline) runIDs() []string { return runIDs(b.Runs) }

func runIDs(runs []*Run) []string {
	ids := make([]string, len(runs))
	for i, r := range runs {
		ids[i] = r.RunID
	}
	return ids
}

const (
	stableAmong = 30 // earlier runs among which stable_window looks
	autoAmong   = 30 // earlier runs by which auto chooses

	// highVariation is the coefficient of variation from which auto averages, as in the Python tool.
	highVariation = 0.2
)

// candidates are the runs among which baselines are chosen, for every column of a run.
type candidates struct {
	current *Run
	all     []*Run // earlier ones, whatever they hold
	history []*Run // of them those without gaps, the newest first
	alike   []*Run // those of them that read the same rows as the current one: no other enters a window
	apart   []*Run // others that read them
	find    finder
	passed  int // later ones without rows
}

func candidatesFor(history []*Run, current *Run) candidates {
	gapless, apart := parted(history)
	gapless, passed := filled(gapless, current)
	apart, _ = filled(apart, current)
	return candidates{current, history, gapless, readAlike(gapless, current), readAlike(apart, current), finder{}, passed}
}

// chosen is the baseline for a column.
func (s BaselineSettings) chosen(c candidates, column string) Baseline {
	switch {
	case s.Refused != "":
		return Baseline{Method: s.Strategy, Reason: s.Refused}
	case s.Strategy == BaselineFile:
		return s.File.baseline()
	case s.Strategy == PinnedRun && len(c.all) > 0:
		return s.pinned(c.all)
	case len(c.history) == 0:
		return Baseline{Method: s.Strategy, Reason: noBaseline}
	case s.Strategy == PriorPeriod:
		return s.prior(c, "")
	}
	if len(c.alike) == 0 || s.Strategy == LastRun {
		return lastRun(c.history, "")
	}
	switch s.Strategy {
	case MovingAverage:
		return s.moving(c.alike, "")
	case StableWindow:
		return s.stable(c, column)
	case AutoBaseline:
		return s.auto(c, column)
	}
	return lastRun(c.history, "")
}

// when tells a run by its day, and that of a partition by the partition.
func when(r *Run) string {
	if r.Slice.OfTime() {
		return r.Slice.Name
	}
	return day(r.ProfiledAt)
}

// readAlike returns the runs that read the same rows as the current one.
func readAlike(history []*Run, current *Run) []*Run {
	var alike []*Run
	for _, r := range history {
		if readOtherwise(r.Reading, current.Reading) == "" {
			alike = append(alike, r)
		}
	}
	return alike
}

func lastRun(history []*Run, why string) Baseline {
	last := history[0]
	if s := last.Slice; s.OfTime() {
		return Baseline{LastRun, "the partition before, " + s.Name + why, history[:1]}
	}
	return Baseline{LastRun, "the last run, " + runName(last) + why, history[:1]}
}

func (s BaselineSettings) moving(history []*Run, why string) Baseline {
	n := min(max(s.MovingAverage, 1), len(history))
	if n == 1 {
		return Baseline{MovingAverage, "the last run alone, " + runName(history[0]) + why, history[:1]}
	}
	return Baseline{MovingAverage, fmt.Sprintf("the last %d runs together, %s%s", n, firstToLast(history[:n]), why), history[:n]}
}

// stable picks, among the last runs, the consecutive ones whose metrics vary least; of equals the newest.
func (s BaselineSettings) stable(c candidates, column string) Baseline {
	history := c.alike[:min(len(c.alike), stableAmong)]
	n := max(s.MinRuns, 2)
	if len(history) < n {
		return lastRun(history, fmt.Sprintf(", there being fewer than %d", n))
	}
	best, least := 0, math.Inf(1)
	for i := 0; i+n <= len(history); i++ {
		if v := c.variation(history[i:i+n], column); v < least {
			best, least = i, v
		}
	}
	window := history[best : best+n]
	return Baseline{StableWindow, fmt.Sprintf("the %d runs %s, which vary least among the last %d",
		n, firstToLast(window), len(history)), window}
}

// firstToLast names the oldest and the newest of several runs.
func firstToLast(runs []*Run) string {
	oldest, newest := runs[len(runs)-1], runs[0]
	return "from " + runName(oldest) + " to " + runName(newest)
}

// auto chooses as the Python tool does, by whether the metrics have a season and how much they vary, but looks for the
// season first: one that is strong is variation, too, and an average over weekdays is no day's baseline.
func (s BaselineSettings) auto(c candidates, column string) Baseline {
	history := c.alike
	if len(history) < s.MinRuns {
		return lastRun(history, fmt.Sprintf(" (auto: there are fewer than %d)", s.MinRuns))
	}
	among := history[:min(len(history), autoAmong)]
	if c.seasonal(among, column) {
		return s.prior(c, " (auto: the metrics depend on the weekday)")
	}
	if v := c.variation(among, column); v > highVariation {
		return s.moving(history, fmt.Sprintf(" (auto: the metrics vary by %s, more than %s of their mean)", short(v), short(highVariation)))
	}
	return lastRun(history, " (auto: the metrics vary little)")
}

// variation is the greatest coefficient of variation of a column's compared metrics; of the table's number of
// rows where no column is named. Extremes are left out: a single value moves them.
func (c candidates) variation(runs []*Run, column string) float64 {
	most := 0.0
	for _, values := range c.series(runs, column) {
		mean, deviation := meanAndDeviation(values)
		if mean != 0 && len(values) > 1 {
			most = max(most, deviation/math.Abs(mean))
		}
	}
	return most
}

// series returns the values of the metrics by which a baseline is chosen, in the order of the runs. A metric
// that a run lacks is left out.
func (c candidates) series(runs []*Run, column string) [][]float64 {
	if column == "" {
		var rows []float64
		for _, r := range runs {
			rows = append(rows, float64(r.Profile.RowCount))
		}
		return [][]float64{rows}
	}
	sample := c.find.sample(runs, column)
	var all [][]float64
	for _, name := range []metrics.Name{metrics.Count, metrics.NullRatio, metrics.UniqueRatio, metrics.Mean, metrics.StdDev} {
		var values []float64
		for _, r := range sample.Runs {
			if x, ok := finite(r.Column.Metrics[name]); ok {
				values = append(values, x)
			}
		}
		if len(values) == len(runs) {
			all = append(all, values)
		}
	}
	return all
}

// seasonal reports whether a metric varies more between weekdays than within them, twice at least, over two
// weeks or more.
func (c candidates) seasonal(runs []*Run, column string) bool {
	if runs[0].at().Sub(runs[len(runs)-1].at()) < 14*24*time.Hour {
		return false
	}
	for _, values := range c.series(runs, column) {
		byDay := map[time.Weekday][]float64{}
		for i, x := range values {
			weekday := runs[i].at().UTC().Weekday()
			byDay[weekday] = append(byDay[weekday], x)
		}
		var within float64
		var means []float64
		for _, group := range byDay {
			if len(group) < 2 {
				continue
			}
			mean, deviation := meanAndDeviation(group)
			means, within = append(means, mean), within+deviation*deviation
		}
		if len(means) < 2 {
			continue
		}
		mean, between := meanAndDeviation(means)
		if between > smallestSpread*math.Abs(mean) && between*between > 2*within/float64(len(means)) {
			return true
		}
	}
	return false
}

// meanAndDeviation returns the mean and the standard deviation (of a sample) of values; 0 for one value.
func meanAndDeviation(values []float64) (mean, deviation float64) {
	for _, x := range values {
		mean += x / float64(len(values))
	}
	if len(values) < 2 {
		return mean, 0
	}
	for _, x := range values {
		deviation += (x - mean) * (x - mean) / float64(len(values)-1)
	}
	return mean, math.Sqrt(deviation)
}

func (s BaselineSettings) pinned(history []*Run) Baseline {
	for _, r := range history {
		if r.RunID == s.Run && r.Label != "" {
			return Baseline{WindowBaseline, r.Label, []*Run{r}}
		}
		if r.RunID == s.Run && s.Asked {
			return Baseline{PinnedRun, "run " + s.Run + " of " + when(r), []*Run{r}}
		}
		if r.RunID == s.Run {
			return Baseline{PinnedRun, "the pinned run " + s.Run + " of " + when(r), []*Run{r}}
		}
	}
	return Baseline{Method: PinnedRun, Reason: fmt.Sprintf("the pinned run %s is none of the earlier runs of the table", s.Run)}
}

// baseline is the run of the file.
func (f FileBaseline) baseline() Baseline {
	if f.Run == nil {
		return Baseline{Method: BaselineFile, Reason: fmt.Sprintf("the baseline file %s lacks the table", f.Name)}
	}
	without := ""
	if f.NoValues {
		without = ", without values"
	}
	return Baseline{BaselineFile, fmt.Sprintf("the baseline file %s%s: run %s, of %s", f.Name, without, f.Run.RunID, day(f.Run.ProfiledAt)), []*Run{f.Run}}
}

// day writes when a run was, as far as a reader wants to know.
func day(t time.Time) string {
	if t.IsZero() {
		return "an unknown day"
	}
	return t.UTC().Format("2006-01-02 15:04")
}
