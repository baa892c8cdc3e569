package sqlite

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Tables implements warehouse.Warehouse. SQLite has no schemas, so the filter leaves none out. A virtual
// table is listed, the shadow tables in which it keeps its own data are not. SQLite has no comments, and
// knows neither how large a table is nor when it was modified.
func (w *Warehouse) Tables(ctx context.Context, _ []string) ([]warehouse.Table, error) {
	rows, err := w.db.QueryContext(ctx, `
		SELECT name, type, (SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1') FROM pragma_table_list
		WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
		ORDER BY name`)
	if err != nil {
		return nil, w.explain(err)
	}
	defer rows.Close()
	var tables []warehouse.Table
	analysed := false
	for rows.Next() {
		t := warehouse.Table{Type: config.TypeTable, Rows: -1, Bytes: -1, Age: -1}
		var kind string
		if err := rows.Scan(&t.Name, &kind, &analysed); err != nil {
			return nil, w.explain(err)
		}
		if kind == "view" {
			t.Type = config.TypeView
		}
		tables = append(tables, t)
	}
	if err := rows.Err(); err != nil {
		return nil, w.explain(err)
	}
	if !analysed {
		return tables, nil
	}
	e, err := w.analysed(ctx)
	for i := range tables {
		tables[i].Rows = e.of(tables[i].Name)
	}
	return tables, err
}

// TablesWithColumns implements warehouse.Warehouse. A view that SQLite cannot resolve fails the statement
// for all tables, so they are then described one by one; that view is not among the result.
func (w *Warehouse) TablesWithColumns(ctx context.Context, _, columns []string) (map[warehouse.TableRef][]string, error) {
	wanted, err := json.Marshal(columns)
	if err != nil {
		return nil, err
	}
	tables, err := w.tablesWithColumns(ctx, `
		SELECT t.name, wanted.value FROM pragma_table_list AS t
		JOIN pragma_table_xinfo(t.name) AS c JOIN json_each(?) AS wanted ON lower(wanted.value) = lower(c.name)
		WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND c.hidden <> 1`, string(wanted))
	if err == nil || ctx.Err() != nil {
		return tables, err
	}
	held, err := w.Tables(ctx, nil)
	if err != nil {
		return nil, err
	}
	tables = map[warehouse.TableRef][]string{}
	for _, t := range held {
		one, err := w.tablesWithColumns(ctx, `
			SELECT ?1, wanted.value FROM pragma_table_xinfo(?1) AS c JOIN json_each(?2) AS wanted ON lower(wanted.value) = lower(c.name)
			WHERE c.hidden <> 1`, t.Name, string(wanted))
		if err == nil && len(one) > 0 {
			tables[t.TableRef] = one[t.TableRef]
		}
	}
	return tables, ctx.Err()
}

func (w *Warehouse) tablesWithColumns(ctx context.Context, statement string, arguments ...any) (map[warehouse.TableRef][]string, error) {
	rows, err := w.db.QueryContext(ctx, statement, arguments...)
	if err != nil {
		return nil, w.explain(err)
	}
	defer rows.Close()
	tables := map[warehouse.TableRef][]string{}
	for rows.Next() {
		var ref warehouse.TableRef
		var column string
		if err := rows.Scan(&ref.Name, &column); err != nil {
			return nil, w.explain(err)
		}
		tables[ref] = append(tables[ref], column)
	}
	if err := rows.Err(); err != nil {
		return nil, w.explain(err)
	}
	return tables, nil
}

// Describe implements warehouse.Warehouse. A view that SQLite cannot resolve fails the statement for all
// tables, so they are then described one by one.
func (w *Warehouse) Describe(ctx context.Context, tables []warehouse.TableRef) (map[warehouse.TableRef]warehouse.Description, error) {
	described, err := w.describe(ctx, tables)
	if err == nil || ctx.Err() != nil || len(tables) == 1 {
		return described, err
	}
	described = make(map[warehouse.TableRef]warehouse.Description, len(tables))
	for _, t := range tables {
		one, err := w.describe(ctx, []warehouse.TableRef{t})
		if d, ok := one[t]; ok || err != nil {
			d.Err = err
			described[t] = d
		}
	}
	return described, ctx.Err()
}

// describe describes tables in one statement. SQLite looks names up without regard to the case of ASCII's
// letters.
func (w *Warehouse) describe(ctx context.Context, tables []warehouse.TableRef) (map[warehouse.TableRef]warehouse.Description, error) {
	names := make([]string, len(tables))
	wanted := make(map[string][]warehouse.TableRef, len(tables))
	for i, t := range tables {
		names[i] = t.Name
		key := lower(t.Name)
		wanted[key] = append(wanted[key], t)
	}
	list, err := json.Marshal(names)
	if err != nil {
		return nil, err
	}
	estimates, err := w.estimates(ctx)
	if err != nil {
		return nil, err
	}
	// table_xinfo lists generated columns too, which hidden = 2 or 3 marks; 1 is a virtual table's own.
	rows, err := w.db.QueryContext(ctx, `
		SELECT m.name, c.name, c.type, c."notnull"
		FROM sqlite_master AS m
		JOIN pragma_table_xinfo(m.name) AS c
		WHERE m.type IN ('table', 'view') AND c.hidden <> 1
		  AND lower(m.name) IN (SELECT lower(value) FROM json_each(?))
		ORDER BY m.name, c.cid`, string(list))
	if err != nil {
		return nil, w.explain(err)
	}
	defer rows.Close()
	described := make(map[warehouse.TableRef]warehouse.Description, len(tables))
	for rows.Next() {
		var table string
		var notNull bool
		c := metrics.Column{Dynamic: true}
		if err := rows.Scan(&table, &c.Name, &c.Type, &notNull); err != nil {
			return nil, w.explain(err)
		}
		c.Nullable = !notNull
		c.Kind = kindOf(c.Type)
		for _, ref := range wanted[lower(table)] {
			d := warehouse.Description{Columns: append(described[ref].Columns, c), Rows: estimates.of(table)}
			if table != ref.Name {
				d.Name = table
			}
			described[ref] = d
		}
	}
	if err := rows.Err(); err != nil {
		return nil, w.explain(err)
	}
	return described, nil
}

// lower is SQLite's function of that name: it leaves other letters than ASCII's as they are.
func lower(name string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, name)
}

// estimates are the rows of tables, by their names in the catalog, as ANALYZE counted them.
type estimates map[string]int64

// of returns the estimate of a table, −1 where ANALYZE has not seen it.
func (e estimates) of(table string) int64 {
	if n, ok := e[table]; ok {
		return n
	}
	return -1
}

// estimates reads what ANALYZE left, if it was ever run. A statistic begins with the number of the index's
// rows, which a partial index has fewer of (https://www.sqlite.org/fileformat2.html#stat1tab).
func (w *Warehouse) estimates(ctx context.Context) (estimates, error) {
	var analysed bool
	err := w.db.QueryRowContext(ctx, "SELECT count(*) > 0 FROM sqlite_master WHERE name = 'sqlite_stat1'").Scan(&analysed)
	if err != nil {
		return nil, w.explain(err)
	}
	if !analysed {
		return nil, nil
	}
	return w.analysed(ctx)
}

// analysed reads what ANALYZE left.
func (w *Warehouse) analysed(ctx context.Context) (estimates, error) {
	rows, err := w.db.QueryContext(ctx, "SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl")
	if err != nil {
		return nil, w.explain(err)
	}
	defer rows.Close()
	e := estimates{}
	for rows.Next() {
		var table string
		var n int64
		if err := rows.Scan(&table, &n); err != nil {
			return nil, w.explain(err)
		}
		e[table] = n
	}
	if err := rows.Err(); err != nil {
		return nil, w.explain(err)
	}
	return e, nil
}

// kindOf returns the kind that a declared type implies. SQLite takes any name; the words looked for
// are those of its own rules of affinity (datatype3.html, section 3.1) and the usual names besides.
func kindOf(declared string) metrics.Kind {
	t := strings.ToUpper(declared)
	for _, rule := range []struct {
		word string
		kind metrics.Kind
	}{
		{"BOOL", metrics.KindBoolean},
		{"TIMESTAMP", metrics.KindTimestamp},
		{"DATETIME", metrics.KindTimestamp},
		{"DATE", metrics.KindDate},
		{"TIME", metrics.KindTime},
		{"INT", metrics.KindInteger},
		{"JSON", metrics.KindJSON},
		{"UUID", metrics.KindUUID},
		{"CHAR", metrics.KindText},
		{"CLOB", metrics.KindText},
		{"TEXT", metrics.KindText},
		{"STRING", metrics.KindText},
		{"BLOB", metrics.KindBytes},
		{"BINARY", metrics.KindBytes},
		{"REAL", metrics.KindFloat},
		{"FLOA", metrics.KindFloat},
		{"DOUB", metrics.KindFloat},
		{"NUMERIC", metrics.KindFloat},
		{"DECIMAL", metrics.KindFloat},
	} {
		if strings.Contains(t, rule.word) {
			return rule.kind
		}
	}
	return metrics.KindUnknown
}
