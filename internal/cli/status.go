package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/report/terminal"
	"github.com/baselinr/baselinr-pipes/store"
)

// statusFlags are the flags of the command status.
type statusFlags struct {
	limit, days int
	driftOnly   bool
	watch       string // seconds
	json        bool
	form        *output
}

func (a *app) statusCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "status", Short: "Lists recent runs and their drift, and the feedback that holds",
		Args: func(c *cobra.Command, args []string) error { // --watch 10, as the Python tool has it
			if watch := c.Flags().Lookup("watch"); len(args) == 1 && watch.Changed && watch.Value.String() == watch.NoOptDefVal {
				return watch.Value.Set(args[0])
			}
			return cobra.NoArgs(c, args)
		},
	}
	var flags statusFlags
	c.Flags().IntVar(&flags.limit, "limit", 20, "list at most so many runs")
	c.Flags().IntVar(&flags.days, "days", 0, "list only runs of so many days; 0 for all")
	c.Flags().BoolVar(&flags.driftOnly, "drift-only", false, "list only runs that drifted")
	c.Flags().StringVar(&flags.watch, "watch", "", "show it again every so many `seconds` (5 where no number is given; 0 not at all), until interrupted")
	c.Flags().Lookup("watch").NoOptDefVal = "5"
	c.Flags().BoolVar(&flags.json, "json", false, "the same as -o json")
	flags.form = outputFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error { return a.status(c.Context(), flags) }
	return c
}

func (a *app) status(ctx context.Context, flags statusFlags) error {
	if flags.limit < 1 {
		return usageError{fmt.Errorf("--limit %d: must be at least 1", flags.limit)}
	}
	if flags.days < 0 {
		return usageError{fmt.Errorf("--days %d: must not be negative", flags.days)}
	}
	interval := 0
	if flags.watch != "" {
		var err error
		if interval, err = strconv.Atoi(flags.watch); err != nil || interval < 0 {
			return usageError{fmt.Errorf("--watch %s: must be a whole number of seconds", flags.watch)}
		}
	}
	if flags.json {
		*flags.form = outputJSON
	}
	_, history, err := a.configAndHistory(ctx)
	if err != nil {
		return err
	}
	defer history.Close()
	for {
		state, err := a.readState(ctx, history, flags)
		if err != nil {
			return err
		}
		if *flags.form == outputJSON {
			err = document.Write(a.Out, a.stateDocument(state))
		} else {
			if interval > 0 {
				fmt.Fprint(a.Out, "\x1b[H\x1b[2J") // the top of an empty screen
			}
			a.printState(state)
		}
		if err != nil || interval == 0 {
			return err
		}
		select {
		case <-time.After(time.Duration(interval) * time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// state is what status shows.
type state struct {
	runs     []store.Run
	counts   []store.RunCounts // of the runs
	events   []store.Event     // recent, of any run
	summary  []tableDrift
	feedback store.FeedbackList
}

// How far back the summary of drift looks where --days does not say, as the Python tool's, and how many events it
// reads.
const (
	summaryDays   = 7
	summaryEvents = 10000
)

func (a *app) readState(ctx context.Context, history *store.Store, flags statusFlags) (state, error) {
	filter := store.Filter{Limit: flags.limit, DriftOnly: flags.driftOnly}
	if flags.days > 0 {
		filter.Since = a.now().AddDate(0, 0, -flags.days)
	}
	var s state
	var err error
	if s.runs, err = history.Recent(ctx, filter); err != nil {
		return s, err
	}
	if s.counts, err = history.Counts(ctx, s.runs); err != nil {
		return s, err
	}
	if s.feedback, err = history.Feedback(ctx); err != nil {
		return s, err
	}
	days := flags.days
	if days == 0 {
		days = summaryDays
	}
	s.events, err = history.Events(ctx, store.EventFilter{Limit: summaryEvents, Since: a.now().AddDate(0, 0, -days)})
	s.summary = summaryOf(s.events, s.feedback)
	return s, err
}

type statusDocument struct {
	Version      int            `json:"version"`
	Timestamp    string         `json:"timestamp"`
	Runs         []statusRun    `json:"runs"`
	DriftSummary []tableDrift   `json:"drift_summary"`
	Feedback     []feedbackItem `json:"feedback"`
}

type statusRun struct {
	ID            string               `json:"id"`
	RunID         string               `json:"run_id"`
	InvocationID  *string              `json:"invocation_id"`
	ProfiledAt    string               `json:"profiled_at"`
	Environment   string               `json:"environment"`
	Status        string               `json:"status"`
	RowCount      *int64               `json:"row_count"`
	RowsRead      *int64               `json:"rows_read"`
	ColumnCount   *int64               `json:"column_count"`
	Seconds       *float64             `json:"seconds"`
	DriftSeverity *drift.Severity      `json:"drift_severity"`
	DriftNote     string               `json:"drift_note,omitempty"`
	DriftCount    *int                 `json:"drift_count"`
	BaselineRunID *string              `json:"baseline_run_id"`
	SchemaChanges []drift.SchemaChange `json:"schema_changes"`
	Feedback      []feedbackItem       `json:"feedback"`
	Partition     *string              `json:"partition"`

	// The Python tool's.
	TableName       string  `json:"table_name"`
	SchemaName      *string `json:"schema_name"`
	Duration        string  `json:"duration"`
	RowsScanned     *int64  `json:"rows_scanned"`
	SamplePercent   string  `json:"sample_percent"`
	MetricsCount    int     `json:"metrics_count"`
	AnomaliesCount  int     `json:"anomalies_count"`
	HasDrift        bool    `json:"has_drift"`
	StatusIndicator string  `json:"status_indicator"`
}

func (a *app) stateDocument(s state) statusDocument {
	d := statusDocument{
		Version: document.Version, Timestamp: document.Stamp(a.now()), Runs: []statusRun{}, DriftSummary: s.summary, Feedback: feedbackOf(s.feedback),
	}
	for i, r := range s.runs {
		d.Runs = append(d.Runs, statusOf(r, s.counts[i], s))
	}
	return d
}

func (a *app) printState(s state) {
	if len(s.runs) == 0 {
		fmt.Fprintln(a.Out, "no runs; profile some tables with baselinr-pipes profile")
	} else {
		a.printRuns(s)
	}
	if len(s.summary) > 0 {
		fmt.Fprintln(a.Out, "\nDrift of late")
		t := terminal.NewTable(a.Out, "table", "severity", "type", "started (UTC)", "events")
		for _, d := range s.summary {
			t.AppendRow(table.Row{d.Table, d.Severity, d.Type, (*d.StartedAt)[:len("2006-01-02T15:04")], d.Events})
		}
		t.Render()
	}
	if len(s.feedback) > 0 {
		fmt.Fprintln(a.Out, "\nFeedback")
		for _, f := range s.feedback {
			ended := ""
			if f.Kind == store.Mute && !f.Until.After(a.now()) {
				ended = " (ended)"
			}
			fmt.Fprintf(a.Out, "  %s  (%s, %s UTC)%s\n", sentence(f), f.By, f.At.UTC().Format("2006-01-02 15:04"), ended)
		}
	}
}

func (a *app) printRuns(s state) {
	t := terminal.NewTable(a.Out, "profiled at (UTC)", "table", "status", "rows", "columns", "drift", "findings", "anomalies", "schema changes", "feedback", "run")
	for i, r := range s.runs {
		row := table.Row{r.ProfiledAt.UTC().Format("2006-01-02 15:04:05"), r.Titled(r.Table.ID()), r.Status, "", "", "", "", "", "", saidOf(r, s.feedback), r.RunID}
		if r.RowCount != nil {
			row[3] = terminal.Count(*r.RowCount)
		}
		if r.ColumnCount != nil {
			row[4] = *r.ColumnCount
		}
		if n := s.counts[i].Anomalies; n > 0 {
			row[7] = n
		}
		if o := r.Outcome; o != nil {
			row[5], row[6] = drift.Verdict(o.Severity, o.Note), o.FindingCount
			row[8] = changesOf(o.SchemaChanges)
			if r.RowCount != nil && o.RowsRead != nil {
				row[3] = terminal.Rows(*o.RowsRead, *r.RowCount)
			}
		}
		t.AppendRow(row)
	}
	t.SuppressEmptyColumns()
	t.Render()
}

// saidOf says in a word each what was said of a run.
func saidOf(r store.Run, list store.FeedbackList) string {
	return inWords(list.OfRun(r))
}

// inWords says feedback in a word each.
func inWords(list []store.Feedback) string {
	var words []string
	for _, f := range list {
		if f.Kind == store.Incident {
			words = append(words, "incident")
		} else {
			words = append(words, "accepted")
		}
	}
	return strings.Join(words, ", ")
}

// changesOf lists changes of a schema, each on a line of its own, the first ones of many.
func changesOf(changes []drift.SchemaChange) string {
	const most = 3
	var lines []string
	for i, c := range changes {
		if i == most {
			lines = append(lines, fmt.Sprintf("… and %d more", len(changes)-most))
			break
		}
		lines = append(lines, c.String())
	}
	return strings.Join(lines, "\n")
}

func statusOf(r store.Run, counts store.RunCounts, s state) statusRun {
	d := statusRun{
		ID: r.Table.ID(), RunID: r.RunID, ProfiledAt: document.Stamp(r.ProfiledAt), Environment: r.Environment,
		Status: r.Status, RowCount: r.RowCount, ColumnCount: r.ColumnCount, SchemaChanges: []drift.SchemaChange{},
		Feedback: feedbackOf(s.feedback.OfRun(r)), Partition: r.Partition(),
		TableName: r.Table.Name, SchemaName: textOrNull(r.Table.Schema), Duration: "N/A", RowsScanned: r.RowCount, SamplePercent: "N/A",
		MetricsCount: counts.Metrics, AnomaliesCount: counts.Anomalies, StatusIndicator: "healthy",
	}
	severity := drift.None
	for _, e := range s.events {
		if r.Outcome == nil && e.RunID == r.RunID && e.Table == r.Table.Name {
			d.HasDrift = true
			if drift.Severity(e.Severity).AtLeast(severity) {
				severity = drift.Severity(e.Severity)
			}
		}
	}
	if o := r.Outcome; o != nil {
		d.ID, d.InvocationID, d.Seconds = o.TableID, &o.InvocationID, &o.Seconds
		d.RowsRead = o.RowsRead
		d.DriftSeverity, d.DriftNote, d.DriftCount = &o.Severity, o.Note, &o.FindingCount
		if o.BaselineRunID != "" {
			d.BaselineRunID = &o.BaselineRunID
		}
		d.SchemaChanges = append(d.SchemaChanges, o.SchemaChanges...)
		severity, d.HasDrift = o.Severity, o.FindingCount > 0 || len(o.SchemaChanges) > 0
		d.Duration = durationOf(o.Seconds)
		if o.RowsRead != nil {
			d.RowsScanned = o.RowsRead
			if r.RowCount != nil && *o.RowsRead < *r.RowCount {
				d.SamplePercent = fmt.Sprintf("%.1f", 100*float64(*o.RowsRead)/float64(*r.RowCount))
			}
		}
	}
	switch {
	case d.HasDrift && severity == drift.High:
		d.StatusIndicator = "error"
	case d.HasDrift || counts.Anomalies > 0:
		d.StatusIndicator = "warning"
	}
	return d
}

// durationOf writes seconds as the Python tool does.
func durationOf(seconds float64) string {
	switch {
	case seconds < 60:
		return fmt.Sprintf("%.1fs", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%.1fm", seconds/60)
	}
	return fmt.Sprintf("%.1fh", seconds/3600)
}
