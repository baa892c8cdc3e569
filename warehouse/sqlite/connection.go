package sqlite

import (
	"context"
	"fmt"
	"time"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

// busyPoll is how long SQLite itself waits for a lock. No end of a context breaks that wait, so it is short,
// and begun again until busyTimeout.
const busyPoll = 50 * time.Millisecond

// connection is a read-only connection through SQLite's C interface, which package lib is, translated
// to Go. A value read through it costs no allocation; database/sql boxes each one, and parses dates.
// One goroutine at a time may use it. What the functions do: https://www.sqlite.org/c3ref/funclist.html.
type connection struct {
	tls     *libc.TLS // what C keeps for each thread
	db      uintptr
	options warehouse.Options
}

// failure is an error of SQLite.
type failure struct {
	code    int // the extended result code
	message string
}

func (f *failure) Error() string { return fmt.Sprintf("%s (%d)", f.message, f.code) }

// Code is SQLite's result code. The driver's errors have this method, too.
func (f *failure) Code() int { return f.code }

// connect opens the file that a URI names.
func connect(uri string, options warehouse.Options) (*connection, error) {
	c := &connection{tls: libc.NewTLS(), options: options}
	db, code, err := c.create(uri, func(name, db uintptr) int32 {
		return lib.Xsqlite3_open_v2(c.tls, name, db, lib.SQLITE_OPEN_READONLY|lib.SQLITE_OPEN_URI|lib.SQLITE_OPEN_NOMUTEX, 0)
	})
	c.db = db
	if err == nil && code != lib.SQLITE_OK {
		err = c.failure(code)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	lib.Xsqlite3_busy_timeout(c.tls, c.db, int32(busyPoll/time.Millisecond))
	for name, function := range functions {
		if err := c.define(name, function); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

// close frees the connection, also one that could not be opened.
func (c *connection) close() {
	lib.Xsqlite3_close_v2(c.tls, c.db)
	c.tls.Close()
}

// create calls a function of C that makes an object of a text: it takes the address of the text and
// the address at which to put the object's.
func (c *connection) create(text string, call func(text, object uintptr) int32) (object uintptr, code int32, err error) {
	pointer, err := libc.CString(text)
	if err != nil {
		return 0, 0, err
	}
	defer libc.Xfree(c.tls, pointer)
	const size = 8 // of an address, at most
	target := c.tls.Alloc(size)
	defer c.tls.Free(size)
	clear(libc.GoBytes(target, size))
	code = call(pointer, target)
	return libc.AtomicLoadPUintptr(target), code, nil
}

// failure returns what SQLite says of the last call, which returned code.
func (c *connection) failure(code int32) error {
	if c.db == 0 { // not even the connection's own structure could be made
		return &failure{code: int(code), message: libc.GoString(lib.Xsqlite3_errstr(c.tls, code))}
	}
	return &failure{code: int(code), message: libc.GoString(lib.Xsqlite3_errmsg(c.tls, c.db))}
}

// query runs a statement and calls visit, which may be nil for a statement without rows, at each row. It
// waits for a lock as long as busyTimeout says. It stops when the context ends, also in the middle of a step
// and of a wait, and returns the context's error then.
func (c *connection) query(ctx context.Context, sql string, parameters []any, visit func(statement uintptr) error) error {
	return c.options.LimitStatement(ctx, func(ctx context.Context) error { return c.run(ctx, sql, parameters, visit) })
}

func (c *connection) run(ctx context.Context, sql string, parameters []any, visit func(statement uintptr) error) error {
	giveUp := time.Now().Add(busyTimeout)
	busy := func(code int32) bool {
		return code&0xff == lib.SQLITE_BUSY && ctx.Err() == nil && time.Now().Before(giveUp)
	}
	statement, code, err := c.prepare(sql)
	for err == nil && busy(code) {
		statement, code, err = c.prepare(sql)
	}
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		lib.Xsqlite3_finalize(c.tls, statement)
		return ctx.Err()
	case code != lib.SQLITE_OK:
		return c.failure(code)
	}
	defer lib.Xsqlite3_finalize(c.tls, statement)
	if err := c.bind(statement, parameters); err != nil {
		return err
	}
	defer c.interruptAtEnd(ctx)()
	for visited := false; ctx.Err() == nil; {
		code := lib.Xsqlite3_step(c.tls, statement)
		switch {
		case code == lib.SQLITE_ROW:
			visited = true
			if err := visit(statement); err != nil {
				return err
			}
		case code == lib.SQLITE_DONE:
			return nil
		case busy(code) && !visited:
			lib.Xsqlite3_reset(c.tls, statement)
		case ctx.Err() == nil:
			return c.failure(code)
		}
	}
	return ctx.Err()
}

func (c *connection) prepare(sql string) (statement uintptr, code int32, err error) {
	return c.create(sql, func(text, statement uintptr) int32 {
		return lib.Xsqlite3_prepare_v2(c.tls, c.db, text, -1, statement, 0)
	})
}

// snapshot runs work, whose statements all see the file as it is at the first of them. A writer in another
// process goes on where the file is in WAL mode; else its commit waits for work to end.
func (c *connection) snapshot(ctx context.Context, work func() error) error {
	if err := c.query(ctx, "BEGIN", nil, nil); err != nil {
		return err
	}
	err := work()
	// Also after an error and after the end of the context, so that the connection can be used again.
	if ending := c.query(context.WithoutCancel(ctx), "ROLLBACK", nil, nil); err == nil {
		err = ending
	}
	return err
}

// interruptAtEnd interrupts what the connection runs once the context ends, until the returned
// function is called. It does so again and again: an interrupt between two steps may have no effect.
func (c *connection) interruptAtEnd(ctx context.Context) (release func()) {
	released, finished := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(finished)
		tls := libc.NewTLS()
		defer tls.Close()
		for {
			lib.Xsqlite3_interrupt(tls, c.db)
			select {
			case <-released:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
	return func() {
		close(released)
		if !stop() { // it runs: the connection must not be closed under it
			<-finished
		}
	}
}
