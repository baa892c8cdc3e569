package pushdown

import (
	"context"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Source is a warehouse whose engine can compute profiles.
type Source interface {
	warehouse.Warehouse

	// Pushdown runs work with a connection on which all statements see one state of the scan's table, as
	// far as the engine can do that. Errors are returned as those of Scan are.
	Pushdown(ctx context.Context, s warehouse.Scan, work func(Connection) error) error
}

// Connection is a connection of an engine that computes. One goroutine uses it.
type Connection interface {
	warehouse.Cursor
	Dialect() Dialect

	// Rows runs a statement within the limits of time of the source's options, and hands each of its rows to visit,
	// which keeps nothing of it. A cell is nil, an int64, a float64, a bool or a string; numbers may be strings. Parameters are
	// in the order of Placeholder's numbers; where those have none ("?"), in the order of their places.
	Rows(ctx context.Context, statement string, parameters []any, visit func(row []any) error) error
}
