package mysql

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/pushdown"
)

var _ pushdown.Source = (*Warehouse)(nil)

// Pushdown implements pushdown.Source. A sort tells texts apart by their first max_sort_length bytes.
func (w *Warehouse) Pushdown(ctx context.Context, _ warehouse.Scan, work func(pushdown.Connection) error) error {
	return w.inSession(ctx, func(on *session) error {
		if _, err := on.conn.ExecContext(ctx, "SET SESSION max_sort_length = 65536, sort_buffer_size = 33554432"); err != nil {
			return err
		}
		return on.inSnapshot(ctx, func() error { return work(computing{cursor{on}}) })
	})
}

// computing is a connection over which the server computes.
type computing struct{ cursor }

var _ pushdown.Connection = computing{}

// Dialect implements pushdown.Connection.
func (c computing) Dialect() pushdown.Dialect { return aggregating{} }

// Rows implements pushdown.Connection.
func (c computing) Rows(ctx context.Context, statement string, parameters []any, visit func([]any) error) error {
	return c.query(ctx, statement, parameters, func(rows driver.Rows) error {
		return eachRow(rows, func(values []driver.Value) error {
			row := make([]any, len(values))
			for i, v := range values {
				switch x := v.(type) {
				case []byte:
					row[i] = string(x)
				case uint64:
					row[i] = strconv.FormatUint(x, 10)
				case float32:
					row[i] = float64(x)
				default:
					row[i] = x
				}
			}
			return visit(row)
		})
	})
}

// aggregating is the dialect of pushdown of MySQL and MariaDB.
type aggregating struct{}

// Limits implements pushdown.Dialect. A select list has 4,096 columns at most.
func (aggregating) Limits() pushdown.Limits {
	return pushdown.Limits{Expressions: 3000, Branches: 100, Bytes: 1 << 20}
}

// Double implements pushdown.Dialect.
func (aggregating) Double(x float64) string { return "(" + strconv.FormatFloat(x, 'e', -1, 64) + ")" }

func asText(value string) string { return "CAST(" + value + " AS CHAR)" }

func asDouble(value string) string { return "(" + value + " + 0e0)" }

// Terms implements pushdown.Dialect. An addition of nothing makes a BIT and a YEAR numbers, and takes ZEROFILL away.
func (aggregating) Terms(c metrics.Column, name string) []pushdown.Terms {
	t := pushdown.Terms{Kind: c.Kind, Present: name, Value: name, Text: asText, Finite: asDouble}
	declared, parameters, _ := strings.Cut(c.Type, "(")
	bits := declared == "bit"
	switch c.Kind {
	case metrics.KindInteger:
		if bits || declared == "year" {
			t.Value = "(" + name + " + 0)"
		}
		t.Mean = meanOfSum(t.Value)
	case metrics.KindBoolean:
		t.Value = "(" + name + " + 0)"
	case metrics.KindFloat:
		t.Value = asDouble(name)
		t.Mean = meanOfFloats(t.Value)
	case metrics.KindDecimal:
		if bits || strings.Contains(c.Type, "zerofill") {
			t.Value = "(" + name + " + 0)"
		}
		t.Mean = meanOfSum(t.Value)
		if digits, _, _ := strings.Cut(strings.TrimRight(parameters, ")"), ","); declared == "decimal" && len(digits) > 1 && digits > "40" {
			t.Mean = meanOfFloats(asDouble(t.Value)) // the sum of so many digits has too many
		}
	case metrics.KindDate:
		t.Present = existing(name, sinceEpoch(name))
		t.Value = t.Present
		t.Finite = func(v string) string { return "(" + v + " * 86400e0)" }
	case metrics.KindTimestamp:
		t.Present = existing(name, fmt.Sprintf("%s * 86400000000 + %s", sinceEpoch(name), clockMicros(name)))
		t.Value = t.Present
		t.Finite = func(v string) string { return "(" + v + " / 1e6)" }
	case metrics.KindTime:
		t.Value = fmt.Sprintf("(if(%s < CAST('00:00:00' AS TIME), -1, 1) * (%s))", name, clockMicros(name))
		t.Finite = func(v string) string { return "(" + v + " / 1e6)" }
	case metrics.KindBytes:
		t.Value = "CAST(" + name + " AS BINARY)"
		t.Text = func(v string) string { return "lower(hex(" + v + "))" }
		t.Length = "length(" + name + ")"
	default:
		unicode := "CONVERT(" + name + " USING utf8mb4)"
		t.Value = "CAST(" + unicode + " AS BINARY)" // whose bytes are compared
		t.Text = func(v string) string { return "CONVERT(" + v + " USING utf8mb4)" }
		t.Length = "char_length(" + unicode + ")"
	}
	return []pushdown.Terms{t}
}

// meanOfSum is the mean of numbers whose sum is exact. The server's avg has four digits more than the numbers.
func meanOfSum(v string) string { return fmt.Sprintf("(sum(%[1]s) + 0e0) / count(%[1]s)", v) }

// meanOfFloats is that of floating-point numbers. The server fails where a sum is too large for a number; where there are values that
// it could be too large of, there is none.
func meanOfFloats(v string) string {
	return fmt.Sprintf("CASE WHEN max(abs(%[1]s)) < 1e290 THEN avg(%[1]s) END", v)
}

// sinceEpoch is the number of days from 1970-01-01 to a date.
func sinceEpoch(name string) string { return "(to_days(" + name + ") - 719528)" }

// existing is an expression where the calendar has a date, and null elsewhere, as decodeDate does.
func existing(name, expression string) string {
	return fmt.Sprintf("CASE WHEN from_days(to_days(%[1]s)) = date(%[1]s) THEN %[2]s END", name, expression)
}

// clockMicros are the microseconds from midnight, without a sign.
func clockMicros(name string) string {
	return fmt.Sprintf("((hour(%[1]s) * 3600 + minute(%[1]s) * 60 + second(%[1]s)) * 1000000 + microsecond(%[1]s))", name)
}
