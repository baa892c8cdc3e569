package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// feedbackFlags are the flags of the commands that give feedback.
type feedbackFlags struct {
	dataset, schema string
	column, metric  string
	until           string
	reason          string
	undo            bool
	form            *output
}

func (a *app) acceptCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "accept RUN|FINDING",
		Short: "Says that a run, or the level that a finding tells of, is normal from now on",
		Long: "Says that a run, or the level that a finding tells of, is normal from now on. Runs before an accepted one\n" +
			"are no baselines any more; an accepted finding does not count until its value moves away by the thresholds\n" +
			"again. An ID may be given by its beginning, as far as that is one run's, one invocation's or one finding's.",
		Args: oneArgument("the ID of the run or the finding"),
	}
	flags := feedbackFlagsOf(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.feedback(c.Context(), flags, func(ctx context.Context, history *store.Store) ([]store.Feedback, error) {
			list, err := runFeedback(ctx, history, store.AcceptedRun, args[0], flags.dataset)
			if err != nil || len(list) > 0 {
				return list, err
			}
			return a.findingFeedback(ctx, history, args[0], *flags)
		})
	}
	return c
}

func (a *app) incidentCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "incident RUN",
		Short: "Says that a run is of an incident, and never a baseline",
		Long: "Says that a run is of an incident, and never a baseline. The ID is a run's or an invocation's, which stands\n" +
			"for all its tables; its beginning is enough.",
		Args: oneArgument("the ID of the run"),
	}
	flags := feedbackFlagsOf(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.feedback(c.Context(), flags, func(ctx context.Context, history *store.Store) ([]store.Feedback, error) {
			list, err := runFeedback(ctx, history, store.Incident, args[0], flags.dataset)
			if err == nil && len(list) == 0 {
				err = fmt.Errorf("history: %w: %s; list the runs with baselinr-pipes status", store.ErrNoRun, args[0])
			}
			return list, err
		})
	}
	return c
}

func feedbackFlagsOf(c *cobra.Command) *feedbackFlags {
	flags := &feedbackFlags{}
	c.Flags().StringVar(&flags.dataset, "dataset", "", "the table's `name`, without its schema")
	c.Flags().StringVar(&flags.reason, "reason", "", "why, for those who read it later")
	c.Flags().BoolVar(&flags.undo, "undo", false, "take back what was said with the same arguments")
	flags.form = outputFlag(c)
	return flags
}

// feedback stores what find returns, or takes it back, and says so.
func (a *app) feedback(ctx context.Context, flags *feedbackFlags, find func(context.Context, *store.Store) ([]store.Feedback, error)) error {
	settings, history, err := a.configAndHistory(ctx)
	if err != nil {
		return err
	}
	defer history.Close()
	list, err := find(ctx, history)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].ID, list[i].By, list[i].At, list[i].Reason = uuid.NewString(), userName(), a.now().UTC(), flags.reason
	}
	var before store.FeedbackList
	_, err = warehouse.Try(ctx, a.retry(settings), history.Transient, func() (struct{}, error) {
		if !flags.undo {
			var err error
			before, err = history.GiveFeedback(ctx, list...)
			return struct{}{}, err
		}
		undone, err := history.UndoFeedback(ctx, list...)
		if err == nil && undone == 0 {
			err = fmt.Errorf("nothing of the kind was said of %s; see baselinr-pipes status", subjectOf(list[0]))
		}
		return struct{}{}, err
	})
	var contradiction *store.ContradictionError
	if errors.As(err, &contradiction) {
		return contradicted(contradiction)
	}
	if err != nil {
		return err
	}
	if *flags.form == outputJSON {
		return document.Write(a.Out, feedbackDocument{document.Version, flags.undo, feedbackOf(list)})
	}
	for i, f := range list {
		if flags.undo {
			fmt.Fprintf(a.Out, "undone: %s\n", sentence(f))
		} else {
			fmt.Fprintln(a.Out, sentence(f)+saidBefore(f, before[i]))
		}
	}
	return nil
}

// contradicted says how to take back what feedback contradicts.
func contradicted(e *store.ContradictionError) error {
	command := "accept"
	if e.Earlier.Kind == store.Incident {
		command = "incident"
	}
	return fmt.Errorf("contradicts what was said before: %s; take that back first: baselinr-pipes drift %s %s --dataset %s --undo",
		sentence(e.Earlier), command, e.Earlier.RunID, e.Earlier.Table.Name)
}

// userName is that of the user of the operating system.
func userName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	for _, variable := range []string{"USER", "USERNAME"} {
		if name := os.Getenv(variable); name != "" {
			return name
		}
	}
	return "uid " + strconv.Itoa(os.Getuid())
}

// runFeedback returns feedback of the kind on the runs that the ID names, those of one table where dataset is
// given; none where it names no run.
func runFeedback(ctx context.Context, history *store.Store, kind store.FeedbackKind, id, dataset string) ([]store.Feedback, error) {
	runs, err := runsNamed(ctx, history, id)
	if err != nil {
		return nil, err
	}
	var list []store.Feedback
	for _, run := range runs {
		if dataset == "" || run.Table.Name == dataset {
			list = append(list, store.Feedback{Kind: kind, Table: run.Table, RunID: run.RunID, RunAt: run.ProfiledAt})
		}
	}
	if len(runs) > 0 && len(list) == 0 {
		return nil, fmt.Errorf("history: %w of table %q: run %s is of table %q", store.ErrNoRun, dataset, id, runs[0].Table.ID())
	}
	return list, nil
}

// runsNamed returns the runs of a run's or an invocation's ID, of its beginning, or of the text that profile
// --run-id was given; none where there is none.
func runsNamed(ctx context.Context, history *store.Store, id string) ([]store.Run, error) {
	runs, err := history.RunsNamed(ctx, id)
	if err == nil && len(runs) == 0 {
		runs, err = history.RunsNamed(ctx, invocationID(id, nil))
	}
	return runs, err
}

// findRun returns the one run of a table that an ID names, as runsNamed does.
func findRun(ctx context.Context, history *store.Store, id, dataset string) (store.Run, error) {
	run, missing := history.Find(ctx, id, dataset)
	if !errors.Is(missing, store.ErrNoRun) {
		return run, missing
	}
	runs, err := runsNamed(ctx, history, id)
	for _, run := range runs {
		if run.Table.Name == dataset {
			return run, nil
		}
	}
	if err != nil {
		return run, err
	}
	return run, missing
}

// findingFeedback returns the acceptance of the finding that an ID names.
func (a *app) findingFeedback(ctx context.Context, history *store.Store, id string, flags feedbackFlags) ([]store.Feedback, error) {
	finding, err := history.FindingNamed(ctx, id)
	if err != nil {
		return nil, err
	}
	if finding == nil {
		return nil, usageError{fmt.Errorf("history: no run and no finding has the ID %s; baselinr-pipes status lists runs, baselinr-pipes query drift findings (one that only drift --baseline shows is not stored)", id)}
	}
	runs, err := history.RunsNamed(ctx, finding.RunID)
	if err != nil {
		return nil, err
	}
	if len(runs) == 0 {
		return nil, fmt.Errorf("history: %w: %s, in which the finding %s was made", store.ErrNoRun, finding.RunID, id)
	}
	if flags.dataset != "" && flags.dataset != runs[0].Table.Name {
		return nil, usageError{fmt.Errorf("--dataset %s: the finding %s is of table %q", flags.dataset, id, runs[0].Table.ID())}
	}
	said, err := history.Feedback(ctx)
	if err != nil {
		return nil, err
	}
	if f, marked := said.Incident(runs[0]); marked && !flags.undo {
		a.logger.Warn(fmt.Sprintf("run %s, in which the finding was made, is marked as an incident%s; its level is normal from now on all the same", f.RunID, because(f)))
	}
	return []store.Feedback{{
		Kind: store.AcceptedFinding, Table: runs[0].Table, RunID: finding.RunID, RunAt: runs[0].ProfiledAt, FindingID: finding.ID,
		Column: finding.Column, Metric: string(finding.Metric), Test: finding.Test, Baseline: finding.Baseline, Current: finding.Current,
	}}, nil
}
