package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// sliceColumns say of which partition a run is, where an orchestrator tells them apart; null for other runs. Times
// are null for partitions that are no spans of time.
func sliceColumns(d warehouse.Dialect, _ Tables) []string {
	var statements []string
	for _, column := range []string{"partition_by VARCHAR(255)", "partition_name VARCHAR(700)", "partition_start TIMESTAMP", "partition_end TIMESTAMP"} {
		statements = append(statements, addColumn(d, runsTable, column))
	}
	return append(statements, index(d, runsTable, "partition_name", "profiled_at")) // all that MySQL's keys have room for
}

// Partition is the name of the partition that the run is of; nil where it is of none.
func (r Run) Partition() *string {
	if r.Slice == nil {
		return nil
	}
	return &r.Slice.Name
}

// Titled is a name of the run's table with the partition that the run is of.
func (r Run) Titled(table string) string {
	if r.Slice == nil {
		return table
	}
	return table + " [" + r.Slice.Name + "]"
}

// slicedColumns are the columns of a run as they are read.
type slicedColumns struct {
	by, name   sql.NullString
	start, end timestamp
}

// slice is the partition that the columns tell; nil where they tell none.
func (c slicedColumns) slice() (*metrics.Slice, error) {
	switch {
	case !c.by.Valid:
		return nil, nil
	case !c.name.Valid || c.start.IsZero() != c.end.IsZero():
		return nil, errors.New("the partition that it is of is not whole")
	}
	return &metrics.Slice{Name: c.name.String, By: c.by.String, Start: c.start.Time, End: c.end.Time}, nil
}

// sliceValues are the columns of a run as they are written.
type sliceValues struct{ by, name, start, end sql.NullString }

func sliceColumnsOf(slice *metrics.Slice) (v sliceValues) {
	if slice == nil {
		return v
	}
	v.by, v.name = kept(slice.By, 255), kept(slice.Name, 700)
	if slice.OfTime() {
		v.start, v.end = kept(stamp(slice.Start), 255), kept(stamp(slice.End), 255)
	}
	return v
}

func kept(text string, characters int) sql.NullString {
	return sql.NullString{String: clip(text, characters), Valid: true}
}

// At is the moment by which a run is put in order with others: of a partition of time, when that begins.
func (r Run) At() time.Time {
	return r.Slice.At(r.ProfiledAt)
}

// The orders in which runs are read: by when they were made, those that were made at once by their partitions.
const (
	newestFirst = "r.profiled_at DESC, p.partition_start DESC, r.run_id"
	oldestFirst = "r.profiled_at, p.partition_start, r.run_id DESC"
)

// orderOf is the order of the runs that may be baselines of another: of a partition of time by their partitions.
func orderOf(before *Run) string {
	if before != nil && before.Slice.OfTime() {
		return "p.partition_start DESC, " + newestFirst
	}
	return newestFirst
}

// comparable is the condition that a run may be held against the one before by the partitions that they are of. A
// partition of time is held against earlier ones, each in its newest run; another one against itself; a run of no partition
// against such runs.
func (s *Store) comparable(before *Run) (string, []any) {
	slice := before.Slice
	if slice == nil {
		return "p.partition_by IS NULL", nil
	}
	v := sliceColumnsOf(slice)
	if !slice.OfTime() {
		return "p.partition_by = ? AND p.partition_name = ?", []any{v.by, v.name}
	}
	return fmt.Sprintf(`p.partition_by = ? AND p.partition_end <= ? AND NOT EXISTS (SELECT 1 FROM %s AS n
		WHERE n.table_id = p.table_id AND n.partition_by = p.partition_by AND n.partition_name = p.partition_name AND n.profiled_at <= ?
			AND (n.profiled_at > p.profiled_at OR n.profiled_at = p.profiled_at AND n.run_id < p.run_id))`, runsTable),
		[]any{v.by, v.start, stamp(before.ProfiledAt)}
}

// acceptedOf is the condition that a run that was accepted, f.run_id, is one of those that a partition's may be held
// against.
func acceptedOf(slice *metrics.Slice) (string, []any) {
	const of = "EXISTS (SELECT 1 FROM " + runsTable + " AS a WHERE a.run_id = f.run_id AND "
	switch {
	case slice == nil:
		return "NOT " + of + "a.partition_by IS NOT NULL)", nil
	case slice.OfTime():
		return of + "a.partition_by = ?)", []any{slice.By}
	default:
		return of + "a.partition_by = ? AND a.partition_name = ?)", []any{slice.By, slice.Name}
	}
}
