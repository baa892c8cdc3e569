package postgres

import (
	"fmt"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/internal/testpg"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func TestNamesOfAnyCharacters(t *testing.T) {
	names := []string{
		`Od"d.näme 🦆`, `a"b`, "c d", "é.f", "Ünder", "two\nlines", " leading", "trailing ", "tab\t", "select", "SELECT", "null",
		"'quoted'", `back\slash`, "$1", "%s", "?", "--", "/* */", ";", "ﷺ", "e\u0301", "\u200b", strings.Repeat("x", 63), strings.Repeat("ż", 31),
	}
	columns, values := make([]string, len(names)), make([]string, len(names))
	for i, name := range names {
		columns[i], values[i] = warehouse.QuoteANSI(name)+" integer", fmt.Sprint(i)
	}
	statements := []string{}
	for _, name := range names {
		statements = append(statements, "CREATE TABLE "+warehouse.QuoteANSI(name)+" ("+strings.Join(columns, ", ")+")",
			"INSERT INTO "+warehouse.QuoteANSI(name)+" VALUES ("+strings.Join(values, ", ")+")")
	}
	w, schema := open(t, statements...)
	tables, err := w.Tables(t.Context(), []string{schema})
	if err != nil || len(tables) != len(names) {
		t.Fatalf("%d tables, want %d; %v", len(tables), len(names), err)
	}
	for _, table := range names {
		profiled := profile(t, w, warehouse.TableRef{Schema: schema, Name: table})
		for i, name := range names {
			if got := profiled[name].Metrics[metrics.Max].String(); got != values[i] {
				t.Errorf("table %q, column %q: max %q, want %s", table, name, got, values[i])
			}
		}
	}
}

func TestASchemaOfAnyCharacters(t *testing.T) {
	server := testpg.Connect(t)
	schema := server.Schema(t) + `."Wörk 🦆`
	server.Exec(t, "CREATE SCHEMA "+warehouse.QuoteANSI(schema), "CREATE TABLE "+warehouse.QuoteANSI(schema)+".t AS SELECT 7 AS a")
	t.Cleanup(func() { server.Exec(t, "DROP SCHEMA "+warehouse.QuoteANSI(schema)+" CASCADE") })
	w, err := Open(t.Context(), connection(t, server, schema))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if got := profile(t, w, warehouse.TableRef{Schema: schema, Name: "t"})["a"].Metrics[metrics.Max].String(); w.DefaultSchema() != schema || got != "7" {
		t.Errorf("default schema %q, max %q", w.DefaultSchema(), got)
	}
}

func TestTablesWithoutColumnsOrRows(t *testing.T) {
	w, schema := open(t, "CREATE TABLE bare ()", "CREATE TABLE rows_alone ()", "INSERT INTO rows_alone SELECT FROM generate_series(1, 5000)",
		"CREATE TABLE empty (a integer)", "CREATE TABLE single (a integer)", "INSERT INTO single VALUES (1)")
	for name, rows := range map[string]int64{"bare": 0, "rows_alone": 5000} {
		ref := warehouse.TableRef{Schema: schema, Name: name}
		described, err := w.Describe(t.Context(), []warehouse.TableRef{ref})
		if d, ok := described[ref]; err != nil || !ok || len(d.Columns) != 0 {
			t.Errorf("described %v, %v", described, err)
		}
		coverage, err := w.Scan(t.Context(), warehouse.Scan{Table: ref}, func(*metrics.Batch) error { return nil })
		if err != nil || coverage.Rows != rows {
			t.Errorf("%d rows of %s, want %d; %v", coverage.Rows, name, rows, err)
		}
	}
	c := profile(t, w, warehouse.TableRef{Schema: schema, Name: "empty"})["a"]
	if c.Metrics[metrics.Count].String() != "0" || !c.Metrics[metrics.Min].IsNull() {
		t.Errorf("got %v", c.Metrics)
	}
	c = profile(t, w, warehouse.TableRef{Schema: schema, Name: "single"})["a"]
	if c.Metrics[metrics.Count].String() != "1" || c.Metrics[metrics.Max].String() != "1" || !c.Metrics[metrics.StdDev].IsNull() {
		t.Errorf("got %v", c.Metrics)
	}
}

func TestATableOfAsManyColumnsAsPostgresAllows(t *testing.T) {
	const n = 1600
	columns, values := make([]string, n), make([]string, n)
	for i := range n {
		columns[i], values[i] = fmt.Sprintf("column_%d smallint", i), fmt.Sprint(i)
	}
	w, schema := open(t, "CREATE TABLE wide ("+strings.Join(columns, ", ")+")", "INSERT INTO wide VALUES ("+strings.Join(values, ", ")+")")
	profiled := profile(t, w, warehouse.TableRef{Schema: schema, Name: "wide"})
	for i := range n {
		if got := profiled[fmt.Sprintf("column_%d", i)].Metrics[metrics.Max].String(); got != values[i] {
			t.Errorf("column %d: max %s", i, got)
		}
	}
}

func TestTablesOfEverySort(t *testing.T) {
	w, schema := open(t,
		"CREATE TABLE plain (gone text, a integer, b text)", "INSERT INTO plain VALUES ('x', 1, 'one'), ('y', 2, 'two'), ('z', 3, 'three')",
		"ALTER TABLE plain DROP COLUMN gone", "ALTER TABLE plain ADD COLUMN late integer DEFAULT 42",
		"CREATE VIEW seen AS SELECT b, a * 2 AS doubled, 1.5 AS constant FROM plain",
		"CREATE MATERIALIZED VIEW kept AS SELECT * FROM plain",
		"CREATE TABLE parts (at date, n integer) PARTITION BY RANGE (at)", "CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')",
		"CREATE TABLE part_2 PARTITION OF parts DEFAULT", "INSERT INTO parts VALUES ('2024-01-15', 1), ('2025-01-01', 2)",
		"CREATE TABLE child (extra text) INHERITS (plain)", "INSERT INTO child VALUES (9, 'nine', 9, 'more')",
		"CREATE UNLOGGED TABLE fleeting AS SELECT 1 AS a")
	for table, want := range map[string]map[string]string{ // the greatest value of each column
		"plain":    {"a": "9", "b": "two", "late": "42"}, // with what inherits from it, as a SELECT reads it
		"seen":     {"b": "two", "doubled": "18", "constant": "1.5"},
		"kept":     {"a": "3", "b": "two", "late": "42"}, // as it was when it was made
		"parts":    {"at": "2025-01-01", "n": "2"},
		"part_1":   {"at": "2024-01-15", "n": "1"},
		"child":    {"a": "9", "b": "nine", "late": "9", "extra": "more"},
		"fleeting": {"a": "1"},
	} {
		columns := profile(t, w, warehouse.TableRef{Schema: schema, Name: table})
		if len(columns) != len(want) {
			t.Errorf("%s has %d columns, want %d", table, len(columns), len(want))
		}
		for name, value := range want {
			if got := columns[name].Metrics[metrics.Max].String(); got != value {
				t.Errorf("%s.%s: max %q, want %q", table, name, got, value)
			}
		}
	}
}

func TestAForeignTable(t *testing.T) {
	server := testpg.Connect(t)
	w, schema := open(t)
	var available bool
	if err := w.(*Warehouse).pool.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'file_fdw')").Scan(&available); err != nil {
		t.Fatal(err)
	}
	if !available {
		t.Skip("file_fdw is not installed with the server")
	}
	server.Exec(t, "SET search_path = "+schema, "CREATE EXTENSION IF NOT EXISTS file_fdw SCHEMA pg_catalog", "CREATE SERVER "+schema+"_files FOREIGN DATA WRAPPER file_fdw",
		"CREATE FOREIGN TABLE far (a integer, b text) SERVER "+schema+"_files OPTIONS (program 'echo 7,seven', format 'csv')")
	columns := profile(t, w, warehouse.TableRef{Schema: schema, Name: "far"})
	if columns["a"].Metrics[metrics.Max].String() != "7" || columns["b"].Metrics[metrics.Max].String() != "seven" {
		t.Errorf("got %v", columns)
	}
}

func TestCellsOfAMebibyte(t *testing.T) {
	w, schema := open(t, "CREATE TABLE t AS SELECT i, repeat('ä', 1 << 19) || i AS text, decode(repeat('ab', 1 << 20), 'hex') AS bytes, ('[\"' || repeat('x', 1 << 20) || '\"]')::jsonb AS doc FROM generate_series(1, 5) AS i")
	columns := profile(t, w, warehouse.TableRef{Schema: schema, Name: "t"})
	for name, want := range map[string]string{"text": "524289", "bytes": "1048576", "doc": "1048580"} {
		c := columns[name]
		if c.Metrics[metrics.MaxLength].String() != want || c.Metrics[metrics.MinLength].String() != want {
			t.Errorf("%s: lengths %s to %s, want %s", name, c.Metrics[metrics.MinLength], c.Metrics[metrics.MaxLength], want)
		}
	}
	if got := columns["text"].Metrics[metrics.DistinctCount].String(); got != "5" {
		t.Errorf("distinct_count %s", got)
	}
}
