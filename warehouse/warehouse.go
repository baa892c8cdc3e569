// Package warehouse is the port to the databases: what the profiler needs of an engine, and what the
// history needs. Each engine implements it in a folder of its own.
package warehouse

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// Warehouse is an open source of tables. Its methods may be called from several goroutines; each
// that waits stops when its context ends, and ends its statement on the server too.
type Warehouse interface {
	// Type is the engine's name in a config's source.type.
	Type() string

	// DefaultSchema is the schema of a table named without one; empty where the engine has no schemas.
	DefaultSchema() string

	// Tables lists the tables and views of the schemas, of every schema of the user's where none is
	// named, sorted by schema and name. The engine's own catalogs are left out.
	Tables(ctx context.Context, schemas []string) ([]Table, error)

	// TablesWithColumns returns the tables and views that have any of the columns, each with those of
	// them that it has, in the words of columns. Names are compared as the engine compares them.
	// Schemas are chosen as by Tables.
	TablesWithColumns(ctx context.Context, schemas, columns []string) (map[TableRef][]string, error)

	// Describe describes each table. One that does not exist, or that the user may not see, is absent
	// from the result. It sends as many statements for a thousand tables as for one, and more only where those fail.
	Describe(ctx context.Context, tables []TableRef) (map[TableRef]Description, error)

	// Scan reads what s asks for, each row once, in one statement, and hands it to visit in batches, whose
	// vectors stand in the columns' order. A partition or a sample may need statements before that one
	// (see Read). An error of visit ends the scan and is returned, with what was sent so far.
	// The visitor may keep a batch's memory if it leaves that of another of as many vectors in its place.
	Scan(ctx context.Context, s Scan, visit func(*metrics.Batch) error) (Coverage, error)

	// Transient reports whether the call that returned err may succeed a moment later. The end of a
	// context and a timeout are not transient.
	Transient(err error) bool

	Close() error
}

// TableRef names a table. Schema is empty where the engine has none.
type TableRef struct {
	Schema string
	Name   string
}

// ID is the name that users see and give: schema.table, or table where there is no schema.
func (r TableRef) ID() string {
	if r.Schema == "" {
		return r.Name
	}
	return r.Schema + "." + r.Name
}

// Description is what the catalog says of a table.
type Description struct {
	Columns []metrics.Column // in the table's order
	Rows    int64            // the catalog's estimate; −1 where it has none
	Name    string           // as the catalog spells it; empty where that is the name asked for
	Err     error            // why this table alone cannot be described, as a view of a table that is gone
}

// Table is a table as the catalog lists it.
type Table struct {
	TableRef
	Type    config.TableType
	Rows    int64         // the catalog's estimate; −1 where it has none
	Bytes   int64         // on disk, without indexes, by the catalog's estimate; −1 where it has none
	Comment string        // empty where there is none, or the engine has no comments
	Age     time.Duration // since it was last modified, by the server's clock; negative where the engine does not know
}

// The errors that engines wrap, so that a caller can tell what kind of failure it was.
var (
	ErrNoTable      = errors.New("no such table")
	ErrPermission   = errors.New("permission denied")
	ErrUnreachable  = errors.New("cannot be reached")
	ErrNoDatabase   = errors.New("does not exist") // the database itself, where its server was reached
	ErrLogin        = errors.New("login failed")
	ErrReadOnly     = errors.New("read-only")
	ErrLocked       = errors.New("locked by another process")
	ErrNoSpace      = errors.New("no space left")
	ErrNotADatabase = errors.New("not a database")
	ErrTimeout      = errors.New("timed out") // a limit of ours or the server's, which the same call would meet again
)

// History is an open database that holds the history, with what its SQL needs to know of the engine.
type History struct {
	DB      *sql.DB
	Dialect Dialect
}

// Dialect is where the engines' SQL differs in what the history needs.
type Dialect interface {
	// Type is the engine's name in a config's storage.connection.type.
	Type() string
	// Placeholder is the n-th parameter of a statement, n from 1.
	Placeholder(n int) string
	// Quote quotes an identifier.
	Quote(identifier string) string
	// AutoIncrement is the type of a primary key that numbers itself.
	AutoIncrement() string
	// Double is the type of a 64-bit floating-point number.
	Double() string
	// Bytes is the type of a binary of any length.
	Bytes() string
	// Column is the definition of a column, or of a constraint of a table, that is given as PostgreSQL takes it.
	Column(definition string) string
	// TableOptions stand at the end of CREATE TABLE; empty for none.
	TableOptions() string
	// CreateIndex is the statement that makes an index; empty where the engine has none.
	CreateIndex(name, table string, columns []string) string
	// Insert is a statement, with ? for each parameter.
	Insert(Insert) string
	// BeginSchemaChange, run first in a transaction, makes other processes that do the same wait;
	// it is empty where the engine's transactions already do.
	BeginSchemaChange() string
	// Transient reports whether the same transaction may succeed a moment later.
	Transient(err error) bool
	// Explain wraps an error of the driver with the sentinel it stands for and a word on what to do.
	Explain(err error) error
}

// SchemaCommitter is the dialect of an engine that commits each change of the schema at once, in whatever transaction.
type SchemaCommitter interface {
	// LockSchema makes other processes that do the same wait until unlock, which has to be called on the same
	// connection.
	LockSchema(ctx context.Context, on *sql.Conn) (unlock func() error, err error)
	// Applied reports whether a change failed because it was made before, as where the changes of a step were cut off.
	Applied(err error) bool
	// MayChangeSchema fails where the user may not create tables. It changes nothing.
	MayChangeSchema(ctx context.Context, on *sql.DB) error
}

// QuoteANSI quotes an identifier as standard SQL does.
func QuoteANSI(identifier string) string {
	return `"` + strings.ReplaceAll(identifier, `"`, `""`) + `"`
}
