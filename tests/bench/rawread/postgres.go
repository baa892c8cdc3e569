package main

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// readPostgres reads the table with pgx's cheapest loop: the values stay in the protocol's own buffers.
// The table's name is as SQL writes it.
func readPostgres(ctx context.Context, url, table string) (n int, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, "SELECT * FROM "+table, pgx.QueryResultFormats{pgx.BinaryFormatCode})
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		_ = rows.RawValues()
		n++
	}
	return n, rows.Err()
}
