// Package profiler runs a plan: it reads each table once and measures it, several tables side by
// side, trying again what failed for a passing reason.
package profiler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Settings say how a plan is run.
type Settings struct {
	Metrics metrics.Settings // what to measure; each table's own list of metrics replaces its Metrics
	Workers int              // tables read side by side, at least 1
	Retry   Retry
	Now     func() time.Time
}

// Retry says how often, and after what waits, a scan is tried again.
type Retry struct {
	Retries  int           // after the first failure; 0 to try once
	Fixed    bool          // wait Min each time, instead of twice as long as before
	Min, Max time.Duration // the shortest and the longest wait
}

// Result is what became of one table. Either Profile or Err is nil.
type Result struct {
	Table      plan.Table
	ProfiledAt time.Time // when the scan began
	Seconds    float64
	Statements int // sent for this table alone
	Profile    *metrics.TableProfile
	Partition  *PartitionRead // nil where every row was chosen
	Warnings   []string
	Err        error
}

// PartitionRead says which partitions a profile is of.
type PartitionRead struct {
	Key    string
	Values []string
}

// Progress is told what a run is doing. Its methods may be called from several goroutines.
type Progress interface {
	Started(t plan.Table)
	Read(t plan.Table, rows int64) // rows more
	Restarted(t plan.Table)        // a scan begins again at the first row
	Finished(t plan.Table, err error)
}

// Run profiles the tables and hands each result to done, one at a time and in the order in which they
// finish. A table that fails does not stop the others; an error of done does, and is returned, and so
// does the end of the context.
func Run(ctx context.Context, source warehouse.Warehouse, tables []plan.Table, s Settings, progress Progress, done func(Result) error) error {
	described, err := describe(ctx, source, tables, s.Retry)
	if err != nil {
		return err
	}
	results := make(chan Result)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	workers, working := errgroup.WithContext(ctx)
	workers.SetLimit(max(s.Workers, 1))
	go func() {
		for _, t := range largestFirst(tables) {
			workers.Go(func() error {
				if working.Err() != nil {
					return working.Err() // not even begun
				}
				r := profile(working, source, t, described, s, progress)
				results <- r // the loop below receives to the end
				return nil
			})
		}
		_ = workers.Wait() // the context's end, which the loop below sees for itself
		close(results)
	}()
	var failure error
	for r := range results { // to the end, so that the workers can hand over and stop
		// A table that was read to its end is handed on even if the run has been interrupted meanwhile.
		if failure == nil && (r.Err == nil || ctx.Err() == nil) {
			if failure = done(r); failure != nil {
				stop()
			}
		}
	}
	if failure != nil {
		return failure
	}
	return ctx.Err()
}

// largestFirst orders tables so that the longest scan does not begin last; tables whose size nobody
// knows keep their order, at the end.
func largestFirst(tables []plan.Table) []plan.Table {
	ordered := slices.Clone(tables)
	slices.SortStableFunc(ordered, func(a, b plan.Table) int {
		switch {
		case a.EstimatedRows > b.EstimatedRows:
			return -1
		case a.EstimatedRows < b.EstimatedRows:
			return 1
		}
		return 0
	})
	return ordered
}

func describe(ctx context.Context, source warehouse.Warehouse, tables []plan.Table, r Retry) (map[warehouse.TableRef]warehouse.Description, error) {
	refs := make([]warehouse.TableRef, len(tables))
	for i, t := range tables {
		refs[i] = t.TableRef
	}
	return retry(ctx, source, r, func() (map[warehouse.TableRef]warehouse.Description, error) {
		return source.Describe(ctx, refs)
	})
}

// profile measures one table. A scan that is tried again starts with fresh accumulators, so that no
// row counts twice.
func profile(ctx context.Context, source warehouse.Warehouse, t plan.Table, described map[warehouse.TableRef]warehouse.Description, s Settings, progress Progress) (r Result) {
	r = Result{Table: t, ProfiledAt: s.Now()}
	progress.Started(t)
	defer func() {
		r.Seconds = s.Now().Sub(r.ProfiledAt).Seconds()
		progress.Finished(t, r.Err)
	}()
	description, exists := described[t.TableRef]
	switch {
	case !exists:
		r.Err = fmt.Errorf("table %q: %w; check its name and schema, and that the user may see it", t.ID(), warehouse.ErrNoTable)
		return r
	case description.Err != nil:
		r.Err = fmt.Errorf("table %q: %w", t.ID(), description.Err)
		return r
	}
	var reading *reading
	if reading, r.Err = newReading(t, description.Columns, s); r.Err == nil {
		r.Warnings = reading.warnings
		tries := 0
		r.Profile, r.Err = retry(ctx, source, s.Retry, func() (*metrics.TableProfile, error) {
			if tries++; tries > 1 {
				progress.Restarted(t)
			}
			profile, coverage, err := reading.profile(ctx, source, func(rows int) { progress.Read(t, int64(rows)) })
			r.Statements += coverage.Statements
			if reading.scan.Partition != nil {
				r.Partition = &PartitionRead{reading.scan.Partition.Key, coverage.Partitions}
			}
			return profile, err
		})
	}
	if r.Err != nil {
		r.Err = fmt.Errorf("table %q: %w", t.ID(), r.Err)
	}
	return r
}

// retry calls work until it succeeds, fails for good, or has been tried often enough.
func retry[T any](ctx context.Context, source warehouse.Warehouse, r Retry, work func() (T, error)) (T, error) {
	var waits backoff.BackOff = backoff.NewConstantBackOff(r.Min)
	if !r.Fixed {
		exponential := backoff.NewExponentialBackOff()
		exponential.RandomizationFactor = 0 // Min is the shortest wait
		exponential.InitialInterval, exponential.MaxInterval, exponential.Multiplier = r.Min, r.Max, 2
		waits = exponential
	}
	result, err := backoff.Retry(ctx, func() (T, error) {
		result, err := work()
		if err != nil && (ctx.Err() != nil || !source.Transient(err)) {
			return result, backoff.Permanent(err)
		}
		return result, err
	}, backoff.WithBackOff(waits), backoff.WithMaxTries(uint(r.Retries)+1), backoff.WithMaxElapsedTime(0))
	var permanent *backoff.PermanentError
	if errors.As(err, &permanent) {
		err = permanent.Unwrap()
	}
	return result, err
}
