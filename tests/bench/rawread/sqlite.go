package main

import (
	"context"
	"database/sql"
	"net/url"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// readSQLite reads the table with database/sql's cheapest loop: a value scanned into *any is handed over as the driver
// made it, where sql.RawBytes would have it printed as text first.
func readSQLite(ctx context.Context, file, table string) (n int, err error) {
	name := url.URL{Scheme: "file", Opaque: url.PathEscape(file), RawQuery: "mode=ro"}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return 0, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, "SELECT * FROM "+table)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	values, targets := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return 0, err
		}
		n++
	}
	return n, rows.Err()
}
