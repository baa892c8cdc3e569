package drift

import (
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// DetectPartition compares a run with those before it, as Detect does. In a run of a partition of time it leaves out the
// columns that follow from the partition, in which any two of them differ, and says so.
func DetectPartition(settings Settings, history []*Run, now *Run) *Report {
	if now.Slice == nil || !now.Slice.OfTime() || len(history) == 0 {
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
		if part := is.both(was); part != "" {
			list = append(list, Skipped{Column: c.Name, Test: "all", Why: "it follows from the partition key: " + part})
		}
	}
	return list
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
