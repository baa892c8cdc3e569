package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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

func (dialect) Type() string                     { return Type }
func (dialect) Placeholder(n int) string         { return "$" + strconv.Itoa(n) }
func (dialect) Quote(name string) string         { return warehouse.QuoteANSI(name) }
func (dialect) AutoIncrement() string            { return "SERIAL PRIMARY KEY" }
func (dialect) Double() string                   { return "DOUBLE PRECISION" }
func (dialect) Bytes() string                    { return "BYTEA" }
func (dialect) Column(definition string) string  { return definition }
func (dialect) TableOptions() string             { return "" }
func (dialect) Insert(i warehouse.Insert) string { return i.OnConflict() }
func (dialect) CreateIndex(name, table string, columns []string) string {
	return warehouse.CreateIndex(name, table, columns)
}

func (dialect) Transient(err error) bool { return Transient(err) }

// BeginSchemaChange takes an advisory lock that the transaction's end gives back; the number is ours.
func (dialect) BeginSchemaChange() string { return "SELECT pg_advisory_xact_lock(7245083163219)" }

func (d dialect) Explain(err error) error {
	if err == nil || strings.Contains(err.Error(), d.where) {
		return err
	}
	return fmt.Errorf("postgres: %s: %w", d.where, explainHistory(err))
}

// deniedSchema begins the server's message where a table may not be created, in English.
const deniedSchema = "permission denied for schema "

// explainHistory is explain for what writes: other rights are needed for that than for reading.
func explainHistory(err error) error {
	var server *pgconn.PgError
	if !errors.As(err, &server) || server.Code != "42501" {
		return explain(err)
	}
	remedy := "grant SELECT, INSERT and UPDATE on the history's tables, and USAGE on their sequences"
	switch {
	case strings.HasPrefix(server.Message, deniedSchema): // what the server names in the message alone
		remedy = fmt.Sprintf("grant USAGE and CREATE on schema %s, or let a user who has both run baselinr-pipes migrate once",
			strings.TrimPrefix(server.Message, deniedSchema))
	case strings.Contains(server.Message, "owner"):
		remedy = "let the tables' owner run baselinr-pipes migrate"
	}
	return &warehouse.Failure{Kind: warehouse.ErrPermission, Words: server.Message + "; " + remedy, Cause: err}
}
