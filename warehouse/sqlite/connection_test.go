package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func TestStatementsShareASnapshotWhileTheTableIsWrittenTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "source.db")
	writer := create(t, path, "PRAGMA journal_mode = WAL", "CREATE TABLE t (i integer)", "INSERT INTO t VALUES (1), (2)")
	defer writer.Close()
	opened, err := Open(t.Context(), config.Connection{Database: path})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	w := opened.(*Warehouse)
	c, err := w.acquire()
	if err != nil {
		t.Fatal(err)
	}
	defer w.release(c)
	count := func() (rows int) {
		t.Helper()
		err := c.query(t.Context(), "SELECT count(*) FROM t", nil, func(statement uintptr) error {
			rows, _ = strconv.Atoi(libc.GoString(lib.Xsqlite3_column_text(c.tls, statement, 0)))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	err = c.snapshot(t.Context(), func() error {
		for range 3 {
			if n := count(); n != 2 {
				t.Errorf("%d rows in the snapshot, want 2", n)
			}
			if _, err := writer.Exec("INSERT INTO t VALUES (3), (4)"); err != nil {
				return err
			}
		}
		return nil
	})
	if n := count(); err != nil || n != 8 {
		t.Errorf("%d rows after the snapshot, %v; want 8", n, err)
	}
}

func TestASnapshotEndsWithItsContext(t *testing.T) {
	w := holding(t, "CREATE TABLE t (i integer)").(*Warehouse)
	c, err := w.acquire()
	if err != nil {
		t.Fatal(err)
	}
	defer w.release(c)
	for range 2 { // the connection is as good as before
		ctx, cancel := context.WithCancel(t.Context())
		err := c.snapshot(ctx, func() error {
			cancel()
			return c.query(ctx, "SELECT count(*) FROM t", nil, func(uintptr) error { return nil })
		})
		if err != context.Canceled {
			t.Errorf("error %v", err)
		}
	}
}

func TestAWaitForALockEndsWithItsContextOrWithTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "source.db")
	writer := create(t, path, "CREATE TABLE t (i integer)", "INSERT INTO t VALUES (1)")
	defer writer.Close()
	w, err := Open(t.Context(), config.Connection{Database: path})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	scan := func(ctx context.Context) error {
		_, err := w.Scan(ctx, warehouse.Scan{Table: warehouse.TableRef{Name: "t"}, Columns: []metrics.Column{{Name: "i"}}}, func(*metrics.Batch) error { return nil })
		return err
	}
	lock := func() {
		t.Helper()
		if _, err := writer.Exec("BEGIN EXCLUSIVE"); err != nil {
			t.Fatal(err)
		}
	}
	lock()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	begun := time.Now()
	err = scan(ctx)
	if took := time.Since(begun); err != context.DeadlineExceeded || took > busyTimeout/2 {
		t.Errorf("error %v after %v", err, took)
	}
	time.AfterFunc(200*time.Millisecond, func() { _, _ = writer.Exec("ROLLBACK") })
	if err := scan(t.Context()); err != nil {
		t.Error(err)
	}
	lock()
	defer writer.Exec("ROLLBACK")
	if err := scan(t.Context()); !errors.Is(err, warehouse.ErrLocked) || !w.Transient(err) {
		t.Errorf("error %v", err)
	}
}

func TestAnalyseEstimatesRows(t *testing.T) {
	w := holding(t, "CREATE TABLE T1 (i integer)", "INSERT INTO T1 VALUES (1), (2), (3), (4)", "CREATE TABLE t2 (i integer)",
		"CREATE INDEX some ON T1 (i) WHERE i > 3", "CREATE INDEX every ON T1 (i)", "ANALYZE")
	one, two := warehouse.TableRef{Name: "t1"}, warehouse.TableRef{Name: "t2"}
	described, err := w.Describe(t.Context(), []warehouse.TableRef{one, two})
	if err != nil || described[one].Rows != 4 || described[two].Rows != -1 {
		t.Errorf("%v, %v", described, err)
	}
	w = holding(t, "CREATE TABLE t1 (i integer)")
	if described, err = w.Describe(t.Context(), []warehouse.TableRef{one}); err != nil || described[one].Rows != -1 {
		t.Errorf("%v, %v", described, err)
	}
}

// The history's connection keeps statements prepared, also while one of the same text is running.
func TestAStatementMayRunTwiceAtOnce(t *testing.T) {
	db := create(t, filepath.Join(t.TempDir(), "history.db"), "CREATE TABLE t (i integer)", "INSERT INTO t VALUES (1), (2), (3)")
	defer db.Close()
	db.SetMaxOpenConns(1)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	const text = "SELECT i FROM t WHERE i > ? ORDER BY i"
	outer, err := tx.Query(text, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer outer.Close()
	for want := 2; outer.Next(); want++ {
		var first, i int
		if err := outer.Scan(&i); err != nil {
			t.Fatal(err)
		}
		if err := tx.QueryRow(text, 0).Scan(&first); err != nil || first != 1 || i != want {
			t.Errorf("%d, %d, %v", i, first, err)
		}
	}
	if err := outer.Err(); err != nil {
		t.Error(err)
	}
}

func TestAFileThatMayNotBeReadSaysWhatToGrant(t *testing.T) {
	err := unreadable(&os.PathError{Op: "open", Path: "shop.db", Err: os.ErrPermission})
	if !errors.Is(err, warehouse.ErrPermission) || !strings.Contains(err.Error(), "grant both") || strings.Contains(err.Error(), "open shop.db") {
		t.Errorf("got %v", err)
	}
}
