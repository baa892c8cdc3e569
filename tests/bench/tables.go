package main

import (
	"context"
	"fmt"
	"strings"
)

// expression is the SQL of a column's value in row i, a bigint from 1. PostgreSQL's own hash of the row's number and the
// column's stands for randomness: the same in every run, and quick to make.
type expression func(column int) string

func hash(column int) string { return fmt.Sprintf("hashint8extended(i, %d)", column) }

// The kinds of columns. A high cardinality is nearly one value a row.
var (
	bigints     expression = hash
	integers    expression = func(c int) string { return "(" + hash(c) + " >> 32)::integer" }
	floats      expression = func(c int) string { return hash(c) + " / 1e12::double precision" }
	shortFloats expression = func(c int) string { return "(" + hash(c) + " / 1e12::double precision)::real" }
	timestamps  expression = func(c int) string {
		return "timestamp '2020-01-01' + (" + hash(c) + " & 140737488355327) * interval '1 microsecond'" // 4½ years
	}
	texts       expression = func(c int) string { return "to_hex(" + hash(c) + ")" }
	shortTexts  expression = func(c int) string { return "left(encode(int8send(" + hash(c) + "), 'base64'), 3)" } // of 262,144
	fewTexts    expression = func(c int) string { return "'category ' || (" + hash(c) + " & 63)" }
	fewIntegers expression = func(c int) string { return "(" + hash(c) + " & 1023)::integer" }
	booleans    expression = func(c int) string { return hash(c) + " > 0" }
)

// events are the 19 columns of the large table: 16 of high cardinality, then 3 of low.
var events = []expression{
	func(int) string { return "i" }, bigints, bigints, integers, integers,
	floats, floats, floats, floats,
	timestamps, timestamps, timestamps,
	texts, texts, texts, texts,
	fewTexts, fewIntegers, booleans,
}

// repeated returns n columns that take the kinds in turn.
func repeated(n int, kinds ...expression) []expression {
	columns := make([]expression, n)
	for i := range columns {
		columns[i] = kinds[i%len(kinds)]
	}
	return columns
}

// makeTable makes a table of the schema on the server, and settles it, so that reading it writes nothing.
func (l *lab) makeTable(ctx context.Context, name string, columns []expression, rows int) error {
	say("making %s: %s rows × %d columns ...", name, thousands(rows), len(columns))
	return l.exec(ctx, createTable(name, columns, rows), "VACUUM (FREEZE) "+name)
}

// createTable is the statement that makes a table. It is not logged, nor vacuumed while it is read.
func createTable(name string, columns []expression, rows int) string {
	list := make([]string, len(columns))
	for i, column := range columns {
		list[i] = fmt.Sprintf("%s AS c%d", column(i+1), i+1)
	}
	return fmt.Sprintf("CREATE UNLOGGED TABLE %s WITH (autovacuum_enabled = false) AS SELECT %s FROM generate_series(1::bigint, %d) AS i",
		name, strings.Join(list, ", "), rows)
}

func (l *lab) dropTables(ctx context.Context, names ...string) error {
	return l.exec(ctx, "DROP TABLE "+strings.Join(names, ", "))
}
