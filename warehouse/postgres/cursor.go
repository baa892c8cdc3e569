package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

// cursor reads a table over one connection.
type cursor struct {
	*session
	formats []int16 // of the table's columns that are read; nil where they are not known
}

var _ warehouse.Cursor = cursor{}

// Table implements warehouse.Cursor.
func (cursor) Table(t warehouse.TableRef) string { return qualified(t) }

// Quote implements warehouse.Cursor.
func (cursor) Quote(name string) string { return warehouse.QuoteANSI(name) }

// Placeholder implements warehouse.Cursor.
func (cursor) Placeholder(n int) string { return "$" + strconv.Itoa(n) }

// Hash implements warehouse.Cursor. The server's hash is a whole number of 64 bits with a sign.
func (cursor) Hash(seed uint32, expressions []string) string {
	return fmt.Sprintf("(hashtextextended(ROW(%s)::text, %d)::float8 / 18446744073709551616 + 0.5)", strings.Join(expressions, ", "), seed)
}

// Identity implements warehouse.Cursor: tables have the places of their rows, and can sample
// themselves; views and foreign tables have neither.
func (c cursor) Identity(ctx context.Context, t warehouse.TableRef) (warehouse.Identity, error) {
	values, err := c.Values(ctx, "SELECT relkind FROM pg_catalog.pg_class WHERE oid = to_regclass($1)", []any{qualified(t)})
	if err != nil || len(values) == 0 {
		return warehouse.Identity{}, err
	}
	switch values[0] {
	case "r", "m", "p":
		return warehouse.Identity{Expressions: []string{"tableoid", "ctid"}, TableSample: true}, nil
	}
	return warehouse.Identity{}, nil
}

// Values implements warehouse.Cursor. A value is its text, in the form that a parameter of its type takes.
func (c cursor) Values(ctx context.Context, statement string, parameters []any) ([]any, error) {
	var values []any
	err := c.query(ctx, statement, texts(parameters), nil, func(result *pgconn.ResultReader) error {
		for result.NextRow() {
			var value any
			if v := result.Values()[0]; v != nil {
				value = string(v)
			}
			values = append(values, value)
		}
		return nil
	})
	return values, err
}

// texts turns parameters into text, whose type the server takes from what they are compared with.
func texts(parameters []any) [][]byte {
	list := make([][]byte, len(parameters))
	for i, p := range parameters {
		list[i] = fmt.Append(nil, p)
	}
	return list
}
