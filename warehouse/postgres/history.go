package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// OpenHistory connects to the database that c names, to keep the history in its schema. A database
// is never created.
func OpenHistory(ctx context.Context, c config.Connection, _ bool) (*warehouse.History, error) {
	settings, err := poolConfig(c)
	if err != nil {
		return nil, err
	}
	// The statements are few and each is sent for every table: what the server says of their parameters is
	// kept. Unlike statements prepared under a name, this works through a pooler of connections, too.
	settings.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	db := stdlib.OpenDB(*settings.ConnConfig)
	db.SetMaxOpenConns(4)
	history := &warehouse.History{DB: db, Dialect: dialect{place(c)}}
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, history.Dialect.Explain(err)
	}
	return history, nil
}

// dialect is PostgreSQL's SQL as the history needs it.
type dialect struct{ where string }

var _ warehouse.Dialect = dialect{}

func (dialect) Type() string             { return Type }
func (dialect) Placeholder(n int) string { return "$" + strconv.Itoa(n) }
func (dialect) Quote(name string) string { return warehouse.QuoteANSI(name) }
func (dialect) AutoIncrement() string    { return "SERIAL PRIMARY KEY" }
func (dialect) Double() string           { return "DOUBLE PRECISION" }
func (dialect) Transient(err error) bool { return Transient(err) }

// BeginSchemaChange takes an advisory lock that the transaction's end gives back; the number is ours.
func (dialect) BeginSchemaChange() string { return "SELECT pg_advisory_xact_lock(7245083163219)" }

func (d dialect) Explain(err error) error {
	if err == nil || strings.Contains(err.Error(), d.where) {
		return err
	}
	return fmt.Errorf("postgres: %s: %w", d.where, explain(err))
}
