package cli

import (
	"context"
	"fmt"
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
	watch       bool
	form        *output
}

func (a *app) statusCommand() *cobra.Command {
	c := &cobra.Command{Use: "status", Short: "Lists recent runs and their drift"}
	var flags statusFlags
	c.Flags().IntVar(&flags.limit, "limit", 20, "list at most so many runs")
	c.Flags().IntVar(&flags.days, "days", 0, "list only runs of so many days; 0 for all")
	c.Flags().BoolVar(&flags.driftOnly, "drift-only", false, "list only runs that drifted")
	c.Flags().BoolVar(&flags.watch, "watch", false, "show it again every two seconds, until interrupted")
	flags.form = outputFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error { return a.status(c.Context(), flags) }
	return c
}

// watchInterval is how often status --watch looks again.
const watchInterval = 2 * time.Second

func (a *app) status(ctx context.Context, flags statusFlags) error {
	if flags.limit < 1 {
		return usageError{fmt.Errorf("--limit %d: must be at least 1", flags.limit)}
	}
	if flags.days < 0 {
		return usageError{fmt.Errorf("--days %d: must not be negative", flags.days)}
	}
	settings, err := a.loadConfig()
	if err != nil {
		return err
	}
	history, err := a.openStore(ctx, settings, false)
	if err != nil {
		return err
	}
	defer history.Close()
	for {
		runs, err := a.recent(ctx, history, flags)
		if err != nil {
			return err
		}
		if err := a.printStatus(runs, flags); err != nil || !flags.watch {
			return err
		}
		select {
		case <-time.After(watchInterval):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (a *app) recent(ctx context.Context, history *store.Store, flags statusFlags) ([]store.Run, error) {
	filter := store.Filter{Limit: flags.limit, DriftOnly: flags.driftOnly}
	if flags.days > 0 {
		filter.Since = a.now().AddDate(0, 0, -flags.days)
	}
	return history.Recent(ctx, filter)
}

type statusDocument struct {
	Version int         `json:"version"`
	Runs    []statusRun `json:"runs"`
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
}

func (a *app) printStatus(runs []store.Run, flags statusFlags) error {
	if *flags.form == outputJSON {
		d := statusDocument{Version: document.Version, Runs: []statusRun{}}
		for _, r := range runs {
			d.Runs = append(d.Runs, statusOf(r))
		}
		return document.Write(a.Out, d)
	}
	if flags.watch {
		fmt.Fprint(a.Out, "\x1b[H\x1b[2J") // the top of an empty screen
	}
	if len(runs) == 0 {
		fmt.Fprintln(a.Out, "no runs; profile some tables with baselinr-pipes profile")
		return nil
	}
	t := terminal.NewTable(a.Out, "profiled at (UTC)", "table", "status", "rows", "columns", "drift", "findings", "schema changes", "run")
	for _, r := range runs {
		row := table.Row{r.ProfiledAt.UTC().Format("2006-01-02 15:04:05"), r.Table.ID(), r.Status, "", "", "", "", "", r.RunID}
		if r.RowCount != nil {
			row[3] = terminal.Count(*r.RowCount)
		}
		if r.ColumnCount != nil {
			row[4] = *r.ColumnCount
		}
		if o := r.Outcome; o != nil {
			row[5], row[6] = drift.Verdict(o.Severity, o.Note), o.FindingCount
			row[7] = changesOf(o.SchemaChanges)
			if r.RowCount != nil && o.RowsRead != nil {
				row[3] = terminal.Rows(*o.RowsRead, *r.RowCount)
			}
		}
		t.AppendRow(row)
	}
	t.Render()
	return nil
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

func statusOf(r store.Run) statusRun {
	d := statusRun{
		ID: r.Table.ID(), RunID: r.RunID, ProfiledAt: document.Stamp(r.ProfiledAt), Environment: r.Environment,
		Status: r.Status, RowCount: r.RowCount, ColumnCount: r.ColumnCount, SchemaChanges: []drift.SchemaChange{},
	}
	if o := r.Outcome; o != nil {
		d.ID, d.InvocationID, d.Seconds = o.TableID, &o.InvocationID, &o.Seconds
		d.RowsRead = o.RowsRead
		d.DriftSeverity, d.DriftNote, d.DriftCount = &o.Severity, o.Note, &o.FindingCount
		if o.BaselineRunID != "" {
			d.BaselineRunID = &o.BaselineRunID
		}
		d.SchemaChanges = append(d.SchemaChanges, o.SchemaChanges...)
	}
	return d
}
