package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// registered is a column as the registry holds it.
type registered struct{ hash, runID string }

// registeredRow is a row of the registry.
type registeredRow struct {
	registered
	schema    sql.NullString
	column    string
	firstSeen time.Time // zero where it cannot be read
}

// saveSchema brings the registry of columns up to date, a row a column of the table, whether or not the run
// read it. A column that is gone keeps its row, with the run that saw it last. Mostly nothing has changed
// since the last run; one statement then renews the rows that this one saw last.
func (b *batch) saveSchema(ctx context.Context, r Record) error {
	s, tx := b.store, b.tx
	condition, arguments := inRegistry(r)
	known := registeredColumns(b.registered(r))
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
		if err := b.readRegistry(ctx, []Record{r}); err != nil {
			return err
		}
		known = registeredColumns(b.registered(r))
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

// readRegistry reads what the registry holds of the records' tables, in one statement.
func (b *batch) readRegistry(ctx context.Context, records []Record) error {
	var names, schemas []any
	for _, r := range records {
		names, schemas = append(names, r.Table.Name), append(schemas, r.Table.Schema)
	}
	if b.registry == nil {
		b.registry = map[string][]registeredRow{}
	}
	for _, name := range names {
		delete(b.registry, name.(string))
	}
	names, schemas = toPowerOfTwo(names), toPowerOfTwo(schemas)
	rows, err := b.tx.QueryContext(ctx, b.store.sql(`SELECT table_name, schema_name, column_name, column_hash, run_id, first_seen_at FROM baselinr_schema_registry
		WHERE table_name IN (%s) AND (schema_name IN (%s) OR schema_name IS NULL)`, marks(len(names)), marks(len(schemas))), append(names, schemas...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var row registeredRow
		var seen any
		if err := rows.Scan(&name, &row.schema, &row.column, &row.hash, &row.runID, &seen); err != nil {
			return err
		}
		var at timestamp
		if err := at.Scan(seen); err != nil {
			b.store.damaged("when column %q of table %q was first seen: %s", row.column, name, inWords(err))
		}
		row.firstSeen = at.Time
		b.registry[name] = append(b.registry[name], row)
	}
	return rows.Err()
}

// toPowerOfTwo repeats the last argument until there are a power of two of them, so that statements for any number
// of arguments have few texts, which an engine parses and plans once.
func toPowerOfTwo(arguments []any) []any {
	for n := len(arguments); n&(n-1) != 0; n++ {
		arguments = append(arguments, arguments[len(arguments)-1])
	}
	return arguments
}

// registered returns the rows that the registry holds of a record's table, as inRegistry picks them.
func (b *batch) registered(r Record) []registeredRow {
	return slices.DeleteFunc(slices.Clone(b.registry[r.Table.Name]), func(row registeredRow) bool {
		return row.schema.String != r.Table.Schema && (row.schema.Valid || !r.DefaultSchema)
	})
}

// registeredColumns returns the registered columns of a table by name.
func registeredColumns(rows []registeredRow) map[string]registered {
	known := map[string]registered{}
	for _, row := range rows {
		c := row.registered
		if other, twice := known[row.column]; twice && other != c {
			c = registered{} // rows of the table with a schema and without one, which differ
		}
		known[row.column] = c
	}
	return known
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
