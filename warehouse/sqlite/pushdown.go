package sqlite

import (
	"context"
	"fmt"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/pushdown"
)

var _ pushdown.Source = (*Warehouse)(nil)

// Pushdown implements pushdown.Source.
func (w *Warehouse) Pushdown(ctx context.Context, _ warehouse.Scan, work func(pushdown.Connection) error) error {
	c, err := w.acquire()
	if err != nil {
		return w.explain(err)
	}
	defer w.release(c)
	err = c.snapshot(ctx, func() error {
		encoding, err := cursor{c}.Values(ctx, "PRAGMA encoding", nil)
		if err != nil {
			return err
		}
		return work(computing{cursor{c}, len(encoding) > 0 && encoding[0] != "UTF-8"})
	})
	if err != nil && ctx.Err() == nil {
		return w.explain(err)
	}
	return err
}

// computing is a connection over which SQLite computes.
type computing struct {
	cursor
	utf16 bool // the file's texts are of that encoding
}

var _ pushdown.Connection = computing{}

// Dialect implements pushdown.Connection.
func (c computing) Dialect() pushdown.Dialect { return aggregating{c.utf16} }

// Rows implements pushdown.Connection.
func (c computing) Rows(ctx context.Context, statement string, parameters []any, visit func([]any) error) error {
	return c.query(ctx, statement, parameters, func(statement uintptr) error {
		row := make([]any, lib.Xsqlite3_column_count(c.tls, statement))
		for i := range row {
			switch x := c.value(statement, int32(i)).(type) {
			case blob:
				row[i] = string(x)
			default:
				row[i] = x
			}
		}
		return visit(row)
	})
}

// aggregating is SQLite's dialect of pushdown. A column may hold numbers, texts and binaries.
type aggregating struct{ utf16 bool }

// Limits implements pushdown.Dialect: those of SQLite's own defaults (limits.html).
func (aggregating) Limits() pushdown.Limits {
	return pushdown.Limits{Expressions: 1900, Branches: 400, Bytes: 900_000}
}

// Double implements pushdown.Dialect.
func (aggregating) Double(x float64) string {
	return "(" + strconv.FormatFloat(x, 'e', -1, 64) + ")"
}

// The infinities, as literals.
const (
	infinity         = "9e999"
	negativeInfinity = "-9e999"
)

func itself(value string) string { return value }

// Terms implements pushdown.Dialect.
func (d aggregating) Terms(c metrics.Column, name string) []pushdown.Terms {
	text := func(k metrics.Kind) bool {
		return k == metrics.KindText || k == metrics.KindJSON || k == metrics.KindUUID || k.Temporal()
	}
	declared := c.Kind
	terms := numbers(name, declared)
	terms = append(terms, texts(name, declared, d.utf16)...)
	blobs := one(name, metrics.KindBytes, "'blob'")
	blobs.Text = func(v string) string { return "lower(hex(" + v + "))" }
	blobs.Length = "length(" + blobs.Value + ")"
	terms = append(terms, blobs)
	for i := range terms {
		switch terms[i].Kind {
		case metrics.KindBytes:
			terms[i].Declared = declared == metrics.KindBytes
		case metrics.KindInteger, metrics.KindFloat, metrics.KindBoolean:
			terms[i].Declared = declared != metrics.KindBytes && !text(declared)
		default:
			terms[i].Declared = text(declared)
		}
	}
	return terms
}

// one are the terms of the values of a column that are stored as certain types.
func one(name string, k metrics.Kind, types string) pushdown.Terms {
	// A CASE has no collation of the column's, so that texts compare by their bytes.
	value := fmt.Sprintf("CASE WHEN typeof(%[1]s) IN (%[2]s) THEN %[1]s END", name, types)
	return pushdown.Terms{Kind: k, Present: value, Value: value, Text: itself}
}

// numbers are the terms of whole and floating-point numbers, of which one with a fraction, or stored as REAL, makes a column of kind float.
func numbers(name string, declared metrics.Kind) (terms []pushdown.Terms) {
	t := one(name, metrics.KindFloat, "'integer', 'real'")
	t.Finite = func(v string) string {
		return fmt.Sprintf("CASE WHEN %[1]s > %[2]s AND %[1]s < %[3]s THEN CAST(%[1]s AS REAL) END", v, negativeInfinity, infinity)
	}
	t.Below = func(v string) string { return "(" + v + ") = " + negativeInfinity }
	t.Above = func(v string) string { return "(" + v + ") = " + infinity }
	t.Mean = fmt.Sprintf("avg(CASE WHEN (%[1]s) > %[2]s AND (%[1]s) < %[3]s THEN %[1]s END)", t.Value, negativeInfinity, infinity)
	whole := t
	whole.Kind = metrics.KindInteger
	whole.Unless = fmt.Sprintf("typeof(%s) = 'real'", name)
	if declared == metrics.KindBoolean {
		truth := whole
		truth.Kind = metrics.KindBoolean
		truth.Unless += fmt.Sprintf(" OR typeof(%[1]s) = 'integer' AND %[1]s NOT IN (0, 1)", name)
		terms = append(terms, truth)
	}
	return append(terms, whole, t)
}

// texts are the terms of texts, which are points in time where all of them read as such, and the column is declared so.
func texts(name string, declared metrics.Kind, utf16 bool) (terms []pushdown.Terms) {
	t := one(name, metrics.KindText, "'text'")
	t.Length = lengthFunction + "(" + t.Value + ")"
	if utf16 {
		t.Value = bytesFunction + "(" + t.Value + ")" // which order otherwise than those of UTF-8
	}
	switch {
	case declared == metrics.KindJSON || declared == metrics.KindUUID:
		t.Kind = declared
	case declared.Temporal():
		time := t
		time.Kind, time.ByNumber, time.Length = declared, true, ""
		time.Finite = func(v string) string { return fmt.Sprintf("%s('%s', %s)", secondsFunction, declared, v) }
		time.Unless = fmt.Sprintf("%s IS NOT NULL AND %s IS NULL", t.Value, time.Finite(t.Value))
		terms = append(terms, time)
	}
	return append(terms, t)
}

// The SQL functions that SQLite has not: a text's seconds as the accumulators read it, its characters, which length
// counts up to a zero alone, and its bytes in UTF-8, as a binary.
const (
	secondsFunction = "baselinr_seconds"
	lengthFunction  = "baselinr_length"
	bytesFunction   = "baselinr_bytes"
)

// functions are the SQL functions of ours.
var functions = map[string]func(tls *libc.TLS, context uintptr, count int32, arguments uintptr){
	hashFunction: hashArguments, secondsFunction: secondsOfText, lengthFunction: lengthOfText, bytesFunction: bytesOfText,
}

// secondsOfText is secondsFunction, of a kind and a text; null where the text is no point in time.
func secondsOfText(tls *libc.TLS, context uintptr, _ int32, arguments uintptr) {
	kind, _ := textArgument(tls, arguments, 0)
	text, ok := textArgument(tls, arguments, 1)
	seconds := 0.0
	if ok {
		seconds, ok = metrics.Kind(kind).Seconds(string(text))
	}
	if !ok {
		lib.Xsqlite3_result_null(tls, context)
		return
	}
	lib.Xsqlite3_result_double(tls, context, seconds)
}

// lengthOfText is lengthFunction.
func lengthOfText(tls *libc.TLS, context uintptr, _ int32, arguments uintptr) {
	text, ok := textArgument(tls, arguments, 0)
	if !ok {
		lib.Xsqlite3_result_null(tls, context)
		return
	}
	lib.Xsqlite3_result_int64(tls, context, int64(utf8.RuneCount(text)))
}

// bytesOfText is bytesFunction.
func bytesOfText(tls *libc.TLS, context uintptr, _ int32, arguments uintptr) {
	value := libc.AtomicLoadPUintptr(arguments)
	if lib.Xsqlite3_value_type(tls, value) == lib.SQLITE_NULL {
		lib.Xsqlite3_result_null(tls, context)
		return
	}
	text := lib.Xsqlite3_value_text(tls, value)
	transient := ^uintptr(0) // SQLITE_TRANSIENT: SQLite makes a copy
	lib.Xsqlite3_result_blob(tls, context, text, lib.Xsqlite3_value_bytes(tls, value), transient)
}

// textArgument is the i-th argument of a function, and false where it is null.
func textArgument(tls *libc.TLS, arguments uintptr, i int) ([]byte, bool) {
	value := libc.AtomicLoadPUintptr(arguments + uintptr(i)*unsafe.Sizeof(arguments))
	var text uintptr
	switch lib.Xsqlite3_value_type(tls, value) {
	case lib.SQLITE_NULL:
		return nil, false
	case lib.SQLITE_BLOB:
		text = lib.Xsqlite3_value_blob(tls, value)
	default:
		text = lib.Xsqlite3_value_text(tls, value)
	}
	size := int(lib.Xsqlite3_value_bytes(tls, value))
	if size == 0 {
		return nil, true
	}
	return libc.GoBytes(text, size), true
}
