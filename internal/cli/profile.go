package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/pipes"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/profiler"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/report/terminal"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// profileFlags are the flags of the command profile.
type profileFlags struct {
	tables []string
	dryRun bool
	runID  string
	form   *output
}

func (a *app) profileCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "profile",
		Short: "Profiles tables, detects their drift and stores both",
		Long: "Profiles tables, detects their drift and stores both. Launched by Dagster over Pipes, it reports\n" +
			"each table there too, as an asset materialization.",
	}
	var flags profileFlags
	c.Flags().StringArrayVarP(&flags.tables, "table", "t", nil, "profile only the table with this `ID` (schema.table, or table); may be repeated")
	c.Flags().BoolVar(&flags.dryRun, "dry-run", false, "show what would be profiled, and stop")
	c.Flags().StringVar(&flags.runID, "run-id", "", "the `ID` of this run; the same ID twice stores the same rows once")
	flags.form = outputFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if !pipes.IsPipesProcess() {
			return a.profile(c.Context(), flags, nil)
		}
		return a.profileInDagster(c.Context(), flags)
	}
	return c
}

// profile runs the plan. The session is nil outside Dagster.
func (a *app) profile(ctx context.Context, flags profileFlags, step *dagsterStep) error {
	settings, err := a.profileConfig(step)
	if err != nil {
		return err
	}
	p, source, err := buildPlan(ctx, settings)
	if err != nil {
		return err
	}
	if source != nil {
		defer source.Close()
	}
	if p.Tables, err = selected(p, flags.tables, step); err != nil {
		return usageError{err}
	}
	if flags.dryRun {
		return a.printPlan(p, *flags.form)
	}
	if len(p.Tables) == 0 {
		p.Warnings = append(p.Warnings, "the plan holds no table: name some under profiling.tables")
	}
	for _, w := range p.Warnings {
		a.logger.Warn(w)
	}
	if source == nil {
		if source, err = openSource(ctx, settings); err != nil {
			return err
		}
		defer source.Close()
	}
	history, err := openStore(ctx, settings, true)
	if err != nil {
		return err
	}
	defer history.Close()

	r := &runner{
		app: a, config: settings, plan: p, store: history,
		drift:      driftSettings(settings),
		invocation: invocationID(flags.runID, step),
		results:    map[string]report.Table{},
	}
	if step != nil {
		if r.reporter, err = step.reporter(p); err != nil {
			return err
		}
	}
	return r.run(ctx, source, flags, step)
}

// profileConfig is the config that the launcher hands over, else the one that the flag names.
func (a *app) profileConfig(step *dagsterStep) (*config.Config, error) {
	if step == nil || step.extra == nil {
		return a.loadConfig()
	}
	if text := step.extra.Config.Text; text != "" {
		return a.loaded(config.Parse([]byte(text), "the config from Dagster", step.extra.Config.BaseDir))
	}
	if a.configPath == "" {
		a.configPath = step.extra.Config.Path
	}
	return a.loadConfig()
}

// selected returns the tables of the plan that are profiled: those that the flags name, else those that
// the launcher names, else all. A table that the launcher names and that has left the plan is kept: it
// fails as a table that does not exist does, and takes no other down.
func selected(p *plan.Plan, ids []string, step *dagsterStep) ([]plan.Table, error) {
	if len(ids) == 0 && step != nil && step.extra != nil {
		var tables []plan.Table
		for _, id := range slices.Sorted(maps.Keys(step.extra.AssetKeys)) {
			t, ok := p.Find(id)
			if !ok {
				t = plan.Table{TableRef: warehouse.TableRef{Name: id}, EstimatedRows: -1}
			}
			tables = append(tables, t)
		}
		return tables, nil
	}
	if len(ids) == 0 {
		return p.Tables, nil
	}
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		if _, ok := p.Find(id); !ok {
			return nil, fmt.Errorf("--table %s: the plan has no such table; it has %s", id, someIDs(p))
		}
		wanted[id] = true
	}
	var tables []plan.Table
	for _, t := range p.Tables {
		if wanted[t.ID()] {
			tables = append(tables, t)
		}
	}
	return tables, nil
}

func someIDs(p *plan.Plan) string {
	const most = 10
	var ids []string
	for i, t := range p.Tables {
		if i == most {
			ids = append(ids, fmt.Sprintf("and %d more", len(p.Tables)-most))
			break
		}
		ids = append(ids, t.ID())
	}
	if len(ids) == 0 {
		return "none"
	}
	return strings.Join(ids, ", ")
}

// namespace is that of the run IDs of ours (RFC 9562, section 5.5).
var namespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/baselinr/baselinr-pipes"))

// invocationID identifies this run: as the flag says, else by Dagster's run and retry number, else at
// random.
func invocationID(flag string, step *dagsterStep) string {
	switch {
	case flag != "":
		if id, err := uuid.Parse(flag); err == nil {
			return id.String()
		}
		return uuid.NewSHA1(namespace, []byte(flag)).String()
	case step != nil:
		c := step.session.Context()
		return uuid.NewSHA1(namespace, fmt.Appendf(nil, "%s/%d", c.RunID(), c.RetryNumber())).String()
	default:
		return uuid.NewString()
	}
}

// runner profiles, compares, stores and reports, a table at a time.
type runner struct {
	app        *app
	config     *config.Config
	plan       *plan.Plan
	store      *store.Store
	drift      drift.Settings
	invocation string
	reporter   tableReporter // nil outside Dagster
	results    map[string]report.Table
}

// tableReporter is told of each table as soon as it is stored, or has failed.
type tableReporter interface {
	Materialize(ctx context.Context, t report.Table) error
	Fail(ctx context.Context, t report.Table) error
}

func (r *runner) run(ctx context.Context, source warehouse.Warehouse, flags profileFlags, step *dagsterStep) error {
	outcome := &report.Run{ID: r.invocation, Environment: r.config.Environment, StartedAt: r.app.now()}
	bar := newProgress(r.app.Err, r.app.logger, len(r.plan.Tables))
	runErr := profiler.Run(ctx, source, r.plan.Tables, profilerSettings(r.config, r.app.now), bar, func(result profiler.Result) error {
		return r.finish(ctx, result)
	})
	bar.Close()
	outcome.Warnings = r.plan.Warnings // with those of the tables
	outcome.Seconds = r.app.now().Sub(outcome.StartedAt).Seconds()
	for _, t := range r.plan.Tables {
		result, ok := r.results[t.ID()]
		if !ok {
			result = report.Table{Plan: t, Status: report.Skipped, Error: whySkipped(ctx, runErr)}
		}
		outcome.Tables = append(outcome.Tables, result)
	}
	if step == nil {
		if err := r.app.printRun(outcome, *flags.form); err != nil {
			return err
		}
	}
	switch {
	case runErr != nil:
		return runErr
	case outcome.Failed() > 0 && !step.handlesFailures():
		return fmt.Errorf("%d of %d tables failed: %s", outcome.Failed(), len(outcome.Tables), firstFailures(outcome))
	}
	return nil
}

// whySkipped says why a table's turn did not come.
func whySkipped(ctx context.Context, runErr error) *report.Failure {
	if ctx.Err() != nil || runErr == nil {
		return &report.Failure{Kind: "interrupted", Message: "the run was interrupted before this table was stored"}
	}
	return &report.Failure{Kind: "skipped", Message: "the run ended before this table was stored: " + runErr.Error()}
}

func (a *app) printRun(r *report.Run, form output) error {
	if form == outputJSON {
		return document.Write(a.Out, document.Run(r))
	}
	terminal.Run(a.Out, r)
	return nil
}

// firstFailures names failed tables and why, as many as fit a short message.
func firstFailures(r *report.Run) string {
	const most = 3
	var lines []string
	for _, t := range r.Tables {
		if t.Status != report.Failed {
			continue
		}
		if len(lines) == most {
			lines = append(lines, "…")
			break
		}
		lines = append(lines, t.Error.Message)
	}
	return strings.Join(lines, "; ")
}

// finish compares, stores and reports one table. Its error ends the run: the history or Dagster cannot
// be written to.
func (r *runner) finish(ctx context.Context, result profiler.Result) error {
	t := report.Table{
		Plan: result.Table, Status: report.Completed, RunID: r.runID(result.Table), ProfiledAt: result.ProfiledAt,
		Seconds: result.Seconds, Statements: result.Statements, Profile: result.Profile,
		Sampling: samplingOf(result), Partition: partitionOf(result),
	}
	for _, w := range result.Warnings {
		r.app.logger.Warn(w)
		r.plan.Warnings = append(r.plan.Warnings, w)
	}
	if result.Err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		t.Status, t.Error, t.RunID = report.Failed, report.NewFailure(result.Err), ""
		r.results[t.Plan.ID()] = t
		if r.reporter == nil {
			return nil
		}
		return r.reporter.Fail(ctx, t)
	}
	// What has been read is stored even if the run is interrupted now.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if err := r.compareAndSave(ctx, &t); err != nil {
		t.Status, t.Error, t.RunID, t.Drift = report.Failed, report.NewFailure(err), "", nil
		r.results[t.Plan.ID()] = t
		return err
	}
	r.results[t.Plan.ID()] = t
	if r.reporter == nil {
		return nil
	}
	return r.reporter.Materialize(ctx, t)
}

// runID derives the ID of a table's run from the invocation and the table.
func (r *runner) runID(t plan.Table) string {
	return uuid.NewSHA1(uuid.MustParse(r.invocation), []byte(t.ID())).String()
}

func (r *runner) compareAndSave(ctx context.Context, t *report.Table) error {
	baseline, err := r.baseline(ctx, t)
	if err != nil {
		return err
	}
	t.Drift = drift.Detect(r.drift, baseline, t.Profile)
	if unbuilt := r.config.Drift.Baselines.Strategy; unbuilt != lastRun {
		t.Drift = &drift.Report{Strategy: r.drift.Strategy, Note: "not computed: the baseline strategy " + unbuilt + " is not built yet"}
	}
	return r.store.Save(ctx, store.Record{
		RunID: t.RunID, InvocationID: r.invocation, Table: t.Plan.TableRef, TableID: t.Plan.ID(),
		Environment: r.config.Environment, ProfiledAt: t.ProfiledAt, Seconds: t.Seconds, Statements: t.Statements,
		Profile: t.Profile, Sampling: orNil(t.Sampling), Partition: orNil(t.Partition), Drift: t.Drift,
	})
}

// orNil is what is there as any, and nil where nothing is.
func orNil[T any](x *T) any {
	if x == nil {
		return nil
	}
	return x
}

// samplingOf says how the rows of a result were picked; nil where every row was read.
func samplingOf(r profiler.Result) *report.Sampling {
	s := r.Table.Sampling
	if s == nil {
		return nil
	}
	return &report.Sampling{Method: string(s.Method), Fraction: s.Fraction, MaxRows: s.MaxRows}
}

// partitionOf says which rows a result is of; nil where every row was chosen.
func partitionOf(r profiler.Result) *report.Partition {
	if r.Partition == nil {
		return nil
	}
	return &report.Partition{Key: r.Partition.Key, Strategy: string(r.Table.Partition.Strategy), Values: append([]string{}, r.Partition.Values...)}
}

// lastRun is the baseline strategy that is built.
const lastRun = "last_run"

// baseline returns the last completed run of the table, and nil where there is none.
func (r *runner) baseline(ctx context.Context, t *report.Table) (*drift.Baseline, error) {
	runs, err := r.store.Latest(ctx, r.subject(t.Plan.TableRef), 1, &store.Run{RunID: t.RunID, ProfiledAt: t.ProfiledAt})
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	return r.store.Baseline(ctx, runs[0])
}

func (r *runner) subject(t warehouse.TableRef) store.Subject {
	return store.Subject{TableRef: t, Default: t.Schema != "" && t.Schema == r.plan.DefaultSchema}
}
