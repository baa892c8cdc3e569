// Package profiler runs a plan: it reads each table once and measures it, several tables side by
// side, trying again what failed for a passing reason.
package profiler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Settings say how a plan is run.
type Settings struct {
	Metrics metrics.Settings // what to measure; each table's own list of metrics replaces its Metrics
	Workers int              // tables read side by side, at least 1
	Retry   warehouse.Retry
	Now     func() time.Time

	TableTimeout time.Duration // of one table, with all tries and the waits between them; 0 for none

	// Slices are the partitions that are profiled, each by itself, of every table; none where the tables' plans say
	// which rows are.
	Slices []metrics.Slice
}

// Result is what became of one table. Either Profile or Err is nil.
type Result struct {
	Table      plan.Table
	ProfiledAt time.Time // when the scan began
	Seconds    float64
	Statements int // sent for this table alone
	Profile    *metrics.TableProfile
	Partition  *PartitionRead     // nil where every row was chosen
	Partitions *PartitionProfiles // nil where they are not kept
	Slices     []SliceProfile     // in the settings' order; the profile is of all of them
	SampledBy  string             // the column by whose values rows were picked; empty where they were at random
	Warnings   []string
	Err        error

	// Interrupted says that the table failed because the run ended while it was read.
	Interrupted bool
}

// PartitionRead says which partitions a profile is of.
type PartitionRead struct {
	Key    string
	Values []metrics.Value // texts, and nothing for the rows without a key
}

// Progress is told what a run is doing. Its methods may be called from several goroutines.
type Progress interface {
	Planned(tables []plan.Table) // once, in the order of reading, with the catalog's estimates
	Started(t plan.Table)
	Read(t plan.Table, rows int64) // rows more
	Restarted(t plan.Table)        // a scan begins again at the first row
	Finished(t plan.Table, err error)
}

// together is how many tables are handed over at once at most. It bounds what waits in memory while the
// receiver is slower than the scans.
const together = 16

// Run profiles the tables and hands the results to done, in the order in which tables finish: one, or, where
// more have finished while done was busy, several; those too that were being read when the run was interrupted. It calls done once at a time. A table that fails does not
// stop the others; an error of done does, and is returned, and so does the end of the context.
func Run(ctx context.Context, source warehouse.Warehouse, tables []plan.Table, s Settings, progress Progress, done func([]Result) error) error {
	described, err := describe(ctx, source, tables, s)
	if err != nil {
		return err
	}
	results := make(chan Result, together)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	workers, working := errgroup.WithContext(ctx)
	workers.SetLimit(max(s.Workers, 1))
	ordered := largestFirst(tables, described)
	progress.Planned(ordered)
	r := &running{source: source, described: described, settings: s, progress: progress}
	go func() {
		for _, t := range ordered {
			workers.Go(func() error {
				if working.Err() != nil {
					return working.Err() // not even begun
				}
				results <- r.profile(working, t) // the loop below receives to the end
				return nil
			})
		}
		_ = workers.Wait() // the context's end, which the loop below sees for itself
		close(results)
	}()
	var failure error
	for first := range results { // to the end, so that the workers can hand over and stop
		finished := append([]Result{first}, waiting(results)...)
		if failure == nil {
			if failure = done(finished); failure != nil {
				stop()
			}
		}
	}
	if failure != nil {
		return failure
	}
	return ctx.Err()
}

// waiting returns the results that are there already, fewer than together.
func waiting(results <-chan Result) (list []Result) {
	for len(list) < together-1 {
		select {
		case r, open := <-results:
			if !open {
				return list
			}
			list = append(list, r)
		default:
			return list
		}
	}
	return list
}

// largestFirst orders tables so that the longest scan does not begin last, by the catalog's estimate; tables
// whose size it does not know keep their order, at the end.
func largestFirst(tables []plan.Table, described map[warehouse.TableRef]warehouse.Description) []plan.Table {
	ordered := slices.Clone(tables)
	for i, t := range ordered {
		if d, ok := described[t.TableRef]; ok {
			ordered[i].EstimatedRows = d.Rows
		}
	}
	slices.SortStableFunc(ordered, func(a, b plan.Table) int { return cmp.Compare(b.EstimatedRows, a.EstimatedRows) })
	return ordered
}

func describe(ctx context.Context, source warehouse.Warehouse, tables []plan.Table, s Settings) (map[warehouse.TableRef]warehouse.Description, error) {
	refs := make([]warehouse.TableRef, len(tables))
	for i, t := range tables {
		refs[i] = t.TableRef
	}
	described, err := warehouse.Try(ctx, s.Retry, source.Transient, func() (map[warehouse.TableRef]warehouse.Description, error) {
		return source.Describe(ctx, refs)
	})
	if err != nil {
		return nil, fmt.Errorf("source: reading the catalog: %w", err)
	}
	return described, nil
}

// running is a run under way, which the workers share.
type running struct {
	source    warehouse.Warehouse
	described map[warehouse.TableRef]warehouse.Description
	settings  Settings
	progress  Progress
	gone      atomic.Bool // the source could not be reached, however often it was tried
}

// profile measures one table.
func (r *running) profile(ctx context.Context, t plan.Table) (result Result) {
	result = Result{Table: t, ProfiledAt: r.settings.Now()}
	r.progress.Started(t)
	defer func() {
		if result.Err != nil {
			result.Interrupted = ctx.Err() != nil
			result.Err = fmt.Errorf("table %q: %w", t.ID(), result.Err)
		}
		result.Seconds = r.settings.Now().Sub(result.ProfiledAt).Seconds()
		r.progress.Finished(t, result.Err)
	}()
	reading, err := prepare(t, r.described, r.settings)
	if err != nil {
		result.Err = err
	} else {
		reached := warehouse.TimedOut("all tries and the waits between them", r.settings.TableTimeout, "execution.table_timeout_seconds")
		result.Err = warehouse.Within(ctx, r.settings.TableTimeout, reached, func(ctx context.Context) error {
			return r.read(ctx, reading, &result)
		})
	}
	return result
}

// prepare holds what the plan asks for of a table against what the catalog says of it.
func prepare(t plan.Table, described map[warehouse.TableRef]warehouse.Description, s Settings) (*reading, error) {
	description, exists := described[t.TableRef]
	switch {
	case !exists:
		return nil, fmt.Errorf("%w; check its name and schema, and that the user may see it", warehouse.ErrNoTable)
	case description.Err != nil:
		return nil, description.Err
	}
	r, err := newReading(t, description.Columns, s)
	if err == nil && description.Name != "" {
		r.warnings = append(r.warnings, fmt.Sprintf("table %q: the source spells it %q; write it so, for runs under two names are those of two tables", t.ID(), description.Name))
	}
	return r, err
}

// read reads a table, again where that fails for a passing reason.
func (r *running) read(ctx context.Context, reading *reading, result *Result) (err error) {
	result.Warnings = reading.warnings
	if result.Table.SampledByKey() && reading.scan.Sample != nil {
		result.SampledBy = reading.scan.Sample.Key
	}
	again := r.settings.Retry
	if r.gone.Load() {
		again.Retries = 0 // waiting again for each of a thousand tables would take hours
	}
	if told := again.Again; told != nil {
		again.Again = func(err error, wait time.Duration) { told(fmt.Errorf("table %q: %w", result.Table.ID(), err), wait) }
	}
	tries := 0
	result.Profile, err = warehouse.Try(ctx, again, r.source.Transient, func() (*metrics.TableProfile, error) {
		if tries++; tries > 1 {
			r.progress.Restarted(result.Table)
		}
		profile, partitions, coverage, err := reading.profile(ctx, r.source, func(rows int) { r.progress.Read(result.Table, int64(rows)) })
		result.Statements += coverage.Statements
		if partitions != nil && reading.slices != nil && err == nil {
			result.Slices, err = reading.sliced(partitions)
		} else if reading.scan.Partition != nil && reading.slices == nil {
			result.Partition = &PartitionRead{reading.scan.Partition.Key, reading.partitionValues(coverage.Partitions)}
		}
		if result.Partitions = partitions; reading.slices != nil {
			result.Partitions = reading.keptSlices(partitions)
		}
		return profile, err
	})
	if p := result.Partitions; err == nil && p != nil && p.GaveUp != nil {
		result.Warnings = append(result.Warnings, fmt.Sprintf("table %q: THE PROFILES OF ITS PARTITIONS ARE NOT STORED, those of earlier runs stay as they are: %v; the table's own profile is whole", result.Table.ID(), p.GaveUp))
		result.Partitions = nil
	}
	if p := reading.scan.Partition; err == nil && reading.slices == nil && result.Profile.RowCount == 0 && p != nil && len(p.Values) > 0 {
		result.Warnings = append(result.Warnings, fmt.Sprintf("table %q: no row has one of the partition.values of the config in %q; check how they are written", result.Table.ID(), p.Key))
	}
	r.gone.Store(errors.Is(err, warehouse.ErrUnreachable))
	return err
}
