package drift

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// Backtest replays stored runs of a table under settings: each is compared with the runs before it as it would
// have been when it was made, and what fires is held against what users said of the runs.
type Backtest struct {
	Settings Settings
	Feedback Feedback // on the table
	AtLeast  Severity // from where on a finding is an alarm

	Since, Until time.Time // which runs are replayed: from Since on, before Until; the zero time is no limit
}

// StoredRun is a run of the history, before its profile is read.
type StoredRun struct {
	RunID      string
	ProfiledAt time.Time
	Incident   bool      // marked as one: it is never a baseline
	Accepted   bool      // marked as normal
	Told       bool      // Then is known: the run was compared when it was made
	Then       []Finding // what was found then
}

// Load reads the profiles of the runs from the first up to, and without, the last; nil of one that cannot be read.
type Load func(first, last int) ([]*Run, error)

// loadedAtOnce is how many runs are read ahead.
const loadedAtOnce = 32

// Replayed is what would have been found of one run.
type Replayed struct {
	StoredRun
	Report *Report
	Alarm  bool // a finding of AtLeast or above counts
	Muted  bool // there is one, and none counts
	Before bool // it alarmed when it was made
}

// Replay replays the runs, which stand from the oldest to the newest as Chronological orders them, and tells each as
// it is done.
func (b Backtest) Replay(runs []StoredRun, load Load, told func(Replayed)) error {
	r := replay{Backtest: b, runs: runs, load: load, read: map[int]*Run{}, named: map[int]bool{}}
	for i, run := range runs {
		if !b.Replays(run) {
			continue
		}
		report, err := r.report(i)
		if err != nil {
			return err
		}
		if report != nil {
			told(b.judge(run, report))
		}
	}
	return nil
}

// Replays reports whether the run is one of those that are replayed.
func (b Backtest) Replays(run StoredRun) bool {
	return !run.ProfiledAt.Before(b.Since) && (b.Until.IsZero() || run.ProfiledAt.Before(b.Until))
}

// Chronological orders runs as they were made; of one time, those that the history lists first come last.
func Chronological(a, b StoredRun) int {
	return cmp.Or(a.ProfiledAt.Compare(b.ProfiledAt), cmp.Compare(b.RunID, a.RunID))
}

func (b Backtest) judge(run StoredRun, report *Report) Replayed {
	told := Replayed{StoredRun: run, Report: report}
	for _, f := range report.Findings {
		if f.Severity.AtLeast(b.AtLeast) {
			told.Alarm, told.Muted = told.Alarm || f.Muted == nil, true
		}
	}
	told.Muted = told.Muted && !told.Alarm
	told.Before = slices.ContainsFunc(run.Then, b.alarms)
	return told
}

// alarms reports whether a finding is an alarm.
func (b Backtest) alarms(f Finding) bool { return f.Muted == nil && f.Severity.AtLeast(b.AtLeast) }

// replay is a backtest that is going on. It holds no more profiles than comparisons need.
type replay struct {
	Backtest
	runs   []StoredRun
	load   Load
	read   map[int]*Run
	oldest int          // that the last comparison looked at: none looks further back, but at those that are named
	named  map[int]bool // by the settings or by feedback
	prior  []int        // from where on the last comparison looked for runs of a period before
}

// report compares the i-th run with its history; nil where it cannot be read.
func (r *replay) report(i int) (*Report, error) {
	if err := r.ahead(max(r.oldest, i-r.Settings.Depth()), i); err != nil {
		return nil, err
	}
	current, err := r.profile(i)
	if err != nil || current == nil {
		return nil, err
	}
	history, err := r.history(i)
	if err != nil {
		return nil, err
	}
	for j := range r.read {
		if j < r.oldest && !r.named[j] && !slices.ContainsFunc(r.prior, func(from int) bool { return from <= j && j < from+loadedAtOnce }) {
			delete(r.read, j)
		}
	}
	report := Detect(r.Settings, history, current)
	if report.Note == noBaseline {
		var earlier []StoredRun
		for j := range notLater(r.runs, i) {
			earlier = append(earlier, r.runs[j])
		}
		report.NoneLeft(earlier)
	}
	return report, r.Feedback.asOf(current.ProfiledAt).Apply(report, current, func(runID string) (*Report, error) {
		at := r.find(runID)
		if at < 0 {
			return nil, nil
		}
		accepted, err := r.profile(at)
		if err != nil || accepted == nil {
			return nil, err
		}
		return r.Settings.Since(accepted, current), nil
	})
}

// history returns the runs before the i-th that it may be compared with, the newest first.
func (r *replay) history(i int) (history []*Run, err error) {
	r.oldest = i
	current, passed := r.read[i], 0
	for j := range Learnable(r.runs, i, r.Feedback) {
		if len(history) == r.Settings.Depth()+passed {
			break
		}
		run, err := r.profile(j)
		if err != nil {
			return nil, err
		}
		if run != nil {
			if current.PassesOver(run) && passed < MostPassedOver {
				passed++
			}
			history, r.oldest = append(history, run), min(r.oldest, j)
		}
	}
	r.prior = nil
	for _, p := range r.Settings.Periods(history, current) {
		if history, err = r.addPrior(history, i, p); err != nil {
			return nil, err
		}
	}
	for _, id := range r.Settings.Pinned() {
		if slices.ContainsFunc(history, func(run *Run) bool { return run.RunID == id }) {
			continue
		}
		at := r.find(id)
		if at < 0 || r.runs[at].Incident || r.runs[at].ProfiledAt.After(r.runs[i].ProfiledAt) || at == i {
			continue // it is none, or was not there yet
		}
		run, err := r.profile(at)
		if err != nil {
			return nil, err
		}
		if run != nil {
			history = append(history, run.SetApart())
		}
	}
	return history, nil
}

// addPrior adds the runs about a period before the i-th, the nearest first, up to the one that it is compared with.
func (r *replay) addPrior(history []*Run, i int, p Period) ([]*Run, error) {
	var near []int
	for j := range Learnable(r.runs, i, r.Feedback) {
		if r.runs[j].ProfiledAt.Before(p.At.Add(-p.Within)) {
			break
		}
		if p.Holds(r.runs[j].ProfiledAt) {
			near = append(near, j)
		}
	}
	slices.SortStableFunc(near, func(a, b int) int { return cmp.Compare(p.Off(r.runs[a].ProfiledAt), p.Off(r.runs[b].ProfiledAt)) })
	from := i
	for _, j := range near[:min(len(near), MostPassedOver)] {
		from = min(from, j)
		if err := r.ahead(j, j); err != nil {
			return nil, err
		}
		run := r.read[j]
		if run == nil {
			continue
		}
		if !slices.ContainsFunc(history, func(other *Run) bool { return other.RunID == run.RunID }) {
			history = append(history, run.SetApart())
		}
		if r.read[i].Takes(run) {
			break
		}
	}
	r.prior = append(r.prior, from)
	return history, nil
}

// Learnable yields, the newest first, the runs that may be a baseline of the i-th: not later, no incident, and
// not older than the last run until then that was accepted.
func Learnable(runs []StoredRun, i int, f Feedback) iter.Seq[int] {
	at := runs[i].ProfiledAt
	var since time.Time
	for _, a := range f.Accepted {
		if a.Metric == "" && a.RunID != runs[i].RunID && !a.RunAt.After(at) && a.RunAt.After(since) {
			since = a.RunAt
		}
	}
	return func(yield func(int) bool) {
		for j := range notLater(runs, i) {
			if runs[j].ProfiledAt.Before(since) || !runs[j].Incident && !yield(j) {
				return
			}
		}
	}
}

// notLater yields, the newest first, the other runs that are not later than the i-th.
func notLater(runs []StoredRun, i int) iter.Seq[int] {
	last := i
	for last+1 < len(runs) && !runs[last+1].ProfiledAt.After(runs[i].ProfiledAt) {
		last++
	}
	return func(yield func(int) bool) {
		for j := last; j >= 0; j-- {
			if j != i && !yield(j) {
				return
			}
		}
	}
}

// ahead reads the runs from first to the i-th that have not been read, and some more.
func (r *replay) ahead(first, i int) error {
	for ; first <= i; first++ {
		if _, ok := r.read[first]; ok {
			continue
		}
		last := first + 1
		for ; last < len(r.runs) && last < max(first+loadedAtOnce, i+1); last++ {
			if _, ok := r.read[last]; ok {
				break
			}
		}
		if err := r.fetch(first, last); err != nil {
			return err
		}
	}
	return nil
}

func (r *replay) fetch(first, last int) error {
	read, err := r.load(first, last)
	if err != nil {
		return err
	}
	for k, run := range read {
		r.read[first+k] = run
	}
	return nil
}

// profile returns the i-th run; nil where it cannot be read.
func (r *replay) profile(i int) (*Run, error) {
	if run, ok := r.read[i]; ok {
		return run, nil
	}
	err := r.fetch(i, i+1)
	return r.read[i], err
}

// find returns where the run with the ID stands, whose profile is kept from then on; −1 where there is none.
func (r *replay) find(runID string) int {
	at := slices.IndexFunc(r.runs, func(s StoredRun) bool { return s.RunID == runID })
	r.named[at] = true
	return at
}

// asOf returns the feedback that counts for a run of that time: a mute does not silence what was found before it
// was given.
func (f Feedback) asOf(at time.Time) Feedback {
	given := Feedback{Accepted: f.Accepted}
	for _, m := range f.Mutes {
		if !m.Given.After(at) {
			given.Mutes = append(given.Mutes, m)
		}
	}
	return given
}

// Cell is what findings have in common that a backtest counts together. A number of rows is the table's, and has no
// column, as absolute_threshold repeats it in every column.
type Cell struct {
	Column string
	Metric metrics.Name
	Test   string
}

func cellOf(f Finding) Cell {
	if f.Metric == metrics.Count {
		return Cell{"", f.Metric, f.Test}
	}
	return Cell{f.Column, f.Metric, f.Test}
}
