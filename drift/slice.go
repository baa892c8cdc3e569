package drift

import (
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// DetectPartition compares a run with those before it, as Detect does. In a run of a partition of time it leaves out the
// columns that follow from the partition, in which any two of them differ, and says so. So it does with running numbers.
func DetectPartition(settings Settings, history []*Run, now *Run) *Report {
	if !now.Slice.OfTime() || len(history) == 0 {
		return Detect(settings, history, now)
	}
	chosen := followers(history, now)
	settings.Columns = append([]ColumnJudgement{{
		Matches: func(column string) bool {
			return slices.ContainsFunc(chosen, func(s Skipped) bool { return s.Column == column })
		},
		Disabled: true,
	}}, settings.Columns...)
	r := Detect(settings, history, now)
	r.NotComputed = append(chosen, r.NotComputed...)
	return r
}

// followers lists the columns of a partition that follow from its time: the key, and what holds a part of its day,
// there and in the partition before.
func followers(history []*Run, now *Run) (list []Skipped) {
	key := ""
	if now.Reading != nil && now.Reading.Partition != nil {
		key = now.Reading.Partition.Key
		list = append(list, Skipped{Column: key, Test: "all", Why: "the partition key"})
	}
	for _, c := range now.Profile.Columns {
		if c.Name == key {
			continue
		}
		is, was := &follows{}, &follows{}
		is.see(dayOfSlice(now), c)
		if i := slices.IndexFunc(history[0].Profile.Columns, func(o metrics.ColumnProfile) bool { return o.Name == c.Name }); i >= 0 {
			was.see(dayOfSlice(history[0]), history[0].Profile.Columns[i])
		}
		switch part := is.both(was); {
		case part != "":
			list = append(list, Skipped{Column: c.Name, Test: "all", Why: "it follows from the partition key: " + part})
		case runningNumber(history, now, c.Name):
			list = append(list, Skipped{Column: c.Name, Test: "all", Why: "a running number, which goes on from partition to partition"})
		}
	}
	return list
}

// runningNumber reports whether a column numbers rows on from partition to partition: whole numbers, each once and none
// missing, in every earlier partition less than in this one, and beginning near where the last of those ended. Far from
// there they are values that moved.
func runningNumber(history []*Run, now *Run, column string) bool {
	find := finder{}
	is, known := find.numbered(now, column)
	if !known {
		return false
	}
	last := true
	for _, r := range history { // the newest first
		if r.Profile.RowCount == 0 || !r.at().Before(now.at()) {
			continue
		}
		was, known := find.numbered(r, column)
		if !known || was.high >= is.low {
			return false
		}
		if last {
			periods := max(1, now.at().Sub(r.at()).Hours()/now.asOf().Sub(now.at()).Hours())
			if is.low-was.high > 1+periods*max(is.high-is.low, was.high-was.low) {
				return false
			}
			last = false
		}
	}
	return !last
}

// numbers are the least and the greatest of a column that numbers rows.
type numbers struct{ low, high float64 }

// numbered returns the numbers of a run's column; false where they do not number its rows.
func (f finder) numbered(r *Run, column string) (n numbers, known bool) {
	s := f.sample([]*Run{r}, column)
	if len(s.Runs) == 0 || !s.isKey() {
		return n, false
	}
	c := s.Runs[0].Column
	nulls, counted := c.Metrics[metrics.NullRatio].Float64()
	low, hasLow := finite(c.Metrics[metrics.Min])
	high, hasHigh := finite(c.Metrics[metrics.Max])
	return numbers{low, high}, counted && nulls == 0 && hasLow && hasHigh
}

// dayOfSlice is the day on which a run's partition begins, in the partitions' time zone: most names begin with it.
func dayOfSlice(r *Run) string {
	if r.Slice == nil {
		return ""
	}
	if name := r.Slice.Name; len(name) >= len(time.DateOnly) && metrics.IsDay(name[:len(time.DateOnly)]) {
		return name[:len(time.DateOnly)]
	}
	return r.Slice.Start.Format(time.DateOnly)
}
