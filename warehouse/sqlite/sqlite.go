// Package sqlite reads tables from SQLite files, and keeps the history in one. It streams: SQLite
// has no sketches of its own.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	lib "modernc.org/sqlite/lib"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Type is the engine's name in a config.
const Type = "sqlite"

// busyTimeout is how long a statement waits for a process that writes to the file.
const busyTimeout = 5 * time.Second

// Warehouse is an open SQLite file: a pool of database/sql for the catalog, and connections of our own
// for the scans, kept open, since each reads the whole schema first.
type Warehouse struct {
	db      *sql.DB
	path    string
	uri     string
	options warehouse.Options

	mu   sync.Mutex
	idle []*connection
}

var _ warehouse.Warehouse = (*Warehouse)(nil)

// Open opens the SQLite file that c names, read-only; it fails where the file is missing or is no
// SQLite database. Connections are made as scans need them.
func Open(ctx context.Context, c config.Connection, set ...warehouse.Option) (warehouse.Warehouse, error) {
	path := c.File()
	if err := checkFile(path); err != nil {
		return nil, err
	}
	db, err := open(path, url.Values{"mode": {"ro"}, "_pragma": {fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()), "query_only(1)"}})
	if err != nil {
		return nil, fmt.Errorf("sqlite: %q: %w", path, err)
	}
	uri, err := fileURI(path, url.Values{"mode": {"ro"}})
	if err != nil {
		return nil, fmt.Errorf("sqlite: %q: %w", path, err)
	}
	w := &Warehouse{db: db, path: path, uri: uri, options: warehouse.NewOptions(set)}
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(new(int)); err != nil {
		db.Close()
		return nil, w.explain(err)
	}
	return w, nil
}

// checkFile tells a missing file, a folder and an unreadable file apart, which SQLite does not.
func checkFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("sqlite: %q: %w: the file %w; check its path, which starts at the working directory where it is relative", path, warehouse.ErrUnreachable, warehouse.ErrNoDatabase)
	case err != nil:
		return fmt.Errorf("sqlite: %q: %w", path, unreadable(err))
	case info.IsDir():
		return fmt.Errorf("sqlite: %q: %w: this is a folder; name a file in it", path, warehouse.ErrNotADatabase)
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sqlite: %q: %w", path, unreadable(err))
	}
	return file.Close()
}

// unreadable says why a file cannot be looked at, without its path, which stands before.
func unreadable(err error) error {
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w: the user of this process may not read the file, or not enter its folder; grant both", warehouse.ErrPermission)
	}
	var failure *os.PathError
	if errors.As(err, &failure) {
		err = failure.Err
	}
	return fmt.Errorf("%w: %w", warehouse.ErrUnreachable, err)
}

// open opens the file with the driver's parameters.
func open(path string, parameters url.Values) (*sql.DB, error) {
	uri, err := fileURI(path, parameters)
	if err != nil {
		return nil, err
	}
	connector, err := newConnector(uri)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// fileURI names a file, whatever characters are in its path, to SQLite and to the driver.
func fileURI(path string, parameters url.Values) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	uri := url.URL{Scheme: "file", Path: absolute, RawQuery: parameters.Encode()}
	return uri.String(), nil
}

// acquire returns a connection that nobody else uses until it is released.
func (w *Warehouse) acquire() (*connection, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.idle); n > 0 {
		c := w.idle[n-1]
		w.idle = w.idle[:n-1]
		return c, nil
	}
	return connect(w.uri, w.options)
}

func (w *Warehouse) release(c *connection) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.idle = append(w.idle, c)
}

// Type implements warehouse.Warehouse.
func (w *Warehouse) Type() string { return Type }

// DefaultSchema implements warehouse.Warehouse: SQLite has no schemas.
func (w *Warehouse) DefaultSchema() string { return "" }

// Close implements warehouse.Warehouse. No scan may be running.
func (w *Warehouse) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.idle {
		c.close()
	}
	w.idle = nil
	return w.db.Close()
}

// Transient implements warehouse.Warehouse.
func (w *Warehouse) Transient(err error) bool { return Transient(err) }

// Transient reports whether what failed with err may succeed a moment later: another connection holds a
// lock (busy, locked; protocol: for too long while a WAL was opened).
func Transient(err error) bool {
	switch primaryCode(err) {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_PROTOCOL:
		return true
	}
	return false
}

// primaryCode returns SQLite's result code without its extension, and 0 for any other error.
func primaryCode(err error) int {
	var coded interface {
		error
		Code() int
	}
	if !errors.As(err, &coded) {
		return 0
	}
	return coded.Code() & 0xff
}

func (w *Warehouse) explain(err error) error {
	return fmt.Errorf("sqlite: %q: %w", w.path, explain(err))
}

// explain wraps an error of the driver with the sentinel it stands for.
func explain(err error) error {
	switch primaryCode(err) {
	case lib.SQLITE_NOTADB:
		return fmt.Errorf("%w: the file is not an SQLite database, or it is encrypted", warehouse.ErrNotADatabase)
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return fmt.Errorf("%w: close the program that writes to the file, or try again: %w", warehouse.ErrLocked, err)
	case lib.SQLITE_READONLY:
		return fmt.Errorf("%w: make the file and its folder writable: %w", warehouse.ErrReadOnly, err)
	case lib.SQLITE_FULL:
		return fmt.Errorf("%w: free some, or name another place: %w", warehouse.ErrNoSpace, err)
	case lib.SQLITE_CANTOPEN:
		return fmt.Errorf("%w: check that the folder exists and is writable: %w", warehouse.ErrUnreachable, err)
	case lib.SQLITE_PERM, lib.SQLITE_AUTH:
		return fmt.Errorf("%w: %w", warehouse.ErrPermission, err)
	case lib.SQLITE_CORRUPT:
		return fmt.Errorf("%w: the file is damaged; run PRAGMA integrity_check on it: %w", warehouse.ErrNotADatabase, err)
	case lib.SQLITE_ERROR:
		if strings.Contains(err.Error(), warehouse.ErrNoTable.Error()) { // which SQLite says in these words, without a code of its own
			return &noTable{err}
		}
	}
	return err
}

// noTable is SQLite's own error of a table that does not exist.
type noTable struct{ error }

func (e *noTable) Unwrap() []error { return []error{warehouse.ErrNoTable, e.error} }
