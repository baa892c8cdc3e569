package profiler

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testpg"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// measuredBoth profiles a table by pushdown and by stream.
func measuredBoth(t *testing.T, w warehouse.Warehouse, table plan.Table) (pushed, streamed Result) {
	t.Helper()
	if table.Metrics == nil {
		for _, n := range metrics.Names() {
			table.Metrics = append(table.Metrics, string(n))
		}
	}
	table.EstimatedRows = -1
	streamed = run(t, w, []plan.Table{table}, settings(1, 0))[table.ID()]
	table.Mode = config.ModePushdown
	pushed = run(t, w, []plan.Table{table}, settings(1, 0))[table.ID()]
	for _, r := range []Result{pushed, streamed} {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	return pushed, streamed
}

// sameProfile holds a profile by pushdown against that by stream. Means and deviations are summed in another order.
func sameProfile(t *testing.T, pushed, streamed *metrics.TableProfile) {
	t.Helper()
	value := cmp.Comparer(func(a, b metrics.Value) bool {
		if a.String() == b.String() {
			return true
		}
		_, text := a.Text()
		_, other := b.Text()
		x, ok := a.Float64()
		y, too := b.Float64()
		return ok && too && !text && !other && math.Abs(x-y) <= 1e-12*max(math.Abs(x), math.Abs(y))
	})
	kurtosis := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Kurtosis" }, cmp.Ignore())
	if diff := cmp.Diff(streamed, pushed, value, kurtosis); diff != "" {
		t.Errorf("stream (-), pushdown (+):\n%s", diff)
	}
}

// ofAllTypes has a column of each type of PostgreSQL that is read in a way of its own, and of some that are read as texts.
var ofAllTypes = []string{
	`CREATE TYPE mood AS ENUM ('sad', 'glad', 'Ähm')`,
	`CREATE DOMAIN amount AS numeric(10, 2)`,
	`CREATE TYPE pair AS (a integer, b integer)`,
	`CREATE TABLE t (
		i2 smallint, i4 integer, i8 bigint, o oid, f4 real, f8 double precision, n numeric, m amount, b boolean,
		d date, tm time, tz timetz, ts timestamp, tstz timestamptz, tx text, vc varchar(20), ch char(5), nm name, one "char",
		u uuid, j json, jb jsonb, y bytea, e mood, p pair, l integer[], ip inet, iv interval, mo money, bt bit(4), nothing integer)`,
	`INSERT INTO t VALUES
		(1, -2, 9223372036854775807, 4000000000, 0.1, 0.1, 1.10, 2.5, true, '2013-01-31', '23:59:59.123456', '23:00-03:30', '2013-01-31 12:00:00.000001',
		 '1969-12-31 23:59:59.9+02', 'Zürich', 'a', 'a', 'n', 'c', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{"a": 1}', '{"b":2}', '\x00ff', 'sad', '(1,2)', '{1,2}', '10.0.0.1', '1 day', 2.5, B'1010'),
		(2, 0, -9223372036854775808, 0, 'NaN', 'NaN', 'NaN', 0, false, '0044-03-15 BC', '00:00', '12:00+00', '0044-03-15 BC',
		 '2999-01-01 00:00:00.654321+00', '', '', '', 'n', '', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', '[]', '[]', '', 'glad', '(,)', '{}', '10.0.0.0/8', '-1 month', -1, B'0000'),
		(2, 7, 0, 5, 'Infinity', '-Infinity', 'Infinity', -0.00, NULL, 'infinity', '24:00', '24:00+02', 'infinity',
		 '-infinity', 'zürich', 'b', 'b    ', NULL, 'c', NULL, NULL, NULL, NULL, 'Ähm', NULL, NULL, NULL, NULL, NULL, NULL),
		(3, 7, 3, 5, '-0', '-0', 1.1, 1e3, true, '2013-02-01', '12:30', '12:30+01', '2013-02-01', '2013-02-01', 'a b', 'b', 'b', 'm', 'd', NULL, '{"a": 1}', '{"a": 1}', '\xff', 'sad', '(1,2)', '{1,2}', '::1', '1 day', 2.5, B'1010'),
		(NULL, NULL, NULL, NULL, 1e-40, 1e-200, 1e-400, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
}

func TestPushdownFillsTheProfileOfAStreamForEveryType(t *testing.T) {
	server := testpg.Connect(t)
	schema := server.Schema(t)
	server.Exec(t, append([]string{"SET search_path = " + schema}, ofAllTypes...)...)
	w := openPostgres(t, server, schema)
	pushed, streamed := measuredBoth(t, w, plan.Table{TableRef: warehouse.TableRef{Schema: schema, Name: "t"}})
	sameProfile(t, pushed.Profile, streamed.Profile)
	if pushed.Statements != 2 {
		t.Errorf("%d statements, want 2", pushed.Statements)
	}
}

func TestPushdownFillsTheProfileOfAStreamForManyValues(t *testing.T) {
	server := testpg.Connect(t)
	schema := server.Schema(t)
	server.Exec(t, "SET search_path = "+schema, `CREATE TABLE t AS SELECT i, i % 7 AS few, i % 200 AS some, sin(i) AS f, (i * 37 % 1000) / 100.0 AS n,
		CASE WHEN i % 3 = 0 THEN 'v' || i % 50 END AS x, timestamp '2013-01-01' + i * interval '17 seconds' AS at, date '2013-01-01' + i % 400 AS day,
		CASE WHEN i % 100 = 0 THEN 'NaN' WHEN i % 101 = 0 THEN '-Infinity' ELSE i / 3.0 END::float8 AS odd, 5 AS same
		FROM generate_series(1, 20000) AS i`)
	w := openPostgres(t, server, schema)
	pushed, streamed := measuredBoth(t, w, plan.Table{TableRef: warehouse.TableRef{Schema: schema, Name: "t"}})
	sameProfile(t, pushed.Profile, streamed.Profile)
	if !strings.Contains(streamed.Profile.Columns[0].Metrics[metrics.Quantiles].String(), "10000") {
		t.Errorf("quantiles %v", streamed.Profile.Columns[0].Metrics[metrics.Quantiles])
	}
}

// sqliteOf is a SQLite file that statements have filled.
func sqliteOf(t *testing.T, statements ...string) warehouse.Warehouse {
	t.Helper()
	c := config.Connection{Database: filepath.Join(t.TempDir(), "source.db")}
	writer, err := sqlite.OpenHistory(t.Context(), c, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		if _, err := writer.DB.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	writer.DB.Close()
	w, err := sqlite.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func TestPushdownFillsTheProfileOfAStreamForEveryFormOfSQLite(t *testing.T) {
	w := sqliteOf(t, `CREATE TABLE t (
		i INTEGER, f REAL, mixed, b BOOLEAN, notb BOOLEAN, d DATE, notd DATE, ts TIMESTAMP, tm TIME, tx TEXT COLLATE NOCASE, j JSON, u UUID, y BLOB, none DATE, wide INTEGER, num NUMERIC, tie TEXT)`,
		`INSERT INTO t VALUES
		(1, 1.5, 1, 1, 1, '2013-01-31', '2013-01-31', '2013-01-31 12:00:00.5', '12:30', 'a', '{"a":1}', 'A0EE', x'00ff', NULL, 9223372036854775807, 1, 'x'),
		(2, -0.0, 'x', 0, 2, '1969-12-31', 'soon', '2013-01-31', '12:30:00', 'A', '[]', 'a0ee', x'', NULL, -9223372036854775808, 2.5, 3),
		(2, 9e999, 2.5, NULL, 0, '2013-02-01', '2013-01-31', '2012-12-31T23:00:00-02:00', '23:59:59.123456', 'Zürich'||char(0)||'x', '{"a":1}', NULL, x'ff', NULL, 5, 3, NULL),
		(NULL, 3, x'01', 1, 1, NULL, NULL, '2013-01-31T12:00:00.5', NULL, '', NULL, NULL, NULL, NULL, NULL, 3.0, NULL),
		(7, 3.25, 1.0, 1, 1, '2013-02-01', '2014-01-31', NULL, '00:00', 'b', '{"a":1}', 'x', x'00', NULL, 5, NULL, NULL)`)
	pushed, streamed := measuredBoth(t, w, plan.Table{TableRef: warehouse.TableRef{Name: "t"}})
	sameProfile(t, pushed.Profile, streamed.Profile)
	if pushed.Statements != 2 {
		t.Errorf("%d statements, want 2", pushed.Statements)
	}
}

func TestPushdownOnSQLiteFillsTheProfileOfAStreamForManyValues(t *testing.T) {
	w := sqliteOf(t, `CREATE TABLE t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
		SELECT i, i % 7 AS few, i % 200 AS some, (i * 37 % 1000) / 7.0 AS f, CASE WHEN i % 3 = 0 THEN 'v' || (i % 50) END AS x FROM n`,
		`CREATE TABLE days (day DATE, at TIMESTAMP)`,
		`INSERT INTO days WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
			SELECT date('2013-01-01', (i % 400) || ' days'), datetime('2013-01-01', (i * 17) || ' seconds') FROM n`)
	for _, name := range []string{"t", "days"} {
		pushed, streamed := measuredBoth(t, w, plan.Table{TableRef: warehouse.TableRef{Name: name}})
		sameProfile(t, pushed.Profile, streamed.Profile)
	}
}

func TestPushdownReadsWhatAScanReads(t *testing.T) {
	statements := []string{`CREATE TABLE t (i INTEGER, day DATE, "odd "" name" TEXT)`,
		`INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
			SELECT i, %s, 'v' || (i %% 300) FROM n`,
		`CREATE TABLE none (i INTEGER, x TEXT)`, `CREATE VIEW seen AS SELECT i, day FROM t`}
	server := testpg.Connect(t)
	schema := server.Schema(t)
	ofPostgres, ofMySQL := slices.Clone(statements), slices.Clone(statements)
	ofMySQL[1] = fmt.Sprintf(ofMySQL[1], "'2013-01-01' + INTERVAL (i % 9) DAY")
	ofMySQL = append([]string{"SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT', max_recursive_iterations = 10000"}, ofMySQL...)
	statements[1] = fmt.Sprintf(statements[1], "date('2013-01-01', (i % 9) || ' days')")
	ofPostgres[1] = fmt.Sprintf(ofPostgres[1], "date '2013-01-01' + i % 9")
	server.Exec(t, append([]string{"SET search_path = " + schema}, ofPostgres...)...)
	all := []string{}
	for _, n := range metrics.Names() {
		all = append(all, string(n))
	}
	for _, test := range []struct {
		name       string
		table      plan.Table
		statements int
	}{
		{"an empty table", plan.Table{TableRef: warehouse.TableRef{Name: "none"}}, 1},
		{"no column", plan.Table{Columns: []config.ColumnRule{{Name: "*", Profiling: &config.ColumnProfiling{Enabled: new(false)}}}}, 1},
		{"scalars alone", plan.Table{Metrics: []string{"count", "null_count", "mean", "min_length"}}, 1},
		{"some columns", plan.Table{Columns: []config.ColumnRule{{Name: "day", Profiling: &config.ColumnProfiling{Enabled: new(false)}}}}, 2},
		{"other metrics of a column", plan.Table{Metrics: []string{"count"}, Columns: []config.ColumnRule{{Name: "i", Metrics: []string{"quantiles"}}}}, 2},
		{"the latest partition", plan.Table{Partition: &config.Partition{Key: "day", Strategy: config.PartitionLatest}}, 3},
		{"listed partitions", plan.Table{Partition: &config.Partition{Key: "day", Strategy: config.PartitionValues, Values: []any{"2013-01-02", "2013-01-03", nil}}}, 2},
		{"a sample", plan.Table{Sampling: &config.Sampling{Method: config.SamplingRandom, Fraction: 0.2}}, 4},
		{"a sample of a view", plan.Table{TableRef: warehouse.TableRef{Name: "seen"}, Sampling: &config.Sampling{Method: config.SamplingRandom, Fraction: 0.2}}, 4},
		{"a sample of a partition", plan.Table{Partition: &config.Partition{Key: "day", Strategy: config.PartitionLatest}, Sampling: &config.Sampling{Method: config.SamplingRandom, Fraction: 0.2, MaxRows: 50}}, 5},
		{"the rows with the greatest keys", plan.Table{Partition: &config.Partition{Key: "day", Strategy: config.PartitionAll}, Sampling: &config.Sampling{Method: config.SamplingTopK, MaxRows: 700}}, 3},
		{"a share of each day", plan.Table{Partition: &config.Partition{Key: "day", Strategy: config.PartitionAll}, Sampling: &config.Sampling{Method: config.SamplingStratified, Fraction: 0.1}}, 4},
	} {
		if test.table.Name == "" {
			test.table.Name = "t"
		}
		if test.table.Metrics == nil {
			test.table.Metrics = all
		}
		sources := map[string]warehouse.Warehouse{"sqlite": sqliteOf(t, statements...), "postgres": openPostgres(t, server, schema), "mysql": mysqlOf(t, ofMySQL...)}
		for engine, w := range sources {
			t.Run(test.name+" of "+engine, func(t *testing.T) {
				table := test.table
				table.Schema = w.DefaultSchema()
				pushed, streamed := measuredBoth(t, w, table)
				sameProfile(t, pushed.Profile, streamed.Profile)
				if diff := cmp.Diff(streamed.Partition, pushed.Partition, cmp.Comparer(func(a, b metrics.Value) bool { return a.String() == b.String() })); diff != "" {
					t.Error(diff)
				}
				if pushed.Statements != test.statements {
					t.Errorf("%d statements, want %d", pushed.Statements, test.statements)
				}
			})
		}
	}
}

func TestATableTooWideForAStatementIsSplitByColumn(t *testing.T) {
	const columns = 1000
	var declared, values []string
	for i := range columns {
		declared = append(declared, fmt.Sprintf("c%d integer", i))
		values = append(values, fmt.Sprintf("i %% %d", i+1))
	}
	create := []string{"CREATE TABLE wide (" + strings.Join(declared, ", ") + ")"}
	server := testpg.Connect(t)
	schema := server.Schema(t)
	server.Exec(t, append([]string{"SET search_path = " + schema}, append(create, "INSERT INTO wide SELECT "+strings.Join(values, ", ")+" FROM generate_series(1, 200) AS i")...)...)
	file := sqliteOf(t, append(create, "INSERT INTO wide WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT "+strings.Join(values, ", ")+" FROM n")...)
	inMySQL := mysqlOf(t, append(create, "INSERT INTO wide SELECT "+strings.ReplaceAll(strings.Join(values, ", "), "i %", "seq %")+" FROM seq_1_to_200")...)
	for engine, w := range map[string]warehouse.Warehouse{"postgres": openPostgres(t, server, schema), "sqlite": file, "mysql": inMySQL} {
		t.Run(engine, func(t *testing.T) {
			pushed, streamed := measuredBoth(t, w, plan.Table{TableRef: warehouse.TableRef{Schema: w.DefaultSchema(), Name: "wide"}})
			sameProfile(t, pushed.Profile, streamed.Profile)
			if pushed.Statements > 40 {
				t.Errorf("%d statements", pushed.Statements)
			}
		})
	}
}
