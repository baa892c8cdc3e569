package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Migration is one step of the history's schema, as migrate status shows it.
type Migration struct {
	Version     int        `json:"version"`
	Description string     `json:"description"`
	AppliedAt   *time.Time `json:"applied_at"` // nil while it is pending
}

// Migrate creates or upgrades the history tables and returns the steps that it applied. It is one
// transaction, or, on an engine that commits each change at once, a step that is taken up where it was cut off: it may be
// run twice, and by several processes at once. The steps are few, and every one
// must be atomic on SQLite too, where migration libraries take no lock: hence no library.
func (s *Store) Migrate(ctx context.Context) ([]Migration, error) {
	if _, err := s.Migrations(ctx); err != nil {
		return nil, err
	}
	var applied []Migration
	err := s.changeSchema(ctx, func(on changer) (err error) {
		applied, err = s.migrate(ctx, on)
		return err
	})
	if err != nil {
		return nil, err
	}
	return applied, nil
}

// changer is what changes the schema: a transaction, or a connection where the engine commits each change at once.
type changer interface {
	querier
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// changeSchema runs work in one transaction; where the engine has none for changes of the schema, other processes that do the
// same wait, and what was done before work fails stays.
func (s *Store) changeSchema(ctx context.Context, work func(changer) error) error {
	committing, ok := s.dialect.(warehouse.SchemaCommitter)
	if !ok {
		return s.inTransaction(ctx, func(tx *sql.Tx) error { return work(tx) })
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return s.fail(err)
	}
	defer conn.Close()
	unlock, err := committing.LockSchema(ctx, conn)
	if err != nil {
		return s.fail(err)
	}
	return s.fail(errors.Join(work(conn), unlock()))
}

func (s *Store) commitsSchema() bool {
	_, ok := s.dialect.(warehouse.SchemaCommitter)
	return ok
}

// apply runs a statement of a step. One that was made before, in a step that was cut off, is done.
func (s *Store) apply(ctx context.Context, on changer, statement string) error {
	if statement == "" {
		return nil
	}
	_, err := on.ExecContext(ctx, statement)
	if committing, ok := s.dialect.(warehouse.SchemaCommitter); ok && err != nil && committing.Applied(err) {
		return nil
	}
	return err
}

// migrate applies what is pending.
func (s *Store) migrate(ctx context.Context, on changer) (applied []Migration, err error) {
	if lock := s.dialect.BeginSchemaChange(); lock != "" && !s.commitsSchema() {
		if _, err := on.ExecContext(ctx, lock); err != nil {
			return nil, err
		}
	}
	_, err = on.ExecContext(ctx, table(s.dialect, versionTable,
		"version INTEGER PRIMARY KEY", "applied_at TIMESTAMP NOT NULL", "description VARCHAR(500) NOT NULL"))
	if err != nil {
		return nil, err
	}
	done, err := versions(ctx, on)
	if err != nil {
		return nil, err
	}
	if err := notNewer(done); err != nil {
		return nil, err
	}
	for _, m := range migrations {
		if _, ok := done[m.version]; ok {
			continue
		}
		for _, statement := range m.statements(s.dialect, s.tables) {
			if err := s.apply(ctx, on, statement); err != nil {
				return nil, fmt.Errorf("migration %d: %w", m.version, err)
			}
		}
		now := time.Now().UTC()
		_, err := on.ExecContext(ctx, s.sql("INSERT INTO %s (version, applied_at, description) VALUES (?, ?, ?)", versionTable),
			m.version, stamp(now), m.description)
		if err != nil {
			return nil, err
		}
		applied = append(applied, Migration{m.version, m.description, &now})
	}
	return applied, nil
}

// ErrNewer is wrapped where the history's tables are of a later version than this program knows.
var ErrNewer = errors.New("the history is newer than this program")

// notNewer fails where a step was applied that is later than all of ours. Nothing may be written then: what
// the tables have come to mean is not known.
func notNewer(done map[int]time.Time) error {
	last := migrations[len(migrations)-1].version
	for version := range done {
		if version > last {
			return fmt.Errorf("%w: its schema is of version %d, and this program knows %d; nothing was written; use the baselinr-pipes that wrote it, or a later one",
				ErrNewer, slices.Max(slices.Collect(maps.Keys(done))), last)
		}
	}
	return nil
}

// knownReference fails where the Python tool's tables are of a later version than 0.9.0 can make.
func (s *Store) knownReference(ctx context.Context) error {
	if !s.has(ctx, "baselinr_schema_version", "version") {
		return nil
	}
	var version sql.NullInt64
	if err := s.db.QueryRowContext(ctx, "SELECT max(version) FROM baselinr_schema_version").Scan(&version); err != nil {
		return err
	}
	if version.Int64 > lastReferenceVersion {
		return fmt.Errorf("%w: the Python tool's tables are of version %d, and this program knows %d; nothing was written; use a later baselinr-pipes",
			ErrNewer, version.Int64, lastReferenceVersion)
	}
	return nil
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func versions(ctx context.Context, db querier) (map[int]time.Time, error) {
	rows, err := db.QueryContext(ctx, "SELECT version, applied_at FROM "+versionTable)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	done := map[int]time.Time{}
	for rows.Next() {
		var version int
		var at timestamp
		if err := rows.Scan(&version, &at); err != nil {
			return nil, err
		}
		done[version] = at.Time
	}
	return done, rows.Err()
}

// Migrations lists every step, and when it was applied.
func (s *Store) Migrations(ctx context.Context) ([]Migration, error) {
	done := map[int]time.Time{}
	if s.has(ctx, versionTable, "version") {
		var err error
		if done, err = versions(ctx, s.db); err == nil {
			err = notNewer(done)
		}
		if err != nil {
			return nil, s.fail(err)
		}
	}
	if err := s.knownReference(ctx); err != nil {
		return nil, s.fail(err)
	}
	list := make([]Migration, len(migrations))
	for i, m := range migrations {
		list[i] = Migration{Version: m.version, Description: m.description}
		if at, ok := done[m.version]; ok {
			list[i].AppliedAt = &at
		}
	}
	return list, ctx.Err()
}

// Validate returns what the history lacks, a line each: pending steps, tables and columns.
func (s *Store) Validate(ctx context.Context) ([]string, error) {
	list, err := s.Migrations(ctx)
	if err != nil {
		return nil, err
	}
	var problems []string
	for _, m := range list {
		if m.AppliedAt == nil {
			problems = append(problems, fmt.Sprintf("migration %d (%s) is pending; run baselinr-pipes migrate", m.Version, m.Description))
		}
	}
	for _, t := range []struct{ name, columns string }{
		{s.tables.Runs, "run_id, dataset_name, schema_name, profiled_at, environment, status, row_count, column_count"},
		{s.tables.Results, "run_id, dataset_name, schema_name, column_name, column_type, metric_name, metric_value, profiled_at"},
		{"baselinr_events", "event_id, event_type, run_id, table_name, column_name, metric_name, baseline_value, current_value, change_percent, drift_severity, timestamp, metadata"},
		{"baselinr_schema_registry", "table_name, schema_name, column_name, column_type, column_hash, nullable, run_id, first_seen_at, last_seen_at"},
		{runsTable, "run_id, invocation_id, table_id, profiled_at, seconds, row_count, statements, drift_strategy, baseline_run_id, drift_severity, drift_note, columns, schema_changes, rows_read, sampling, partition_read, partition_by, partition_name, partition_start, partition_end"},
		{findingsTable, "run_id, position, column_name, metric_name, test, baseline_value, current_value, change_percent, score, p_value, severity, reason, finding_id, muted"},
		{partitionsTable, "partition_id, run_id, dataset_name, schema_name, partition_key, partition_value, profiled_at, row_count, form, checksum, profile"},
		{expectationsTable, strings.Join(expectationColumns, ", ") + ", id, created_at, expectation_version"},
		{anomaliesTable, "run_id, position, column_name, metric_name, anomaly_type, method, expected_value, actual_value, score, threshold, p_value, severity, reason, anomaly_id, muted"},
		{enrichmentTable, "run_id, row_count_change, row_count_change_percent, row_count_stability_score, row_count_trend, schema_version, schema_freshness, column_count_change, columns"},
		{feedbackTable, "feedback_id, kind, dataset_name, schema_name, run_id, run_at, finding_id, column_name, metric_name, test, baseline_value, current_value, muted_until, reason, given_by, given_at, undone_by, undone_at"},
	} {
		if !s.has(ctx, t.name, t.columns) {
			problems = append(problems, fmt.Sprintf("table %s is missing, or lacks one of its columns: %s", t.name, t.columns))
		}
	}
	return problems, ctx.Err()
}

// has reports whether a table exists and has the columns.
func (s *Store) has(ctx context.Context, table, columns string) bool {
	rows, err := s.db.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE 1 = 0", columns, s.dialect.Quote(table)))
	if err != nil {
		return false
	}
	return rows.Close() == nil
}

// Ready makes sure that the history can be written to: it applies what is pending where create is
// set, else it fails where something is.
func (s *Store) Ready(ctx context.Context, create bool) error {
	pending, err := s.pending(ctx, create)
	if err != nil || !pending {
		return err
	}
	_, err = s.Migrate(ctx)
	return err
}

// pending reports whether a step is, which is an error where the tables may not be created.
func (s *Store) pending(ctx context.Context, create bool) (bool, error) {
	list, err := s.Migrations(ctx)
	if err != nil {
		return false, err
	}
	for _, m := range list {
		switch {
		case m.AppliedAt != nil:
		case !create:
			return true, fmt.Errorf("history: migration %d (%s) is pending, and storage.create_tables is off; run baselinr-pipes migrate", m.Version, m.Description)
		default:
			return true, nil
		}
	}
	return false, nil
}
