package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// EventRow is a row of a table of events, in the Python tool's form.
type EventRow struct {
	ID        string // the same for the same event, however often it is written
	Type      string // DataDriftDetected, SchemaChangeDetected, ProfilingFailed
	RunID     string
	Table     string
	Column    string
	Metric    string
	Baseline  *float64
	Current   *float64
	Change    *float64 // in percent
	Severity  drift.Severity
	Timestamp time.Time
	Metadata  any // written as JSON
}

// SchemaEventID is the ID under which Save writes a change of the schema, as drift.FindingID is that of a
// finding: an event log that is the history's own has each once.
func SchemaEventID(runID, column string, change drift.ChangeType) string {
	return eventID(runID, "schema", column, string(change))
}

// FailureEventID is the ID of the event that a table, or with an empty one the run, failed.
func FailureEventID(invocationID, tableID string) string {
	return eventID(invocationID, "failure", tableID)
}

// EventLog is a table of events in any database, the history's or another.
type EventLog struct {
	store *Store
	table string // quoted
	name  string
}

// NewEventLog returns the log over an open database. The table's name may begin with a schema, as audit.events.
func NewEventLog(h *warehouse.History, table string) *EventLog {
	parts := strings.Split(table, ".")
	for i, part := range parts {
		parts[i] = h.Dialect.Quote(part)
	}
	return &EventLog{store: New(h, Tables{}), table: strings.Join(parts, "."), name: table}
}

// Close closes the database.
func (l *EventLog) Close() error { return l.store.Close() }

// Append writes events in one transaction, and makes the table first where it is missing. An event that is
// there already is left as it is.
func (l *EventLog) Append(ctx context.Context, events ...EventRow) error {
	if l.store.commitsSchema() {
		if err := l.createOutside(ctx); err != nil {
			return l.fail(err)
		}
	}
	return l.write(ctx, events, (*sql.Tx).Commit)
}

// Rehearse does what Append does, in a transaction that is rolled back.
func (l *EventLog) Rehearse(ctx context.Context, events ...EventRow) error {
	if committing, ok := l.store.dialect.(warehouse.SchemaCommitter); ok && !l.exists(ctx) {
		return l.fail(committing.MayChangeSchema(ctx, l.store.db))
	}
	return l.write(ctx, events, (*sql.Tx).Rollback)
}

// write writes events in a transaction that ends as end says.
func (l *EventLog) write(ctx context.Context, events []EventRow, end func(*sql.Tx) error) error {
	tx, err := l.store.db.BeginTx(ctx, nil)
	if err != nil {
		return l.fail(err)
	}
	if err := l.append(ctx, tx, events); err != nil {
		return l.fail(errors.Join(err, ignoreDone(tx.Rollback())))
	}
	return l.fail(end(tx))
}

func (l *EventLog) fail(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("table %s: %w", l.name, l.store.dialect.Explain(err))
}

func (l *EventLog) append(ctx context.Context, tx *sql.Tx, events []EventRow) error {
	if !l.store.commitsSchema() {
		if err := l.create(ctx, tx); err != nil {
			return err
		}
	}
	for _, e := range events {
		metadata, err := json.Marshal(e.Metadata)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, l.store.insert(warehouse.Insert{
			Table: l.table, Rows: 1, Existing: &warehouse.Existing{Key: []string{"event_id"}},
			Columns: []string{"event_id", "event_type", "run_id", "table_name", "column_name", "metric_name",
				"baseline_value", "current_value", "change_percent", "drift_severity", "timestamp", "metadata"},
		}),
			e.ID, e.Type, nullText(e.RunID), nullText(clip(e.Table, 255)), nullText(clip(e.Column, 255)), nullText(clip(e.Metric, 100)),
			nullFloat(e.Baseline), nullFloat(e.Current), nullFloat(e.Change), nullText(string(e.Severity)), stamp(e.Timestamp), storable(string(metadata)))
		if err != nil {
			return err
		}
	}
	return nil
}

// create makes the table where it is missing. Whether it is, is asked first, within a savepoint that a failure
// is rolled back to: where it is there, its user need not be allowed to create any.
func (l *EventLog) create(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, "SAVEPOINT looked"); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, "SELECT event_id FROM "+l.table+" WHERE 1 = 0")
	if err == nil {
		return rows.Close()
	}
	if _, back := tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT looked"); back != nil {
		return err
	}
	if lock := l.store.dialect.BeginSchemaChange(); lock != "" {
		if _, err := tx.ExecContext(ctx, lock); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, l.definition())
	return err
}

func (l *EventLog) definition() string {
	return createTable(l.store.dialect, l.table, eventColumns(l.store.dialect))
}

// exists reports whether the table is there, as far as its user may see it.
func (l *EventLog) exists(ctx context.Context) bool {
	rows, err := l.store.db.QueryContext(ctx, "SELECT event_id FROM "+l.table+" WHERE 1 = 0")
	return err == nil && rows.Close() == nil
}

// createOutside makes the table where it is missing, on an engine that commits that at once.
func (l *EventLog) createOutside(ctx context.Context) error {
	if l.exists(ctx) {
		return nil
	}
	_, err := l.store.db.ExecContext(ctx, l.definition())
	return err
}
