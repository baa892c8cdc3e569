package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/pushdown"
)

var _ pushdown.Source = (*Warehouse)(nil)

// Pushdown implements pushdown.Source.
func (w *Warehouse) Pushdown(ctx context.Context, s warehouse.Scan, work func(pushdown.Connection) error) error {
	return w.inSession(ctx, func(on *session) error {
		on.snapshot()
		// Compiling hundreds of expressions takes longer than running them; and the first rows of a table are to be
		// the same ones each time (PostgreSQL manual, sections 20.7.4 and 20.13.1).
		on.pending = append(on.pending, "SET LOCAL jit = off", "SET LOCAL synchronize_seqscans = off")
		return work(computing{cursor{on, nil}})
	})
}

// computing is a connection over which the server computes.
type computing struct{ cursor }

var _ pushdown.Connection = computing{}

// Dialect implements pushdown.Connection.
func (c computing) Dialect() pushdown.Dialect {
	version, _, _ := strings.Cut(c.conn.ParameterStatus("server_version"), ".")
	major, err := strconv.Atoi(version)
	return aggregating{infiniteNumerics: err != nil || major >= 14}
}

// Rows implements pushdown.Connection. A cell is its text.
func (c computing) Rows(ctx context.Context, statement string, parameters []any, visit func([]any) error) error {
	return c.query(ctx, statement, texts(parameters), nil, func(result *pgconn.ResultReader) error {
		for result.NextRow() {
			values := result.Values()
			row := make([]any, len(values))
			for i, v := range values {
				if v != nil {
					row[i] = string(v)
				}
			}
			if err := visit(row); err != nil {
				return err
			}
		}
		return nil
	})
}

// aggregating is PostgreSQL's dialect of pushdown.
type aggregating struct {
	infiniteNumerics bool // there are infinities among numerics (since version 14)
}

// Limits implements pushdown.Dialect. A row of a result has 1,664 columns at most (PostgreSQL manual, appendix K).
func (aggregating) Limits() pushdown.Limits {
	return pushdown.Limits{Expressions: 1600, Branches: 200, Bytes: 1 << 20}
}

// Double implements pushdown.Dialect.
func (aggregating) Double(x float64) string {
	return "'" + strconv.FormatFloat(x, 'g', -1, 64) + "'::float8"
}

// asText casts to text.
func asText(value string) string { return "(" + value + ")::text" }

// Terms implements pushdown.Dialect.
func (d aggregating) Terms(c metrics.Column, name string) []pushdown.Terms {
	t := pushdown.Terms{Kind: c.Kind, Present: name, Value: name, Text: asText}
	switch c.Kind {
	case metrics.KindInteger:
		t.Finite = func(v string) string { return "(" + v + ")::float8" }
		if c.Type == "oid" {
			t.Value = name + "::bigint"
		}
		t.Mean = "avg(" + t.Value + ")"
	case metrics.KindFloat:
		t.Value = "nullif(" + name + "::float8, 'NaN')"
		t.Finite = func(v string) string { return "nullif(nullif(" + v + ", 'Infinity'), '-Infinity')" }
		t.Below, t.Above = infinities("'-Infinity'", "'Infinity'")
		t.Mean = meanOfFloats(t.Finite(t.Value))
	case metrics.KindDecimal:
		t.Value = "nullif(" + name + ", 'NaN')"
		finite := t.Value
		if d.infiniteNumerics {
			finite = "nullif(nullif(" + t.Value + ", 'Infinity'), '-Infinity')"
			t.Below, t.Above = infinities("'-Infinity'", "'Infinity'")
		}
		t.Finite = nearestDouble
		t.Mean = "avg(" + finite + ")"
	case metrics.KindBoolean:
		t.Value = name + "::int"
	case metrics.KindDate:
		t.Text = func(v string) string {
			return fmt.Sprintf("CASE WHEN isfinite(%[1]s) THEN (%[1]s - date '1970-01-01')::text ELSE (%[1]s)::text END", v)
		}
		t.Finite = func(v string) string {
			return fmt.Sprintf("CASE WHEN isfinite(%[1]s) THEN (%[1]s - date '1970-01-01') * 86400::float8 END", v)
		}
		t.Below, t.Above = infinities("'-infinity'", "'infinity'")
	case metrics.KindTimestamp:
		t.Text = func(v string) string {
			return fmt.Sprintf("CASE WHEN isfinite(%[1]s) THEN least(%[2]s, 9223372036854775806)::text ELSE (%[1]s)::text END", v, micros("date_trunc('second', "+v+")", v))
		}
		t.Finite = func(v string) string {
			return fmt.Sprintf("CASE WHEN isfinite(%[1]s) THEN extract(epoch FROM %[1]s)::float8 END", v)
		}
		t.Below, t.Above = infinities("'-infinity'", "'infinity'")
	case metrics.KindTime:
		if strings.Contains(c.Type, "with time zone") {
			t.Value = fmt.Sprintf("(%s AT TIME ZONE 'UTC')::time", name)
		}
		t.Text = func(v string) string {
			return fmt.Sprintf("(%s)::text", micros("date_trunc('second', ("+v+")::interval)", v))
		}
		t.Finite = func(v string) string { return fmt.Sprintf("extract(epoch FROM %s)::float8", v) }
	case metrics.KindBytes:
		t.Value = "encode(" + name + ", 'hex') COLLATE \"C\""
		t.Text = func(v string) string { return v }
		t.Length = "octet_length(" + name + ")"
	default:
		t.Value = printed(c, name) + " COLLATE \"C\""
		t.Text = func(v string) string { return v }
		t.Length = "length(" + printed(c, name) + ")"
	}
	return []pushdown.Terms{t}
}

// meanOfFloats is that of floating-point numbers. The server fails where a sum of squares is too large for a number; where there are such
// values, there is none.
func meanOfFloats(v string) string {
	summed := fmt.Sprintf("CASE WHEN abs(%[1]s) < 1e150 THEN %[1]s END", v)
	return fmt.Sprintf("CASE WHEN count(%s) = count(%s) THEN avg(%s) END", v, summed, summed)
}

// infinities are the conditions that a value equals one of two literals.
func infinities(below, above string) (isBelow, isAbove func(string) string) {
	return func(v string) string { return v + " = " + below }, func(v string) string { return v + " = " + above }
}

// micros are the microseconds of a point in time or time of day, whose whole seconds are given too. Up to version 13, a
// number of seconds with its fraction is a floating-point number.
func micros(seconds, v string) string {
	return fmt.Sprintf("(extract(epoch FROM %s)::bigint::numeric * 1000000 + extract(microseconds FROM %s)::bigint %% 1000000)", seconds, v)
}

// nearestDouble is the floating-point number next to a decimal. A cast fails for numbers that are too large, or too small.
func nearestDouble(v string) string {
	return fmt.Sprintf("CASE WHEN abs(%[1]s) BETWEEN 1e-300 AND 1e308 OR %[1]s = 0 THEN (%[1]s)::float8"+
		" WHEN abs(%[1]s) < 1e-300 THEN sign(%[1]s)::float8 * 5e-324::float8 END", v)
}

// printed is a column's value as the server prints it. Types have casts to text that differ from that: char loses its
// blanks, and inet gains a mask. A composite of nulls is no null, though IS NULL says so.
func printed(c metrics.Column, name string) string {
	if c.Type == "text" || strings.HasPrefix(c.Type, "character varying") || c.Kind == metrics.KindUUID || c.Kind == metrics.KindJSON {
		return name + "::text"
	}
	return fmt.Sprintf("CASE WHEN %[1]s IS DISTINCT FROM NULL THEN concat(%[1]s) END", name)
}
