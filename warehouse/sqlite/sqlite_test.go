package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// holding returns a warehouse over a file that holds what the statements make.
func holding(t *testing.T, statements ...string) warehouse.Warehouse {
	t.Helper()
	path := filepath.Join(t.TempDir(), "source 100%?#.db") // characters that a URL would read otherwise
	writer := create(t, path, statements...)
	writer.Close()
	w, err := Open(t.Context(), config.Connection{Type: "sqlite", Database: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func create(t *testing.T, path string, statements ...string) *sql.DB {
	t.Helper()
	history, err := OpenHistory(t.Context(), config.Connection{Database: path}, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := history.DB.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return history.DB
}

func profile(t *testing.T, w warehouse.Warehouse, name string) map[string]metrics.ColumnProfile {
	t.Helper()
	ref := warehouse.TableRef{Name: name}
	described, err := w.Describe(t.Context(), []warehouse.TableRef{ref})
	if err != nil {
		t.Fatal(err)
	}
	a := metrics.NewTableAccumulator(described[ref].Columns, metrics.DefaultSettings())
	if _, err := w.Scan(t.Context(), warehouse.Scan{Table: ref, Columns: described[ref].Columns}, a.Add); err != nil {
		t.Fatal(err)
	}
	columns := map[string]metrics.ColumnProfile{}
	for _, c := range a.Profile().Columns {
		columns[c.Name] = c
	}
	return columns
}

func TestTheValuesDecideAColumnsKind(t *testing.T) {
	w := holding(t, `CREATE TABLE t (i INTEGER, r REAL, n NUMERIC, s VARCHAR(10), b BLOB, flag BOOLEAN, at DATETIME, day DATE, mixed, none TEXT)`,
		`INSERT INTO t VALUES (1, 1.5, 3, 'x', x'beef', 1, '2024-01-01 10:00:00.000000', '2024-01-01', 'text', NULL)`,
		`INSERT INTO t VALUES (9007199254740993, 2, 2.5, 'y', x'', 0, '2024-01-02T10:00:00', '2024-01-02', 7, NULL)`,
		`INSERT INTO t VALUES ('n/a', NULL, 4, 'z', NULL, 1, NULL, NULL, 8, NULL)`)
	columns := profile(t, w, "t")
	for name, want := range map[string]struct {
		kind metrics.Kind
		max  string
		odd  int64
	}{
		"i": {metrics.KindInteger, "9007199254740993", 1}, "r": {metrics.KindFloat, "2", 0}, "n": {metrics.KindFloat, "4", 0},
		"s": {metrics.KindText, "z", 0}, "b": {metrics.KindBytes, "beef", 0}, "flag": {metrics.KindBoolean, "true", 0},
		"at": {metrics.KindTimestamp, "2024-01-02T10:00:00", 0}, "day": {metrics.KindDate, "2024-01-02", 0},
		"mixed": {metrics.KindInteger, "8", 1}, "none": {metrics.KindText, "", 0},
	} {
		c := columns[name]
		if c.Kind != want.kind || c.Metrics[metrics.Max].String() != want.max || c.OtherKindCount != want.odd {
			t.Errorf("%s: kind %s, max %s, %d of another kind; want %+v", name, c.Kind, c.Metrics[metrics.Max], c.OtherKindCount, want)
		}
	}
}

func TestTheCatalogListsTablesAndViews(t *testing.T) {
	w := holding(t, "CREATE TABLE b (x INTEGER PRIMARY KEY AUTOINCREMENT)", "CREATE VIEW a AS SELECT 1 AS x")
	tables, err := w.Tables(t.Context(), nil)
	if err != nil || len(tables) != 2 || tables[0].Name != "a" || tables[1].Name != "b" {
		t.Errorf("tables %v, %v", tables, err)
	}
}

func TestASourceIsNeverWrittenTo(t *testing.T) {
	w := holding(t, "CREATE TABLE t (x)")
	if _, err := w.(*Warehouse).db.Exec("INSERT INTO t VALUES (1)"); err == nil {
		t.Error("a row was written to the source")
	}
}

func TestErrorsSayWhatKindTheyAre(t *testing.T) {
	folder := t.TempDir()
	noDatabase := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(noDatabase, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(noDatabase, []byte("these are notes, and no database; these are notes, and no database, of more than a hundred bytes in all"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		path string
		want error
	}{
		"a file that is missing":        {filepath.Join(folder, "missing.db"), warehouse.ErrUnreachable},
		"a folder":                      {folder, warehouse.ErrNotADatabase},
		"a file that is no database":    {noDatabase, warehouse.ErrNotADatabase},
		"a file in a folder that isn't": {filepath.Join(folder, "no", "x.db"), warehouse.ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Open(t.Context(), config.Connection{Database: test.path}); !errors.Is(err, test.want) {
				t.Errorf("error %v, want one that is %v", err, test.want)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(folder, "missing.db")); err == nil {
		t.Error("opening a missing source made the file")
	}
}

func TestACancelledScanStops(t *testing.T) {
	w := holding(t, "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n")
	ctx, cancel := context.WithCancel(t.Context())
	batches := 0
	_, err := w.Scan(ctx, warehouse.Scan{Table: warehouse.TableRef{Name: "endless"}, Columns: []metrics.Column{{Name: "i"}}}, func(*metrics.Batch) error {
		if batches++; batches == 3 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestTheEndOfTheContextStopsAStepInTheMiddle(t *testing.T) {
	w := holding(t, "CREATE TABLE t (i INTEGER)", "INSERT INTO t VALUES (1)",
		`CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS i FROM n`)
	columns := []metrics.Column{{Name: "i"}}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := w.Scan(ctx, warehouse.Scan{Table: warehouse.TableRef{Name: "endless"}, Columns: columns}, func(*metrics.Batch) error { return nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	var rows int
	count := func(b *metrics.Batch) error { rows += b.Rows; return nil }
	if _, err := w.Scan(t.Context(), warehouse.Scan{Table: warehouse.TableRef{Name: "t"}, Columns: columns}, count); err != nil || rows != 1 {
		t.Errorf("the next scan on the same connection: %d rows, %v", rows, err)
	}
}

func TestTextOfAUTF16DatabaseArrivesAsUTF8(t *testing.T) {
	w := holding(t, "PRAGMA encoding = 'UTF-16'", "CREATE TABLE t (s TEXT)", "INSERT INTO t VALUES ('größer 😀')")
	if got := profile(t, w, "t")["s"].Metrics[metrics.Max].String(); got != "größer 😀" {
		t.Errorf("got %q", got)
	}
}

func TestAMissingTableAndAMissingColumnAreErrors(t *testing.T) {
	w := holding(t, "CREATE TABLE t (i INTEGER)")
	for want, scan := range map[string]warehouse.Scan{
		"no such table: missing": {Table: warehouse.TableRef{Name: "missing"}, Columns: []metrics.Column{{Name: "i"}}},
		"no such column: gone":   {Table: warehouse.TableRef{Name: "t"}, Columns: []metrics.Column{{Name: "gone"}}},
	} {
		_, err := w.Scan(t.Context(), scan, func(*metrics.Batch) error { return nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
