package mysql

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// profiled is what tells tables t that are profiled from all others: those of the server itself are left out, and
// MariaDB's sequences.
const profiled = `t.table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
	AND t.table_type IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')`

// inSchemas is the condition that t is of one of the schemas, of any where none is named.
func inSchemas(schemas []string) (string, []any) {
	if len(schemas) == 0 {
		return "", nil
	}
	return " AND t.table_schema IN (" + marks(len(schemas)) + ")", anys(schemas)
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func anys(texts []string) []any {
	list := make([]any, len(texts))
	for i, t := range texts {
		list[i] = t
	}
	return list
}

// Tables implements warehouse.Warehouse. InnoDB estimates its rows, and forgets with a restart when a table was modified.
func (w *Warehouse) Tables(ctx context.Context, schemas []string) ([]warehouse.Table, error) {
	condition, parameters := inSchemas(schemas)
	var tables []warehouse.Table
	err := w.each(ctx, `
		SELECT t.table_schema, t.table_name, t.table_type, coalesce(t.engine, ''), t.table_rows, t.data_length, coalesce(t.table_comment, ''),
		       timestampdiff(SECOND, t.update_time, now())
		FROM information_schema.tables AS t WHERE `+profiled+condition, parameters, func(row *sql.Rows) error {
		var kind, engine string
		var count, bytes, age sql.NullInt64
		t := warehouse.Table{Type: config.TypeTable, Rows: -1, Bytes: -1, Age: -1}
		if err := row.Scan(&t.Schema, &t.Name, &kind, &engine, &count, &bytes, &t.Comment, &age); err != nil {
			return err
		}
		if !slices.Contains(schemas, t.Schema) && len(schemas) > 0 && !w.server.foldNames {
			return nil // the catalog's own names compare without regard to case
		}
		switch {
		case kind == "VIEW":
			t.Type, t.Comment = config.TypeView, ""
		case slices.Contains([]string{"FEDERATED", "CONNECT", "SPIDER", "S3"}, strings.ToUpper(engine)):
			t.Type = config.TypeForeignTable
		}
		if t.Type == config.TypeTable && count.Valid {
			t.Rows = count.Int64
		}
		if t.Type == config.TypeTable && bytes.Valid {
			t.Bytes = bytes.Int64
		}
		if age.Valid {
			t.Age = time.Duration(max(age.Int64, 0)) * time.Second
		}
		tables = append(tables, t)
		return nil
	})
	slices.SortFunc(tables, func(a, b warehouse.Table) int {
		return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Name, b.Name))
	})
	return tables, err
}

// TablesWithColumns implements warehouse.Warehouse. MySQL compares names of columns without regard to case.
func (w *Warehouse) TablesWithColumns(ctx context.Context, schemas, columns []string) (map[warehouse.TableRef][]string, error) {
	tables := map[warehouse.TableRef][]string{}
	if len(columns) == 0 {
		return tables, nil
	}
	condition, parameters := inSchemas(schemas)
	parameters = append(append(parameters, parameters...), anys(columns)...)
	err := w.each(ctx, `
		SELECT t.table_schema, t.table_name, c.column_name
		FROM information_schema.tables AS t
		JOIN information_schema.columns AS c ON binary c.table_schema = binary t.table_schema AND binary c.table_name = binary t.table_name
		WHERE `+profiled+condition+strings.ReplaceAll(condition, "t.", "c.")+` AND c.column_name IN (`+marks(len(columns))+")", parameters, func(row *sql.Rows) error {
		var ref warehouse.TableRef
		var name string
		if err := row.Scan(&ref.Schema, &ref.Name, &name); err != nil {
			return err
		}
		if len(schemas) > 0 && !slices.Contains(schemas, ref.Schema) && !w.server.foldNames {
			return nil
		}
		for _, asked := range columns {
			if strings.EqualFold(asked, name) && !slices.Contains(tables[ref], asked) {
				tables[ref] = append(tables[ref], asked)
			}
		}
		return nil
	})
	return tables, err
}

// each runs a statement about the catalog and calls visit with every row.
func (w *Warehouse) each(ctx context.Context, statement string, parameters []any, visit func(*sql.Rows) error) error {
	rows, err := w.db.QueryContext(ctx, statement, parameters...)
	if err != nil {
		return w.ended(ctx, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := visit(rows); err != nil {
			return w.ended(ctx, err)
		}
	}
	return w.ended(ctx, rows.Err())
}
