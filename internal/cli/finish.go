package cli

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
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
func (r *runner) storing(run context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(run), cmp.Or(r.storeWithin, storeWithin))
	release := context.AfterFunc(run, func() { time.AfterFunc(storeWithinInterrupt, cancel) })
	return ctx, func() {
		release()
		cancel()
	}
}

// finish compares, stores and reports tables. Its error ends the run: what was read can neither be stored nor
// kept aside, or Dagster cannot be written to.
func (r *runner) finish(run context.Context, results []profiler.Result) error {
	tries := r.app.retry(r.config)
	if run.Err() != nil || r.storeDown {
		tries.Retries = 0 // who interrupts a run does not want to wait, and a history that is down has been waited for
	}
	var failure error
	r.partitions = make(map[string]*store.Partitions, len(results)) // much to hold to the end of the run
	defer func() { r.partitions = nil }()
	var whole []profiler.Result
	for _, result := range results {
		for _, w := range result.Warnings {
			r.app.logger.Warn(w)
			r.plan.Warnings = append(r.plan.Warnings, w)
		}
		if result.Err == nil && len(result.Slices) > 0 {
			failure = orElse(failure, r.finishSlices(run, tries, result))
			continue
		}
		whole = append(whole, result)
	}
	tables, err := r.storeWhole(run, tries, whole)
	failure = orElse(failure, err)
	for _, t := range tables {
		failure = orElse(failure, r.reportTable(run, t, r.keepResult(t)))
	}
	return failure
}

// reportTable tells Dagster of a table. It has a time of its own: where the history has taken all of that for storing, the
// table fails, and the run goes on.
func (r *runner) reportTable(run context.Context, t *report.Table, told report.Table) error {
	if r.reporter == nil {
		return nil
	}
	ctx, cancel := r.storing(run)
	defer cancel()
	switch t.Status {
	case report.Completed:
		return r.reporter.Materialize(ctx, told)
	case report.Failed:
		return r.reporter.Fail(ctx, told)
	}
	return nil
}

// storeWhole compares and stores tables that are not told apart by partitions.
func (r *runner) storeWhole(run context.Context, tries warehouse.Retry, results []profiler.Result) (tables []*report.Table, failure error) {
	ctx, cancel := r.storing(run)
	defer cancel()
	var completed []*report.Table
	for _, result := range results {
		t := &report.Table{
			Plan: result.Table, Status: report.Completed, RunID: r.runID(result.Table), ProfiledAt: result.ProfiledAt,
			Seconds: result.Seconds, Statements: result.Statements, Profile: result.Profile,
			Reading: drift.Reading{Sampling: samplingOf(result), Partition: partitionOf(result)},
		}
		tables = append(tables, t)
		r.partitions[t.RunID] = partitionsOf(result)
		if result.Interrupted {
			t.Status, t.RunID = report.Skipped, ""
			t.Error = &report.Failure{Kind: "interrupted", Message: fmt.Sprintf("the run was interrupted after %.1f s of reading this table", t.Seconds)}
		} else if result.Err != nil {
			fail(t, result.Err)
		} else if err := r.compare(ctx, tries, t); err != nil {
			failure = orElse(failure, r.keepAside(t, r.record(t), err))
		} else {
			completed = append(completed, t)
		}
	}
	return tables, orElse(failure, r.save(ctx, tries, completed))
}

// keepResult keeps what became of a table for the end of the run, and returns it as it is told.
func (r *runner) keepResult(t *report.Table) report.Table {
	r.noteOutlook(t)
	told := r.told(*t)
	kept := told
	kept.Baselines = nil // whole profiles, which are not to stay to the end of the run
	id := t.Plan.ID()
	if t.Slice == nil {
		r.results[id] = nil
	}
	r.results[id] = append(r.results[id], kept)
	return told
}

// orElse returns the first of two errors. The rest of a run's would mostly say the same again.
func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func fail(t *report.Table, err error) {
	t.Status, t.Error, t.RunID, t.Drift, t.Outlook = report.Failed, report.NewFailure(err), "", nil, nil
}

// save stores tables in one transaction: where several have been read while the one before was stored, that
// spares the waits for the disk. Where it fails, one of them may be what the history refuses, and the others
// are stored each by itself. What cannot be stored is kept aside, for the next run to store.
func (r *runner) save(ctx context.Context, tries warehouse.Retry, tables []*report.Table) error {
	if len(tables) == 0 {
		return nil
	}
	records := make([]store.Record, len(tables))
	for i, t := range tables {
		records[i] = r.record(t)
	}
	_, err := warehouse.Try(ctx, tries, r.store.Transient, func() (struct{}, error) {
		return struct{}{}, r.store.Save(ctx, records...)
	})
	if err == nil {
		r.storeDown = false
		return nil
	}
	if len(tables) == 1 {
		return r.keepAside(tables[0], records[0], err)
	}
	tries.Retries = 0 // what passes has had its time
	err = nil
	for i := range tables {
		err = orElse(err, r.save(ctx, tries, tables[i:i+1]))
	}
	return err
}

// record is what is stored of a table.
func (r *runner) record(t *report.Table) store.Record {
	var state *store.State
	if r.versions != nil {
		state = &store.State{Database: databaseOf(r.config, t.Plan), Version: r.versions[t.Plan.TableRef].Token}
	}
	return store.Record{
		RunID: t.RunID, InvocationID: r.invocation, Table: t.Plan.TableRef, TableID: t.Plan.ID(),
		Environment: r.config.Environment, ProfiledAt: t.ProfiledAt, Seconds: t.Seconds, Statements: t.Statements,
		Profile: t.Profile, Reading: t.Reading, Slice: t.Slice, Drift: t.Drift, DefaultSchema: r.subject(t.Plan.TableRef).Default,
		Partitions: r.partitions[t.RunID], State: state,
		Learning: r.learning[t.Plan.ID()], Outlook: t.Outlook,
	}
}

// partitionsOf are the profiles of a result's partitions; nil where they are not kept.
func partitionsOf(r profiler.Result) *store.Partitions {
	if r.Partitions == nil {
		return nil
	}
	p := &store.Partitions{Key: r.Partitions.Key, Every: r.Partitions.Every}
	for _, one := range r.Partitions.List {
		p.List = append(p.List, store.PartitionProfile(one))
	}
	return p
}

// samplingOf says how the rows of a result were picked; nil where every row was read.
func samplingOf(r profiler.Result) *drift.Sampling {
	s := r.Table.Sampling
	if s == nil || len(r.Slices) > 0 {
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
	settings, err := r.app.driftSettings(r.config, t.Plan)
	if err != nil {
		return err
	}
	if err := r.readFeedback(ctx, tries); err != nil {
		return err
	}
	subject := r.subject(t.Plan.TableRef)
	now := &drift.Run{RunID: t.RunID, ProfiledAt: t.ProfiledAt, Profile: t.Profile, Reading: &t.Reading, Slice: t.Slice}
	history, err := warehouse.Try(ctx, tries, r.store.Transient, func() ([]*drift.Run, error) {
		var err error
		if settings, err = resolved(ctx, r.store, r.feedback, subject, settings); err != nil {
			return nil, err
		}
		return r.app.earlierRuns(ctx, r.store, r.feedback, subject, settings, now)
	})
	if err != nil {
		return err
	}
	t.Drift = drift.DetectPartition(settings, history, now)
	for _, c := range t.Drift.Suppressed {
		r.app.logger.Debug("schema change suppressed", "table", t.Plan.ID(), "change", c.String())
	}
	_, err = warehouse.Try(ctx, tries, r.store.Transient, func() (struct{}, error) {
		if err := noneLeft(ctx, r.store, r.feedback, subject, t.Drift, now); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, heed(ctx, r.store, r.feedback, subject, settings, t.Drift, now)
	})
	if err != nil {
		return err
	}
	if r.pictures && t.Drift.Note == "" {
		r.keepBaselines(ctx, subject, history, t)
	}
	t.Outlook = &drift.Outlook{} // which is found out when the run is stored
	if r.learning == nil {
		r.learning = map[string]*drift.OutlookSettings{}
	}
	r.learning[t.Plan.ID()], err = outlookSettings(r.config, t.Plan, r.feedback.Of(subject))
	return err
}

// readFeedback reads the feedback once a run.
func (r *runner) readFeedback(ctx context.Context, tries warehouse.Retry) error {
	if r.feedbackRead {
		return nil
	}
	list, err := warehouse.Try(ctx, tries, r.store.Transient, func() (store.FeedbackList, error) { return r.store.Feedback(ctx) })
	r.feedback, r.feedbackRead = list, err == nil
	return err
}

// readable returns the newest runs that may be baselines of the run before, at most n, whole or with the metrics that
// are named; those whose profile is damaged are told of and passed over. Those that passes returns true of come on top.
func (a *app) readable(ctx context.Context, history *store.Store, subject store.Subject, n int, before *store.Run, passes func(*drift.Run) bool, only ...metrics.Name) (runs []*drift.Run, err error) {
	looked, passed := 0, 0
	for limit := n; ; limit *= 4 {
		found, err := history.Latest(ctx, subject, limit, before)
		if err != nil {
			return nil, err
		}
		for next := found[min(looked, len(found)):]; len(next) > 0 && len(runs) < n; {
			some := next[:min(len(next), n-len(runs))]
			next = next[len(some):]
			read, damaged, err := history.Baselines(ctx, some, only...)
			if err != nil {
				return nil, err
			}
			for _, err := range damaged {
				a.logger.Warn(fmt.Sprintf("%v; an earlier run is looked for", err))
			}
			for _, run := range read {
				if runs = append(runs, run); passes(run) && passed < drift.MostPassedOver {
					passed++
					n++
				}
			}
		}
		if looked = len(found); len(runs) == n || looked < limit {
			return runs, nil
		}
	}
}

func (r *runner) subject(t warehouse.TableRef) store.Subject { return subjectIn(r.plan, t) }

// subjectIn says whose runs are those of a plan's table.
func subjectIn(p *plan.Plan, t warehouse.TableRef) store.Subject {
	return store.Subject{TableRef: t, Default: t.Schema != "" && t.Schema == p.DefaultSchema}
}

// warnOfTheFuture says where runs of the history are dated after now: the clock has gone back. Runs are ordered by
// their dates, so that those are nobody's baseline until their time has come.
func (r *runner) warnOfTheFuture(ctx context.Context) {
	runs, err := r.store.Recent(ctx, store.Filter{Limit: 1, Since: r.app.now().Add(clockSkew)})
	if err != nil || len(runs) == 0 {
		return // the run itself fails where the history does
	}
	text := fmt.Sprintf("history: run %s of table %s is dated %s, which is to come: a clock went wrong; runs are ordered by their dates, and no run is compared with a later one",
		runs[0].RunID, runs[0].Table.ID(), runs[0].ProfiledAt.UTC().Format(time.DateTime))
	r.app.logger.Warn(text)
	r.plan.Warnings = append(r.plan.Warnings, text)
}

// clockSkew is how far the clocks of two machines may differ without a word.
const clockSkew = time.Minute
