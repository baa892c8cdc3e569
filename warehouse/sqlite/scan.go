package sqlite

import (
	"context"
	"encoding/hex"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Scan implements warehouse.Warehouse.
func (w *Warehouse) Scan(ctx context.Context, s warehouse.Scan, visit func(*metrics.Batch) error) (warehouse.Coverage, error) {
	c, err := w.acquire()
	if err != nil {
		return warehouse.Coverage{}, w.explain(err)
	}
	defer w.release(c)
	var coverage warehouse.Coverage
	read := func() (err error) {
		coverage, err = warehouse.Read(ctx, cursor{c}, s, visit)
		return err
	}
	if s.Lookups() {
		err = c.snapshot(ctx, read)
	} else {
		err = read()
	}
	if err != nil && ctx.Err() == nil {
		return coverage, w.explain(err)
	}
	return coverage, err
}

// appendRow appends the values of the statement's row, a vector a column, each as the type that SQLite
// stored it with, and returns about how many bytes they take.
func (c *connection) appendRow(statement uintptr, vectors []metrics.Vector) (size int) {
	for i := range vectors {
		v, column := &vectors[i], int32(i)
		switch lib.Xsqlite3_column_type(c.tls, statement, column) {
		case lib.SQLITE_NULL:
			v.Nulls++
		case lib.SQLITE_INTEGER:
			v.Ints = append(v.Ints, lib.Xsqlite3_column_int64(c.tls, statement, column))
		case lib.SQLITE_FLOAT:
			v.Floats = append(v.Floats, lib.Xsqlite3_column_double(c.tls, statement, column))
		case lib.SQLITE_TEXT:
			text := lib.Xsqlite3_column_text(c.tls, statement, column) // before column_bytes: it may convert from UTF-16
			n := int(lib.Xsqlite3_column_bytes(c.tls, statement, column))
			v.Texts.Append(libc.GoBytes(text, n))
			size += n
		case lib.SQLITE_BLOB:
			blob := lib.Xsqlite3_column_blob(c.tls, statement, column)
			n := int(lib.Xsqlite3_column_bytes(c.tls, statement, column))
			v.Blobs.Append(libc.GoBytes(blob, n))
			size += n
		}
		size += 8
	}
	return size
}

// blob is a binary value, which is not equal to the text of the same bytes.
type blob string

// String writes the bytes as hexadecimal digits, as output shows them.
func (b blob) String() string { return hex.EncodeToString([]byte(b)) }

// value returns a value of the statement's row.
func (c *connection) value(statement uintptr, column int32) any {
	switch lib.Xsqlite3_column_type(c.tls, statement, column) {
	case lib.SQLITE_INTEGER:
		return lib.Xsqlite3_column_int64(c.tls, statement, column)
	case lib.SQLITE_FLOAT:
		return lib.Xsqlite3_column_double(c.tls, statement, column)
	case lib.SQLITE_TEXT:
		text := lib.Xsqlite3_column_text(c.tls, statement, column)
		return string(libc.GoBytes(text, int(lib.Xsqlite3_column_bytes(c.tls, statement, column))))
	case lib.SQLITE_BLOB:
		bytes := lib.Xsqlite3_column_blob(c.tls, statement, column)
		return blob(libc.GoBytes(bytes, int(lib.Xsqlite3_column_bytes(c.tls, statement, column))))
	}
	return nil
}
