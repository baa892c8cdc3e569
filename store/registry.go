package store

import (
	"context"
	"database/sql"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// saveSchema brings the registry of columns up to date, a row a column. Mostly nothing has changed since
// the last run; one statement then renews all rows of the table.
func (s *Store) saveSchema(ctx context.Context, tx *sql.Tx, r Record) error {
	known, err := s.registered(ctx, tx, r.Table)
	if err != nil {
		return err
	}
	if unchanged(known, r.Profile.Columns) {
		_, err := tx.ExecContext(ctx, s.sql(`
			UPDATE baselinr_schema_registry SET last_seen_at = ?, run_id = ?
			WHERE table_name = ? AND coalesce(schema_name, '') = ?`),
			stamp(r.ProfiledAt), r.RunID, r.Table.Name, r.Table.Schema)
		return err
	}
	if lock := s.dialect.BeginSchemaChange(); lock != "" { // another process may be registering the same columns
		if _, err := tx.ExecContext(ctx, lock); err != nil {
			return err
		}
		if known, err = s.registered(ctx, tx, r.Table); err != nil {
			return err
		}
	}
	at := stamp(r.ProfiledAt)
	insert := inserter{store: s, tx: tx, table: "baselinr_schema_registry", columns: []string{
		"table_name", "schema_name", "column_name", "column_type", "column_hash", "nullable", "run_id", "first_seen_at", "last_seen_at",
	}}
	for _, c := range r.Profile.Columns {
		name, declared, hash := clip(c.Name, 255), clip(c.Type, 100), columnHash(c)
		if _, ok := known[name]; !ok {
			err := insert.add(ctx, r.Table.Name, nullText(r.Table.Schema), name, declared, hash, c.Nullable, r.RunID, at, at)
			if err != nil {
				return err
			}
			continue
		}
		_, err := tx.ExecContext(ctx, s.sql(`
			UPDATE baselinr_schema_registry
			SET column_type = ?, column_hash = ?, nullable = ?, last_seen_at = ?, run_id = ?
			WHERE table_name = ? AND coalesce(schema_name, '') = ? AND column_name = ?`),
			declared, hash, c.Nullable, at, r.RunID, r.Table.Name, r.Table.Schema, name)
		if err != nil {
			return err
		}
	}
	return insert.flush(ctx)
}

// registered returns the hashes of the table's registered columns, by name.
func (s *Store) registered(ctx context.Context, tx *sql.Tx, t warehouse.TableRef) (map[string]string, error) {
	rows, err := tx.QueryContext(ctx, s.sql(`
		SELECT column_name, column_hash FROM baselinr_schema_registry
		WHERE table_name = ? AND coalesce(schema_name, '') = ?`), t.Name, t.Schema)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := map[string]string{}
	for rows.Next() {
		var name, hash string
		if err := rows.Scan(&name, &hash); err != nil {
			return nil, err
		}
		known[name] = hash
	}
	return known, rows.Err()
}

// unchanged reports whether the registry holds exactly these columns, as they are.
func unchanged(known map[string]string, columns []metrics.ColumnProfile) bool {
	if len(known) != len(columns) {
		return false // also where two long names are one in the registry, which cuts them
	}
	for _, c := range columns {
		if known[clip(c.Name, 255)] != columnHash(c) {
			return false
		}
	}
	return true
}
