package sqlite

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// numbered makes 10,000 rows in 10 partitions of 1,000: as a table, one without row IDs, one whose columns
// have taken the names of the row ID, and views, of which one has many equal rows.
var numbered = []string{
	`CREATE TABLE plain (id INTEGER, day DATE, kind TEXT)`,
	`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
		INSERT INTO plain SELECT i, '2024-01-' || printf('%02d', i % 10 + 1), 'k' || (i % 3) FROM n`,
	`CREATE TABLE bare (id INTEGER PRIMARY KEY, day DATE, kind TEXT) WITHOUT ROWID`,
	`INSERT INTO bare SELECT * FROM plain`,
	`CREATE TABLE taken (rowid TEXT, _rowid_ TEXT, oid TEXT, id INTEGER, day DATE)`,
	`INSERT INTO taken SELECT 'a', 'a', 'a', id, day FROM plain`,
	`CREATE VIEW seen AS SELECT * FROM plain`,
	`CREATE VIEW alike AS SELECT 1 AS id, day FROM plain`,
}

// ids returns the column id of the rows that a scan reads.
func ids(t *testing.T, w warehouse.Warehouse, s warehouse.Scan) ([]int64, warehouse.Coverage) {
	t.Helper()
	if s.Columns == nil {
		s.Columns = []metrics.Column{{Name: "id"}}
	}
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
	return read, coverage
}

func TestARerunReadsTheSameSample(t *testing.T) {
	w := holding(t, numbered...)
	for _, name := range []string{"plain", "bare", "taken", "seen", "alike"} {
		s := warehouse.Scan{Table: warehouse.TableRef{Name: name}, Seed: 7, Sample: &warehouse.Sample{Method: config.SamplingRandom, Fraction: 0.1}}
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

func TestASampleHoldsAsManyRowsAsItMay(t *testing.T) {
	w := holding(t, numbered...)
	for _, name := range []string{"plain", "seen"} {
		for most, want := range map[int64]int{1: 1, 10: 10, 100: 100, 9999: 9999, 20000: 10000} {
			read, _ := ids(t, w, warehouse.Scan{Table: warehouse.TableRef{Name: name}, Sample: &warehouse.Sample{Method: config.SamplingRandom, Fraction: 1, MaxRows: most}})
			if len(read) != want {
				t.Errorf("%s: read %d rows of at most %d, want %d", name, len(read), most, want)
			}
		}
	}
}

func TestEveryStratumGivesTheSameShare(t *testing.T) {
	w := holding(t, numbered...)
	for _, name := range []string{"plain", "bare", "seen"} {
		read, _ := ids(t, w, warehouse.Scan{Table: warehouse.TableRef{Name: name}, Sample: &warehouse.Sample{Method: config.SamplingStratified, Fraction: 0.05, Key: "day"}})
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
	w := holding(t, numbered...)
	read, coverage := ids(t, w, warehouse.Scan{Table: warehouse.TableRef{Name: "plain"}, Sample: &warehouse.Sample{Method: config.SamplingTopK, MaxRows: 3, Key: "id"}})
	if !slices.Equal(read, []int64{9999, 9998, 9997}) || coverage.Rows != 3 {
		t.Errorf("read %v of %d rows", read, coverage.Rows)
	}
}

func TestPartitionsOfEveryType(t *testing.T) {
	for declared, values := range map[string][]string{
		"DATE":     {"'2024-01-01'", "'2024-01-02'", "'2024-01-10'"},
		"DATETIME": {"'2024-01-01 00:00:00'", "'2024-01-01 12:30:00.5'", "'2024-01-02 00:00:00'"},
		"INTEGER":  {"-5", "9", "10"},
		"BIGINT":   {"9007199254740993", "9007199254740994", "9007199254740995"},
		"TEXT":     {"'10'", "'9'", "'a''b'"},
		"REAL":     {"0.1", "0.2", "1e300"},
		"BLOB":     {"x'00'", "x'01'", "x'ff00'"},
		"":         {"1", "'1'", "x'31'"},
	} {
		t.Run(declared, func(t *testing.T) {
			w := holding(t, "CREATE TABLE t (id INTEGER, k "+declared+")",
				"INSERT INTO t VALUES (0, "+values[0]+"), (1, "+values[1]+"), (2, "+values[2]+"), (22, "+values[2]+"), (99, NULL)")
			scan := func(p warehouse.Partition) []int64 {
				p.Key = "k"
				read, _ := ids(t, w, warehouse.Scan{Table: warehouse.TableRef{Name: "t"}, Partition: &p})
				slices.Sort(read)
				return read
			}
			if got := scan(warehouse.Partition{Strategy: config.PartitionLatest}); !slices.Equal(got, []int64{2, 22}) {
				t.Errorf("latest reads %v", got)
			}
			if got := scan(warehouse.Partition{Strategy: config.PartitionRecentN, Count: 2}); !slices.Equal(got, []int64{1, 2, 22}) {
				t.Errorf("recent_n 2 reads %v", got)
			}
			if got := scan(warehouse.Partition{Strategy: config.PartitionSample, Count: 3}); !slices.Equal(got, []int64{0, 1, 2, 22}) {
				t.Errorf("sample of 3 reads %v", got)
			}
			if got := scan(warehouse.Partition{Strategy: config.PartitionValues, Values: []any{nil}}); !slices.Equal(got, []int64{99}) {
				t.Errorf("rows without a key: %v", got)
			}
		})
	}
}

func TestGivenPartitions(t *testing.T) {
	w := holding(t, "CREATE TABLE t (id INTEGER, n INTEGER, s TEXT, f REAL, b BOOLEAN, d DATE)",
		"INSERT INTO t VALUES (1, 7, '7', 1.5, 1, '2024-01-01'), (2, 8, 'x''y', 2, 0, '2024-01-02')")
	for column, values := range map[string][]any{
		"n": {json.Number("7")}, "s": {json.Number("7")}, "f": {json.Number("1.5")}, "b": {true}, "d": {"2024-01-01"},
	} {
		read, coverage := ids(t, w, warehouse.Scan{Table: warehouse.TableRef{Name: "t"}, Partition: &warehouse.Partition{Key: column, Strategy: config.PartitionValues, Values: values}})
		if !slices.Equal(read, []int64{1}) || coverage.Statements != 1 {
			t.Errorf("%s: read %v with %d statements", column, read, coverage.Statements)
		}
	}
	if read, _ := ids(t, w, warehouse.Scan{Table: warehouse.TableRef{Name: "t"}, Partition: &warehouse.Partition{Key: "s", Strategy: config.PartitionValues, Values: []any{"x'y", "' OR 1=1 --"}}}); !slices.Equal(read, []int64{2}) {
		t.Errorf("read %v", read)
	}
}

func TestThePartitionsThatWereReadAreNamed(t *testing.T) {
	w := holding(t, "CREATE TABLE t (id INTEGER, k)", "INSERT INTO t VALUES (1, x'00ff'), (2, NULL)")
	for want, p := range map[string]warehouse.Partition{
		`["00ff"]`:     {Key: "k", Strategy: config.PartitionLatest},
		`["7",null]`:   {Key: "k", Strategy: config.PartitionValues, Values: []any{json.Number("7"), nil}},
		`["null","a"]`: {Key: "k", Strategy: config.PartitionValues, Values: []any{"null", "a"}},
	} {
		_, coverage := ids(t, w, warehouse.Scan{Table: warehouse.TableRef{Name: "t"}, Partition: &p})
		if got, err := json.Marshal(coverage.Partitions); err != nil || string(got) != want {
			t.Errorf("partitions %s, want %s, %v", got, want, err)
		}
	}
}

func TestATableWithoutAPartitionHasNoRows(t *testing.T) {
	w := holding(t, "CREATE TABLE t (id INTEGER, k DATE)")
	read, coverage := ids(t, w, warehouse.Scan{Table: warehouse.TableRef{Name: "t"}, Partition: &warehouse.Partition{Key: "k", Strategy: config.PartitionLatest}})
	if len(read) != 0 || len(coverage.Partitions) != 0 {
		t.Errorf("read %v, %v", read, coverage)
	}
}

func TestWithoutColumnsTheRowsAreCounted(t *testing.T) {
	w := holding(t, numbered...)
	coverage, err := w.Scan(t.Context(), warehouse.Scan{Table: warehouse.TableRef{Name: "plain"}, Partition: &warehouse.Partition{Key: "day", Strategy: config.PartitionLatest}}, nil)
	if err != nil || coverage.Rows != 1000 || coverage.Read != 1000 {
		t.Errorf("coverage %v, %v", coverage, err)
	}
}

func TestAHashOfManyColumnsIsNested(t *testing.T) {
	names := make([]string, 1500)
	for i := range names {
		names[i] = "1"
	}
	w := holding(t, "CREATE TABLE t (id INTEGER)", "INSERT INTO t VALUES (1)").(*Warehouse)
	c, err := w.acquire()
	if err != nil {
		t.Fatal(err)
	}
	defer w.release(c)
	for _, n := range []int{1, 100, 101, 1500} {
		values, err := cursor{c}.Values(t.Context(), "SELECT "+cursor{c}.Hash(3, names[:n]), nil)
		if err != nil || len(values) != 1 {
			t.Fatalf("%d columns: %v, %v", n, values, err)
		}
		if h, ok := values[0].(float64); !ok || h < 0 || h >= 1 {
			t.Errorf("hash %v", values[0])
		}
	}
	if sql := (cursor{c}).Hash(3, names[:2]); !strings.HasPrefix(sql, hashFunction+"(3, ") {
		t.Error(sql)
	}
}
