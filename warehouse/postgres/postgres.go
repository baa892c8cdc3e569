// Package postgres reads tables from PostgreSQL over its binary protocol, and keeps the history in
// it. It streams.
package postgres

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Type is the engine's name in a config.
const Type = "postgres"

// applicationName names our sessions in pg_stat_activity.
const applicationName = "baselinr-pipes"

// Warehouse is an open PostgreSQL database.
type Warehouse struct {
	pool    *pgxpool.Pool
	schema  string
	where   string // server and database, for errors
	options warehouse.Options
	formats formats
}

var _ warehouse.Warehouse = (*Warehouse)(nil)

// Open connects to the database that c names.
func Open(ctx context.Context, c config.Connection, set ...warehouse.Option) (warehouse.Warehouse, error) {
	settings, err := poolConfig(c)
	if err != nil {
		return nil, err
	}
	options := warehouse.NewOptions(set)
	settings.MaxConns = int32(options.Scans) + 1 // one for the catalog
	settings.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	fixOutput(settings.ConnConfig.RuntimeParams)
	if options.StatementTimeout > 0 {
		settings.ConnConfig.RuntimeParams["statement_timeout"] = strconv.FormatInt(max(options.StatementTimeout.Milliseconds(), 1), 10)
	}
	pool, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		return nil, fmt.Errorf("postgres: %s: %w", place(c), err)
	}
	w := &Warehouse{pool: pool, where: place(c), options: options}
	err = pool.QueryRow(ctx, "SELECT coalesce(current_schema(), 'public')").Scan(&w.schema)
	if err != nil {
		pool.Close()
		return nil, w.explain(err)
	}
	return w, nil
}

// fixOutput settles how the types print that are read as their text, so that a column's metrics do not
// depend on what the server, the database or the role defaults to. What the config sets stays.
func fixOutput(session map[string]string) {
	for _, s := range [...]struct{ name, value string }{
		{"DateStyle", "ISO, YMD"}, {"IntervalStyle", "postgres"}, {"TimeZone", "UTC"},
	} {
		set := false
		for name := range session {
			set = set || strings.EqualFold(name, s.name)
		}
		if !set {
			session[s.name] = s.value
		}
	}
}

// poolConfig turns a connection into the driver's settings. The database, the user and the password are
// set apart from the URL, which could end up in an error.
func poolConfig(c config.Connection) (*pgxpool.Config, error) {
	if err := checkParameters(c); err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	query := url.Values{"host": {orElse(c.Host, "localhost")}, "port": {strconv.Itoa(port(c))}}
	for _, name := range connectionParameters {
		if value, ok := c.ExtraParams.Text(name); ok {
			query.Set(name, value)
		}
	}
	settings, err := pgxpool.ParseConfig("postgres:///?" + query.Encode())
	if err != nil {
		return nil, fmt.Errorf("postgres: %s: %w", place(c), unparsed(err))
	}
	conn := settings.ConnConfig
	conn.Database = c.Database
	if c.Username != "" {
		conn.User = c.Username
	}
	conn.Password = c.Password.Reveal()
	conn.ConnectTimeout = 10 * time.Second
	conn.RuntimeParams["application_name"] = applicationName
	conn.RuntimeParams["client_encoding"] = "UTF8" // the database may have another
	if c.Schema != "" {
		conn.RuntimeParams["search_path"] = warehouse.QuoteANSI(c.Schema)
	}
	for name := range c.ExtraParams {
		if value, ok := c.ExtraParams.Text(name); ok && !slices.Contains(connectionParameters, name) {
			conn.RuntimeParams[name] = value
		}
	}
	// When a context ends, the statement is cancelled on the server, not just no longer listened to.
	conn.BuildContextWatcherHandler = func(connection *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: connection, DeadlineDelay: time.Second}
	}
	conn.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	return settings, nil
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

func port(c config.Connection) int {
	if c.Port == 0 {
		return 5432
	}
	return c.Port
}

// place says which database it is, without a secret.
func place(c config.Connection) string {
	return net.JoinHostPort(orElse(c.Host, "localhost"), strconv.Itoa(port(c))) + "/" + c.Database
}

// Type implements warehouse.Warehouse.
func (w *Warehouse) Type() string { return Type }

// DefaultSchema implements warehouse.Warehouse.
func (w *Warehouse) DefaultSchema() string { return w.schema }

// Close implements warehouse.Warehouse.
func (w *Warehouse) Close() error {
	w.pool.Close()
	return nil
}
