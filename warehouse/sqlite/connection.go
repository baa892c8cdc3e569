package sqlite

import (
	"context"
	"fmt"
	"time"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// connection is a read-only connection through SQLite's C interface, which package lib is, translated
// to Go. A value read through it costs no allocation; database/sql boxes each one, and parses dates.
// One goroutine at a time may use it. What the functions do: https://www.sqlite.org/c3ref/funclist.html.
type connection struct {
	tls *libc.TLS // what C keeps for each thread
	db  uintptr
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
func connect(uri string) (*connection, error) {
	c := &connection{tls: libc.NewTLS()}
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
	lib.Xsqlite3_busy_timeout(c.tls, c.db, int32(busyTimeout/time.Millisecond))
	if err := c.defineHash(); err != nil {
		c.close()
		return nil, err
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

// query runs a statement and calls visit with it at each row. It stops when the context ends, also in
// the middle of a step, and returns the context's error then.
func (c *connection) query(ctx context.Context, sql string, parameters []any, visit func(statement uintptr) error) error {
	statement, code, err := c.create(sql, func(text, statement uintptr) int32 {
		return lib.Xsqlite3_prepare_v2(c.tls, c.db, text, -1, statement, 0)
	})
	if err != nil {
		return err
	}
	if code != lib.SQLITE_OK {
		return c.failure(code)
	}
	defer lib.Xsqlite3_finalize(c.tls, statement)
	if err := c.bind(statement, parameters); err != nil {
		return err
	}
	defer c.interruptAtEnd(ctx)()
	for ctx.Err() == nil {
		switch code := lib.Xsqlite3_step(c.tls, statement); code {
		case lib.SQLITE_ROW:
			if err := visit(statement); err != nil {
				return err
			}
		case lib.SQLITE_DONE:
			return nil
		default:
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return c.failure(code)
		}
	}
	return ctx.Err()
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
