package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Subject names a table whose runs are looked up.
type Subject struct {
	warehouse.TableRef

	// AnySchema finds runs of every schema.
	AnySchema bool

	// Default says that the table is in the source's default schema, where the Python tool stores no
	// schema for a table that the config names without one.
	Default bool
}

// where returns the condition that picks the subject's rows, and its arguments.
func (t Subject) where() (string, []any) {
	switch {
	case t.AnySchema:
		return "dataset_name = ?", []any{t.Name}
	case t.Default:
		return "dataset_name = ? AND (schema_name = ? OR schema_name IS NULL)", []any{t.Name, t.Schema}
	case t.Schema == "":
		return "dataset_name = ? AND schema_name IS NULL", []any{t.Name}
	default:
		return "dataset_name = ? AND schema_name = ?", []any{t.Name, t.Schema}
	}
}

// Run is a stored run of one table.
type Run struct {
	RunID       string
	Table       warehouse.TableRef
	ProfiledAt  time.Time
	Environment string
	Status      string
	RowCount    *int64
	ColumnCount *int64
	Slice       *metrics.Slice // the partition that it is of, where an orchestrator tells them apart
	Outcome     *Outcome       // nil for a run of the Python tool
}

// Outcome is what we store of a run and the Python tool has no place for.
type Outcome struct {
	InvocationID  string
	TableID       string
	Seconds       float64
	Strategy      string
	BaselineRunID string
	Severity      drift.Severity
	Note          string // why drift was not computed; empty where it was
	FindingCount  int
	RowsRead      *int64 // nil for runs before that was kept, which read all
	SchemaChanges []drift.SchemaChange
}

// Latest returns the subject's newest completed runs, the newest first. With before, only those that
// are older than that run and may be its baseline: no incidents, and none from before the last run that was
// accepted.
func (s *Store) Latest(ctx context.Context, t Subject, limit int, before *Run) ([]Run, error) {
	condition, arguments := s.completed(t, before)
	if before != nil {
		learnable, more := t.learnable(before)
		condition, arguments = condition+" AND "+learnable, append(arguments, more...)
	}
	return s.page(ctx, condition, arguments, orderOf(before), limit, 0)
}

// Near returns the subject's runs that Latest returns with before, as far as they are of a period: those that are
// nearest to its middle first, of two the newer.
func (s *Store) Near(ctx context.Context, t Subject, limit int, before Run, p drift.Period) ([]Run, error) {
	condition, arguments := s.completed(t, &before)
	learnable, more := t.learnable(&before)
	condition, arguments = condition+" AND "+learnable+" AND r.profiled_at ", append(arguments, more...)
	older, err := s.page(ctx, condition+">= ? AND r.profiled_at <= ?", append(slices.Clone(arguments), stamp(p.At.Add(-p.Within)), stamp(p.At)), newestFirst, limit, 0)
	if err != nil {
		return nil, err
	}
	newer, err := s.page(ctx, condition+"> ? AND r.profiled_at <= ?", append(slices.Clone(arguments), stamp(p.At), stamp(p.At.Add(p.Within))), oldestFirst, limit, 0)
	runs := append(newer, older...)
	slices.SortStableFunc(runs, func(a, b Run) int { return cmp.Compare(p.Off(a.ProfiledAt), p.Off(b.ProfiledAt)) })
	return runs[:min(len(runs), limit)], err
}

// Earlier returns the subject's newest completed runs that are not later than the run before, the newest first, whatever
// was said of them.
func (s *Store) Earlier(ctx context.Context, t Subject, limit int, before Run) ([]Run, error) {
	condition, arguments := s.completed(t, &before)
	return s.page(ctx, condition, arguments, orderOf(&before), limit, 0)
}

// completed is the condition that a run is one of the subject's that were completed, and with before a not later
// one of a partition that it may be held against.
func (s *Store) completed(t Subject, before *Run) (string, []any) {
	condition, arguments := t.where()
	condition = "(" + condition + ") AND r.status = 'completed'"
	if before != nil {
		condition += " AND r.profiled_at <= ? AND r.run_id <> ?"
		arguments = append(arguments, stamp(before.ProfiledAt), before.RunID)
		sliced, more := s.comparable(before)
		condition, arguments = condition+" AND "+sliced, append(arguments, more...)
	}
	return condition, arguments
}

// Find returns the run with the ID, or the one whose ID begins so; it fails with ErrNoRun where there is none, and
// with ErrDamaged where its row cannot be read. A run of the Python
// tool covers several tables; name picks one.
func (s *Store) Find(ctx context.Context, runID, name string) (Run, error) {
	runs, err := s.query(ctx, "r.run_id = ? AND dataset_name = ?", []any{runID, name}, 1)
	if err != nil {
		return Run{}, err
	}
	if len(runs) == 0 {
		ids, err := s.idsNamed(ctx, s.sql("FROM %s AS r", s.runs()), "r.run_id", runID)
		if err == nil && len(ids) == 1 && ids[0] != runID {
			return s.Find(ctx, ids[0], name)
		}
		if err != nil {
			return Run{}, err
		}
		others, err := s.query(ctx, "r.run_id = ?", []any{runID}, 1)
		if err == nil && len(others) == 0 && len(ids) == 1 {
			err = fmt.Errorf("history: run %s is %w: its row cannot be read, as after being edited", runID, ErrDamaged)
		} else if err == nil && len(others) > 0 {
			err = fmt.Errorf("history: %w of table %q: run %s is of table %q", ErrNoRun, name, runID, others[0].Table.ID())
		} else if err == nil {
			err = fmt.Errorf("history: %w: %s of table %q; list the runs with baselinr-pipes status", ErrNoRun, runID, name)
		}
		return Run{}, err
	}
	return runs[0], nil
}

// Filter says which runs Recent returns. Empty texts are any.
type Filter struct {
	Limit, Offset       int
	Since               time.Time // the zero time is the beginning
	DriftOnly           bool
	Schema, Table       string
	Status, Environment string
}

// Recent returns the newest runs of every table, the newest first.
func (s *Store) Recent(ctx context.Context, f Filter) ([]Run, error) {
	condition, arguments := "1 = 1", []any(nil)
	if !f.Since.IsZero() {
		condition, arguments = condition+" AND r.profiled_at >= ?", append(arguments, stamp(f.Since))
	}
	if f.DriftOnly {
		condition += " AND (p.drift_severity <> 'none' OR p.schema_changes <> '[]')"
	}
	for _, c := range []struct{ column, value string }{
		{"r.schema_name", f.Schema}, {"r.dataset_name", f.Table}, {"r.status", f.Status}, {"r.environment", f.Environment},
	} {
		if c.value != "" {
			condition, arguments = condition+" AND "+c.column+" = ?", append(arguments, c.value)
		}
	}
	return s.page(ctx, condition, arguments, newestFirst, f.Limit, f.Offset)
}

func (s *Store) query(ctx context.Context, condition string, arguments []any, limit int) ([]Run, error) {
	return s.page(ctx, condition, arguments, newestFirst, limit, 0)
}

func (s *Store) page(ctx context.Context, condition string, arguments []any, order string, limit, offset int) ([]Run, error) {
	rows, err := s.db.QueryContext(ctx, s.sql(`
		SELECT r.run_id, r.dataset_name, r.schema_name, r.profiled_at, r.environment, r.status,
			coalesce(p.row_count, r.row_count), r.column_count,
			p.invocation_id, p.table_id, p.seconds, p.drift_strategy, p.baseline_run_id, p.drift_severity, p.drift_note, p.schema_changes, p.rows_read,
			p.partition_by, p.partition_name, p.partition_start, p.partition_end,
			(SELECT count(*) FROM %s AS f WHERE f.run_id = r.run_id AND f.muted IS NULL)
		FROM %s AS r LEFT JOIN %s AS p ON p.run_id = r.run_id
		WHERE %s
		ORDER BY %s
		LIMIT %d OFFSET %d`, findingsTable, s.runs(), runsTable, condition, order, limit, offset), arguments...)
	if err != nil {
		return nil, s.fail(err)
	}
	defer rows.Close()
	var runs []Run
	unread := 0
	for rows.Next() {
		run, err := scanRun(rows)
		if err != nil {
			s.damagedRun(run.RunID, "run %s of table %q: %s", run.RunID, run.Table.Name, inWords(err))
			unread++
			continue
		}
		runs = append(runs, run)
	}
	if err := rows.Err(); err != nil || unread == 0 || len(runs)+unread < limit {
		return runs, s.fail(err)
	}
	rows.Close()
	runs, err = s.page(ctx, condition, arguments, order, limit+unread+damagedAtOnce, offset) // others in their place
	return runs[:min(len(runs), limit)], err
}

// damagedAtOnce is how many more runs are asked for where some cannot be read.
const damagedAtOnce = 10

func scanRun(rows *sql.Rows) (Run, error) {
	var run Run
	var at timestamp
	var schema, environment, status, invocation, id, strategy, baseline, severity, note, changes sql.NullString
	var rowCount, columnCount, rowsRead sql.NullInt64
	var seconds sql.NullFloat64
	var findings int
	var slice slicedColumns
	err := rows.Scan(&run.RunID, &run.Table.Name, &schema, &at, &environment, &status, &rowCount, &columnCount,
		&invocation, &id, &seconds, &strategy, &baseline, &severity, &note, &changes, &rowsRead,
		&slice.by, &slice.name, &slice.start, &slice.end, &findings)
	if err != nil {
		return run, err
	}
	if run.Slice, err = slice.slice(); err != nil {
		return run, err
	}
	run.Table.Schema, run.ProfiledAt = schema.String, at.Time
	run.Environment, run.Status = environment.String, status.String
	if rowCount.Valid {
		run.RowCount = &rowCount.Int64
	}
	if columnCount.Valid {
		run.ColumnCount = &columnCount.Int64
	}
	if !invocation.Valid {
		return run, nil
	}
	run.Outcome = &Outcome{
		InvocationID: invocation.String, TableID: id.String, Seconds: seconds.Float64, Strategy: strategy.String,
		BaselineRunID: baseline.String, Severity: drift.Severity(severity.String), Note: note.String, FindingCount: findings,
	}
	if rowsRead.Valid {
		run.Outcome.RowsRead = &rowsRead.Int64
	}
	if err := json.Unmarshal([]byte(changes.String), &run.Outcome.SchemaChanges); err != nil {
		return run, fmt.Errorf("its schema_changes are no JSON list of changes, as after being edited or cut off")
	}
	return run, nil
}

// unmarshalNull reads what nullJSON writes; SQL's null leaves x as it is.
func unmarshalNull(text sql.NullString, x any) error {
	if !text.Valid {
		return nil
	}
	return json.Unmarshal([]byte(text.String), x)
}

// Datasets returns the names of the tables that have runs, for an error that says which there are.
func (s *Store) Datasets(ctx context.Context) (string, error) {
	rows, err := s.db.QueryContext(ctx, fmt.Sprintf("SELECT DISTINCT dataset_name FROM %s ORDER BY dataset_name LIMIT 10", s.runs()))
	if err != nil {
		return "", s.fail(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return "", s.fail(err)
		}
		names = append(names, name)
	}
	return strings.Join(names, ", "), s.fail(rows.Err())
}
