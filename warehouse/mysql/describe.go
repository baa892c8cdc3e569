package mysql

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

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
			d.Err = w.explain(&warehouse.Failure{Words: comment + "; mend the view, or take it out of the config", Cause: warehouse.ErrNoTable})
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
	type found struct {
		table  warehouse.TableRef
		column metrics.Column
	}
	var columns []found
	var mayBeJSON []warehouse.TableRef
	condition, parameters := named("c", tables)
	err := w.each(ctx, `SELECT c.table_schema, c.table_name, c.column_name, c.data_type, c.column_type, c.is_nullable = 'YES', coalesce(c.collation_name, '')
		FROM information_schema.columns AS c WHERE `+condition+` ORDER BY c.table_schema, c.table_name, c.ordinal_position`, parameters, func(row *sql.Rows) error {
		var f found
		var dataType, collation string
		if err := row.Scan(&f.table.Schema, &f.table.Name, &f.column.Name, &dataType, &f.column.Type, &f.column.Nullable, &collation); err != nil {
			return err
		}
		f.column.Kind = kindOf(dataType, f.column.Type)
		if w.server.mariadb && dataType == "longtext" && collation == "utf8mb4_bin" && (len(mayBeJSON) == 0 || mayBeJSON[len(mayBeJSON)-1] != f.table) {
			mayBeJSON = append(mayBeJSON, f.table)
		}
		columns = append(columns, f)
		return nil
	})
	if err != nil {
		return err
	}
	json, err := w.jsonColumns(ctx, mayBeJSON)
	if err != nil {
		return err
	}
	for _, f := range columns {
		if json[f.table][f.column.Name] {
			f.column.Kind = metrics.KindJSON
		}
		visit(f.table, f.column)
	}
	return nil
}

// jsonColumns returns which columns of tables are JSON in MariaDB: texts with a check that they are.
func (w *Warehouse) jsonColumns(ctx context.Context, tables []warehouse.TableRef) (map[warehouse.TableRef]map[string]bool, error) {
	if len(tables) == 0 {
		return nil, nil
	}
	json := map[warehouse.TableRef]map[string]bool{}
	condition, parameters := named("k", tables)
	err := w.each(ctx, `SELECT k.constraint_schema, k.table_name, k.constraint_name FROM information_schema.check_constraints AS k
		WHERE k.check_clause = concat('json_valid(', char(96), k.constraint_name, char(96), ')') AND `+strings.ReplaceAll(condition, "k.table_schema", "k.constraint_schema"),
		parameters, func(row *sql.Rows) error {
			var ref warehouse.TableRef
			var column string
			if err := row.Scan(&ref.Schema, &ref.Name, &column); err != nil {
				return err
			}
			if json[ref] == nil {
				json[ref] = map[string]bool{}
			}
			json[ref][column] = true
			return nil
		})
	return json, err
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
