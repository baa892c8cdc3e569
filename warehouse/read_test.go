package warehouse

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// recorder is a cursor that writes down what is sent to it. The engines' tests send the same to real ones.
type recorder struct {
	identity   Identity
	rows       int64
	sent       []string
	parameters []any
}

func (*recorder) Table(t TableRef) string  { return QuoteANSI(t.Name) }
func (*recorder) Quote(name string) string { return QuoteANSI(name) }
func (*recorder) Placeholder(n int) string { return fmt.Sprintf("$%d", n) }
func (*recorder) Hash(_ uint32, expressions []string) string {
	return "hash(" + strings.Join(expressions, ", ") + ")"
}
func (r *recorder) Identity(context.Context, TableRef) (Identity, error) { return r.identity, nil }

func (r *recorder) Values(_ context.Context, statement string, _ []any) ([]any, error) {
	r.sent = append(r.sent, statement)
	if strings.Contains(statement, "count(*)") {
		return []any{r.rows}, nil
	}
	return []any{"2024-01-02", "2024-01-01"}, nil
}

func (r *recorder) Stream(_ context.Context, statement string, parameters []any, _ Scan, _ func(*metrics.Batch) error) (int64, error) {
	r.sent, r.parameters = append(r.sent, statement), parameters
	return 7, nil
}

func TestTheStatementsOfAScan(t *testing.T) {
	columns := []metrics.Column{{Name: "a"}, {Name: `b"c`}}
	withIDs := Identity{Expressions: []string{"id"}}
	sampling := Identity{Expressions: []string{"id"}, TableSample: true}
	tests := []struct {
		name     string
		scan     Scan
		identity Identity
		want     []string // the last one is the scan's own
		bound    []any
	}{
		{name: "the columns that are asked for, and no other", scan: Scan{Columns: columns},
			want: []string{`SELECT "a", "b""c" FROM "t"`}},
		{name: "no column counts the rows", scan: Scan{},
			want: []string{`SELECT count(*) FROM "t"`}},
		{name: "the latest partition", scan: Scan{Columns: columns, Partition: &Partition{Key: "d", Strategy: config.PartitionLatest}},
			want: []string{`SELECT "d" FROM "t" WHERE "d" IS NOT NULL ORDER BY "d" DESC LIMIT 1`,
				`SELECT "a", "b""c" FROM "t" WHERE ("d" IN ($1, $2))`},
			bound: []any{"2024-01-02", "2024-01-01"}},
		{name: "recent partitions", scan: Scan{Columns: columns[:1], Partition: &Partition{Key: "d", Strategy: config.PartitionRecentN, Count: 2}},
			want: []string{`SELECT DISTINCT "d" FROM "t" WHERE "d" IS NOT NULL ORDER BY "d" DESC LIMIT 2`,
				`SELECT "a" FROM "t" WHERE ("d" IN ($1, $2))`},
			bound: []any{"2024-01-02", "2024-01-01"}},
		{name: "given partitions, and rows without a key", scan: Scan{Columns: columns[:1], Partition: &Partition{Key: "d", Strategy: config.PartitionValues, Values: []any{json.Number("1"), nil}}},
			want:  []string{`SELECT "a" FROM "t" WHERE ("d" IS NULL OR "d" IN ($1))`},
			bound: []any{json.Number("1")}},
		{name: "a random sample of a table that samples itself", identity: sampling, scan: Scan{Columns: columns[:1], Seed: 5, Sample: &Sample{Method: config.SamplingRandom, Fraction: 0.1}},
			want: []string{`SELECT count(*) FROM "t"`, `SELECT "a" FROM "t" TABLESAMPLE BERNOULLI (10) REPEATABLE (5)`}},
		{name: "a random sample by the rows' IDs", identity: withIDs, scan: Scan{Columns: columns[:1], Sample: &Sample{Method: config.SamplingRandom, Fraction: 0.00001}},
			want: []string{`SELECT count(*) FROM "t"`, `SELECT "a" FROM "t" WHERE hash(id) < 0.00001`}},
		{name: "a random sample by the rows' values", scan: Scan{Columns: columns[:1], Sample: &Sample{Method: config.SamplingRandom, Fraction: 0.5}},
			want: []string{`SELECT count(*) FROM "t"`,
				`SELECT "a" FROM (SELECT "a", "baselinr_hash", row_number() OVER (PARTITION BY "baselinr_hash") AS "baselinr_occurrence"` +
					` FROM (SELECT "a", hash("a") AS "baselinr_hash" FROM "t") AS hashed) AS numbered WHERE hash("baselinr_hash", "baselinr_occurrence") < 0.5`}},
		{name: "a bound that cuts the sample cuts it at random", identity: withIDs, scan: Scan{Columns: columns[:1], Sample: &Sample{Method: config.SamplingRandom, Fraction: 1, MaxRows: 100}},
			want: []string{`SELECT count(*) FROM "t"`, `SELECT "a" FROM "t" WHERE hash(id) < 0.148 ORDER BY hash(id) LIMIT 100`}},
		{name: "a bound that is far away does not sort", identity: withIDs, scan: Scan{Columns: columns[:1], Sample: &Sample{Method: config.SamplingRandom, Fraction: 0.1, MaxRows: 900}},
			want: []string{`SELECT count(*) FROM "t"`, `SELECT "a" FROM "t" WHERE hash(id) < 0.1 LIMIT 900`}},
		{name: "a sample that takes all is none", identity: withIDs, scan: Scan{Columns: columns[:1], Sample: &Sample{Method: config.SamplingRandom, Fraction: 1, MaxRows: 1000}},
			want: []string{`SELECT count(*) FROM "t"`, `SELECT "a" FROM "t"`}},
		{name: "a sample within a partition", identity: sampling, scan: Scan{Columns: columns[:1], Seed: 5, Partition: &Partition{Key: "d", Strategy: config.PartitionValues, Values: []any{"x"}}, Sample: &Sample{Method: config.SamplingRandom, Fraction: 0.1}},
			want:  []string{`SELECT count(*) FROM "t" WHERE ("d" IN ($1))`, `SELECT "a" FROM "t" TABLESAMPLE BERNOULLI (10) REPEATABLE (5) WHERE ("d" IN ($1))`},
			bound: []any{"x"}},
		{name: "ranges of a key", scan: Scan{Columns: columns[:1], Partition: &Partition{Key: "d", Ranges: [][2]string{{"2024-01-01", "2024-02-01"}, {"2024-03-01", "2024-03-02"}}}},
			want:  []string{`SELECT "a" FROM "t" WHERE ("d" >= $1 AND "d" < $2 OR "d" >= $3 AND "d" < $4)`},
			bound: []any{"2024-01-01", "2024-02-01", "2024-03-01", "2024-03-02"}},
		{name: "strata", identity: withIDs, scan: Scan{Columns: columns[:1], Sample: &Sample{Method: config.SamplingStratified, Fraction: 0.25, Key: "d"}},
			want: []string{`SELECT count(*) FROM "t"`,
				`SELECT "a" FROM (SELECT "a", row_number() OVER (ORDER BY "d", hash(id)) AS "baselinr_position" FROM "t") AS ordered` +
					` WHERE floor("baselinr_position" * 0.25 + 0) > floor(("baselinr_position" - 1) * 0.25 + 0)`}},
		{name: "the greatest keys", identity: withIDs, scan: Scan{Columns: columns[:1], Sample: &Sample{Method: config.SamplingTopK, MaxRows: 3, Key: "d"}},
			want: []string{`SELECT "a" FROM "t" WHERE "d" IS NOT NULL ORDER BY "d" DESC, hash(id) LIMIT 3`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := &recorder{identity: test.identity, rows: 1000}
			test.scan.Table.Name = "t"
			coverage, err := Read(t.Context(), r, test.scan, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, r.sent); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if !slices.Equal(test.bound, r.parameters) {
				t.Errorf("bound %v, want %v", r.parameters, test.bound)
			}
			identified := 0
			if s := test.scan.Sample; s != nil && !s.takesAll(1000) {
				identified = 1
			}
			if coverage.Statements != len(test.want)+identified {
				t.Errorf("%d statements are counted, %d were sent", coverage.Statements, len(test.want)+identified)
			}
		})
	}
}

func TestNamesOfOursAvoidTheTables(t *testing.T) {
	r := reading{Cursor: &recorder{}, scan: Scan{Columns: []metrics.Column{{Name: "Baselinr_Hash"}}, Sample: &Sample{}}}
	if got := r.unused("hash"); got != `"baselinr_baselinr_hash"` {
		t.Error(got)
	}
}
