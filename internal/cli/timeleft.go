package cli

import (
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/plan"
)

// timeLeft estimates how long a run still takes, from how many rows the catalog says that its tables have.
// It estimates nothing where the catalog does not say it of every table.
type timeLeft struct {
	start    time.Time
	known    bool
	total    int64
	done     int64            // of total
	expected map[string]int64 // rows to read, by the IDs of tables that have not finished
	current  map[string]int64 // rows read of them
}

// leastShare and leastTime are how much of a run has to be done before its speed says something.
const (
	leastShare = 0.01
	leastTime  = time.Second
)

func (l *timeLeft) plan(tables []plan.Table) {
	l.known, l.expected, l.current = true, map[string]int64{}, map[string]int64{}
	for _, t := range tables {
		rows, known := rowsToRead(t)
		l.known = l.known && known
		l.expected[t.ID()] = rows
		l.total += rows
	}
}

// rowsToRead is about how many rows of a table are read, and whether that is known.
func rowsToRead(t plan.Table) (rows int64, known bool) {
	if t.EstimatedRows < 0 || !t.EveryPartition() {
		return 0, false
	}
	rows = t.EstimatedRows
	if s := t.Sampling; s != nil {
		if s.Method != config.SamplingTopK {
			rows = int64(float64(rows) * s.Fraction)
		}
		if s.MaxRows > 0 {
			rows = min(rows, s.MaxRows)
		}
	}
	return rows, true
}

// read says how many rows of a table have been read.
func (l *timeLeft) read(id string, rows int64) {
	before := l.current[id]
	now := min(rows, l.expected[id]) // a table that is larger than was thought is all but done
	if l.current != nil {
		l.current[id] = now
		l.done += now - before
	}
}

// finish says that a table has been read to its end, or has failed.
func (l *timeLeft) finish(id string) {
	l.read(id, l.expected[id])
}

// at is how long the run still takes, seen at a time, and whether that can be told.
func (l *timeLeft) at(now time.Time) (time.Duration, bool) {
	passed := now.Sub(l.start)
	if !l.known || l.done >= l.total || passed < leastTime || float64(l.done) < leastShare*float64(l.total) {
		return 0, false
	}
	return time.Duration(float64(passed) * float64(l.total-l.done) / float64(l.done)), true
}
