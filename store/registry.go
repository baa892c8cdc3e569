package store

import (
	"context"
	"database/sql"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// registered is a column as the registry holds it.
type registered struct{ hash, runID string }

// saveSchema brings the registry of columns up to date, a row a column of the table, whether or not the run
// read it. A column that is gone keeps its row, with the run that saw it last. Mostly nothing has changed
// since the last run; one statement then renews the rows that this one saw last.
func (s *Store) saveSchema(ctx context.Context, tx *sql.Tx, r Record) error {
	condition, arguments := inRegistry(r)
	known, err := s.registered(ctx, tx, condition, arguments)
	if err != nil {
		return err
	}
	at := stamp(r.ProfiledAt)
	columns := everyColumn(r.Profile)
	if last, ok := unchanged(known, columns); ok {
		_, err := tx.ExecContext(ctx, s.sql("UPDATE baselinr_schema_registry SET last_seen_at = ?, run_id = ? WHERE %s AND run_id = ?", condition),
			append(append([]any{at, r.RunID}, arguments...), last)...)
		return err
	}
	if lock := s.dialect.BeginSchemaChange(); lock != "" { // another process may be registering the same columns
		if _, err := tx.ExecContext(ctx, lock); err != nil {
			return err
		}
		if known, err = s.registered(ctx, tx, condition, arguments); err != nil {
			return err
		}
	}
	insert := inserter{store: s, tx: tx, table: "baselinr_schema_registry", columns: []string{
		"table_name", "schema_name", "column_name", "column_type", "column_hash", "nullable", "run_id", "first_seen_at", "last_seen_at",
	}}
	for _, c := range columns {
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
			WHERE %s AND column_name = ?`, condition),
			append(append([]any{declared, hash, c.Nullable, at, r.RunID}, arguments...), name)...)
		if err != nil {
			return err
		}
	}
	return insert.flush(ctx)
}

// everyColumn returns the columns of the table, those that the run did not read last.
func everyColumn(p *metrics.TableProfile) []metrics.Column {
	columns := make([]metrics.Column, 0, len(p.Columns)+len(p.Unread))
	for _, c := range p.Columns {
		columns = append(columns, metrics.Column{Name: c.Name, Type: c.Type, Kind: c.Kind, Nullable: c.Nullable})
	}
	return append(columns, p.Unread...)
}

// inRegistry returns the condition that picks the table's rows, and its arguments. The Python tool registers
// a table that its config names without a schema without one.
func inRegistry(r Record) (string, []any) {
	arguments := []any{r.Table.Name, r.Table.Schema}
	if r.DefaultSchema {
		return "table_name = ? AND (schema_name = ? OR schema_name IS NULL)", arguments
	}
	return "table_name = ? AND coalesce(schema_name, '') = ?", arguments
}

// registered returns the table's registered columns, by name.
func (s *Store) registered(ctx context.Context, tx *sql.Tx, condition string, arguments []any) (map[string]registered, error) {
	rows, err := tx.QueryContext(ctx, s.sql("SELECT column_name, column_hash, run_id FROM baselinr_schema_registry WHERE %s", condition), arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := map[string]registered{}
	for rows.Next() {
		var name string
		var c registered
		if err := rows.Scan(&name, &c.hash, &c.runID); err != nil {
			return nil, err
		}
		if other, twice := known[name]; twice && other != c {
			c = registered{} // rows of the table with a schema and without one, which differ
		}
		known[name] = c
	}
	return known, rows.Err()
}

// unchanged reports whether the registry holds these columns as they are, and no other, of one run, which it
// returns. Columns that earlier runs saw last are of no matter.
func unchanged(known map[string]registered, columns []metrics.Column) (last string, ok bool) {
	if len(columns) == 0 {
		return "", false
	}
	last = known[clip(columns[0].Name, 255)].runID
	for _, c := range columns {
		if known[clip(c.Name, 255)] != (registered{columnHash(c), last}) {
			return "", false
		}
	}
	seen := 0
	for _, c := range known {
		if c.runID == last {
			seen++
		}
	}
	return last, seen == len(columns) // fewer where two long names are one in the registry, which cuts them
}
