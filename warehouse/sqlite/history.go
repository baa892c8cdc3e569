package sqlite

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// OpenHistory opens the SQLite file that c names to keep the history in. With create, a missing file
// is made, in a folder that exists.
func OpenHistory(ctx context.Context, c config.Connection, create bool) (*warehouse.History, error) {
	path := c.File()
	mode := "rw"
	if create {
		mode = "rwc"
		if err := checkFolder(path); err != nil {
			return nil, err
		}
	} else if err := checkFile(path); err != nil {
		return nil, err
	}
	if isFolder(path) {
		return nil, fmt.Errorf("sqlite: %q: %w: this is a folder; name a file in it", path, warehouse.ErrNotADatabase)
	}
	// A transaction takes the write lock when it begins, so that it waits for others instead of
	// failing half-way.
	db, err := open(path, url.Values{
		"mode":    {mode},
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(10000)", "foreign_keys(1)"},
	})
	if err != nil {
		return nil, fmt.Errorf("sqlite: %q: %w", path, err)
	}
	db.SetMaxOpenConns(1) // SQLite has one writer; a second connection of ours would wait for the first
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(new(int)); err != nil {
		db.Close()
		return nil, fmt.Errorf("sqlite: %q: %w", path, explain(err))
	}
	return &warehouse.History{DB: db, Dialect: dialect{path}}, nil
}

// MayCreate looks whether the file that c names, which does not exist, could be made. It leaves nothing.
func MayCreate(c config.Connection) error {
	path := c.File()
	if err := checkFolder(path); err != nil {
		return err
	}
	probe, err := os.CreateTemp(filepath.Dir(path), ".baselinr-*")
	if err != nil {
		return fmt.Errorf("sqlite: %q: %w: the folder %q takes no file of this process's user; make it writable", path, warehouse.ErrReadOnly, filepath.Dir(path))
	}
	probe.Close()
	return os.Remove(probe.Name())
}

// checkFolder fails where the folder of a file does not exist.
func checkFolder(path string) error {
	if folder := filepath.Dir(path); !isFolder(folder) {
		return fmt.Errorf("sqlite: %q: %w: the folder %q does not exist; create it first", path, warehouse.ErrUnreachable, folder)
	}
	return nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// dialect is SQLite's SQL as the history needs it.
type dialect struct{ path string }

var _ warehouse.Dialect = dialect{}

func (dialect) Type() string                     { return Type }
func (dialect) Placeholder(int) string           { return "?" }
func (dialect) Quote(name string) string         { return warehouse.QuoteANSI(name) }
func (dialect) AutoIncrement() string            { return "INTEGER PRIMARY KEY AUTOINCREMENT" }
func (dialect) Double() string                   { return "REAL" }
func (dialect) Bytes() string                    { return "BLOB" }
func (dialect) Column(definition string) string  { return definition }
func (dialect) TableOptions() string             { return "" }
func (dialect) Insert(i warehouse.Insert) string { return i.OnConflict() }
func (dialect) CreateIndex(name, table string, columns []string) string {
	return warehouse.CreateIndex(name, table, columns)
}

func (dialect) BeginSchemaChange() string { return "" } // transactions are immediate
func (dialect) Transient(err error) bool  { return Transient(err) }
func (d dialect) Explain(err error) error {
	if err == nil || strings.Contains(err.Error(), d.path) {
		return err
	}
	return fmt.Errorf("sqlite: %q: %w", d.path, explain(err))
}
