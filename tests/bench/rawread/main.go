// Command rawread reads every row of a table through the driver and does nothing with them: the floor under any
// program that reads the table with that driver.
//
//	rawread postgres URL TABLE    through pgx, in the binary format
//	rawread sqlite FILE TABLE     through database/sql and modernc.org/sqlite
//
// It prints how many rows there were.
package main

import (
	"context"
	"fmt"
	"os"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "rawread:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) != 3 {
		return fmt.Errorf("want an engine, a URL or file, and a table; got %q", arguments)
	}
	read, ok := map[string]func(ctx context.Context, database, table string) (int, error){
		"postgres": readPostgres,
		"sqlite":   readSQLite,
	}[arguments[0]]
	if !ok {
		return fmt.Errorf("no engine %q: want postgres or sqlite", arguments[0])
	}
	rows, err := read(ctx, arguments[1], arguments[2])
	if err != nil {
		return err
	}
	fmt.Println(rows)
	return nil
}
