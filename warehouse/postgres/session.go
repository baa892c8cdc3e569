package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

// session is a connection that one table is read over.
type session struct {
	conn    *pgconn.PgConn
	options warehouse.Options
	pending []string // go to the server together with the next statement
	began   bool     // a transaction is open, or pending
}

// inSession runs work on a connection that nobody else uses meanwhile.
func (w *Warehouse) inSession(ctx context.Context, work func(*session) error) error {
	pooled, err := w.pool.Acquire(ctx)
	if err != nil {
		return w.ended(ctx, err)
	}
	defer pooled.Release()
	s := &session{conn: pooled.Conn().PgConn(), options: w.options}
	err = work(s)
	if err == nil && s.began && len(s.pending) == 0 { // after a failure, the pool drops a connection in a transaction
		_, err = s.conn.Exec(ctx, "ROLLBACK").ReadAll()
	}
	return w.ended(ctx, err)
}

func (w *Warehouse) ended(ctx context.Context, err error) error {
	return warehouse.Ended(ctx, err, w.explain)
}

// snapshot makes all statements that follow see the database as it is at the first of them, whatever is
// written meanwhile. It costs no round trip before them, and one after. A single statement sees one state
// anyway, and wants no snapshot.
func (s *session) snapshot() {
	s.pending, s.began = []string{"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}, true
}

// grace is how much later than the server we give up on a statement that takes longer than it may: the
// server's end of it leaves the connection good.
const grace = time.Second

// query sends a statement, with its arguments as text and the formats in which its columns are to come,
// and hands the result to read. Where read fails, the statement is cancelled on the server.
func (s *session) query(ctx context.Context, statement string, arguments [][]byte, formats []int16, read func(*pgconn.ResultReader) error) error {
	if limit := s.options.StatementTimeout; limit > 0 {
		return warehouse.Within(ctx, limit+grace, s.options.StatementTimedOut(), func(ctx context.Context) error {
			return s.send(ctx, statement, arguments, formats, read)
		})
	}
	return s.send(ctx, statement, arguments, formats, read)
}

func (s *session) send(ctx context.Context, statement string, arguments [][]byte, formats []int16, read func(*pgconn.ResultReader) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if len(s.pending) == 0 {
		return finish(s.conn.ExecParams(ctx, statement, arguments, nil, nil, formats), read, cancel)
	}
	pipeline := s.conn.StartPipeline(ctx)
	for _, before := range s.pending {
		pipeline.SendQueryParams(before, nil, nil, nil, nil)
	}
	pipeline.SendQueryParams(statement, arguments, nil, nil, formats)
	results := len(s.pending) + 1 // what was pending first, then the statement
	s.pending = nil
	err := pipeline.Sync()
	var result any
	for i := 0; i < results && err == nil; i++ {
		result, err = pipeline.GetResults()
	}
	if reader, ok := result.(*pgconn.ResultReader); ok && err == nil {
		err = finish(reader, read, cancel)
	}
	if closing := pipeline.Close(); err == nil {
		err = closing
	}
	return err
}

// finish reads a result to its end, or cancels what is left of it.
func finish(result *pgconn.ResultReader, read func(*pgconn.ResultReader) error, cancel func()) error {
	if err := read(result); err != nil {
		cancel()
		_, _ = result.Close()
		return err
	}
	_, err := result.Close()
	return err
}
