// Package mysql reads tables from MySQL and MariaDB over their binary protocol, and keeps the history in
// them. It streams.
package mysql

import (
	"cmp"
	"context"
	"database/sql"
	"net"
	"strconv"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Type is the engine's name in a config.
const Type = "mysql"

// Warehouse is an open MySQL or MariaDB server, with a database of it to start from.
type Warehouse struct {
	db        *sql.DB
	connector *connector
	schema    string // the database
	where     string // server and database, for errors
	options   warehouse.Options
	server    server
}

var _ warehouse.Warehouse = (*Warehouse)(nil)

// server is what the engines' answers depend on.
type server struct {
	mariadb   bool
	foldNames bool // tables are told apart by their names without regard to case
}

// Open connects to the database that c names.
func Open(ctx context.Context, c config.Connection, set ...warehouse.Option) (warehouse.Warehouse, error) {
	options := warehouse.NewOptions(set)
	connector, err := newConnector(c, readingSession(options.StatementTimeout), false)
	if err != nil {
		return nil, err
	}
	w := &Warehouse{db: sql.OpenDB(connector), connector: connector, schema: DefaultSchema(c), where: place(c), options: options}
	w.db.SetMaxOpenConns(options.Scans + 1) // one for the catalog
	w.db.SetMaxIdleConns(options.Scans + 1)
	if w.server, err = serverOf(ctx, w.db); err != nil {
		w.db.Close()
		return nil, w.ended(ctx, err)
	}
	return w, nil
}

func serverOf(ctx context.Context, db *sql.DB) (s server, err error) {
	err = db.QueryRowContext(ctx, "SELECT version() LIKE '%MariaDB%', @@lower_case_table_names <> 0").Scan(&s.mariadb, &s.foldNames)
	return s, err
}

// DefaultSchema is the schema of a table named without one. MySQL's schemas are its databases.
func DefaultSchema(c config.Connection) string { return cmp.Or(c.Schema, c.Database) }

// place says which database it is, without a secret.
func place(c config.Connection) string {
	if isSocket(c.Host) {
		return c.Host + "/" + DefaultSchema(c)
	}
	return net.JoinHostPort(cmp.Or(c.Host, "localhost"), strconv.Itoa(cmp.Or(c.Port, 3306))) + "/" + DefaultSchema(c)
}

// Type implements warehouse.Warehouse.
func (w *Warehouse) Type() string { return Type }

// DefaultSchema implements warehouse.Warehouse.
func (w *Warehouse) DefaultSchema() string { return w.schema }

// Close implements warehouse.Warehouse.
func (w *Warehouse) Close() error { return w.db.Close() }
