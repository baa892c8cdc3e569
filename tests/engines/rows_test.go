package engines

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// numbered makes a table of 10,000 rows with a primary key, in ten days of 1,000 and three kinds, one without a key, and views of
// it, of which one has many equal rows.
func numbered(e engine) []string {
	q := e.sql.quote
	columns := fmt.Sprintf("%s %%s, %s %s, %s %s, %s %s", q("id"), q("day"), e.sql.types[metrics.KindDate], q("kind"), e.sql.types[metrics.KindText], q("wide"), e.sql.types[metrics.KindInteger])
	statements := []string{
		"CREATE TABLE plain (" + fmt.Sprintf(columns, e.sql.key+" PRIMARY KEY") + ")", "CREATE TABLE bare (" + fmt.Sprintf(columns, e.sql.types[metrics.KindInteger]) + ")",
	}
	for start := 0; start < 10000; start += 1000 {
		var rows []string
		for i := start; i < start+1000; i++ {
			day := fmt.Sprintf("'2024-01-%02d'", i%10+1)
			if i%1000 == 999 {
				day = "NULL"
			}
			rows = append(rows, fmt.Sprintf("(%d, %s, 'k%d', %d)", i, day, i%3, 9007199254740992+i%4))
		}
		statements = append(statements, "INSERT INTO plain VALUES "+strings.Join(rows, ", "))
	}
	return append(statements, "INSERT INTO bare SELECT * FROM plain", "CREATE VIEW seen AS SELECT * FROM plain", "CREATE VIEW alike AS SELECT 1 AS id, day FROM plain")
}

// ids returns the column id of the rows that a scan reads, sorted.
func ids(t *testing.T, w warehouse.Warehouse, s warehouse.Scan) ([]int64, warehouse.Coverage) {
	t.Helper()
	s.Columns = []metrics.Column{{Name: "id", Kind: metrics.KindInteger}}
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

func samples(t *testing.T, e engine) {
	p := e.start(t)
	p.exec(t, numbered(e)...)
	w := e.opened(t, p.connection)
	for _, name := range []string{"plain", "bare", "seen", "alike"} {
		s := warehouse.Scan{Table: p.table(name), Seed: 7, Sample: &warehouse.Sample{Method: config.SamplingRandom, Fraction: 0.1}}
		first, coverage := ids(t, w, s)
		if again, _ := ids(t, w, s); !slices.Equal(first, again) {
			t.Errorf("%s: a rerun reads other rows", name)
		}
		if len(first) < 900 || len(first) > 1100 || coverage.Rows != 10000 { // ±3.3 standard errors
			t.Errorf("%s: read %d of %d rows, want about 1,000 of 10,000", name, len(first), coverage.Rows)
		}
		s.Seed = 8
		if other, _ := ids(t, w, s); name != "alike" && slices.Equal(first, other) {
			t.Errorf("%s: another seed reads the same rows", name)
		}
		for most, want := range map[int64]int{1: 1, 100: 100, 9999: 9999, 20000: 10000} {
			read, _ := ids(t, w, warehouse.Scan{Table: p.table(name), Sample: &warehouse.Sample{Method: config.SamplingRandom, Fraction: 1, MaxRows: most}})
			if len(read) != want {
				t.Errorf("%s: read %d rows of at most %d, want %d", name, len(read), most, want)
			}
		}
	}
	for _, name := range []string{"plain", "bare", "seen"} {
		read, _ := ids(t, w, warehouse.Scan{Table: p.table(name), Sample: &warehouse.Sample{Method: config.SamplingStratified, Fraction: 0.06, Key: "kind"}})
		strata := map[int64]int{}
		for _, id := range read {
			strata[id%3]++
		}
		for kind, n := range strata { // 3,334 or 3,333 rows of each
			if n < 199 || n > 201 {
				t.Errorf("%s: stratum %d gives %d rows, want 200", name, kind, n)
			}
		}
		read, coverage := ids(t, w, warehouse.Scan{Table: p.table(name), Sample: &warehouse.Sample{Method: config.SamplingTopK, MaxRows: 3, Key: "id"}})
		if !slices.Equal(read, []int64{9997, 9998, 9999}) || coverage.Rows != 3 {
			t.Errorf("%s: the greatest keys are %v, of %d rows", name, read, coverage.Rows)
		}
	}
}

func partitions(t *testing.T, e engine) {
	p := e.start(t)
	p.exec(t, numbered(e)...)
	w := e.opened(t, p.connection)
	for _, test := range []struct {
		partition warehouse.Partition
		chosen    string
		rows      int64
	}{
		{warehouse.Partition{Key: "day", Strategy: config.PartitionLatest}, "[2024-01-10]", 990},
		{warehouse.Partition{Key: "day", Strategy: config.PartitionRecentN, Count: 3}, "[2024-01-10 2024-01-09 2024-01-08]", 2990},
		{warehouse.Partition{Key: "day", Strategy: config.PartitionValues, Values: []any{"2024-01-02", nil}}, "[2024-01-02 ]", 1010},
		{warehouse.Partition{Key: "day", Strategy: config.PartitionValues, Values: []any{"1999-01-01"}}, "[1999-01-01]", 0},
		{warehouse.Partition{Key: "kind", Strategy: config.PartitionLatest}, "[k2]", 3333},
		{warehouse.Partition{Key: "kind", Strategy: config.PartitionValues, Values: []any{"k0", "it's; --"}}, "[k0 it's; --]", 3334},
		// Neighbours that are one as floating-point numbers.
		{warehouse.Partition{Key: "wide", Strategy: config.PartitionLatest}, "[9007199254740995]", 2500},
		{warehouse.Partition{Key: "wide", Strategy: config.PartitionValues, Values: []any{json.Number("9007199254740993")}}, "[9007199254740993]", 2500},
		{warehouse.Partition{Key: "id", Strategy: config.PartitionValues, Values: []any{json.Number("7"), json.Number("70")}}, "[7 70]", 2},
	} {
		read, coverage := ids(t, w, warehouse.Scan{Table: p.table("plain"), Partition: &test.partition})
		if got := fmt.Sprint(coverage.Partitions); got != test.chosen || int64(len(read)) != test.rows || coverage.Rows != test.rows {
			t.Errorf("%s by %s: %s with %d rows, %d read; want %s with %d", test.partition.Key, test.partition.Strategy, got, coverage.Rows, len(read), test.chosen, test.rows)
		}
	}
	s := warehouse.Scan{Table: p.table("plain"), Seed: 3, Partition: &warehouse.Partition{Key: "day", Strategy: config.PartitionSample, Count: 2}}
	first, coverage := ids(t, w, s)
	again, _ := ids(t, w, s)
	if len(coverage.Partitions) != 2 || len(first) < 1980 || !slices.Equal(first, again) {
		t.Errorf("a sample of partitions: %v with %d rows, then %d", coverage.Partitions, len(first), len(again))
	}
	s = warehouse.Scan{Table: p.table("plain"), Partition: &warehouse.Partition{Key: "day", Strategy: config.PartitionLatest},
		Sample: &warehouse.Sample{Method: config.SamplingRandom, Fraction: 0.5}}
	read, coverage := ids(t, w, s)
	if coverage.Rows != 990 || len(read) < 440 || len(read) > 550 {
		t.Errorf("a sample of a partition: %d of %d rows, want about half of 990", len(read), coverage.Rows)
	}
}
