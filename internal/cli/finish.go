package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/profiler"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// How long tables that have been read may take to be compared, stored and reported; and how long after an
// interrupt, which nobody wants to wait for long, though mostly it takes milliseconds.
const (
	storeWithin          = time.Minute
	storeWithinInterrupt = 5 * time.Second
)

// storing returns a context that goes on after the run's own: what has been read is stored even if the run
// is interrupted now.
func storing(run context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(run), storeWithin)
	release := context.AfterFunc(run, func() { time.AfterFunc(storeWithinInterrupt, cancel) })
	return ctx, func() {
		release()
		cancel()
	}
}

// finish compares, stores and reports tables. Its error ends the run: the history or Dagster cannot be
// written to.
func (r *runner) finish(ctx context.Context, results []profiler.Result) error {
	tries := r.app.retry(r.config)
	if ctx.Err() != nil {
		tries.Retries = 0 // who interrupts a run does not want to wait
	}
	ctx, cancel := storing(ctx)
	defer cancel()
	var failure error
	tables := make([]*report.Table, len(results))
	var completed []*report.Table
	for i, result := range results {
		t := &report.Table{
			Plan: result.Table, Status: report.Completed, RunID: r.runID(result.Table), ProfiledAt: result.ProfiledAt,
			Seconds: result.Seconds, Statements: result.Statements, Profile: result.Profile,
			Reading: drift.Reading{Sampling: samplingOf(result), Partition: partitionOf(result)},
		}
		tables[i] = t
		for _, w := range result.Warnings {
			r.app.logger.Warn(w)
			r.plan.Warnings = append(r.plan.Warnings, w)
		}
		if result.Interrupted {
			t.Status, t.RunID = report.Skipped, ""
			t.Error = &report.Failure{Kind: "interrupted", Message: fmt.Sprintf("the run was interrupted after %.1f s of reading this table", t.Seconds)}
		} else if result.Err != nil {
			fail(t, result.Err)
		} else if err := r.compare(ctx, tries, t); err != nil {
			failure = orElse(failure, err)
			fail(t, err)
		} else {
			completed = append(completed, t)
		}
	}
	failure = orElse(failure, r.save(ctx, tries, completed))
	for i, t := range tables {
		r.results[t.Plan.ID()] = *t
		if r.reporter == nil {
			continue
		}
		var err error
		switch {
		case t.Status == report.Completed:
			err = r.reporter.Materialize(ctx, *t)
		case results[i].Err != nil && !results[i].Interrupted:
			err = r.reporter.Fail(ctx, *t)
		}
		failure = orElse(failure, err)
	}
	return failure
}

// orElse returns the first of two errors. The rest of a run's would mostly say the same again.
func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func fail(t *report.Table, err error) {
	t.Status, t.Error, t.RunID, t.Drift = report.Failed, report.NewFailure(err), "", nil
}

// save stores tables in one transaction: where several have been read while the one before was stored, that
// spares the waits for the disk. Where it fails, one of them may be what the history refuses, and the others
// are stored each by itself.
func (r *runner) save(ctx context.Context, tries warehouse.Retry, tables []*report.Table) error {
	if len(tables) == 0 {
		return nil
	}
	records := make([]store.Record, len(tables))
	for i, t := range tables {
		records[i] = store.Record{
			RunID: t.RunID, InvocationID: r.invocation, Table: t.Plan.TableRef, TableID: t.Plan.ID(),
			Environment: r.config.Environment, ProfiledAt: t.ProfiledAt, Seconds: t.Seconds, Statements: t.Statements,
			Profile: t.Profile, Reading: t.Reading, Drift: t.Drift,
		}
	}
	_, err := warehouse.Try(ctx, tries, r.store.Transient, func() (struct{}, error) {
		return struct{}{}, r.store.Save(ctx, records...)
	})
	if err == nil {
		return nil
	}
	if len(tables) == 1 {
		fail(tables[0], err)
		return err
	}
	tries.Retries = 0 // what passes has had its time
	err = nil
	for i := range tables {
		err = orElse(err, r.save(ctx, tries, tables[i:i+1]))
	}
	return err
}

// samplingOf says how the rows of a result were picked; nil where every row was read.
func samplingOf(r profiler.Result) *drift.Sampling {
	s := r.Table.Sampling
	if s == nil {
		return nil
	}
	return &drift.Sampling{Method: string(s.Method), Key: r.SampledBy, Fraction: s.Fraction, MaxRows: s.MaxRows}
}

// partitionOf says which rows a result is of; nil where every row was chosen.
func partitionOf(r profiler.Result) *drift.Partition {
	if r.Partition == nil {
		return nil
	}
	p := r.Table.Partition
	return &drift.Partition{
		Key: r.Partition.Key, Strategy: string(p.Strategy), RecentN: p.RecentN, Values: append([]metrics.Value{}, r.Partition.Values...),
	}
}

// compare finds the table's drift since the runs that it is compared with.
func (r *runner) compare(ctx context.Context, tries warehouse.Retry, t *report.Table) error {
	settings, err := driftSettings(t.Plan)
	if err != nil {
		return err
	}
	history, err := warehouse.Try(ctx, tries, r.store.Transient, func() ([]*drift.Run, error) {
		return earlierRuns(ctx, r.store, r.subject(t.Plan.TableRef), settings, &store.Run{RunID: t.RunID, ProfiledAt: t.ProfiledAt})
	})
	if err != nil {
		return err
	}
	t.Drift = drift.Detect(settings, history, &drift.Run{RunID: t.RunID, ProfiledAt: t.ProfiledAt, Profile: t.Profile, Reading: &t.Reading})
	return nil
}

func (r *runner) subject(t warehouse.TableRef) store.Subject {
	return store.Subject{TableRef: t, Default: t.Schema != "" && t.Schema == r.plan.DefaultSchema}
}
