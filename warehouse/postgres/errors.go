package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Transient implements warehouse.Warehouse.
func (w *Warehouse) Transient(err error) bool { return Transient(err) }

// Transient reports whether what failed with err may succeed a moment later. It goes by the SQLSTATE
// (PostgreSQL manual, appendix A): lost connections and a server that starts or stops (class 08, 57P0x), too
// few resources (class 53, but not a full disk or a limit of the configuration), and conflicts with other
// transactions (40001, 40P01, 55P03); and by what went wrong with the connection where the server said
// nothing. A statement that was cancelled (57014), for its time or by hand, is not tried again.
func Transient(err error) bool {
	if aboutTLS(err) != "" {
		return false
	}
	var server *pgconn.PgError
	if errors.As(err, &server) {
		switch server.Code {
		case "40001", "40P01", "55P03", "57P01", "57P02", "57P03", "57P05":
			return true
		case "53100", "53400":
			return false
		}
		return strings.HasPrefix(server.Code, "08") || strings.HasPrefix(server.Code, "53")
	}
	var told *warehouse.Failure
	if errors.As(err, &told) && told.Final {
		return false
	}
	var resolving *net.DNSError
	if errors.As(err, &resolving) && resolving.IsNotFound {
		return false // a name that is misspelt, most likely
	}
	var connecting *pgconn.ConnectError
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &connecting) {
		return false
	}
	return pgconn.SafeToRetry(err) || lost(err)
}

// lost reports whether the network failed, or the server went away without a word.
func lost(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, driver.ErrBadConn)
}

func (w *Warehouse) explain(err error) error {
	var server *pgconn.PgError
	if errors.As(err, &server) && server.Code == "57014" && strings.Contains(server.Message, "statement timeout") {
		if w.options.StatementTimeout > 0 {
			return fmt.Errorf("postgres: %s: %w", w.where, w.options.StatementTimedOut())
		}
		words := server.Message + "; the server's own statement_timeout is shorter than the statement takes: raise it with source.extra_params.statement_timeout, or for the user"
		return fmt.Errorf("postgres: %s: %w", w.where, &warehouse.Failure{Kind: warehouse.ErrTimeout, Words: words, Cause: err})
	}
	return fmt.Errorf("postgres: %s: %w", w.where, explain(err))
}

// explain puts an error of the driver in words, with the sentinel that it stands for.
func explain(err error) error {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return explainServer(server, err)
	}
	var network *net.OpError
	var connecting *pgconn.ConnectError
	switch {
	case errors.As(err, &network) && network.Op == "dial":
		return &warehouse.Failure{Kind: warehouse.ErrUnreachable, Words: fmt.Sprintf("%s; check host and port, and that the server runs", network.Err), Cause: err}
	case aboutTLS(err) != "":
		return &warehouse.Failure{Kind: warehouse.ErrUnreachable, Words: aboutTLS(err), Cause: err}
	case errors.As(err, &connecting):
		return &warehouse.Failure{Kind: warehouse.ErrUnreachable, Words: errors.Unwrap(connecting).Error(), Cause: err}
	case lost(err) && !errors.Is(err, context.DeadlineExceeded):
		return &warehouse.Failure{Kind: warehouse.ErrUnreachable, Words: fmt.Sprintf("the connection was lost (%s); check the network, and that the server still runs", err), Cause: err}
	}
	return err
}

// explainServer puts what the server says in words; err is the error that holds it.
func explainServer(server *pgconn.PgError, err error) error {
	switch server.Code {
	case "28P01", "28000":
		return &warehouse.Failure{Kind: warehouse.ErrLogin, Words: server.Message + "; check username and password", Cause: err}
	case "3D000":
		words := fmt.Sprintf("the server was reached, and it has no such database (%s); check the name, or create the database", server.Message)
		return &warehouse.Failure{Kind: warehouse.ErrNoDatabase, Words: words, Cause: err, Whole: true}
	case "42501":
		return &warehouse.Failure{Kind: warehouse.ErrPermission, Words: server.Message + "; grant SELECT on the table and USAGE on its schema", Cause: err}
	case "42704", "22023":
		if words := aboutParameter(server); words != "" {
			return &warehouse.Failure{Words: words, Cause: err}
		}
	case "42P01", "3F000":
		return &warehouse.Failure{Kind: warehouse.ErrNoTable, Words: server.Message, Cause: err}
	case "25006":
		return &warehouse.Failure{Kind: warehouse.ErrReadOnly, Words: server.Message, Cause: err}
	case "53100":
		return &warehouse.Failure{Kind: warehouse.ErrNoSpace, Words: server.Message, Cause: err}
	case "53300":
		return &warehouse.Failure{Kind: warehouse.ErrUnreachable, Words: server.Message + "; lower execution.max_workers, or raise the server's max_connections", Cause: err}
	case "57P01", "57P02", "57P03":
		return &warehouse.Failure{Kind: warehouse.ErrUnreachable, Words: server.Message, Cause: err}
	}
	return &warehouse.Failure{Words: fmt.Sprintf("%s (SQLSTATE %s)", server.Message, server.Code), Cause: err}
}
