package drift

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Tally counts replayed runs.
type Tally struct {
	Runs     int
	Compared int // with a baseline
	Alarmed  int
	Muted    int // would have alarmed, but for what users muted or accepted

	Incidents int // marked as such
	Found     int // of them alarmed: true positives
	Unmarked  int // neither marked as an incident nor accepted

	Told    int // runs of which it is known whether they alarmed when they were made
	Before  int // of them alarmed then
	Added   int // of them alarm now, and did not then
	Removed int // of them alarmed then, and do not now

	First, Last time.Time
}

// False is how many runs alarm that are no incident: the false positives.
func (t Tally) False() int { return t.Alarmed - t.Found }

// Precision is the share of the alarmed runs that are incidents, and false where none alarms.
func (t Tally) Precision() (float64, bool) { return ratioOf(t.Found, t.Alarmed) }

// Recall is the share of the incidents that alarm, and false where there is none.
func (t Tally) Recall() (float64, bool) { return ratioOf(t.Found, t.Incidents) }

// AWeek is how many runs alarm a week, between the first and the last run; false where that is less than a day,
// which tells nothing of weeks.
func (t Tally) AWeek() (float64, bool) {
	days := t.Last.Sub(t.First).Hours() / 24
	return float64(t.Alarmed) / days * 7, days >= 1
}

func ratioOf(part, whole int) (float64, bool) { return float64(part) / float64(whole), whole > 0 }

// Plus returns the tally of both.
func (t Tally) Plus(o Tally) Tally {
	sum := Tally{
		t.Runs + o.Runs, t.Compared + o.Compared, t.Alarmed + o.Alarmed, t.Muted + o.Muted,
		t.Incidents + o.Incidents, t.Found + o.Found, t.Unmarked + o.Unmarked,
		t.Told + o.Told, t.Before + o.Before, t.Added + o.Added, t.Removed + o.Removed, t.First, t.Last,
	}
	if t.Runs == 0 || o.Runs > 0 && o.First.Before(t.First) {
		sum.First = o.First
	}
	if o.Last.After(t.Last) {
		sum.Last = o.Last
	}
	return sum
}

// CellTally counts the runs in which a cell has an alarm.
type CellTally struct {
	Cell
	Fires     int
	Incidents int // of them are incidents
	Before    int // in which it had one when they were made
	Added     int // in which it has one now, and had none then
	Removed   int
}

// TableTally is what a backtest says of one table.
type TableTally struct {
	Tally
	Cells   []CellTally // the most frequent first
	Notable []Replayed  // that alarm, or alarmed, or are incidents, or would alarm but for what is muted, the oldest first

	NotCompared []NotCompared // why runs were not, a first run aside, the most frequent first

	cells map[Cell]*CellTally
}

// NotCompared is how many runs were not compared for one reason.
type NotCompared struct {
	Why  string
	Runs int
}

// Add counts a run, the runs being told from the oldest on.
func (t *TableTally) Add(b Backtest, r Replayed) {
	one := Tally{Runs: 1, First: r.ProfiledAt, Last: r.ProfiledAt}
	count := func(n *int, when bool) { *n = boolToInt(when) }
	count(&one.Compared, r.Report.Note == "")
	count(&one.Alarmed, r.Alarm)
	count(&one.Muted, r.Muted)
	count(&one.Incidents, r.Incident)
	count(&one.Found, r.Incident && r.Alarm)
	count(&one.Unmarked, !r.Incident && !r.Accepted)
	count(&one.Told, r.Told)
	count(&one.Before, r.Before)
	count(&one.Added, r.Told && r.Alarm && !r.Before)
	count(&one.Removed, r.Before && !r.Alarm)
	t.Tally = t.Plus(one)
	if r.Alarm || r.Before || r.Incident || r.Muted {
		t.Notable = append(t.Notable, r)
	}
	t.addCells(b, r)
	if r.Report.Verdict() == "not computed" {
		why := strings.TrimPrefix(r.Report.Note, "not computed: ")
		at := slices.IndexFunc(t.NotCompared, func(n NotCompared) bool { return n.Why == why })
		if at < 0 {
			at, t.NotCompared = len(t.NotCompared), append(t.NotCompared, NotCompared{Why: why})
		}
		t.NotCompared[at].Runs++
	}
}

func (t *TableTally) addCells(b Backtest, r Replayed) {
	now, then := b.cells(r.Report.Findings), b.cells(r.Then)
	if t.cells == nil {
		t.cells = map[Cell]*CellTally{}
	}
	of := func(c Cell) *CellTally {
		if t.cells[c] == nil {
			t.cells[c] = &CellTally{Cell: c}
		}
		return t.cells[c]
	}
	for c := range now {
		cell := of(c)
		cell.Fires++
		cell.Incidents += boolToInt(r.Incident)
		cell.Added += boolToInt(r.Told && !then[c])
	}
	for c := range then {
		cell := of(c)
		cell.Before++
		cell.Removed += boolToInt(!now[c])
	}
}

// cells are those with an alarm among the findings.
func (b Backtest) cells(findings []Finding) map[Cell]bool {
	cells := map[Cell]bool{}
	for _, f := range findings {
		if b.alarms(f) {
			cells[cellOf(f)] = true
		}
	}
	return cells
}

// Done puts the cells, and why runs were not compared, into their order, when every run has been added.
func (t *TableTally) Done() {
	slices.SortStableFunc(t.NotCompared, func(a, b NotCompared) int { return cmp.Compare(b.Runs, a.Runs) })
	for _, c := range t.cells {
		t.Cells = append(t.Cells, *c)
	}
	slices.SortFunc(t.Cells, func(a, b CellTally) int {
		return cmp.Or(cmp.Compare(b.Fires, a.Fires), cmp.Compare(b.Before, a.Before),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Metric, b.Metric), cmp.Compare(a.Test, b.Test))
	})
}

// BacktestResult is what a backtest says of the tables of a history.
type BacktestResult struct {
	Backtest  Backtest // without settings and feedback, which are a table's own
	Candidate string   // the config that was tried
	Total     Tally
	Tables    []NamedTally
}

// NamedTally is that of the table with the ID.
type NamedTally struct {
	ID string
	*TableTally
}

// Add adds what was counted of a table.
func (r *BacktestResult) Add(id string, t *TableTally) {
	r.Tables = append(r.Tables, NamedTally{id, t})
	r.Total = r.Total.Plus(t.Tally)
}
