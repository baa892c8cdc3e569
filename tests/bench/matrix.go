package main

import (
	"context"
	"fmt"
	"strings"
)

// The matrix: every kind, in tables of every width and length.
var (
	matrixKinds = []struct {
		name   string
		column expression
	}{
		{"integers", bigints}, {"floats", floats}, {"text, many values", texts}, {"text, 64 values", fewTexts},
	}
	matrixColumns = []int{5, 19, 200}
	matrixRows    = []int{1_000, 100_000, 1_000_000, 10_000_000} // each more than the one before
)

// matrix races ours and the raw read on tables of one kind of column each.
func matrix(ctx context.Context, l *lab) (section, error) {
	var b strings.Builder
	b.WriteString(l.setting(ctx) + "\n\n")
	b.WriteString("| values | columns | rows | ours | ÷ raw read | CPU ÷ the raw reader's | peak memory | objects a row | bytes a row |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, kind := range matrixKinds {
		for _, columns := range matrixColumns {
			var last allocations
			lastRows := 0
			for _, rows := range matrixRows {
				if rows > l.largest || rows*columns > l.cells {
					continue
				}
				m, err := l.measure(ctx, fmt.Sprintf("%s, %d columns, %s rows", kind.name, columns, thousands(rows)), repeated(columns, kind.column), rows)
				if err != nil {
					return section{}, err
				}
				objects, bytes := "–", "–"
				if lastRows > 0 {
					o, n := perRow(last, m.allocations, rows-lastRows)
					objects, bytes = rounded(o), rounded(n)
				}
				last, lastRows = m.allocations, rows
				fmt.Fprintf(&b, "| %s | %d | %s | %s s | %s | %s | %.0f MiB | %s | %s |\n", kind.name, columns, thousands(rows), seconds(m.ours.wall()),
					rounded(m.ours.wall()/m.raw.wall()), rounded(m.ours.cpu()/m.raw.cpu()), m.ours.peak(), objects, bytes)
			}
		}
	}
	return section{text: b.String()}, nil
}

// cell is a line of the matrix.
type cell struct {
	ours, raw   *contestant
	allocations allocations
}

// measure makes a table, measures it, and drops it.
func (l *lab) measure(ctx context.Context, title string, columns []expression, rows int) (m cell, err error) {
	const table = "matrix"
	if err := l.makeTable(ctx, table, columns, rows); err != nil {
		return m, err
	}
	var config string
	name := fmt.Sprintf("matrix-%s", strings.NewReplacer(" ", "-", ",", "").Replace(title))
	if m.ours, config, err = l.oursOn(name, object{"table": table}); err != nil {
		return m, err
	}
	m.raw = l.rawPostgres(table)
	if err := race(ctx, title, l.runsOf(rows, len(columns)), m.ours, m.raw); err != nil {
		return m, err
	}
	if m.allocations, err = l.allocationsOf(ctx, config); err != nil {
		return m, err
	}
	return m, l.dropTables(ctx, table)
}
