package postgres

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// numbered makes 10,000 rows in 10 partitions of 1,000: as a table, a partitioned one, a materialised view,
// and views, of which one has many equal rows.
var numbered = []string{
	`CREATE TABLE plain AS SELECT i::bigint AS id, date '2024-01-01' + (i % 10)::int AS day, 'k' || i % 3 AS kind, '{"a": 1}'::json AS j
		FROM generate_series(0, 9999) AS i`,
	`CREATE TABLE parts (LIKE plain) PARTITION BY RANGE (day)`,
	`CREATE TABLE early PARTITION OF parts FOR VALUES FROM (MINVALUE) TO ('2024-01-04')`,
	`CREATE TABLE late PARTITION OF parts DEFAULT`,
	`INSERT INTO parts SELECT * FROM plain`,
	`CREATE MATERIALIZED VIEW kept AS SELECT * FROM plain`,
	`CREATE VIEW seen AS SELECT * FROM plain`,
	`CREATE VIEW alike AS SELECT 1::bigint AS id, day FROM plain`,
}

// ids returns the column id of the rows that a scan reads.
func ids(t *testing.T, w warehouse.Warehouse, s warehouse.Scan) ([]int64, warehouse.Coverage) {
	t.Helper()
	s.Columns = []metrics.Column{{Name: "id"}}
	var read []int64
	coverage, err := w.Scan(t.Context(), s, func(b *metrics.Batch) error {
		read = append(read, b.Vectors[0].Ints...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if coverage.Read != int64(len(read)) {
		t.Errorf("%d rows are counted, %d were read", coverage.Read, len(read))
	}
	slices.Sort(read) // a table's own order may differ between two runs
	return read, coverage
}

func TestARerunReadsTheSameSample(t *testing.T) {
	w, schema := open(t, numbered...)
	for _, name := range []string{"plain", "parts", "kept", "seen", "alike"} {
		s := warehouse.Scan{Table: warehouse.TableRef{Schema: schema, Name: name}, Seed: 7, Sample: &warehouse.Sample{Method: config.SamplingRandom, Fraction: 0.1}}
		first, coverage := ids(t, w, s)
		again, _ := ids(t, w, s)
		if !slices.Equal(first, again) {
			t.Errorf("%s: a rerun reads other rows", name)
		}
		if len(first) < 900 || len(first) > 1100 || coverage.Rows != 10000 { // ±3.3 standard errors
			t.Errorf("%s: read %d of %d rows, want about 1,000 of 10,000", name, len(first), coverage.Rows)
		}
		s.Seed = 8
		if other, _ := ids(t, w, s); name != "alike" && slices.Equal(first, other) {
			t.Errorf("%s: another seed reads the same rows", name)
		}
	}
}

func TestASampleOfAForeignTable(t *testing.T) {
	w, schema := open(t, "CREATE EXTENSION IF NOT EXISTS file_fdw SCHEMA pg_catalog",
		"CREATE SERVER IF NOT EXISTS files FOREIGN DATA WRAPPER file_fdw",
		`CREATE FOREIGN TABLE program (id bigint) SERVER files OPTIONS (program 'seq 1000')`)
	s := warehouse.Scan{Table: warehouse.TableRef{Schema: schema, Name: "program"}, Sample: &warehouse.Sample{Method: config.SamplingRandom, Fraction: 0.5}}
	first, coverage := ids(t, w, s)
	again, _ := ids(t, w, s)
	if !slices.Equal(first, again) || len(first) < 440 || len(first) > 560 || coverage.Rows != 1000 {
		t.Errorf("read %d rows, then %d, of %d", len(first), len(again), coverage.Rows)
	}
}

func TestASampleHoldsAsManyRowsAsItMay(t *testing.T) {
	w, schema := open(t, numbered...)
	for _, name := range []string{"plain", "parts", "seen"} {
		for most, want := range map[int64]int{1: 1, 10: 10, 100: 100, 9999: 9999, 20000: 10000} {
			read, _ := ids(t, w, warehouse.Scan{Table: warehouse.TableRef{Schema: schema, Name: name}, Sample: &warehouse.Sample{Method: config.SamplingRandom, Fraction: 1, MaxRows: most}})
			if len(read) != want {
				t.Errorf("%s: read %d rows of at most %d, want %d", name, len(read), most, want)
			}
		}
	}
}

func TestEveryStratumGivesTheSameShare(t *testing.T) {
	w, schema := open(t, numbered...)
	for _, name := range []string{"plain", "parts", "seen"} {
		read, _ := ids(t, w, warehouse.Scan{Table: warehouse.TableRef{Schema: schema, Name: name}, Sample: &warehouse.Sample{Method: config.SamplingStratified, Fraction: 0.05, Key: "day"}})
		strata := map[int64]int{}
		for _, id := range read {
			strata[id%10]++
		}
		for day := range int64(10) {
			if strata[day] != 50 {
				t.Errorf("%s: stratum %d gives %d rows of 1,000, want 50", name, day, strata[day])
			}
		}
	}
}

func TestTheGreatestKeysAreRead(t *testing.T) {
	w, schema := open(t, numbered...)
	read, coverage := ids(t, w, warehouse.Scan{Table: warehouse.TableRef{Schema: schema, Name: "plain"}, Sample: &warehouse.Sample{Method: config.SamplingTopK, MaxRows: 3, Key: "id"}})
	if !slices.Equal(read, []int64{9997, 9998, 9999}) || coverage.Rows != 3 {
		t.Errorf("read %v of %d rows", read, coverage.Rows)
	}
}

func TestAViewOfEveryTypeIsSampled(t *testing.T) {
	w, schema := open(t, numbered...)
	ref := warehouse.TableRef{Schema: schema, Name: "seen"}
	described, err := w.Describe(t.Context(), []warehouse.TableRef{ref})
	if err != nil {
		t.Fatal(err)
	}
	coverage, err := w.Scan(t.Context(), warehouse.Scan{Table: ref, Columns: described[ref].Columns, Sample: &warehouse.Sample{Method: config.SamplingRandom, Fraction: 0.1}},
		func(*metrics.Batch) error { return nil })
	if err != nil || coverage.Read < 900 || coverage.Read > 1100 {
		t.Errorf("coverage %v, %v", coverage, err)
	}
}

func TestPartitionsOfEveryType(t *testing.T) {
	for declared, values := range map[string][]string{
		"date":                        {"2024-01-01", "2024-01-02", "2024-01-10"},
		"timestamp without time zone": {"2024-01-01 00:00:00", "2024-01-01 12:30:00.000005", "2024-01-02 00:00:00"},
		"timestamp with time zone":    {"2024-01-01 00:00:00+02", "2024-01-01 12:30:00.5+00", "infinity"},
		"integer":                     {"-5", "9", "10"},
		"bigint":                      {"9007199254740993", "9007199254740994", "9007199254740995"},
		"numeric":                     {"0.1", "0.100000000000000000000001", "1e30"},
		"double precision":            {"0.1", "0.30000000000000004", "1e300"},
		"text":                        {"10", "9", "a'b"},
		"character varying(3)":        {"10", "9", "a'b"},
		"boolean":                     {"false", "false", "true"},
		"uuid":                        {"00000000-0000-0000-0000-000000000000", "01234567-89ab-cdef-0123-456789abcdef", "ffffffff-89ab-cdef-0123-456789abcdef"},
		"time without time zone":      {"00:00:00", "12:00:00.000001", "24:00:00"},
	} {
		t.Run(declared, func(t *testing.T) {
			quote := func(s string) string { return "'" + string(escape(s)) + "'" }
			w, schema := open(t, "CREATE TABLE t (id bigint, k "+declared+")",
				"INSERT INTO t VALUES (0, "+quote(values[0])+"), (1, "+quote(values[1])+"), (2, "+quote(values[2])+"), (22, "+quote(values[2])+"), (99, NULL)")
			scan := func(p warehouse.Partition) []int64 {
				p.Key = "k"
				read, _ := ids(t, w, warehouse.Scan{Table: warehouse.TableRef{Schema: schema, Name: "t"}, Partition: &p})
				return read
			}
			if got := scan(warehouse.Partition{Strategy: config.PartitionLatest}); !slices.Equal(got, []int64{2, 22}) {
				t.Errorf("latest reads %v", got)
			}
			if got := scan(warehouse.Partition{Strategy: config.PartitionRecentN, Count: 2}); !slices.Contains(got, 1) || slices.Contains(got, 99) {
				t.Errorf("recent_n 2 reads %v", got)
			}
			if got := scan(warehouse.Partition{Strategy: config.PartitionSample, Count: 3}); !slices.Equal(got, []int64{0, 1, 2, 22}) {
				t.Errorf("sample of 3 reads %v", got)
			}
			if got := scan(warehouse.Partition{Strategy: config.PartitionValues, Values: []any{values[2], nil}}); !slices.Equal(got, []int64{2, 22, 99}) {
				t.Errorf("given values read %v", got)
			}
		})
	}
}

// escape doubles the quotes of a literal.
func escape(s string) (out []byte) {
	for _, b := range []byte(s) {
		if b == '\'' {
			out = append(out, b)
		}
		out = append(out, b)
	}
	return out
}

func TestGivenPartitionsAreBound(t *testing.T) {
	w, schema := open(t, "CREATE TABLE t (id bigint, n integer, s text, f double precision, b boolean, d date)",
		"INSERT INTO t VALUES (1, 7, '7', 1.5, true, '2024-01-01'), (2, 8, 'x''y', 2, false, '2024-01-02')")
	ref := warehouse.TableRef{Schema: schema, Name: "t"}
	for column, values := range map[string][]any{
		"n": {json.Number("7")}, "s": {json.Number("7")}, "f": {json.Number("1.5")}, "b": {true}, "d": {"2024-01-01", "1999-01-01"},
	} {
		read, coverage := ids(t, w, warehouse.Scan{Table: ref, Partition: &warehouse.Partition{Key: column, Strategy: config.PartitionValues, Values: values}})
		if !slices.Equal(read, []int64{1}) || coverage.Statements != 1 {
			t.Errorf("%s: read %v with %d statements", column, read, coverage.Statements)
		}
	}
	if read, _ := ids(t, w, warehouse.Scan{Table: ref, Partition: &warehouse.Partition{Key: "s", Strategy: config.PartitionValues, Values: []any{"x'y", "' OR 1=1 --"}}}); !slices.Equal(read, []int64{2}) {
		t.Errorf("read %v", read)
	}
	_, err := w.Scan(t.Context(), warehouse.Scan{Table: ref, Columns: []metrics.Column{{Name: "id"}}, Partition: &warehouse.Partition{Key: "n", Strategy: config.PartitionValues, Values: []any{"seven"}}}, nil)
	if err == nil || w.Transient(err) || !strings.Contains(err.Error(), `write partition.values as the type of the column "n" has them`) {
		t.Errorf("error %v", err)
	}
}

func TestASampleOfAPartitionCountsThePartition(t *testing.T) {
	w, schema := open(t, numbered...)
	_, coverage := ids(t, w, warehouse.Scan{Table: warehouse.TableRef{Schema: schema, Name: "plain"},
		Partition: &warehouse.Partition{Key: "day", Strategy: config.PartitionLatest}, Sample: &warehouse.Sample{Method: config.SamplingRandom, Fraction: 0.5}})
	if coverage.Rows != 1000 || coverage.Read < 400 || coverage.Read > 600 || !slices.Equal(coverage.Partitions, []metrics.Value{metrics.Text("2024-01-10")}) || coverage.Statements != 4 {
		t.Errorf("coverage %+v", coverage)
	}
}

func TestASampleOfATableThatIsGoneSaysSo(t *testing.T) {
	w, schema := open(t)
	_, err := w.Scan(t.Context(), warehouse.Scan{Table: warehouse.TableRef{Schema: schema, Name: "gone"}, Columns: []metrics.Column{{Name: "a"}},
		Sample: &warehouse.Sample{Method: config.SamplingRandom, Fraction: 0.5}}, nil)
	if !errors.Is(err, warehouse.ErrNoTable) {
		t.Errorf("error %v", err)
	}
}
