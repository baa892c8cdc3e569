package sqlite

import (
	"context"
	"fmt"
	"strings"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Scan implements warehouse.Warehouse.
func (w *Warehouse) Scan(ctx context.Context, table warehouse.TableRef, columns []metrics.Column, visit func(*metrics.Batch) error) error {
	c, err := w.acquire()
	if err != nil {
		return w.explain(err)
	}
	defer w.release(c)
	batcher := warehouse.NewBatcher(len(columns), visit)
	err = c.query(ctx, selectAll(table, columns), func(statement uintptr) error {
		return batcher.EndRow(c.appendRow(statement, batcher, len(columns)))
	})
	if err == nil {
		err = batcher.Flush()
	}
	if err != nil && ctx.Err() == nil {
		return w.explain(err)
	}
	return err
}

// selectAll returns the statement that reads the columns of every row.
func selectAll(table warehouse.TableRef, columns []metrics.Column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = warehouse.QuoteANSI(c.Name)
	}
	return fmt.Sprintf("SELECT %s FROM %s", strings.Join(list, ", "), warehouse.QuoteANSI(table.Name))
}

// appendRow appends the values of the statement's row to the batch, each as the type that SQLite
// stored it with, and returns about how many bytes they take.
func (c *connection) appendRow(statement uintptr, batcher *warehouse.Batcher, columns int) (size int) {
	for i := range columns {
		v, column := batcher.Vector(i), int32(i)
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
