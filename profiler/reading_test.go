package profiler

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// orders is a SQLite file with a table of 20,000 rows in 4 days, a third of them without a note.
func orders(t *testing.T) warehouse.Warehouse {
	t.Helper()
	c := config.Connection{Database: filepath.Join(t.TempDir(), "orders.db")}
	writer, err := sqlite.OpenHistory(t.Context(), c, true)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.DB.Close()
	for _, s := range []string{
		"CREATE TABLE orders (id INTEGER PRIMARY KEY, order_date DATE, amount REAL, note TEXT)",
		`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)
			INSERT INTO orders SELECT i, '2024-01-0' || (i * 4 / 20000 + 1), (i * 7919 % 1000) / 10.0, CASE i % 3 WHEN 0 THEN NULL ELSE 'n' || (i % 5) END FROM n`,
	} {
		if _, err := writer.DB.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	w, err := sqlite.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// one profiles the table orders as the change of its plan says.
func one(t *testing.T, w warehouse.Warehouse, change func(*plan.Table)) Result {
	t.Helper()
	planned := plan.Table{TableRef: warehouse.TableRef{Name: "orders"}, EstimatedRows: -1, Metrics: config.MetricNames}
	change(&planned)
	return run(t, w, []plan.Table{planned}, settings(1, 0))["orders"]
}

func columnNames(p *metrics.TableProfile) (names []string) {
	for _, c := range p.Columns {
		names = append(names, c.Name)
	}
	return names
}

var tenth = &config.Sampling{Enabled: true, Method: config.SamplingRandom, Fraction: 0.1}

func TestASampledProfileAgreesWithTheWholeTableWithinItsBounds(t *testing.T) {
	w := orders(t)
	whole := one(t, w, func(*plan.Table) {})
	sampled := one(t, w, func(t *plan.Table) { t.Sampling = tenth })
	again := one(t, w, func(t *plan.Table) { t.Sampling = tenth })
	if sampled.Err != nil || whole.Err != nil {
		t.Fatal(sampled.Err, whole.Err)
	}
	p := sampled.Profile
	if p.RowCount != 20000 || p.RowsRead < 1800 || p.RowsRead > 2200 {
		t.Fatalf("read %d of %d rows", p.RowsRead, p.RowCount)
	}
	text := func(v metrics.Value) string { return v.String() }
	if diff := cmp.Diff(p, again.Profile, cmp.Transformer("value", text)); diff != "" {
		t.Errorf("a rerun gives another profile (-first +again):\n%s", diff)
	}
	for i, c := range p.Columns {
		truth := whole.Profile.Columns[i]
		if len(truth.Estimates) > 0 {
			t.Fatalf("the whole table's metrics are estimates: %v", truth.Estimates)
		}
		stddev, _ := truth.Metrics[metrics.StdDev].Float64()
		for name, bound := range c.Estimates {
			got, isNumber := c.Metrics[name].Float64()
			want, _ := truth.Metrics[name].Float64()
			off := math.Abs(got - want)
			switch {
			case !isNumber, slices.Contains([]metrics.Name{metrics.Min, metrics.Max, metrics.MinLength, metrics.MaxLength}, name):
				continue // bounds of ranks, which the tests of package metrics hold
			case name == metrics.Mean:
				off /= stddev
			case name == metrics.AvgLength: // every length is the same here
			case got == 0 && name == metrics.NullRatio:
				off = want
			case got == 0:
				off = want / float64(p.RowCount)
			default:
				off /= want
			}
			if off > bound {
				t.Errorf("%s.%s is %v, and %v of the whole table: off by %v, bound %v", c.Name, name, got, want, off, bound)
			}
		}
	}
}

func TestOnlyTheColumnsAskedForAreRead(t *testing.T) {
	off := false
	all := []string{"id", "order_date", "amount", "note"}
	tests := []struct {
		name  string
		rules []config.ColumnRule
		want  []string
	}{
		{"without rules every column is", nil, all},
		{"a column that is left out is not", []config.ColumnRule{{Name: "note", Profiling: &config.ColumnProfiling{Enabled: &off}}}, []string{"id", "order_date", "amount"}},
		{"the first rule that matches decides", []config.ColumnRule{{Name: "id"}, {Name: "*t*", PatternType: config.PatternWildcard}, {Name: "*", Profiling: &config.ColumnProfiling{Enabled: &off}}}, []string{"id", "order_date", "amount", "note"}},
		{"a regular expression matches from the start", []config.ColumnRule{{Name: "[io]", PatternType: config.PatternRegex}, {Name: ".*", PatternType: config.PatternRegex, Profiling: &config.ColumnProfiling{Enabled: &off}}}, []string{"id", "order_date"}},
		{"none is, and the rows are counted", []config.ColumnRule{{Name: "*", Profiling: &config.ColumnProfiling{Enabled: &off}}}, nil},
	}
	w := orders(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := one(t, w, func(t *plan.Table) { t.Columns = test.rules })
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			if got := columnNames(r.Profile); !slices.Equal(got, test.want) || r.Profile.RowCount != 20000 || r.Profile.RowsRead != 20000 {
				t.Errorf("columns %v of %d rows, want %v", got, r.Profile.RowCount, test.want)
			}
			if len(r.Profile.Columns)+len(r.Profile.Unread) != len(all) {
				t.Errorf("unread %v", r.Profile.Unread)
			}
		})
	}
}

func TestAColumnsOwnMetricsGoBeforeItsTables(t *testing.T) {
	r := one(t, orders(t), func(t *plan.Table) {
		t.Metrics = []string{"count", "max"}
		t.Columns = []config.ColumnRule{{Name: "amount", Metrics: []string{"mean", "null_ratio"}}, {Name: "absent"}}
		t.Sampling = tenth
	})
	for _, c := range r.Profile.Columns {
		want := []metrics.Name{metrics.Count, metrics.Max}
		if c.Name == "amount" {
			want = []metrics.Name{metrics.Mean, metrics.NullRatio}
		}
		for name := range c.Metrics {
			if !slices.Contains(want, name) {
				t.Errorf("%s has the metric %s", c.Name, name)
			}
		}
		if len(c.Metrics) != len(want) {
			t.Errorf("%s has %v, want %v", c.Name, c.Metrics, want)
		}
	}
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], `the column "absent", which the table does not have`) {
		t.Errorf("warnings %q", r.Warnings)
	}
}

func joined(values []metrics.Value) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = v.String()
	}
	return strings.Join(list, " ")
}

func TestPartitions(t *testing.T) {
	w := orders(t)
	tests := []struct {
		name      string
		partition config.Partition
		rows      int64
		values    string
		failure   string
	}{
		{name: "the latest", partition: config.Partition{Key: "order_date", Strategy: config.PartitionLatest}, rows: 5000, values: "2024-01-04"},
		{name: "recent ones", partition: config.Partition{Key: "order_date", Strategy: config.PartitionRecentN, RecentN: 3}, rows: 15000, values: "2024-01-04 2024-01-03 2024-01-02"},
		{name: "a key that is found by its name", partition: config.Partition{Strategy: config.PartitionLatest, MetadataFallback: true}, rows: 5000, values: "2024-01-04"},
		{name: "given ones", partition: config.Partition{Key: "order_date", Strategy: config.PartitionValues, Values: []any{"2024-01-01", "1999-01-01"}}, rows: 5000, values: "2024-01-01 1999-01-01"},
		{name: "a key that the table does not have", partition: config.Partition{Key: "day", Strategy: config.PartitionLatest}, failure: `table "orders": the table has no column "day", which is its partition.key in the config; it has id, order_date, amount, note`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := one(t, w, func(t *plan.Table) { t.Partition = &test.partition })
			if test.failure != "" {
				if r.Err == nil || r.Err.Error() != test.failure || r.Statements != 0 {
					t.Errorf("error %v", r.Err)
				}
				return
			}
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			if r.Profile.RowCount != test.rows || joined(r.Partition.Values) != test.values || r.Partition.Key != "order_date" {
				t.Errorf("%d rows of %v", r.Profile.RowCount, r.Partition)
			}
			if c := r.Profile.Columns[0]; len(c.Estimates) > 0 {
				t.Errorf("the metrics of a whole partition are estimates: %v", c.Estimates)
			}
		})
	}
}

func TestPartitionsThatAreNotThereGiveAWarning(t *testing.T) {
	r := one(t, orders(t), func(t *plan.Table) {
		t.Partition = &config.Partition{Key: "order_date", Strategy: config.PartitionValues, Values: []any{"1999-01-01"}}
	})
	want := `table "orders": no row has one of the partition.values of the config in "order_date"; check how they are written`
	if r.Err != nil || r.Profile.RowCount != 0 || len(r.Warnings) != 1 || r.Warnings[0] != want {
		t.Errorf("%d rows, warnings %q, %v", r.Profile.RowCount, r.Warnings, r.Err)
	}
}

func TestTheKeyOfASampleIsTold(t *testing.T) {
	for method, want := range map[config.SamplingMethod]string{config.SamplingRandom: "", config.SamplingTopK: "order_date", config.SamplingStratified: "order_date"} {
		r := one(t, orders(t), func(t *plan.Table) {
			t.Partition = &config.Partition{Strategy: config.PartitionAll, MetadataFallback: true}
			t.Sampling = &config.Sampling{Enabled: true, Method: method, Fraction: 0.5, MaxRows: 100}
		})
		if r.Err != nil || r.SampledBy != want {
			t.Errorf("%s: by %q, %v", method, r.SampledBy, r.Err)
		}
	}
}

func TestBytesOfAKeyAreHexadecimal(t *testing.T) {
	r := &reading{keyKind: metrics.KindBytes}
	if got := r.partitionValues([]metrics.Value{metrics.Text(`\x00ff`), {}}); joined(got) != "00ff " || !got[1].IsNull() {
		t.Errorf("got %q", joined(got))
	}
}
