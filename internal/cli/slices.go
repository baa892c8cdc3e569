package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/profiler"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// partitionsExtra is what the launcher says of the partitions that the step is of; nothing where it is of none.
type partitionsExtra struct {
	PartitionKeys []string `json:"partition_keys"`

	// PartitionWindows are the spans of the keys, in their order; none where the partitions are no spans of time.
	PartitionWindows []struct {
		Start time.Time `json:"start"`
		End   time.Time `json:"end"`
	} `json:"partition_windows"`

	// PartitionsBy is the same for partitions that are defined alike, and only for those.
	PartitionsBy string `json:"partitions_by"`
}

// slices are the partitions, those of time in its order.
func (s *dagsterStep) slices() []metrics.Slice {
	if s == nil || s.extra == nil {
		return nil
	}
	e := s.extra.partitionsExtra
	list := make([]metrics.Slice, len(e.PartitionKeys))
	for i, key := range e.PartitionKeys {
		list[i] = metrics.Slice{Name: key, By: e.PartitionsBy}
		if i < len(e.PartitionWindows) {
			list[i].Start, list[i].End = e.PartitionWindows[i].Start, e.PartitionWindows[i].End
		}
	}
	slices.SortStableFunc(list, func(a, b metrics.Slice) int { return a.Start.Compare(b.Start) })
	return list
}

// check fails where the launcher contradicts itself.
func (e partitionsExtra) check() error {
	if n := len(e.PartitionWindows); n > 0 && n != len(e.PartitionKeys) {
		return fmt.Errorf("the extra %q has %d partition_keys and %d partition_windows; it needs a window a key, or none", extraName, len(e.PartitionKeys), n)
	}
	return nil
}

// finishSlices compares and stores each partition of a table, one after the other, so that a partition of time finds
// the one before it in the history; then it reports them together. An interrupt ends it after a partition; those that
// are stored stay.
func (r *runner) finishSlices(run context.Context, tries warehouse.Retry, result profiler.Result) (failure error) {
	var told []report.Table
	var failed *report.Failure
	for _, one := range result.Slices {
		t := &report.Table{
			Plan: result.Table, Status: report.Completed, RunID: r.sliceRunID(result, one.Slice), ProfiledAt: result.ProfiledAt,
			Seconds: result.Seconds, Statements: result.Statements, Profile: one.Profile, Slice: &one.Slice,
			Reading: drift.Reading{Partition: &drift.Partition{Key: result.Table.PartitionKey, Strategy: drift.Sliced, Values: []metrics.Value{metrics.Text(one.Slice.Name)}}},
		}
		if run.Err() != nil {
			t.Status, t.RunID = report.Skipped, ""
			t.Error = &report.Failure{Kind: "interrupted", Message: fmt.Sprintf("the run was interrupted after %d of %d partitions were stored", len(told), len(result.Slices))}
		} else {
			failure = orElse(failure, r.finishSlice(run, tries, result, t))
		}
		told = append(told, r.keepResult(t))
		if failed == nil {
			failed = told[len(told)-1].Error
		}
	}
	if r.reporter == nil || run.Err() != nil {
		return failure
	}
	ctx, cancel := r.storing(run)
	defer cancel()
	if failed != nil {
		return orElse(failure, r.reporter.Fail(ctx, report.Table{Plan: result.Table, Status: report.Failed, Error: failed}))
	}
	return orElse(failure, r.reporter.MaterializePartitions(ctx, told))
}

// finishSlice compares and stores one partition.
func (r *runner) finishSlice(run context.Context, tries warehouse.Retry, result profiler.Result, t *report.Table) error {
	ctx, cancel := r.storing(run)
	defer cancel()
	r.partitions[t.RunID] = keptOf(result, *t.Slice)
	defer delete(r.partitions, t.RunID)
	if err := r.compare(ctx, tries, t); err != nil {
		return r.keepAside(t, r.record(t), err)
	}
	return r.save(ctx, tries, []*report.Table{t})
}

// sliceRunID derives the ID of the run of a table's partition from that of the table.
func (r *runner) sliceRunID(result profiler.Result, s metrics.Slice) string {
	return uuid.NewSHA1(uuid.MustParse(r.runID(result.Table)), []byte(s.Name)).String()
}

// keptOf is the profile of a partition as it is kept; nil where it is not.
func keptOf(r profiler.Result, s metrics.Slice) *store.Partitions {
	if r.Partitions == nil {
		return nil
	}
	p := &store.Partitions{Key: r.Partitions.Key}
	for _, one := range r.Partitions.List {
		if one.Value == profiler.KeptAs(s) {
			p.List = append(p.List, store.PartitionProfile(one))
		}
	}
	return p
}
