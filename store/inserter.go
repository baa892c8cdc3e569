package store

import (
	"context"
	"database/sql"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

// inserter collects rows into statements of many rows each.
type inserter struct {
	store     *Store
	tx        *sql.Tx
	table     string
	columns   []string
	existing  *warehouse.Existing // nil where no row can be there already
	arguments []any
}

// rowsPerStatement keeps a statement's parameters, of at most 23 columns, below SQLite's bound of
// 32,766 and PostgreSQL's of 65,535.
const rowsPerStatement = 512

func (i *inserter) add(ctx context.Context, row ...any) error {
	i.arguments = append(i.arguments, row...)
	if len(i.arguments) < rowsPerStatement*len(i.columns) {
		return nil
	}
	return i.flush(ctx)
}

// flush inserts what has been collected, in powers of two of rows: whatever number of columns the tables
// have, these are a few texts, which an engine parses and plans once.
func (i *inserter) flush(ctx context.Context) error {
	rest := i.arguments
	for n := rowsPerStatement; n > 0; n /= 2 {
		for size := n * len(i.columns); len(rest) >= size; rest = rest[size:] {
			if _, err := i.tx.ExecContext(ctx, i.statement(n), rest[:size]...); err != nil {
				return err
			}
		}
	}
	i.arguments = i.arguments[:0]
	return nil
}

// statement is the text that inserts n rows.
func (i *inserter) statement(n int) string {
	return i.store.insert(warehouse.Insert{Table: i.table, Columns: i.columns, Rows: n, Existing: i.existing})
}
