package cli

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/report/terminal"
	"github.com/baselinr/baselinr-pipes/store"
)

type queriedRun struct {
	RunID       string  `json:"run_id"`
	DatasetName string  `json:"dataset_name"`
	SchemaName  *string `json:"schema_name"`
	ProfiledAt  string  `json:"profiled_at"`
	Environment *string `json:"environment"`
	Status      *string `json:"status"`
	RowCount    *int64  `json:"row_count"`
	ColumnCount *int64  `json:"column_count"`

	// Ours.
	InvocationID  *string         `json:"invocation_id"`
	BaselineRunID *string         `json:"baseline_run_id"`
	DriftSeverity *drift.Severity `json:"drift_severity"`
	Partition     *string         `json:"partition"`
}

func queriedRunOf(r store.Run) queriedRun {
	q := queriedRun{
		RunID: r.RunID, DatasetName: r.Table.Name, SchemaName: textOrNull(r.Table.Schema), ProfiledAt: document.Stamp(r.ProfiledAt),
		Environment: textOrNull(r.Environment), Status: textOrNull(r.Status), RowCount: r.RowCount, ColumnCount: r.ColumnCount,
		Partition: r.Partition(),
	}
	if o := r.Outcome; o != nil {
		q.InvocationID, q.BaselineRunID, q.DriftSeverity = &o.InvocationID, textOrNull(o.BaselineRunID), &o.Severity
	}
	return q
}

func (a *app) queryRuns(ctx context.Context, history *store.Store, flags queryFlags, w io.Writer) error {
	runs, err := history.Recent(ctx, store.Filter{
		Limit: flags.limit, Offset: flags.offset, Since: a.since(flags.days),
		Schema: flags.schema, Table: flags.table, Status: flags.status, Environment: flags.environment,
	})
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		if err := knownTable(ctx, history, flags); err != nil {
			return err
		}
	}
	list := []queriedRun{}
	rows := [][]string{{"run_id", "dataset_name", "schema_name", "profiled_at", "environment", "status", "row_count", "column_count"}}
	t := terminal.NewTable(w, "Run ID", "Table", "Schema", "Profiled At", "Status", "Rows", "Cols", "Drift")
	for _, r := range runs {
		q := queriedRunOf(r)
		list = append(list, q)
		rows = append(rows, []string{
			q.RunID, q.DatasetName, or(q.SchemaName, ""), q.ProfiledAt, or(q.Environment, ""), or(q.Status, ""), digits(q.RowCount), digits(q.ColumnCount),
		})
		t.AppendRow(table.Row{
			terminal.ShortID(r.RunID), r.Titled(q.DatasetName), or(q.SchemaName, "-"), minute(r.ProfiledAt), or(q.Status, "-"),
			counted(q.RowCount), counted(q.ColumnCount), verdictOf(r),
		})
	}
	return write(w, flags.form, list, rows, t, "No runs found.", len(runs))
}

type queriedEvent struct {
	ID        string         `json:"event_id"`
	Type      string         `json:"event_type"`
	Table     *string        `json:"table_name"`
	Column    *string        `json:"column_name"`
	Metric    *string        `json:"metric_name"`
	Baseline  *metrics.Value `json:"baseline_value"`
	Current   *metrics.Value `json:"current_value"`
	Change    *metrics.Value `json:"change_percent"`
	Severity  *string        `json:"drift_severity"`
	Timestamp string         `json:"timestamp"`

	// Ours.
	RunID         *string      `json:"run_id"`
	BaselineRunID *string      `json:"baseline_run_id"`
	Test          *string      `json:"test"`
	Reason        *string      `json:"reason"`
	Muted         *drift.Muted `json:"muted"`

	Feedback []feedbackItem `json:"feedback"` // what was said of it, or of its run
}

func (a *app) queryDrift(ctx context.Context, history *store.Store, flags queryFlags, w io.Writer) error {
	events, err := history.Events(ctx, store.EventFilter{
		Limit: flags.limit, Offset: flags.offset, Since: a.since(flags.days), Table: flags.table, Severity: flags.severity, Muted: flags.muted,
	})
	if err != nil {
		return err
	}
	if len(events) == 0 {
		if err := knownTable(ctx, history, flags); err != nil {
			return err
		}
	}
	feedback, err := history.Feedback(ctx)
	if err != nil {
		return err
	}
	said := feedback.OfEvents()
	list := []queriedEvent{}
	rows := [][]string{{"event_id", "event_type", "table_name", "column_name", "metric_name", "baseline_value", "current_value", "change_percent", "severity", "timestamp",
		"test", "muted", "feedback", "reason"}} // the last four are ours
	t := terminal.NewTable(w, "ID", "Table", "Column", "Metric", "Test", "Baseline", "Current", "Change %", "Severity", "Time", "Feedback")
	for _, e := range events {
		of := said.Of(e.ID, e.RunID, e.Table)
		muted := ""
		if e.Muted != nil {
			muted = e.Muted.String()
		}
		list = append(list, queriedEvent{
			ID: e.ID, Type: e.Type, Table: textOrNull(e.Table), Column: textOrNull(e.Column), Metric: textOrNull(e.Metric),
			Baseline: valueOf(e.Baseline), Current: valueOf(e.Current), Change: valueOf(e.Change), Severity: textOrNull(e.Severity),
			Timestamp: document.Stamp(e.At), RunID: textOrNull(e.RunID), BaselineRunID: textOrNull(e.BaselineRunID),
			Test: textOrNull(e.Test), Reason: textOrNull(e.Reason), Muted: e.Muted, Feedback: feedbackOf(of),
		})
		rows = append(rows, []string{
			e.ID, e.Type, e.Table, e.Column, e.Metric, number(e.Baseline), number(e.Current), number(e.Change), e.Severity, document.Stamp(e.At),
			e.Test, muted, inWords(of), e.Reason,
		})
		row := table.Row{
			terminal.ShortID(e.ID), dash(e.Table), dash(e.Column), dash(e.Metric), dash(e.Test), figure(e.Baseline), figure(e.Current),
			changed(e.Change), dash(e.Severity), minute(e.At), inWords(of),
		}
		if e.Type == store.SchemaEvent && e.Reason != "" {
			row[3] = e.Reason
		}
		if e.Muted != nil {
			row[8] = e.Severity + ", " + muted
		}
		t.AppendRow(row)
	}
	t.SuppressEmptyColumns()
	return write(w, flags.form, list, rows, t, "No drift events found.", len(events))
}

type runDetails struct {
	queriedRun
	Columns  []store.ColumnDetail `json:"columns"`
	Findings []queriedEvent       `json:"findings"`

	Anomalies  any `json:"anomalies"`  // as in the document of profile
	Enrichment any `json:"enrichment"` // as there
}

func (a *app) queryRun(ctx context.Context, history *store.Store, flags queryFlags, w io.Writer) error {
	runs, err := runsNamed(ctx, history, flags.runID)
	if err != nil {
		return err
	}
	var run *store.Run
	var others []string
	for _, r := range runs {
		others = append(others, r.Table.Name)
		if flags.table == "" || r.Table.Name == flags.table {
			if run != nil {
				return usageError{fmt.Errorf("run %s has several tables: name one of them with --table", flags.runID)}
			}
			run = &r
		}
	}
	switch {
	case len(runs) == 0:
		return fmt.Errorf("history: %w: %s; list the runs with baselinr-pipes query runs", store.ErrNoRun, flags.runID)
	case run == nil:
		return fmt.Errorf("history: %w of table %q: run %s is of %s", store.ErrNoRun, flags.table, flags.runID, strings.Join(others[:min(len(others), 10)], ", "))
	}
	d := runDetails{queriedRun: queriedRunOf(*run), Findings: []queriedEvent{}}
	if d.Columns, err = history.Details(ctx, *run); err != nil {
		return err
	}
	findings, err := history.FindingsOf(ctx, run.RunID)
	if err != nil {
		return err
	}
	feedback, err := history.Feedback(ctx)
	if err != nil {
		return err
	}
	said := feedback.OfEvents()
	for _, f := range findings {
		severity, test := string(f.Severity), f.Test
		column, metric := f.Column, string(f.Metric)
		baseline, current := metrics.Float(f.Baseline), metrics.Float(f.Current)
		d.Findings = append(d.Findings, queriedEvent{
			ID: f.ID, Type: store.DriftEvent, Table: &run.Table.Name, Column: &column, Metric: &metric, Baseline: &baseline, Current: &current,
			Change: valueOf(f.ChangePercent), Severity: &severity, Timestamp: d.ProfiledAt, RunID: &d.RunID, BaselineRunID: d.BaselineRunID,
			Test: &test, Reason: textOrNull(f.Reason), Muted: f.Muted,
			Feedback: feedbackOf(said.Of(f.ID, run.RunID, run.Table.Name)),
		})
	}
	anomalies, err := history.AnomaliesOf(ctx, run.RunID)
	if err != nil {
		return err
	}
	enrichment, err := history.EnrichmentOf(ctx, run.RunID)
	if err != nil {
		return err
	}
	d.Anomalies, d.Enrichment = document.Anomalies(anomalies), document.Enrichment(enrichment)
	if flags.form == formJSON {
		return document.Write(w, d)
	}
	printDetails(w, *run, d, findings, feedback)
	terminal.Anomalies(w, run.Table.ID(), &drift.Outlook{Anomalies: anomalies}, len(anomalies))
	return nil
}

func printDetails(w io.Writer, run store.Run, d runDetails, findings []store.StoredFinding, feedback store.FeedbackList) {
	properties := terminal.NewTable(w, "Property", "Value")
	properties.AppendRows([]table.Row{
		{"Run ID", d.RunID}, {"Dataset", d.DatasetName}, {"Schema", or(d.SchemaName, "N/A")}, {"Profiled", d.ProfiledAt},
		{"Status", or(d.Status, "N/A")}, {"Environment", or(d.Environment, "N/A")}, {"Row Count", counted(d.RowCount)},
		{"Column Count", counted(d.ColumnCount)}, {"Drift", verdictOf(run)}, {"Baseline", or(d.BaselineRunID, "N/A")},
	})
	if said := saidOf(run, feedback); said != "" {
		properties.AppendRow(table.Row{"Feedback", said})
	}
	properties.Render()
	columns := terminal.NewTable(w, "Column", "Type", "Metric", "Value")
	columns.SetColumnConfigs([]table.ColumnConfig{{Number: 1, AutoMerge: true}, {Number: 2, AutoMerge: true}})
	for _, c := range d.Columns {
		for _, name := range metrics.Names() {
			if value, ok := c.Metrics[string(name)]; ok {
				columns.AppendRow(table.Row{c.Name, or(c.Type, "N/A"), name, shortened(or(value, "-"))})
			}
		}
	}
	columns.Render()
	report := &drift.Report{}
	for _, f := range findings {
		report.Findings = append(report.Findings, f.Finding)
	}
	terminal.Findings(w, run.Table.ID(), report, len(findings))
}

type tableHistory struct {
	TableName  string     `json:"table_name"`
	SchemaName *string    `json:"schema_name"`
	RunCount   int        `json:"run_count"`
	Runs       []tableRun `json:"runs"`
}

type tableRun struct {
	RunID         string          `json:"run_id"`
	ProfiledAt    string          `json:"profiled_at"`
	Status        *string         `json:"status"`
	RowCount      *int64          `json:"row_count"`
	ColumnCount   *int64          `json:"column_count"`
	DriftSeverity *drift.Severity `json:"drift_severity"` // ours
}

func (a *app) queryTable(ctx context.Context, history *store.Store, flags queryFlags, w io.Writer) error {
	const all = 1 << 30
	runs, err := history.Recent(ctx, store.Filter{Limit: all, Since: a.since(flags.days), Table: flags.table, Schema: flags.schema})
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		if err := knownTable(ctx, history, flags); err != nil {
			return err
		}
	}
	h := tableHistory{TableName: flags.table, SchemaName: textOrNull(flags.schema), RunCount: len(runs), Runs: []tableRun{}}
	rows := [][]string{{"run_id", "profiled_at", "status", "row_count", "column_count"}}
	t := terminal.NewTable(w, "Run ID", "Profiled At", "Status", "Rows", "Columns", "Drift")
	for _, r := range runs {
		q := queriedRunOf(r)
		h.Runs = append(h.Runs, tableRun{q.RunID, q.ProfiledAt, q.Status, q.RowCount, q.ColumnCount, q.DriftSeverity})
		rows = append(rows, []string{q.RunID, q.ProfiledAt, or(q.Status, ""), digits(q.RowCount), digits(q.ColumnCount)})
		t.AppendRow(table.Row{terminal.ShortID(q.RunID), minute(r.ProfiledAt), or(q.Status, "-"), counted(q.RowCount), counted(q.ColumnCount), verdictOf(r)})
	}
	if flags.form == formTable {
		fmt.Fprintf(w, "TABLE HISTORY: %s\nSchema: %s\nTotal Runs: %d\n\n", flags.table, or(h.SchemaName, "N/A"), len(runs))
	}
	return write(w, flags.form, h, rows, t, "No run history found.", len(runs))
}

func verdictOf(r store.Run) string {
	if r.Outcome == nil {
		return "-"
	}
	return drift.Verdict(r.Outcome.Severity, r.Outcome.Note)
}

func or(text *string, other string) string {
	if text == nil {
		return other
	}
	return *text
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

func digits(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func counted(n *int64) string {
	if n == nil {
		return "-"
	}
	return terminal.Count(*n)
}

func number(x *float64) string {
	if x == nil {
		return ""
	}
	return metrics.Float(*x).String()
}

// figure writes a number for a table's cell: whole ones in full, others with six digits that count.
func figure(x *float64) string {
	const digits, exact = 6, 1 << 53
	switch {
	case x == nil:
		return "-"
	case *x == math.Trunc(*x) && math.Abs(*x) < exact:
		return strconv.FormatFloat(*x, 'f', 0, 64)
	case math.Abs(*x) >= 1e5 && math.Abs(*x) < exact: // without an exponent
		return strconv.FormatFloat(*x, 'f', 1, 64)
	}
	return strconv.FormatFloat(*x, 'g', digits, 64)
}

// changed writes a change in percent, small ones with two digits that count.
func changed(x *float64) string {
	switch {
	case x == nil:
		return "-"
	case math.Abs(*x) < 0.1:
		return fmt.Sprintf("%+.2g%%", *x)
	}
	return fmt.Sprintf("%+.1f%%", *x)
}

func valueOf(x *float64) *metrics.Value {
	if x == nil {
		return nil
	}
	v := metrics.Float(*x)
	return &v
}

// shortened cuts a text to what a table's cell takes.
func shortened(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
