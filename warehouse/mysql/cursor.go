package mysql

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

// cursor reads a table over one connection.
type cursor struct{ *session }

var _ warehouse.Cursor = cursor{}

// Table implements warehouse.Cursor.
func (cursor) Table(t warehouse.TableRef) string { return qualified(t) }

// Quote implements warehouse.Cursor.
func (cursor) Quote(name string) string { return quote(name) }

// Placeholder implements warehouse.Cursor.
func (cursor) Placeholder(int) string { return "?" }

// quote quotes an identifier in whatever sql_mode.
func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// qualified quotes a table's name.
func qualified(t warehouse.TableRef) string {
	if t.Schema == "" {
		return quote(t.Name)
	}
	return quote(t.Schema) + "." + quote(t.Name)
}

// Hash implements warehouse.Cursor: 48 bits of MD5 as a fraction, of the values' bytes, each with its length before it
// so that where one ends and the next begins makes a difference.
func (cursor) Hash(seed uint32, expressions []string) string {
	parts := []string{fmt.Sprintf("'%d'", seed)}
	for _, e := range expressions {
		parts = append(parts, fmt.Sprintf("coalesce(concat(char_length(cast(%[1]s AS BINARY)), ':', cast(%[1]s AS BINARY)), 'null')", e))
	}
	return fmt.Sprintf("(conv(left(md5(concat_ws(',', %s)), 12), 16, 10) / 281474976710656e0)", strings.Join(parts, ", "))
}

// Identity implements warehouse.Cursor: the columns of the primary key tell rows apart; where there is none, and for
// views, nothing does.
func (c cursor) Identity(ctx context.Context, t warehouse.TableRef) (warehouse.Identity, error) {
	columns, err := c.Values(ctx, `SELECT column_name FROM information_schema.statistics
		WHERE table_schema = ? AND table_name = ? AND index_name = 'PRIMARY' ORDER BY seq_in_index`, []any{t.Schema, t.Name})
	var identity warehouse.Identity
	for _, name := range columns {
		identity.Expressions = append(identity.Expressions, quote(fmt.Sprint(name)))
	}
	return identity, err
}

// Values implements warehouse.Cursor.
func (c cursor) Values(ctx context.Context, statement string, parameters []any) ([]any, error) {
	var values []any
	err := c.query(ctx, statement, parameters, func(rows driver.Rows) error {
		bits := typeNames(rows)[0] == "BIT"
		return eachRow(rows, func(row []driver.Value) error {
			value := row[0]
			if b, ok := value.([]byte); ok {
				if value = string(b); bits {
					value = bitNumber(b)
				}
			}
			values = append(values, value)
			return nil
		})
	})
	return values, err
}

// bound turns a parameter into what the driver takes. A whole number is bound as one: compared with a text, MySQL
// takes both for floating-point numbers.
func bound(parameter any) driver.Value {
	switch p := parameter.(type) {
	case json.Number:
		if i, err := p.Int64(); err == nil {
			return i
		}
		return p.String()
	case uint64, int64, float64, bool, string, []byte, nil:
		return p
	case float32:
		return float64(p)
	default:
		return fmt.Sprint(p)
	}
}
