package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/baselinr/baselinr-pipes/config"
)

const (
	connectTimeout = 10 * time.Second // for all of a connection's setup
	killTimeout    = 3 * time.Second  // for ending a statement from another connection
)

// connector makes connections whose sessions are set up, and remembers by which ID the server knows them.
type connector struct {
	driver.Connector
	session string   // the statement that sets a session up
	ids     sync.Map // driver.Conn → uint64
}

// newConnector returns a connector of sessions with the settings; parseTime says that times come as time.Time and not as text.
func newConnector(c config.Connection, session []string, parseTime bool) (*connector, error) {
	settings, err := driverConfig(c)
	if err != nil {
		return nil, err
	}
	settings.InterpolateParams = true // which spares a round trip
	settings.ParseTime = parseTime
	inner, err := mysql.NewConnector(settings)
	if err != nil {
		return nil, misset("%w", err)
	}
	return &connector{Connector: inner, session: "SET " + strings.Join(append(session, sessionVariables(c)...), ", ")}, nil
}

// readingSession are the settings of a session that reads. What MySQL and MariaDB name differently stands in
// comments that only one of them executes (https://mariadb.com/kb/en/comment-syntax/). Times are read in UTC;
// estimates of rows are those of the engine, not a day old ones.
func readingSession(limit time.Duration) []string {
	settings := []string{
		"NAMES utf8mb4", "time_zone = '+00:00'",
		"/*!80000 information_schema_stats_expiry = 0, */ /*!50720 transaction_read_only = 1, transaction_isolation = 'REPEATABLE-READ', */" +
			" /*M! tx_read_only = 1, tx_isolation = 'REPEATABLE-READ', */ sql_safe_updates = 0",
	}
	if limit > 0 {
		settings = append(settings, fmt.Sprintf("/*!50708 max_execution_time = %d, */ /*M! max_statement_time = %.3f, */ sql_select_limit = DEFAULT",
			max(limit.Milliseconds(), 1), max(limit.Seconds(), 0.001)))
	}
	return settings
}

// Connect implements driver.Connector.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	limited, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := c.Connector.Connect(limited)
	if err == nil {
		err = c.setUp(limited, conn)
		if err != nil {
			conn.Close()
		}
	}
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, new(*mysql.MySQLError)):
		return nil, err
	case limited.Err() != nil:
		err = fmt.Errorf("no answer within %v", connectTimeout)
	}
	return nil, &connectFailure{err}
}

func (c *connector) setUp(ctx context.Context, conn driver.Conn) error {
	if _, err := conn.(driver.ExecerContext).ExecContext(ctx, c.session, nil); err != nil {
		return err
	}
	rows, err := conn.(driver.QueryerContext).QueryContext(ctx, "SELECT connection_id()", nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	value := make([]driver.Value, 1)
	if err := rows.Next(value); err != nil {
		return err
	}
	c.ids.Store(conn, value[0])
	return nil
}

// kill ends the statement that runs in a connection, if any still does, on the server. That needs a connection of its own.
func (c *connector) kill(conn driver.Conn) error {
	id, ok := c.ids.Load(conn)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), killTimeout)
	defer cancel()
	other, err := c.Connector.Connect(ctx)
	if err != nil {
		return err
	}
	defer other.Close()
	_, err = other.(driver.ExecerContext).ExecContext(ctx, fmt.Sprintf("KILL QUERY %v", id), nil)
	return err
}

// forget drops what is known of a connection that has ended.
func (c *connector) forget(conn driver.Conn) { c.ids.Delete(conn) }

// connectFailure is why no connection was made, where the server did not say.
type connectFailure struct{ cause error }

func (f *connectFailure) Error() string { return f.cause.Error() }
func (f *connectFailure) Unwrap() error { return f.cause }

// dial keeps connections alive so that a server that has gone without a word is noticed within half a minute.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 4}}
	return d.DialContext(ctx, network, address)
}
