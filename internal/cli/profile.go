package cli

import (
	"context"
	"errors"
	"fmt"
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
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// profileFlags are the flags of the command profile.
type profileFlags struct {
	tables []string
	dryRun bool
	quiet  bool
	runID  string
	form   *output
	report *[]string // files
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
	c.Flags().BoolVar(&flags.quiet, "no-hooks", false, "tell no hook of this run")
	c.Flags().StringVar(&flags.runID, "run-id", "", "the `ID` of this run; the same ID twice stores the same rows once")
	flags.form, flags.report = reportFlags(c)
	for _, name := range []string{pipes.FlagContext, pipes.FlagMessages} { // package pipes reads them
		c.Flags().String(name, "", "set by Dagster, where it cannot set variables")
		_ = c.Flags().MarkHidden(name)
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		if !pipes.IsPipesProcess() {
			return a.profile(c.Context(), flags, nil)
		}
		return a.profileInDagster(c.Context(), flags)
	}
	return c
}

// profile runs the plan. The session is nil outside Dagster.
func (a *app) profile(ctx context.Context, flags profileFlags, step *dagsterStep) (err error) {
	if path := step.reportFile(); path != "" {
		files := append(slices.Clone(*flags.report), path)
		flags.report = &files
	}
	files, err := reportsOf(flags)
	if err != nil {
		return err
	}
	settings, err := a.profileConfig(step)
	if err != nil {
		return err
	}
	var r *runner
	if !flags.quiet && !flags.dryRun {
		defer func() { a.tellHooks(ctx, settings, invocationID(flags.runID, step), r, err) }()
	}
	p, source, err := a.buildPlan(ctx, settings)
	if err != nil {
		return err
	}
	if source != nil {
		defer source.Close()
	}
	var left []plan.Table
	if p.Tables, left, err = selected(p, flags.tables, step); err != nil {
		return usageError{err}
	}
	if flags.dryRun {
		return a.printPlan(p, *flags.form)
	}
	if len(p.Tables)+len(left) == 0 {
		p.Warnings = append(p.Warnings, "the plan holds no table: name some under profiling.tables")
	}
	for _, w := range p.Warnings {
		a.logger.Warn(w)
	}
	if err := a.readBaselineFiles(settings, p); err != nil {
		return err
	}
	if source == nil {
		if source, err = a.openSource(ctx, settings); err != nil {
			return err
		}
		defer source.Close()
	}
	history, err := a.openStore(ctx, settings, true)
	if err != nil {
		return err
	}
	defer history.Close()

	r = &runner{
		app: a, config: settings, plan: p, left: left, store: history,
		invocation: invocationID(flags.runID, step),
		results:    map[string][]report.Table{}, spool: spoolOf(settings),
	}
	if err := r.storeSpooled(ctx); err != nil {
		return err
	}
	r.warnOfTheFuture(ctx)
	if step != nil {
		reporter, err := step.reporter(p)
		if err != nil {
			return err
		}
		reporter.Report = step.reportOf(files, r.invocation)
		r.reporter, r.pictures = reporter, !reporter.Brief
	}
	err = r.run(ctx, source, step)
	if telling := r.tell(ctx, r.outcome, flags, files, step != nil); telling != nil {
		return errors.Join(telling, err)
	}
	return err
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

// someIDs lists the IDs of tables, the first of them where they are many.
func someIDs[T interface{ ID() string }](tables []T) string {
	const most = 10
	var ids []string
	for i, t := range tables {
		if i == most {
			ids = append(ids, fmt.Sprintf("and %d more", len(tables)-most))
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
	left       []plan.Table // that the launcher names and the plan does not: they fail, unread
	store      *store.Store
	invocation string
	reporter   tableReporter             // nil outside Dagster
	results    map[string][]report.Table // by ID: one, or one a partition
	outcome    *report.Run               // once all is read, or the run has ended otherwise
	failure    error                     // why the run ended before all was read

	learning  map[string]*drift.OutlookSettings // what is asked of earlier runs, by the ID of the table that was compared
	unlearned bool                              // that nothing was learned has been said

	feedback     store.FeedbackList // as it was when the first table was compared
	feedbackRead bool

	pictures bool // tables are told with pictures, which are drawn against their baselines

	partitions map[string]*store.Partitions // by run ID, of the tables that are being stored

	versions map[warehouse.TableRef]warehouse.Version // of the rows that the profiles are of; nil where they are not recorded

	spool       spool
	late        []report.Table // whose profiles earlier runs kept aside, and this one stored
	storeWithin time.Duration  // 0 for the usual time
	storeDown   bool           // the last table could not be stored: the next ones are tried once
}

// tableReporter is told of each table as soon as it is stored, or has failed.
type tableReporter interface {
	Materialize(ctx context.Context, t report.Table) error
	MaterializePartitions(ctx context.Context, partitions []report.Table) error // of one table
	Fail(ctx context.Context, t report.Table) error
}

func (r *runner) run(ctx context.Context, source warehouse.Warehouse, step *dagsterStep) error {
	outcome := &report.Run{ID: r.invocation, Environment: r.config.Environment, StartedAt: r.app.now()}
	r.noteVersions(ctx, source)
	bar := newProgress(r.app.Err, r.app.logger, len(r.plan.Tables), r.toldError)
	settings := r.app.profilerSettings(r.config)
	settings.Slices = step.slices()
	runErr := r.failLeft(ctx)
	if runErr == nil {
		runErr = profiler.Run(ctx, source, r.plan.Tables, settings, bar, func(finished []profiler.Result) error {
			return r.finish(ctx, finished)
		})
	}
	bar.Close()
	outcome.Warnings = r.plan.Warnings // with those of the tables
	outcome.Seconds = r.app.now().Sub(outcome.StartedAt).Seconds()
	for _, t := range slices.Concat(r.plan.Tables, r.left) {
		results, ok := r.results[t.ID()]
		if !ok {
			results = []report.Table{{Plan: t, Status: report.Skipped, Error: whySkipped(ctx, runErr)}}
		}
		outcome.Tables = append(outcome.Tables, results...)
	}
	r.outcome, r.failure = outcome, runErr
	switch {
	case runErr != nil:
		return runErr
	case outcome.Failed() > 0 && step == nil: // the results say why
		return fmt.Errorf("%d of %d tables failed: %s", outcome.Failed(), len(outcome.Tables), failedTables(outcome))
	case outcome.Failed() > 0 && !step.handlesFailures():
		return fmt.Errorf("%d of %d tables failed: %s", outcome.Failed(), len(outcome.Tables), firstFailures(outcome))
	}
	return nil
}

// whySkipped says why a table's turn did not come.
func whySkipped(ctx context.Context, runErr error) *report.Failure {
	if ctx.Err() != nil || runErr == nil {
		return &report.Failure{Kind: "interrupted", Message: "the run was interrupted before this table's turn"}
	}
	return &report.Failure{Kind: "skipped", Message: "the run ended before this table's turn: " + runErr.Error()}
}

// failedTables names failed tables, as many as fit a line.
func failedTables(r *report.Run) string {
	const most = 10
	var ids []string
	for _, t := range r.Tables {
		switch {
		case t.Status != report.Failed:
		case len(ids) == most:
			return strings.Join(ids, ", ") + ", …"
		default:
			ids = append(ids, t.Title())
		}
	}
	return strings.Join(ids, ", ")
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

// runID derives the ID of a table's run from the invocation and the table.
func (r *runner) runID(t plan.Table) string {
	return uuid.NewSHA1(uuid.MustParse(r.invocation), []byte(t.ID())).String()
}
