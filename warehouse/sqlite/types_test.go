package sqlite

import (
	"fmt"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func TestEveryMixOfValues(t *testing.T) {
	w := holding(t, "CREATE TABLE t (declared INTEGER, free)",
		// In a column declared as an integer a text that reads as a number is stored as one.
		"INSERT INTO t VALUES (1, 1), (2.5, 2.5), ('3', '3'), ('four', 'four'), (x'05', x'05'), (NULL, NULL), (6.0, 6.0), (7, 7)")
	columns := profile(t, w, "t")
	for name, want := range map[string]struct {
		kind     metrics.Kind
		odd      int64
		distinct string
		max      string
	}{
		"declared": {metrics.KindFloat, 2, "7", "7"}, // 1, 2.5, 3, 6 and 7 against a text and a blob
		"free":     {metrics.KindFloat, 3, "7", "7"}, // '3' is a text there
	} {
		c := columns[name]
		if c.Kind != want.kind || c.OtherKindCount != want.odd || c.Metrics[metrics.DistinctCount].String() != want.distinct || c.Metrics[metrics.Max].String() != want.max {
			t.Errorf("%s: %s, %d of another kind, %v", name, c.Kind, c.OtherKindCount, c.Metrics)
		}
	}
}

func TestWholeNumbersToTheirLimits(t *testing.T) {
	w := holding(t, "CREATE TABLE t (i INTEGER)", "INSERT INTO t VALUES (-9223372036854775808), (9223372036854775807), (0), (255), (65536), (140737488355328)")
	c := profile(t, w, "t")["i"]
	if c.Metrics[metrics.Min].String() != "-9223372036854775808" || c.Metrics[metrics.Max].String() != "9223372036854775807" {
		t.Errorf("min %s, max %s", c.Metrics[metrics.Min], c.Metrics[metrics.Max])
	}
}

func TestFloatsAtTheirLimits(t *testing.T) {
	// SQLite keeps a NaN as null, and infinities as they are.
	w := holding(t, "CREATE TABLE t (r REAL)", "INSERT INTO t VALUES (9e999), (-9e999), (9e999 - 9e999), (-0.0), (5e-324)")
	c := profile(t, w, "t")["r"]
	for metric, want := range map[metrics.Name]string{
		metrics.Min: "-Infinity", metrics.Max: "Infinity", metrics.NullCount: "1", metrics.ZeroCount: "1", metrics.DistinctCount: "4", metrics.NaNCount: "0",
	} {
		if got := c.Metrics[metric].String(); got != want {
			t.Errorf("%s is %s, want %s", metric, got, want)
		}
	}
}

func TestTextsOfAnyBytes(t *testing.T) {
	w := holding(t, "CREATE TABLE t (s TEXT)",
		"INSERT INTO t VALUES (CAST(x'610062' AS TEXT)), (CAST(x'6100' AS TEXT)), ('a'), (CAST(x'ff' AS TEXT)), (CAST(x'fe' AS TEXT)), ('')")
	c := profile(t, w, "t")["s"]
	for metric, want := range map[metrics.Name]string{
		metrics.DistinctCount: "6", metrics.MinLength: "0", metrics.MaxLength: "3", metrics.EmptyCount: "1",
		metrics.Max: "\uFFFD", // what JSON can carry of the byte FF
	} {
		if got := c.Metrics[metric].String(); got != want {
			t.Errorf("%s is %q, want %q", metric, got, want)
		}
	}
}

func TestDatesAsTextsNumbersAndBoth(t *testing.T) {
	w := holding(t, "CREATE TABLE t (as_text DATE, as_julian DATE, as_seconds DATETIME, most_as_text TIMESTAMP, hour TIME)",
		"INSERT INTO t VALUES ('2024-02-29', julianday('2024-02-29'), unixepoch('2024-02-29'), '2024-02-29 12:00:00', '23:59')",
		"INSERT INTO t VALUES ('2024-03-01', julianday('2024-03-01'), unixepoch('2024-03-01'), '2024-02-29T13:00:00Z', '00:00:00.5')",
		"INSERT INTO t VALUES ('1969-12-31', julianday('1969-12-31'), unixepoch('1969-12-31'), 1709208000, '12:30')")
	columns := profile(t, w, "t")
	for name, want := range map[string]struct {
		kind metrics.Kind
		max  string
		odd  int64
	}{
		"as_text": {metrics.KindDate, "2024-03-01", 0}, "as_julian": {metrics.KindFloat, "2460370.5", 0},
		"as_seconds": {metrics.KindInteger, "1709251200", 0}, "most_as_text": {metrics.KindTimestamp, "2024-02-29T13:00:00Z", 1},
		"hour": {metrics.KindTime, "23:59", 0},
	} {
		c := columns[name]
		if c.Kind != want.kind || c.Metrics[metrics.Max].String() != want.max || c.OtherKindCount != want.odd {
			t.Errorf("%s: %s, max %s, %d of another kind; want %+v", name, c.Kind, c.Metrics[metrics.Max], c.OtherKindCount, want)
		}
	}
}

func TestTablesOfEverySort(t *testing.T) {
	w := holding(t,
		"CREATE TABLE strict (i INT, r REAL, s TEXT, b BLOB, a ANY) STRICT", "INSERT INTO strict VALUES (1, 2, '3', x'04', '5')",
		"CREATE TABLE keyed (k TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID", "INSERT INTO keyed VALUES ('x', 1), ('y', 2)",
		"CREATE TABLE made (n INTEGER, stored INTEGER AS (n * 2) STORED, virtual TEXT AS ('v' || n))", "INSERT INTO made (n) VALUES (4)",
		"CREATE VIEW seen AS SELECT made.n + 1 AS more, keyed.* FROM made, keyed",
		"CREATE VIRTUAL TABLE words USING fts5(title, body)", "INSERT INTO words VALUES ('one', 'and two')",
		"CREATE VIRTUAL TABLE boxes USING rtree(id, low, high)", "INSERT INTO boxes VALUES (1, 0.5, 2.5)",
		"CREATE TABLE parent (a)", "ALTER TABLE parent ADD COLUMN late DEFAULT 42", "INSERT INTO parent VALUES (1, 2)", "ALTER TABLE parent DROP COLUMN a",
		"CREATE VIEW broken AS SELECT * FROM missing",
		// A virtual table of an extension that only the writer had.
		"PRAGMA writable_schema = on", `INSERT INTO sqlite_master VALUES ('table', 'foreign', 'foreign', 0, 'CREATE VIRTUAL TABLE "foreign" USING spatial(x)')`)
	tables, err := w.Tables(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, table := range tables {
		names = append(names, table.Name)
	}
	if got := strings.Join(names, " "); got != "boxes broken foreign keyed made parent seen strict words" {
		t.Errorf("tables %s", got)
	}
	described, err := w.Describe(t.Context(), []warehouse.TableRef{{Name: "broken"}, {Name: "foreign"}, {Name: "keyed"}})
	if err != nil || described[warehouse.TableRef{Name: "foreign"}].Err == nil || len(described[warehouse.TableRef{Name: "keyed"}].Columns) != 2 {
		t.Errorf("described %v, %v", described, err)
	}
	for table, want := range map[string]map[string]string{ // the greatest value of each column
		"strict": {"i": "1", "r": "2", "s": "3", "b": "04", "a": "5"},
		"keyed":  {"k": "y", "n": "2"},
		"made":   {"n": "4", "stored": "8", "virtual": "v4"},
		"seen":   {"more": "5", "k": "y", "n": "2"},
		"words":  {"title": "one", "body": "and two"},
		"boxes":  {"id": "1", "low": "0.5", "high": "2.5"},
		"parent": {"late": "2"},
	} {
		columns := profile(t, w, table)
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

func TestNamesOfAnyCharacters(t *testing.T) {
	names := []string{
		`odd "näme.🦆`, `a"b`, "c.d", "two\nlines", " leading", "trailing ", "select", "null", "'quoted'", "[x]", "`y`", `back\slash`,
		"?", "$1", "--", "%", "_", "Ä", "ä", strings.Repeat("long", 100),
	}
	columns, values := make([]string, len(names)), make([]string, len(names))
	for i, name := range names {
		columns[i], values[i] = warehouse.QuoteANSI(name), fmt.Sprint(i)
	}
	var statements []string
	for _, name := range names {
		quoted := warehouse.QuoteANSI(name)
		statements = append(statements, "CREATE TABLE "+quoted+" ("+strings.Join(columns, ", ")+", made AS ("+columns[1]+" * 2))",
			"INSERT INTO "+quoted+" VALUES ("+strings.Join(values, ", ")+")")
	}
	w := holding(t, statements...)
	refs := make([]warehouse.TableRef, len(names))
	for i, name := range names {
		refs[i] = warehouse.TableRef{Name: name}
	}
	described, err := w.Describe(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	for i, table := range names {
		if n := len(described[refs[i]].Columns); n != len(names)+1 {
			t.Errorf("table %q has %d columns", table, n)
		}
		profiled := profile(t, w, table)
		for i, name := range names {
			if got := profiled[name].Metrics[metrics.Max].String(); got != values[i] {
				t.Errorf("table %q, column %q: max %q, want %s", table, name, got, values[i])
			}
		}
	}
}

func TestTablesOfNoRowOneRowAndManyColumns(t *testing.T) {
	const n = 1600
	columns, values := make([]string, n), make([]string, n)
	for i := range n {
		columns[i], values[i] = fmt.Sprintf("column_%d INTEGER", i), fmt.Sprint(i)
	}
	w := holding(t, "CREATE TABLE empty (a INTEGER, b)", "CREATE TABLE single (a INTEGER)", "INSERT INTO single VALUES (1)",
		"CREATE TABLE wide ("+strings.Join(columns, ", ")+")", "INSERT INTO wide VALUES ("+strings.Join(values, ", ")+")")
	empty := profile(t, w, "empty")
	if a, b := empty["a"], empty["b"]; a.Metrics[metrics.Count].String() != "0" || !a.Metrics[metrics.Min].IsNull() || a.Kind != metrics.KindInteger || b.Kind != metrics.KindUnknown {
		t.Errorf("got %v", empty)
	}
	if a := profile(t, w, "single")["a"]; a.Metrics[metrics.Max].String() != "1" || !a.Metrics[metrics.StdDev].IsNull() {
		t.Errorf("got %v", a.Metrics)
	}
	wide := profile(t, w, "wide")
	for i := range n {
		if got := wide[fmt.Sprintf("column_%d", i)].Metrics[metrics.Max].String(); got != values[i] {
			t.Errorf("column %d: max %s", i, got)
		}
	}
}

func TestCellsOfAMebibyte(t *testing.T) {
	w := holding(t, "CREATE TABLE t (s TEXT, b BLOB)", `INSERT INTO t
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5)
		SELECT replace(hex(zeroblob(1 << 18)), '0', 'ä') || i, zeroblob(1 << 20) FROM n`)
	columns := profile(t, w, "t")
	for name, want := range map[string]string{"s": "524289", "b": "1048576"} {
		if got := columns[name].Metrics[metrics.MaxLength].String(); got != want {
			t.Errorf("%s: max_length %s, want %s", name, got, want)
		}
	}
	if got := columns["s"].Metrics[metrics.DistinctCount].String(); got != "5" {
		t.Errorf("distinct_count %s", got)
	}
}
