package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
)

// Event is a drift or a change of a schema, as the history's events tell it.
type Event struct {
	ID       string
	Type     string // DriftEvent or SchemaEvent
	RunID    string
	Table    string
	Column   string
	Metric   string
	Baseline *float64
	Current  *float64
	Change   *float64 // in percent
	Severity string
	At       time.Time

	// What events' metadata hold besides, as far as they do.
	BaselineRunID string
	Test          string
	Reason        string

	Muted *drift.Muted // why it is no alarm; nil where it is one
}

// The types of events that are of drift.
const (
	DriftEvent  = "DataDriftDetected"
	SchemaEvent = "SchemaChangeDetected"
)

// EventFilter says which events Events returns. Empty texts are any.
type EventFilter struct {
	Limit, Offset   int
	Since           time.Time // the zero time is the beginning
	Table, Severity string
	Muted           bool // muted findings too
}

// Events returns the newest events of drift and of changes of schemas, the newest first.
func (s *Store) Events(ctx context.Context, f EventFilter) ([]Event, error) {
	source := fmt.Sprintf(`SELECT event_id, event_type, run_id, table_name, column_name, metric_name, baseline_value, current_value,
		change_percent, drift_severity, timestamp, metadata, NULL AS test, NULL AS reason, NULL AS muted
		FROM baselinr_events WHERE event_type IN ('%s', '%s')`, DriftEvent, SchemaEvent)
	if f.Muted {
		source += fmt.Sprintf(` UNION ALL SELECT f.finding_id, '%s', f.run_id, r.dataset_name, f.column_name, f.metric_name, f.baseline_value, f.current_value,
			f.change_percent, f.severity, r.profiled_at, NULL, f.test, f.reason, f.muted
			FROM %s AS f JOIN %s AS r ON r.run_id = f.run_id WHERE f.muted IS NOT NULL`, DriftEvent, findingsTable, s.runs())
	}
	condition, arguments := "1 = 1", []any(nil)
	if !f.Since.IsZero() {
		condition, arguments = condition+" AND timestamp >= ?", append(arguments, stamp(f.Since))
	}
	if f.Table != "" {
		condition, arguments = condition+" AND table_name = ?", append(arguments, f.Table)
	}
	if f.Severity != "" {
		// A change of a schema has its severity in the metadata alone; the Python tool writes a space after a colon.
		condition += " AND (drift_severity = ? OR drift_severity IS NULL AND event_type = '" + SchemaEvent + "' AND (metadata LIKE ? OR metadata LIKE ?))"
		arguments = append(arguments, f.Severity, `%"change_severity":"`+f.Severity+`"%`, `%"change_severity": "`+f.Severity+`"%`)
	}
	rows, err := s.db.QueryContext(ctx, s.sql(`SELECT * FROM (%s) AS e WHERE %s ORDER BY timestamp DESC, event_id LIMIT %d OFFSET %d`,
		source, condition, f.Limit, f.Offset), arguments...)
	if err != nil {
		return nil, s.fail(err)
	}
	defer rows.Close()
	var left leftOut
	var events []Event
	for rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			left.add(e.RunID, "event %s: %s", e.ID, inWords(err))
			continue
		}
		events = append(events, e)
	}
	left.tell(s)
	return events, s.fail(rows.Err())
}

func scanEvent(rows *sql.Rows) (Event, error) {
	var e Event
	var run, table, column, metric, severity, metadata, test, reason, muted sql.NullString
	var baseline, current, change sql.NullFloat64
	var at timestamp
	err := rows.Scan(&e.ID, &e.Type, &run, &table, &column, &metric, &baseline, &current, &change, &severity, &at, &metadata, &test, &reason, &muted)
	e.RunID = run.String // which is read before what may be wrong
	if err != nil {
		return e, err
	}
	e.Table, e.Column, e.Metric, e.Severity, e.At = table.String, column.String, metric.String, severity.String, at.Time
	e.Baseline, e.Current, e.Change = floatOrNil(baseline), floatOrNil(current), floatOrNil(change)
	e.Test, e.Reason = test.String, reason.String
	var more struct {
		BaselineRunID string `json:"baseline_run_id"`
		Test          string `json:"test"`
		Reason        string `json:"explanation"`
		OfChange      string `json:"change_severity"`
	}
	if metadata.Valid && json.Unmarshal([]byte(metadata.String), &more) == nil { // the Python tool's may be anything
		e.BaselineRunID, e.Test, e.Reason = more.BaselineRunID, more.Test, more.Reason
	}
	if e.Type == SchemaEvent && e.Severity == "" {
		e.Severity = more.OfChange
	}
	if muted.Valid {
		e.Muted = &drift.Muted{}
		return e, json.Unmarshal([]byte(muted.String), e.Muted)
	}
	return e, nil
}

func floatOrNil(x sql.NullFloat64) *float64 {
	if !x.Valid {
		return nil
	}
	return &x.Float64
}

// ColumnDetail is what the history's results hold of a column, as texts.
type ColumnDetail struct {
	Name    string             `json:"column_name"`
	Type    *string            `json:"column_type"`
	Metrics map[string]*string `json:"metrics"`
}

// Details returns the results of a run, sorted by column.
func (s *Store) Details(ctx context.Context, run Run) ([]ColumnDetail, error) {
	rows, err := s.db.QueryContext(ctx, s.sql(`
		SELECT column_name, column_type, metric_name, metric_value FROM %s
		WHERE run_id = ? AND dataset_name = ? ORDER BY column_name, id`, s.results()), run.RunID, run.Table.Name)
	if err != nil {
		return nil, s.fail(err)
	}
	defer rows.Close()
	var left leftOut
	columns := []ColumnDetail{}
	for rows.Next() {
		var column, metric string
		var declared, value *string
		if err := rows.Scan(&column, &declared, &metric, &value); err != nil {
			left.add(run.RunID, "a result of column %q: %s", column, inWords(err))
			continue
		}
		if n := len(columns); n == 0 || columns[n-1].Name != column {
			columns = append(columns, ColumnDetail{Name: column, Type: declared, Metrics: map[string]*string{}})
		}
		columns[len(columns)-1].Metrics[metric] = value
	}
	left.tell(s)
	return columns, s.fail(rows.Err())
}

// RunCounts are counts of what the history holds of a run.
type RunCounts struct{ Metrics, Anomalies int }

// Counts returns how many different metrics the results of each run hold, and how many anomalies its events,
// in the order of the runs.
func (s *Store) Counts(ctx context.Context, runs []Run) ([]RunCounts, error) {
	var metrics, anomalies []int
	for batch := range slices.Chunk(runs, rowsPerStatement) {
		n, err := s.countsOf(ctx, batch, "SELECT run_id, dataset_name, count(DISTINCT metric_name) FROM "+s.results()+" WHERE run_id IN (%s) GROUP BY run_id, dataset_name")
		if err != nil {
			return nil, s.fail(err)
		}
		metrics = append(metrics, n...)
		n, err = s.countsOf(ctx, batch, "SELECT run_id, table_name, count(*) FROM baselinr_events WHERE event_type = 'AnomalyDetected' AND run_id IN (%s) GROUP BY run_id, table_name")
		if err != nil {
			return nil, s.fail(err)
		}
		anomalies = append(anomalies, n...)
	}
	counts := make([]RunCounts, len(runs))
	for i := range runs {
		counts[i] = RunCounts{metrics[i], anomalies[i]}
	}
	return counts, nil
}

// countsOf runs a query for the runs' IDs, whose rows are an ID, a table's name and a count.
func (s *Store) countsOf(ctx context.Context, runs []Run, query string) ([]int, error) {
	arguments := make([]any, len(runs))
	for i, r := range runs {
		arguments[i] = r.RunID
	}
	rows, err := s.db.QueryContext(ctx, s.sql(query, marks(len(runs))), arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	type key struct{ id, name string }
	found := map[key]int{}
	for rows.Next() {
		var k key
		var name sql.NullString
		var n int
		if err := rows.Scan(&k.id, &name, &n); err != nil {
			return nil, err
		}
		k.name = name.String
		found[k] = n
	}
	counts := make([]int, len(runs))
	for i, r := range runs {
		counts[i] = found[key{r.RunID, r.Table.Name}]
	}
	return counts, rows.Err()
}

// FindingsOf returns the findings of a run, those that were muted too, in their order.
func (s *Store) FindingsOf(ctx context.Context, runID string) ([]StoredFinding, error) {
	rows, err := s.db.QueryContext(ctx, s.sql(`
		SELECT finding_id, column_name, metric_name, test, baseline_value, current_value, change_percent, score, p_value, severity, reason, muted
		FROM %s WHERE run_id = ? ORDER BY position`, findingsTable), runID)
	if err != nil {
		return nil, s.fail(err)
	}
	defer rows.Close()
	var left leftOut
	var findings []StoredFinding
	for rows.Next() {
		f := StoredFinding{RunID: runID}
		var id, muted sql.NullString
		var change, score, p sql.NullFloat64
		err := rows.Scan(&id, &f.Column, &f.Metric, &f.Test, &f.Baseline, &f.Current, &change, &score, &p, &f.Severity, &f.Reason, &muted)
		if err == nil && muted.Valid {
			f.Muted = &drift.Muted{}
			err = json.Unmarshal([]byte(muted.String), f.Muted)
		}
		if err != nil {
			left.add(runID, "a finding of column %q: %s", f.Column, inWords(err))
			continue
		}
		f.ID, f.ChangePercent, f.Score, f.PValue = id.String, floatOrNil(change), floatOrNil(score), floatOrNil(p)
		if f.ID == "" { // from before they had IDs here
			f.ID = drift.FindingID(runID, f.Finding)
		}
		findings = append(findings, f)
	}
	left.tell(s)
	return findings, s.fail(rows.Err())
}
