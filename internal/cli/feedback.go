package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/report/terminal"
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
		Args: cobra.ExactArgs(1),
	}
	flags := feedbackFlagsOf(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.feedback(c.Context(), flags, func(ctx context.Context, history *store.Store) ([]store.Feedback, error) {
			list, err := runFeedback(ctx, history, store.AcceptedRun, args[0], flags.dataset)
			if err != nil || len(list) > 0 {
				return list, err
			}
			return findingFeedback(ctx, history, args[0])
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
		Args: cobra.ExactArgs(1),
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

func (a *app) muteCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "mute --dataset NAME --until DATE",
		Short: "Silences the findings of a table, a column or a metric until a date",
		Long: "Silences the findings of a table, a column or a metric until a date. They are computed and stored, marked as\n" +
			"muted, and count neither to the severity nor to --fail-on.",
	}
	flags := feedbackFlagsOf(c)
	c.Flags().StringVar(&flags.schema, "schema", "", "the table's schema; any where absent")
	c.Flags().StringVar(&flags.column, "column", "", "only findings of this column")
	c.Flags().StringVar(&flags.metric, "metric", "", "only findings of this metric")
	c.Flags().StringVar(&flags.until, "until", "", "the last `date` of the mute (2026-12-31, in UTC), the instant of its end (2026-12-31T12:00:00Z), or how long it lasts (36h, 14d, 2w)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		mute, err := a.muteOf(*flags)
		if err != nil {
			return usageError{err}
		}
		return a.feedback(c.Context(), flags, func(ctx context.Context, history *store.Store) ([]store.Feedback, error) {
			return []store.Feedback{mute}, a.checkMute(ctx, history, *flags)
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
	settings, err := a.loadConfig()
	if err != nil {
		return err
	}
	history, err := a.openStore(ctx, settings, false)
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
	_, err = warehouse.Try(ctx, a.retry(settings), history.Transient, func() (struct{}, error) {
		if !flags.undo {
			return struct{}{}, history.GiveFeedback(ctx, list...)
		}
		undone, err := history.UndoFeedback(ctx, list...)
		if err == nil && undone == 0 {
			err = fmt.Errorf("nothing of the kind was said of %s; see baselinr-pipes status", subjectOf(list[0]))
		}
		return struct{}{}, err
	})
	if err != nil {
		return err
	}
	if *flags.form == outputJSON {
		return document.Write(a.Out, feedbackDocument{document.Version, flags.undo, feedbackOf(list)})
	}
	for _, f := range list {
		if flags.undo {
			fmt.Fprintf(a.Out, "undone: %s\n", sentence(f))
		} else {
			fmt.Fprintln(a.Out, sentence(f))
		}
	}
	return nil
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

func findingFeedback(ctx context.Context, history *store.Store, id string) ([]store.Feedback, error) {
	finding, err := history.FindingNamed(ctx, id)
	if err != nil {
		return nil, err
	}
	if finding == nil {
		return nil, fmt.Errorf("history: no run and no finding has the ID %s; baselinr-pipes status lists runs, baselinr-pipes query drift findings (one that only drift --baseline shows is not stored)", id)
	}
	runs, err := history.RunsNamed(ctx, finding.RunID)
	if err != nil {
		return nil, err
	}
	if len(runs) == 0 {
		return nil, fmt.Errorf("history: %w: %s, in which the finding %s was made", store.ErrNoRun, finding.RunID, id)
	}
	return []store.Feedback{{
		Kind: store.AcceptedFinding, Table: runs[0].Table, RunID: finding.RunID, RunAt: runs[0].ProfiledAt, FindingID: finding.ID,
		Column: finding.Column, Metric: string(finding.Metric), Test: finding.Test, Baseline: finding.Baseline, Current: finding.Current,
	}}, nil
}

// muteOf is the mute that the flags ask for.
func (a *app) muteOf(flags feedbackFlags) (store.Feedback, error) {
	f := store.Feedback{
		Kind: store.Mute, Table: warehouse.TableRef{Schema: flags.schema, Name: flags.dataset}, Column: flags.column, Metric: flags.metric,
	}
	switch {
	case flags.dataset == "":
		return f, errors.New("--dataset is missing: name the table whose findings to mute")
	case flags.undo:
		return f, nil
	case flags.until == "":
		return f, errors.New("--until is missing: a mute has an end, as 2026-12-31 or 14d")
	}
	until, err := endOf(flags.until, a.now())
	if err != nil {
		return f, err
	}
	if !until.After(a.now()) {
		return f, fmt.Errorf("--until %s: has passed already", flags.until)
	}
	f.Until = until
	return f, nil
}

// endOf reads the end of a mute: a date, which is its last day, an instant, or a time from now on.
func endOf(text string, now time.Time) (time.Time, error) {
	const day = 24 * time.Hour
	if date, err := time.Parse("2006-01-02", text); err == nil {
		return date.Add(day), nil
	}
	if instant, err := time.Parse(time.RFC3339, text); err == nil {
		return instant.UTC(), nil
	}
	for unit, length := range map[string]time.Duration{"h": time.Hour, "d": day, "w": 7 * day} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			if n, err := strconv.ParseUint(number, 10, 16); err == nil {
				return now.UTC().Add(time.Duration(n) * length).Truncate(time.Second), nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("--until %s: must be a date (2026-12-31), an instant (2026-12-31T12:00:00Z) or a time from now on (36h, 14d, 2w)", text)
}

// checkMute fails where a mute could never match: a table, a column or a metric that the history does not know.
func (a *app) checkMute(ctx context.Context, history *store.Store, flags feedbackFlags) error {
	if flags.undo {
		return nil
	}
	subject := store.Subject{TableRef: warehouse.TableRef{Schema: flags.schema, Name: flags.dataset}, AnySchema: flags.schema == ""}
	run, err := newest(ctx, history, subject)
	if err != nil {
		return err
	}
	if flags.metric != "" && !slices.Contains(metrics.Names(), metrics.Name(flags.metric)) {
		known, err := history.HasFindingsOf(ctx, flags.metric)
		if err != nil {
			return err
		}
		if !known {
			return usageError{fmt.Errorf("--metric %s: there is no such metric; there are %s", flags.metric, metricNames())}
		}
	}
	if flags.column == "" {
		return nil
	}
	profile, err := history.Baseline(ctx, run)
	if err != nil {
		return err
	}
	var names []string
	for _, c := range profile.Profile.Columns {
		names = append(names, c.Name)
	}
	if !slices.Contains(names, flags.column) {
		return usageError{fmt.Errorf("--column %s: the last run of table %q has no such column; it has %s", flags.column, flags.dataset, strings.Join(names[:min(len(names), 20)], ", "))}
	}
	return nil
}

func metricNames() string {
	var names []string
	for _, n := range metrics.Names() {
		names = append(names, string(n))
	}
	return strings.Join(names, ", ")
}

// heed marks the findings of a comparison that users' feedback makes not count.
func heed(ctx context.Context, history *store.Store, list store.FeedbackList, subject store.Subject, settings drift.Settings, r *drift.Report, run *drift.Run) error {
	return list.Of(subject).Apply(r, run, func(runID string) (*drift.Report, error) {
		accepted, err := history.Find(ctx, runID, subject.Name)
		if errors.Is(err, store.ErrNoRun) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		baseline, err := history.Baseline(ctx, accepted)
		if errors.Is(err, store.ErrDamaged) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return drift.Detect(settings, baseline, run), nil
	})
}

// noteBaseline warns of a baseline that was asked for and that no comparison would choose.
func (a *app) noteBaseline(list store.FeedbackList, current, baseline store.Run) {
	for _, f := range list.OfRun(baseline) {
		if f.Kind == store.Incident {
			a.logger.Warn(fmt.Sprintf("the baseline, run %s, is marked as an incident%s", baseline.RunID, because(f)))
		}
	}
	switch {
	case baseline.RunID == current.RunID:
		a.logger.Warn(fmt.Sprintf("run %s is compared with itself", current.RunID))
	case baseline.ProfiledAt.After(current.ProfiledAt):
		a.logger.Warn(fmt.Sprintf("the baseline, run %s of %s, is later than the run that is compared with it, of %s",
			baseline.RunID, document.Stamp(baseline.ProfiledAt), document.Stamp(current.ProfiledAt)))
	}
}

type feedbackDocument struct {
	Version  int            `json:"version"`
	Undone   bool           `json:"undone"`
	Feedback []feedbackItem `json:"feedback"`
}

type feedbackItem struct {
	ID            string             `json:"id"`
	Kind          store.FeedbackKind `json:"kind"`
	Table         string             `json:"table"`
	RunID         *string            `json:"run_id"`
	FindingID     *string            `json:"finding_id"`
	Column        *string            `json:"column"`
	Metric        *string            `json:"metric"`
	AcceptedValue *metrics.Value     `json:"accepted_value"`
	Until         *string            `json:"until"`
	Reason        *string            `json:"reason"`
	By            string             `json:"by"`
	At            string             `json:"at"`
}

func feedbackOf(list []store.Feedback) []feedbackItem {
	items := []feedbackItem{}
	for _, f := range list {
		item := feedbackItem{
			ID: f.ID, Kind: f.Kind, Table: f.Table.ID(), RunID: textOrNull(f.RunID), FindingID: textOrNull(f.FindingID),
			Column: textOrNull(f.Column), Metric: textOrNull(f.Metric), Reason: textOrNull(f.Reason), By: f.By, At: document.Stamp(f.At),
		}
		if f.Kind == store.AcceptedFinding {
			value := metrics.Float(f.Current)
			item.AcceptedValue = &value
		}
		if !f.Until.IsZero() {
			until := document.Stamp(f.Until)
			item.Until = &until
		}
		items = append(items, item)
	}
	return items
}

func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// sentence tells feedback in a line.
func sentence(f store.Feedback) string {
	switch f.Kind {
	case store.AcceptedRun:
		return fmt.Sprintf("%s: run %s is normal; runs before it are no baselines%s", f.Table.ID(), f.RunID, because(f))
	case store.AcceptedFinding:
		return fmt.Sprintf("%s: %s is normal (finding %s)%s", f.Table.ID(), subjectOf(f), terminal.ShortID(f.FindingID), because(f))
	case store.Incident:
		return fmt.Sprintf("%s: run %s is an incident, and never a baseline%s", f.Table.ID(), f.RunID, because(f))
	default:
		text := fmt.Sprintf("%s: %s muted", f.Table.ID(), subjectOf(f))
		if !f.Until.IsZero() {
			text += " until " + f.Until.UTC().Format("2006-01-02 15:04") + " UTC"
		}
		return text + because(f)
	}
}

// subjectOf says of what feedback is.
func subjectOf(f store.Feedback) string {
	switch {
	case f.Kind == store.AcceptedFinding && f.Metric == string(metrics.Count):
		return fmt.Sprintf("%s at %s", f.Metric, metrics.Float(f.Current))
	case f.Kind == store.AcceptedFinding:
		return fmt.Sprintf("%s of column %s at %s", f.Metric, f.Column, metrics.Float(f.Current))
	case f.RunID != "":
		return "run " + f.RunID
	case f.Column != "" && f.Metric != "":
		return fmt.Sprintf("%s of column %s", f.Metric, f.Column)
	case f.Column != "":
		return "column " + f.Column
	case f.Metric != "":
		return f.Metric + " of every column"
	default:
		return "every finding"
	}
}

func because(f store.Feedback) string {
	if f.Reason == "" {
		return ""
	}
	return ": " + f.Reason
}
