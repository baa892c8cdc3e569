package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/report/terminal"
	"github.com/baselinr/baselinr-pipes/store"
)

// backtestFlags are the flags of the command drift backtest.
type backtestFlags struct {
	candidate       string
	dataset, schema string
	days            int
	since, until    string
	atLeast         string
	form            *output
}

func (a *app) backtestCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "backtest",
		Short: "Replays stored runs under a candidate config, and says what would have fired",
		Long: "Replays stored runs under a candidate config: compares each with the runs before it, as profile would have. What\n" +
			"fires is held against the runs that are marked as incidents, and against what fired when the runs were made. It\n" +
			"stores nothing. The main config (-c) names the history.",
	}
	var flags backtestFlags
	c.Flags().StringVar(&flags.candidate, "candidate", "", "the config `file` whose drift settings are tried; default the main config")
	c.Flags().StringVar(&flags.dataset, "dataset", "", "only the table of this `name`, without its schema")
	c.Flags().StringVar(&flags.schema, "schema", "", "only tables of this `schema`")
	c.Flags().IntVar(&flags.days, "days", 0, "only runs of the last `N` days")
	c.Flags().StringVar(&flags.since, "since", "", "only runs from this `date` (2026-12-31, UTC) or instant on")
	c.Flags().StringVar(&flags.until, "until", "", "only runs up to the end of this `date`, or before this instant")
	c.Flags().StringVar(&flags.atLeast, "at-least", string(drift.Medium), "the `severity` (low, medium or high) from which drift is an alarm")
	flags.form = outputFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if c.Flags().Changed("days") && flags.days < 1 {
			return usageError{fmt.Errorf("--days %d: must be at least 1", flags.days)}
		}
		return a.backtest(c.Context(), flags)
	}
	return c
}

// window returns the time that the flags leave; the zero time is no limit.
func (f backtestFlags) window(now time.Time) (since, until time.Time, err error) {
	if f.days > 0 && (f.since != "" || f.until != "") {
		return since, until, errors.New("--days contradicts --since and --until; keep one of them")
	}
	if f.days > 0 {
		return now.AddDate(0, 0, -f.days), until, nil
	}
	if f.since != "" {
		if since, err = moment("--since", f.since, 0); err != nil {
			return since, until, err
		}
	}
	if f.until != "" {
		if until, err = moment("--until", f.until, 24*time.Hour); err != nil {
			return since, until, err
		}
		if !since.Before(until) {
			err = fmt.Errorf("--since %s is not before --until %s", f.since, f.until)
		}
	}
	return since, until, err
}

// moment reads a date, after whose beginning it adds a time, or an instant.
func moment(flag, text string, after time.Duration) (time.Time, error) {
	if date, err := time.Parse("2006-01-02", text); err == nil {
		return date.Add(after), nil
	}
	if instant, err := time.Parse(time.RFC3339, text); err == nil {
		return instant.UTC(), nil
	}
	return time.Time{}, fmt.Errorf("%s %s: must be a date (2026-12-31) or an instant (2026-12-31T12:00:00Z)", flag, text)
}

func (a *app) backtest(ctx context.Context, flags backtestFlags) error {
	atLeast := drift.Severity(flags.atLeast)
	if !slices.Contains([]drift.Severity{drift.Low, drift.Medium, drift.High}, atLeast) {
		return usageError{fmt.Errorf("--at-least %s: must be low, medium or high", flags.atLeast)}
	}
	since, until, err := flags.window(a.now().UTC())
	if err != nil {
		return usageError{err}
	}
	settings, history, err := a.configAndHistory(ctx)
	if err != nil {
		return err
	}
	defer history.Close()
	candidate := settings
	if flags.candidate != "" {
		if _, err := os.Stat(flags.candidate); errors.Is(err, fs.ErrNotExist) {
			return usageError{fmt.Errorf("--candidate %s: no such file; copy the config, change the settings to try, and name the copy", flags.candidate)}
		}
		c, warnings, err := config.Load(flags.candidate)
		if candidate, err = a.loaded(c, warnings, err); err != nil {
			return err
		}
	}
	b := backtest{app: a, history: history, candidate: candidate, defaultSchema: defaultSchema(settings), test: drift.Backtest{AtLeast: atLeast, Since: since, Until: until}}
	result, err := b.run(ctx, flags)
	if err != nil {
		return err
	}
	result.Candidate = candidate.Path
	for _, t := range result.Tables {
		for i := range t.Notable {
			t.Notable[i].Report = toldDrift(settings, t.Notable[i].Report)
		}
	}
	if *flags.form == outputJSON {
		return document.Write(a.Out, document.Backtest(result))
	}
	terminal.Backtest(a.Out, result)
	return nil
}

// backtest replays the tables of a history.
type backtest struct {
	*app
	history   *store.Store
	candidate *config.Config
	feedback  store.FeedbackList
	test      drift.Backtest // without settings and feedback, which are a table's own
	bar       *replayBar

	defaultSchema string // of the main config, whose tables the history holds
}

func (b *backtest) run(ctx context.Context, flags backtestFlags) (*drift.BacktestResult, error) {
	tables, err := b.history.Tables(ctx, flags.dataset)
	if err != nil {
		return nil, err
	}
	if b.feedback, err = b.history.Feedback(ctx); err != nil {
		return nil, err
	}
	subjects := slices.DeleteFunc(subjectsOf(tables, b.defaultSchema), func(s store.Subject) bool { return flags.schema != "" && s.Schema != flags.schema })
	b.bar = newReplayBar(b.Err)
	defer b.bar.stop()
	result := &drift.BacktestResult{Backtest: b.test}
	for _, subject := range subjects {
		tally, err := b.table(ctx, subject)
		if err != nil {
			return nil, fmt.Errorf("table %q: %w", subject.ID(), err)
		}
		if tally.Tally.Runs > 0 {
			result.Add(subject.ID(), tally)
		}
	}
	if len(result.Tables) == 0 {
		known, err := b.history.Datasets(ctx)
		if err != nil {
			return nil, err
		}
		return nil, usageError{fmt.Errorf("no run to replay: there are runs of: %s; --dataset, --schema, --days, --since and --until leave none of them", known)}
	}
	return result, nil
}

// table replays the runs of one table.
func (b *backtest) table(ctx context.Context, subject store.Subject) (*drift.TableTally, error) {
	test := b.test
	settings, err := b.driftSettings(b.candidate, plan.DriftOf(b.candidate, subject.TableRef, b.defaultSchema))
	if err == nil {
		settings, err = resolved(ctx, b.history, b.feedback, subject, settings)
	}
	if err != nil {
		return nil, err
	}
	test.Settings, test.Feedback = settings, b.feedback.Of(subject)
	runs, err := b.history.Latest(ctx, subject, math.MaxInt32, nil)
	if err != nil {
		return nil, err
	}
	then, err := b.history.FindingsThen(ctx, subject, test.Since)
	if err != nil {
		return nil, err
	}
	runs = slices.DeleteFunc(runs, func(r store.Run) bool { return r.Slice != nil }) // which are of a part of the table
	slices.Reverse(runs)                                                             // the newest come first
	stored := storedRuns(runs, b.feedback, then)
	for _, run := range stored {
		if test.Replays(run) {
			b.bar.expected++
		}
	}
	tally := &drift.TableTally{}
	err = test.Replay(stored, b.profiles(ctx, runs), func(r drift.Replayed) {
		tally.Add(test, r)
		b.bar.done()
	})
	tally.Done()
	return tally, err
}

// storedRuns are runs with what was said of them, and what was found when they were made.
func storedRuns(runs []store.Run, feedback store.FeedbackList, then map[string][]drift.Finding) []drift.StoredRun {
	stored := make([]drift.StoredRun, len(runs))
	for i, run := range runs {
		stored[i] = drift.StoredRun{RunID: run.RunID, ProfiledAt: run.ProfiledAt, Told: run.Outcome != nil, Then: then[run.RunID]}
		for _, f := range feedback.OfRun(run) {
			stored[i].Incident = stored[i].Incident || f.Kind == store.Incident
			stored[i].Accepted = stored[i].Accepted || f.Kind == store.AcceptedRun
		}
	}
	return stored
}

// profiles reads runs, each of which it is asked for once or twice.
func (b *backtest) profiles(ctx context.Context, runs []store.Run) drift.Load {
	return func(first, last int) ([]*drift.Run, error) {
		found, damaged, err := b.history.Baselines(ctx, runs[first:last])
		if err != nil {
			return nil, err
		}
		for _, err := range damaged {
			b.logger.Warn(fmt.Sprintf("%v; the run is left out", err))
		}
		byID := map[string]*drift.Run{}
		for _, run := range found {
			byID[run.RunID] = run
		}
		read := make([]*drift.Run, last-first)
		for i := range read {
			read[i] = byID[runs[first+i].RunID] // nil where it is damaged
		}
		return read, nil
	}
}
