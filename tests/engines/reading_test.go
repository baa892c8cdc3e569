package engines

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// kindCase are values of a kind, as SQL writes them, and what they measure.
type kindCase struct {
	kind   metrics.Kind
	values []string // with one NULL beside them
	want   map[metrics.Name]string
}

var kindCases = []kindCase{
	{metrics.KindInteger, []string{"-9223372036854775807", "0", "9223372036854775807", "9223372036854775806"}, map[metrics.Name]string{
		metrics.Min: "-9223372036854775807", metrics.Max: "9223372036854775807", metrics.DistinctCount: "4", metrics.ZeroCount: "1", metrics.NegativeCount: "1",
		metrics.Mean: "2305843009213694000", // (2^63 − 2) / 4, in the shortest text that reads as 2^61, the nearest number of 64 bits
	}},
	{metrics.KindFloat, []string{"0.1", "-2.5", "1e300", "0.30000000000000004"}, map[metrics.Name]string{
		metrics.Min: "-2.5", metrics.Max: "1e+300", metrics.DistinctCount: "4", metrics.ZeroCount: "0", metrics.NegativeCount: "1",
	}},
	{metrics.KindDecimal, []string{"123456789012345678901.0001", "-0.05", "0", "123456789012345678901.0002"}, map[metrics.Name]string{
		metrics.Min: "-0.05", metrics.Max: "123456789012345678901.0002", metrics.DistinctCount: "4", metrics.ZeroCount: "1",
	}},
	{metrics.KindText, []string{"''", "'żółć 🐘'", "'it''s'", "'It''s'"}, map[metrics.Name]string{
		metrics.Min: "", metrics.Max: "żółć 🐘", metrics.DistinctCount: "4", metrics.EmptyCount: "1", metrics.MaxLength: "6", metrics.AvgLength: "3.5",
	}},
	{metrics.KindBoolean, []string{"TRUE", "FALSE", "TRUE", "TRUE"}, map[metrics.Name]string{
		metrics.Min: "false", metrics.Max: "true", metrics.DistinctCount: "2",
	}},
	{metrics.KindDate, []string{"'2024-02-29'", "'1969-12-31'", "'1970-01-01'", "'9999-12-31'"}, map[metrics.Name]string{
		metrics.Min: "1969-12-31", metrics.Max: "9999-12-31", metrics.DistinctCount: "4",
	}},
	{metrics.KindTime, []string{"'00:00:00'", "'13:14:15'", "'23:59:59'", "'13:14:15'"}, map[metrics.Name]string{
		metrics.Min: "00:00:00", metrics.Max: "23:59:59", metrics.DistinctCount: "3",
	}},
	{metrics.KindTimestamp, []string{"'2024-02-29 13:14:15'", "'1969-12-31 23:59:59'", "'2024-02-29 13:14:15'", "'1000-01-01 00:00:00'"}, map[metrics.Name]string{
		metrics.Min: "1000-01-01 00:00:00", metrics.Max: "2024-02-29 13:14:15", metrics.DistinctCount: "3",
	}},
	{metrics.KindBytes, []string{"00ff27", "", "00", "ff"}, map[metrics.Name]string{
		metrics.Min: "", metrics.Max: "ff", metrics.DistinctCount: "4", metrics.EmptyCount: "1", metrics.MaxLength: "3",
	}},
	{metrics.KindJSON, []string{`'{"a": 1}'`, `'[1, "ü"]'`, `'{"a": 1}'`, `'"x"'`}, map[metrics.Name]string{metrics.DistinctCount: "3"}},
	{metrics.KindUUID, []string{"'01234567-89ab-4def-8123-456789abcdef'", "'f1234567-89ab-4def-8123-456789abcdef'", "'01234567-89ab-4def-8123-456789abcdef'", "'00000000-0000-4000-8000-000000000000'"}, map[metrics.Name]string{
		metrics.Min: "00000000-0000-4000-8000-000000000000", metrics.Max: "f1234567-89ab-4def-8123-456789abcdef", metrics.DistinctCount: "3",
	}},
}

// ofEngine are the kinds that an engine has.
func ofEngine(e engine) (has []kindCase) {
	for _, k := range kindCases {
		if e.sql.types[k.kind] != "" {
			has = append(has, k)
		}
	}
	return has
}

func (k kindCase) column() string { return "of_" + string(k.kind) }

// declaredKinds are the columns of a table of every kind.
func declaredKinds(e engine) string {
	var columns []string
	for _, k := range ofEngine(e) {
		columns = append(columns, e.sql.quote(k.column())+" "+e.sql.types[k.kind])
	}
	return strings.Join(columns, ", ")
}

// kindsTable makes a table of every kind, with a row of nulls.
func kindsTable(e engine) []string {
	kinds := ofEngine(e)
	statements := []string{"CREATE TABLE kinds (" + declaredKinds(e) + ")"}
	for i := range 5 {
		var row []string
		for _, k := range kinds {
			value := "NULL"
			if i < 4 {
				value = k.values[i]
				if k.kind == metrics.KindBytes {
					value = e.sql.bytes(value)
				}
			}
			row = append(row, value)
		}
		statements = append(statements, "INSERT INTO kinds VALUES ("+strings.Join(row, ", ")+")")
	}
	return statements
}

func everyKind(t *testing.T, e engine) {
	p := e.start(t)
	kinds := ofEngine(e)
	p.exec(t, kindsTable(e)...)
	profile := profiled(t, e.opened(t, p.connection), p.table("kinds"))
	if profile.RowCount != 5 || len(profile.Columns) != len(kinds) {
		t.Fatalf("%d rows of %d columns, want 5 of %d", profile.RowCount, len(profile.Columns), len(kinds))
	}
	for i, k := range kinds {
		c := profile.Columns[i]
		if c.Name != k.column() || c.Kind != k.kind || c.OtherKindCount != 0 {
			t.Errorf("column %s of kind %s, with %d of another; want %s of %s", c.Name, c.Kind, c.OtherKindCount, k.column(), k.kind)
		}
		if n := c.Metrics[metrics.NullCount].String(); n != "1" {
			t.Errorf("%s: %s nulls, want 1", c.Name, n)
		}
		for metric, want := range k.want {
			if got := c.Metrics[metric].String(); got != want {
				t.Errorf("%s: %s is %q, want %q", c.Name, metric, got, want)
			}
		}
	}
}

// bothModes holds what the engine computes by itself against what a scan does: equal, but for means and deviations, which are summed
// in another order, and for what either says is an estimate.
func bothModes(t *testing.T, e engine) {
	p := e.start(t)
	p.exec(t, kindsTable(e)...)
	p.exec(t, numbered(e)...)
	w := e.opened(t, p.connection)
	for _, table := range []string{"kinds", "plain"} {
		streamed, one := p.measured(t, w, table, config.ModeStream)
		pushed, two := p.measured(t, w, table, config.ModePushdown)
		if one != 1 || two != 2 {
			t.Errorf("%s: %d statements by stream and %d by pushdown, want 1 and 2", table, one, two)
		}
		if pushed.RowCount != streamed.RowCount || len(pushed.Columns) != len(streamed.Columns) {
			t.Fatalf("%s: %d rows of %d columns, by stream %d of %d", table, pushed.RowCount, len(pushed.Columns), streamed.RowCount, len(streamed.Columns))
		}
		for i, c := range streamed.Columns {
			other := pushed.Columns[i]
			if other.Name != c.Name || other.Kind != c.Kind || len(other.Metrics) != len(c.Metrics) {
				t.Errorf("%s: %s of kind %s with %d metrics, by stream %s of %s with %d", table, other.Name, other.Kind, len(other.Metrics), c.Name, c.Kind, len(c.Metrics))
			}
			for name, value := range c.Metrics {
				_, estimated := other.Estimates[name]
				if name == metrics.StdDev && c.Name == "wide" {
					continue // of numbers near 2^53, of which pushdown takes the nearest floating-point ones
				}
				if got := other.Metrics[name]; !estimated && !alike(got, value) {
					t.Errorf("%s: %s of %s is %s, by stream %s", table, name, c.Name, got, value)
				}
			}
		}
	}
}

// alike reports whether two values are equal, numbers to twelve digits.
func alike(a, b metrics.Value) bool {
	x, isNumber := a.Float64()
	y, too := b.Float64()
	return a.String() == b.String() || isNumber && too && math.Abs(x-y) <= 1e-12*max(math.Abs(x), math.Abs(y))
}

func emptyTable(t *testing.T, e engine) {
	p := e.start(t)
	p.exec(t, "CREATE TABLE rowless ("+declaredKinds(e)+")")
	profile := profiled(t, e.opened(t, p.connection), p.table("rowless"))
	if profile.RowCount != 0 {
		t.Errorf("%d rows", profile.RowCount)
	}
	for i, k := range ofEngine(e) {
		c := profile.Columns[i]
		if c.Kind != k.kind {
			t.Errorf("%s is of kind %s", c.Name, c.Kind)
		}
		for _, metric := range []metrics.Name{metrics.Count, metrics.NullCount, metrics.DistinctCount} {
			if got := c.Metrics[metric].String(); got != "0" {
				t.Errorf("%s: %s is %s, want 0", c.Name, metric, got)
			}
		}
		if !c.Metrics[metrics.Max].IsNull() {
			t.Errorf("%s: max is %s, want none", c.Name, c.Metrics[metrics.Max])
		}
	}
}

func wideTable(t *testing.T, e engine) {
	p := e.start(t)
	columns, values := make([]string, e.sql.wide), make([]string, e.sql.wide)
	for i := range columns {
		columns[i] = fmt.Sprintf("c%d integer", i)
		values[i] = fmt.Sprint(i * 7)
	}
	row := "INSERT INTO wide VALUES (" + strings.Join(values, ", ") + ")"
	p.exec(t, "CREATE TABLE wide ("+strings.Join(columns, ", ")+")", row, row)
	profile := profiled(t, e.opened(t, p.connection), p.table("wide"))
	if len(profile.Columns) != e.sql.wide || profile.RowCount != 2 {
		t.Fatalf("%d columns of %d rows, want %d of 2", len(profile.Columns), profile.RowCount, e.sql.wide)
	}
	for i, c := range profile.Columns {
		if got, want := c.Metrics[metrics.Max].String(), fmt.Sprint(i*7); got != want || c.Name != fmt.Sprintf("c%d", i) {
			t.Fatalf("column %d is %s with max %s, want %s", i, c.Name, got, want)
		}
	}
}

func largeCells(t *testing.T, e engine) {
	p := e.start(t)
	const size = 1 << 20
	p.exec(t, fmt.Sprintf("CREATE TABLE large (a integer, b %s)", e.sql.text),
		fmt.Sprintf("INSERT INTO large SELECT i, %s FROM %s", e.sql.long(size), e.sql.series(5)))
	profile := profiled(t, e.opened(t, p.connection), p.table("large"))
	c := profile.Columns[1].Metrics
	if profile.RowCount != 5 || c[metrics.MinLength].String() != fmt.Sprint(size) || c[metrics.MaxLength].String() != fmt.Sprint(size) || c[metrics.DistinctCount].String() != "1" {
		t.Errorf("%d rows: %v, want 5 of %d characters", profile.RowCount, c, size)
	}
}

func views(t *testing.T, e engine) {
	p := e.start(t)
	p.exec(t, e.fill("base", 500)...)
	p.exec(t, "CREATE VIEW seen AS SELECT i, pad FROM base WHERE i > 100", "CREATE VIEW of_seen AS SELECT i + 1 AS j FROM seen")
	w := e.opened(t, p.connection)
	for name, want := range map[string]string{"seen": "101", "of_seen": "102"} {
		profile := profiled(t, w, p.table(name))
		if got := profile.Columns[0].Metrics[metrics.Min].String(); profile.RowCount != 400 || got != want {
			t.Errorf("%s: %d rows from %s on, want 400 from %s on", name, profile.RowCount, got, want)
		}
	}
	counted, err := w.Scan(t.Context(), warehouse.Scan{Table: p.table("seen")}, func(*metrics.Batch) error { return nil })
	if err != nil || counted.Rows != 400 {
		t.Errorf("counted %d rows, %v", counted.Rows, err)
	}
}
