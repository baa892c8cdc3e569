package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// driftFlags are the flags of the command drift.
type driftFlags struct {
	dataset, schema   string
	baseline, current string
	failOn            string
	form              *output
	report            *[]string // files
}

func (a *app) driftCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "drift",
		Short: "Compares two stored runs of a table, or two windows of its partitions",
		Long: "Compares two stored runs of a table: by default the last with the baseline that the config chooses.\n" +
			"Where the profiles of its partitions are kept, it compares any windows of them, as 2024-06 or 2024-06-01..2024-06-15.",
	}
	var flags driftFlags
	c.Flags().StringVar(&flags.dataset, "dataset", "", "the table's `name`, without its schema")
	c.Flags().StringVar(&flags.schema, "schema", "", "the table's schema; any where absent")
	c.Flags().StringVar(&flags.baseline, "baseline", "", "the `ID` of the run, the window of partitions, or the baseline file to compare with; default what the config's baselines.strategy chooses")
	c.Flags().StringVar(&flags.current, "current", "", "the `ID` of the run, or the window of partitions, to compare; default the last run")
	c.Flags().StringVar(&flags.failOn, "fail-on", "", "exit with code 1 where drift is of this `severity` (low, medium or high) or above")
	flags.form, flags.report = reportFlags(c)
	c.RunE = func(c *cobra.Command, _ []string) error { return a.drift(c.Context(), flags) }
	c.AddCommand(a.acceptCommand(), a.incidentCommand(), a.muteCommand(), a.backtestCommand())
	return c
}

func (a *app) drift(ctx context.Context, flags driftFlags) error {
	if flags.dataset == "" {
		return usageError{fmt.Errorf("--dataset is missing: name the table whose runs to compare")}
	}
	switch drift.Severity(flags.failOn) {
	case "", drift.Low, drift.Medium, drift.High:
	default:
		return usageError{fmt.Errorf("--fail-on %s: must be low, medium or high", flags.failOn)}
	}
	files, err := reportFilesOf(*flags.report)
	if err != nil {
		return err
	}
	settings, history, err := a.configAndHistory(ctx)
	if err != nil {
		return err
	}
	defer history.Close()
	if namesWindow(flags.current) || namesWindow(flags.baseline) {
		return a.driftOfWindows(ctx, history, settings, flags, files)
	}
	var file string // that --baseline names
	if namesBaselineFile(flags.baseline) {
		file, flags.baseline = flags.baseline, ""
	}
	current, baseline, err := a.runsToCompare(ctx, history, settings, flags)
	if err != nil {
		return err
	}
	now, err := history.Baseline(ctx, current)
	if err != nil {
		return err
	}
	settingsOf := a.driftSettings
	if file != "" || baseline != nil {
		settingsOf = driftSettings // whatever files the config names
	}
	compared, err := settingsOf(settings, plan.DriftOf(settings, current.Table, defaultSchema(settings)))
	if err != nil {
		return err
	}
	feedback, err := history.Feedback(ctx)
	if err != nil {
		return err
	}
	subject := subjectOfRun(current, settings)
	var before []*drift.Run
	chosen := baseline // by a flag
	switch {
	case file != "":
		var found drift.FileBaseline
		if found, err = a.fileBaseline(file, current.Table); err == nil {
			compared, before = compared.AgainstFile(found), []*drift.Run{found.Run}
			chosen = &store.Run{RunID: found.Run.RunID, Table: current.Table, ProfiledAt: found.Run.ProfiledAt}
		}
	case baseline == nil:
		if compared, err = resolved(ctx, history, feedback, subject, compared); err == nil {
			before, err = a.earlierRuns(ctx, history, feedback, subject, compared, now)
		}
	default:
		compared = compared.Against(baseline.RunID)
		var run *drift.Run
		run, err = history.Baseline(ctx, *baseline)
		before = append(before, run)
	}
	if err != nil {
		return err
	}
	if chosen != nil {
		a.noteBaseline(feedback, current, *chosen)
	}
	r := drift.DetectPartition(compared, before, now)
	a.noteAccepted(feedback, subject, before, r, now)
	if err := noneLeft(ctx, history, feedback, subject, r, now); err != nil {
		return err
	}
	if err := heed(ctx, history, feedback, subject, compared, r, now); err != nil {
		return err
	}
	r = toldDrift(settings, r)
	id := current.Table.ID()
	compares := comparison{
		subject: subject, head: head(current.Titled(id), current, baseline, r), document: document.Comparison(id, current.RunID, r),
		table: report.Table{
			Plan: plan.Table{TableRef: current.Table}, Status: report.Completed, RunID: current.RunID, ProfiledAt: current.ProfiledAt, Profile: now.Profile, Drift: r,
		},
	}
	if file != "" {
		compares.baselines = before
	}
	if now.Reading != nil {
		compares.table.Reading = *now.Reading
	}
	if private(settings) {
		compares.table = compares.table.WithoutValues()
	}
	if err := a.tellComparison(ctx, history, compares, *flags.form, files); err != nil {
		return err
	}
	return failedOn(id, r, drift.Severity(flags.failOn))
}

// head says what is compared with what.
func head(id string, current store.Run, baseline *store.Run, r *drift.Report) string {
	text := fmt.Sprintf("%s: run %s of %s\n", id, current.RunID, document.Stamp(current.ProfiledAt))
	switch {
	case baseline != nil:
		return text + fmt.Sprintf("compared with run %s of %s\n", baseline.RunID, document.Stamp(baseline.ProfiledAt))
	case r.BaselineRunID == "" && r.Verdict() == "not computed": // the note is told after the head
		return text
	case r.BaselineReason == "":
		return text + r.Note + "\n"
	}
	return text + "compared with " + r.BaselineReason + "\n"
}

// subjectOfRun says whose run a stored one is.
func subjectOfRun(r store.Run, c *config.Config) store.Subject {
	return store.Subject{TableRef: r.Table, Default: r.Table.Schema != "" && r.Table.Schema == defaultSchema(c)}
}

// runsToCompare returns the two runs that the flags name: the current one, by default the last, and the
// baseline, which is nil where no flag names it.
func (a *app) runsToCompare(ctx context.Context, history *store.Store, c *config.Config, flags driftFlags) (current store.Run, baseline *store.Run, err error) {
	subject := flags.subject(c)
	if flags.current != "" {
		current, err = findRun(ctx, history, flags.current, flags.dataset)
	} else {
		current, err = newest(ctx, history, subject)
	}
	if err != nil {
		return current, nil, err
	}
	if flags.baseline != "" {
		named, err := findRun(ctx, history, flags.baseline, flags.dataset)
		if err == nil && named.Table.Schema != current.Table.Schema && named.Table.Schema != "" && current.Table.Schema != "" {
			err = usageError{fmt.Errorf("--baseline %s is a run of table %q, --current %s of %q: name two runs of one table", named.RunID, named.Table.ID(), current.RunID, current.Table.ID())}
		}
		return current, &named, err
	}
	return current, nil, nil
}

// subject is the table that the flags name.
func (flags driftFlags) subject(c *config.Config) store.Subject {
	return store.Subject{
		TableRef: warehouse.TableRef{Schema: flags.schema, Name: flags.dataset}, AnySchema: flags.schema == "",
		Default: flags.schema != "" && flags.schema == defaultSchema(c),
	}
}

// earlierRuns returns the runs of the subject before the current one that the settings may compare it with, the newest
// first, and after them those of a period before, and the pinned ones, that are older. What the comparison does not look at is not read of them.
func (a *app) earlierRuns(ctx context.Context, history *store.Store, feedback store.FeedbackList, subject store.Subject, settings drift.Settings, current *drift.Run) ([]*drift.Run, error) {
	before := &store.Run{RunID: current.RunID, ProfiledAt: current.ProfiledAt, Slice: current.Slice}
	if current.Slice == nil { // what was said names no partitions
		current.PassedOver, current.Accepted = passedOver(feedback, subject, current), lastAccepted(feedback, subject, current)
	}
	runs, err := a.readable(ctx, history, subject, settings.Depth(), before, current.PassesOver, drift.Figures()...)
	if err != nil {
		return nil, err
	}
	for _, p := range settings.Periods(runs, current) {
		if runs, err = a.addPrior(ctx, history, subject, runs, *before, current, p); err != nil {
			return nil, err
		}
	}
	if err := history.Complete(ctx, subject.Name, settings.Tested(runs, current), drift.Figures()...); err != nil {
		return nil, err
	}
	for _, id := range settings.Pinned() {
		if slices.ContainsFunc(runs, func(r *drift.Run) bool { return r.RunID == id }) {
			continue
		}
		found, err := history.Find(ctx, id, subject.Name)
		var run *drift.Run
		if err == nil {
			run, err = history.Baseline(ctx, found)
		}
		switch {
		case errors.Is(err, store.ErrNoRun), errors.Is(err, store.ErrDamaged): // since it was looked up, which the report tells
		case err != nil:
			return nil, err
		default:
			runs = append(runs, run.SetApart())
		}
	}
	return runs, nil
}

// defaultSchema is that of the source, as far as its config tells.
func defaultSchema(c *config.Config) string {
	e, err := engineOf(c.Source, "source")
	if err != nil {
		return ""
	}
	return e.defaultSchema(c.Source)
}

// newest returns the subject's last run.
func newest(ctx context.Context, history *store.Store, s store.Subject) (store.Run, error) {
	runs, err := history.Latest(ctx, s, 1, nil)
	if err != nil {
		return store.Run{}, err
	}
	if len(runs) > 0 {
		return runs[0], nil
	}
	return store.Run{}, noRunOf(ctx, history, s)
}
