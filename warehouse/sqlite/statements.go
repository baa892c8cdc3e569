package sqlite

import (
	"context"
	"database/sql/driver"

	driversqlite "modernc.org/sqlite"
)

// keptStatements is how many statements a connection keeps prepared: more than the history has.
const keptStatements = 64

// connector opens connections that keep their statements prepared. A run of a thousand tables sends the
// history the same few statements for each, and parsing them takes longer than running them.
type connector struct{ driver.Connector }

func newConnector(uri string) (driver.Connector, error) {
	base, err := driversqlite.NewConnector(uri)
	if err != nil {
		return nil, err
	}
	return connector{base}, nil
}

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &preparing{driverConn: conn.(driverConn), idle: map[string]driver.Stmt{}}, nil
}

// driverConn is what the driver's connections implement, and database/sql looks for.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// preparing is a connection that keeps its statements prepared.
type preparing struct {
	driverConn
	idle map[string]driver.Stmt // those that nobody runs at the moment, by their text
}

// ExecContext implements driver.ExecerContext.
func (p *preparing) ExecContext(ctx context.Context, text string, arguments []driver.NamedValue) (driver.Result, error) {
	statement, err := p.take(ctx, text)
	if err != nil {
		return nil, err
	}
	result, err := statement.(driver.StmtExecContext).ExecContext(ctx, arguments)
	p.give(text, statement, err)
	return result, err
}

// QueryContext implements driver.QueryerContext. The statement is free again when its rows are closed.
func (p *preparing) QueryContext(ctx context.Context, text string, arguments []driver.NamedValue) (driver.Rows, error) {
	statement, err := p.take(ctx, text)
	if err != nil {
		return nil, err
	}
	rows, err := statement.(driver.StmtQueryContext).QueryContext(ctx, arguments)
	if err != nil {
		p.give(text, statement, err)
		return nil, err
	}
	return &preparedRows{Rows: rows, give: func(err error) { p.give(text, statement, err) }}, nil
}

// Close implements driver.Conn.
func (p *preparing) Close() error {
	for _, statement := range p.idle {
		statement.Close()
	}
	p.idle = nil
	return p.driverConn.Close()
}

func (p *preparing) take(ctx context.Context, text string) (driver.Stmt, error) {
	if statement, ok := p.idle[text]; ok {
		delete(p.idle, text)
		return statement, nil
	}
	return p.PrepareContext(ctx, text)
}

// give keeps a statement for the next time, but one that failed: what is left of it is unknown.
func (p *preparing) give(text string, statement driver.Stmt, err error) {
	if _, kept := p.idle[text]; kept || err != nil || len(p.idle) >= keptStatements {
		statement.Close()
		return
	}
	p.idle[text] = statement
}

// preparedRows are the rows of a kept statement.
type preparedRows struct {
	driver.Rows
	give func(error)
}

// Close implements driver.Rows.
func (r *preparedRows) Close() error {
	err := r.Rows.Close()
	if r.give != nil {
		r.give(err)
		r.give = nil
	}
	return err
}
