package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// cursor reads a table over one connection.
type cursor struct{ *connection }

var _ warehouse.Cursor = cursor{}

// Table implements warehouse.Cursor.
func (cursor) Table(t warehouse.TableRef) string { return warehouse.QuoteANSI(t.Name) }

// Quote implements warehouse.Cursor. SQLite takes a name in double quotes for a text where no column has
// it (quirks.html, section 8), but never one in grave accents.
func (cursor) Quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// Placeholder implements warehouse.Cursor.
func (cursor) Placeholder(n int) string { return fmt.Sprintf("?%d", n) }

// argumentsPerCall is fewer than SQLite allows a function, whichever way it was built.
const argumentsPerCall = 100

// Hash implements warehouse.Cursor.
func (c cursor) Hash(seed uint32, expressions []string) string {
	if len(expressions) > argumentsPerCall {
		first := c.Hash(seed, expressions[:argumentsPerCall])
		return c.Hash(seed, append([]string{first}, expressions[argumentsPerCall:]...))
	}
	return fmt.Sprintf("%s(%d, %s)", hashFunction, seed, strings.Join(expressions, ", "))
}

// rowIDs are the names of a row's number; a column may have taken one.
var rowIDs = []string{"rowid", "_rowid_", "oid"}

// Identity implements warehouse.Cursor: tables number their rows, but for those made WITHOUT ROWID; views
// and virtual tables do not.
func (c cursor) Identity(ctx context.Context, t warehouse.TableRef) (warehouse.Identity, error) {
	names, err := c.Values(ctx, `
		SELECT lower(c.name) FROM pragma_table_list(?1) AS t JOIN pragma_table_xinfo(t.name) AS c
		WHERE t.type = 'table' AND t.wr = 0 AND t.schema = 'main'`, []any{t.Name})
	if err != nil || len(names) == 0 {
		return warehouse.Identity{}, err
	}
	for _, id := range rowIDs {
		if !slices.Contains(names, any(id)) {
			return warehouse.Identity{Expressions: []string{id}}, nil
		}
	}
	return warehouse.Identity{}, nil
}

// Values implements warehouse.Cursor. A value is of the type that SQLite stored it with.
func (c cursor) Values(ctx context.Context, statement string, parameters []any) (values []any, err error) {
	err = c.query(ctx, statement, parameters, func(statement uintptr) error {
		values = append(values, c.value(statement, 0))
		return nil
	})
	return values, err
}

// Stream implements warehouse.Cursor.
func (c cursor) Stream(ctx context.Context, statement string, parameters []any, s warehouse.Scan, visit func(*metrics.Batch) error) (rows int64, err error) {
	batcher := warehouse.NewBatcher(s, visit)
	err = c.query(ctx, statement, parameters, func(statement uintptr) error {
		rows++
		return batcher.EndRow(c.appendRow(statement, batcher.Vectors()))
	})
	if err == nil {
		err = batcher.Flush()
	}
	return rows, err
}

// bind gives the statement its parameters.
func (c *connection) bind(statement uintptr, parameters []any) error {
	for i, p := range parameters {
		var code int32
		n := int32(i + 1)
		switch p := bindable(p).(type) {
		case int64:
			code = lib.Xsqlite3_bind_int64(c.tls, statement, n, p)
		case float64:
			code = lib.Xsqlite3_bind_double(c.tls, statement, n, p)
		case blob:
			code = c.bindBytes(statement, n, string(p), lib.Xsqlite3_bind_blob)
		default:
			code = c.bindBytes(statement, n, fmt.Sprint(p), lib.Xsqlite3_bind_text)
		}
		if code != lib.SQLITE_OK {
			return c.failure(code)
		}
	}
	return nil
}

// bindBytes binds a copy of a text or a binary by one of the functions for them.
func (c *connection) bindBytes(statement uintptr, n int32, bytes string,
	call func(tls *libc.TLS, statement uintptr, n int32, bytes uintptr, size int32, destructor uintptr) int32,
) int32 {
	pointer, err := libc.CString(bytes)
	if err != nil {
		return lib.SQLITE_NOMEM
	}
	defer libc.Xfree(c.tls, pointer)
	transient := ^uintptr(0) // SQLITE_TRANSIENT: SQLite makes a copy
	return call(c.tls, statement, n, pointer, int32(len(bytes)), transient)
}

// bindable turns a parameter into a type of SQLite: a truth value is 0 or 1 there.
func bindable(p any) any {
	switch p := p.(type) {
	case bool:
		if p {
			return int64(1)
		}
		return int64(0)
	case json.Number:
		if i, err := p.Int64(); err == nil {
			return i
		}
		if f, err := p.Float64(); err == nil {
			return f
		}
	}
	return p
}
