package mysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"time"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

// session is a connection that one table is read over.
type session struct {
	*Warehouse
	conn *sql.Conn
}

// inSession runs work on a connection that nobody else uses meanwhile.
func (w *Warehouse) inSession(ctx context.Context, work func(*session) error) error {
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return w.ended(ctx, err)
	}
	defer conn.Close()
	return w.ended(ctx, work(&session{w, conn}))
}

func (w *Warehouse) ended(ctx context.Context, err error) error {
	return warehouse.Ended(ctx, err, w.explain)
}

// inSnapshot makes all statements of work see the database as it is at its beginning, whatever is written
// meanwhile to tables whose engine has transactions.
func (s *session) inSnapshot(ctx context.Context, work func() error) error {
	if _, err := s.conn.ExecContext(ctx, "START TRANSACTION WITH CONSISTENT SNAPSHOT"); err != nil {
		return err
	}
	if err := work(); err != nil {
		s.drop()
		return err
	}
	_, err := s.conn.ExecContext(ctx, "ROLLBACK")
	return err
}

// grace is how much later than the server we give up on a statement that takes longer than it may: the
// server's end of it leaves the connection good.
const grace = time.Second

// query sends a statement with its parameters as a prepared one, whose rows come in binary, and hands them to read.
// Where read fails or the context ends, the statement is ended on the server.
func (s *session) query(ctx context.Context, statement string, parameters []any, read func(driver.Rows) error) error {
	if limit := s.options.StatementTimeout; limit > 0 {
		return warehouse.Within(ctx, limit+grace, s.options.StatementTimedOut(), func(ctx context.Context) error {
			return s.send(ctx, statement, parameters, read)
		})
	}
	return s.send(ctx, statement, parameters, read)
}

func (s *session) send(ctx context.Context, statement string, parameters []any, read func(driver.Rows) error) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	broken := s.conn.Raw(func(raw any) error {
		conn := raw.(driver.Conn)
		var whole bool
		whole, err = stream(ctx, conn, statement, parameters, read)
		if whole {
			return nil
		}
		if ctx.Err() != nil || !lost(err) {
			// The driver closes a connection whose context has ended; the server goes on until it notices, which
			// it may not before it has rows to send.
			_ = s.connector.kill(conn)
		}
		s.connector.forget(conn)
		cancel()
		return driver.ErrBadConn
	})
	if err == nil && broken != nil && !errors.Is(broken, driver.ErrBadConn) {
		err = broken
	}
	return err
}

// stream runs a statement. Whole says that the connection is as good as before: all rows were read, or the server
// refused.
func stream(ctx context.Context, conn driver.Conn, statement string, parameters []any, read func(driver.Rows) error) (whole bool, err error) {
	prepared, err := conn.(driver.ConnPrepareContext).PrepareContext(ctx, statement)
	if err != nil {
		return refused(err), err
	}
	arguments := make([]driver.NamedValue, len(parameters))
	for i, p := range parameters {
		arguments[i] = driver.NamedValue{Ordinal: i + 1, Value: bound(p)}
	}
	rows, err := prepared.(driver.StmtQueryContext).QueryContext(ctx, arguments)
	if err != nil {
		if refused(err) {
			return prepared.Close() == nil, err
		}
		return false, err
	}
	if err := read(rows); err != nil {
		return refused(err) && errors.Join(rows.Close(), prepared.Close()) == nil, err
	}
	return true, errors.Join(rows.Close(), prepared.Close())
}

// drop gives up the connection, with whatever transaction is open in it.
func (s *session) drop() {
	_ = s.conn.Raw(func(raw any) error {
		s.connector.forget(raw.(driver.Conn))
		return driver.ErrBadConn
	})
}

// eachRow calls visit with every row; the values are good until it returns.
func eachRow(rows driver.Rows, visit func([]driver.Value) error) error {
	values := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(values); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := visit(values); err != nil {
			return err
		}
	}
}
