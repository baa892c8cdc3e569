package mysql

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
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
	err := w.each(ctx, `
		SELECT t.table_schema, t.table_name, c.column_name
		FROM information_schema.tables AS t
		JOIN information_schema.columns AS c ON binary c.table_schema = binary t.table_schema AND binary c.table_name = binary t.table_name
		WHERE `+profiled+condition+` AND c.column_name IN (`+marks(len(columns))+")", append(parameters, anys(columns)...), func(row *sql.Rows) error {
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

// asked finds tables among those that are asked for as the server compares their names.
type asked struct {
	fold   bool
	tables map[warehouse.TableRef][]warehouse.TableRef // as asked for, by their folded names
}

func (w *Warehouse) asked(tables []warehouse.TableRef) asked {
	a := asked{w.server.foldNames, map[warehouse.TableRef][]warehouse.TableRef{}}
	for _, t := range tables {
		if key := a.key(t); !slices.Contains(a.tables[key], t) {
			a.tables[key] = append(a.tables[key], t)
		}
	}
	return a
}

func (a asked) key(t warehouse.TableRef) warehouse.TableRef {
	if a.fold {
		return warehouse.TableRef{Schema: strings.ToLower(t.Schema), Name: strings.ToLower(t.Name)}
	}
	return t
}

// of returns how a table of the catalog was asked for; nothing where it was not.
func (a asked) of(t warehouse.TableRef) []warehouse.TableRef { return a.tables[a.key(t)] }

// named is the condition that a row of the catalog is of one of the tables. A schema that is compared for equality
// alone has the server look at that one.
func named(alias string, tables []warehouse.TableRef) (string, []any) {
	bySchema := map[string][]any{}
	for _, t := range tables {
		bySchema[t.Schema] = append(bySchema[t.Schema], t.Name)
	}
	var conditions []string
	var parameters []any
	for schema, names := range bySchema {
		conditions = append(conditions, "("+alias+".table_schema = ? AND "+alias+".table_name IN ("+marks(len(names))+"))")
		parameters = append(append(parameters, schema), names...)
	}
	return "(" + strings.Join(conditions, " OR ") + ")", parameters
}

// Describe implements warehouse.Warehouse. A JSON of MariaDB's is a text with a check that it is one.
func (w *Warehouse) Describe(ctx context.Context, tables []warehouse.TableRef) (map[warehouse.TableRef]warehouse.Description, error) {
	described := make(map[warehouse.TableRef]warehouse.Description, len(tables))
	if len(tables) == 0 {
		return described, nil
	}
	condition, parameters := named("t", tables)
	among := w.asked(tables)
	err := w.each(ctx, `SELECT t.table_schema, t.table_name, t.table_type, t.table_rows, coalesce(t.table_comment, '')
		FROM information_schema.tables AS t WHERE `+condition, parameters, func(row *sql.Rows) error {
		var ref warehouse.TableRef
		var kind, comment string
		var count sql.NullInt64
		if err := row.Scan(&ref.Schema, &ref.Name, &kind, &count, &comment); err != nil {
			return err
		}
		d := warehouse.Description{Rows: -1}
		if kind == "VIEW" { // where no column is found: the server says why in the comment
			d.Err = w.explain(&failure{words: comment + "; mend the view, or take it out of the config", cause: warehouse.ErrNoTable})
		} else if count.Valid {
			d.Rows = count.Int64
		}
		for _, as := range among.of(ref) {
			if as != ref {
				d.Name = ref.Name
			}
			described[as] = d
		}
		return nil
	})
	if err != nil || len(described) == 0 {
		return described, err
	}
	return described, w.describeColumns(ctx, tables, func(ref warehouse.TableRef, c metrics.Column) {
		for _, as := range among.of(ref) {
			if d, ok := described[as]; ok {
				d.Columns, d.Err = append(d.Columns, c), nil
				described[as] = d
			}
		}
	})
}

// describeColumns calls visit with the columns of tables, in their order.
func (w *Warehouse) describeColumns(ctx context.Context, tables []warehouse.TableRef, visit func(warehouse.TableRef, metrics.Column)) error {
	condition, parameters := named("c", tables)
	isJSON, checks := "0", ""
	if w.server.mariadb {
		isJSON = "k.constraint_name IS NOT NULL"
		checks = ` LEFT JOIN information_schema.check_constraints AS k ON k.constraint_schema = c.table_schema AND binary k.table_name = binary c.table_name
			AND k.constraint_name = c.column_name AND k.check_clause = concat('json_valid(', char(96), c.column_name, char(96), ')')`
	}
	return w.each(ctx, `SELECT c.table_schema, c.table_name, c.column_name, c.data_type, c.column_type, c.is_nullable = 'YES', `+isJSON+`
		FROM information_schema.columns AS c`+checks+`
		WHERE `+condition+` ORDER BY c.table_schema, c.table_name, c.ordinal_position`, parameters, func(row *sql.Rows) error {
		var ref warehouse.TableRef
		var c metrics.Column
		var dataType string
		var json bool
		if err := row.Scan(&ref.Schema, &ref.Name, &c.Name, &dataType, &c.Type, &c.Nullable, &json); err != nil {
			return err
		}
		if c.Kind = kindOf(dataType, c.Type); json {
			c.Kind = metrics.KindJSON
		}
		visit(ref, c)
		return nil
	})
}
