package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// A run of the Python tool may hold what is no value of its metric: "error" where a query failed, null, JSON
// that was cut, a number where a list is wanted. Such a metric is not compared; the others are.
func TestOddRowsOfTheHistoryAreSkipped(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		write := func(statement string, arguments ...any) {
			t.Helper()
			if _, err := s.db.Exec(s.sql("%s", statement), arguments...); err != nil {
				t.Fatal(err)
			}
		}
		for i, values := range []map[metrics.Name]any{
			{"mean": "error", "stddev": nil, "min": "", "max": "NaN", "histogram": `[{"bin_start": 0, "bin_`, "top_values": "7", "count": "100", "unheard_of": "{}"},
			{"mean": "5.5", "stddev": "2.0", "min": "1", "max": "9", "histogram": "error", "quantiles": "[]", "count": "200"},
		} {
			id, at := fmt.Sprintf("r%d", i), stamp(noon.Add(time.Duration(i)*time.Hour))
			write("INSERT INTO baselinr_runs (run_id, dataset_name, profiled_at, status) VALUES (?, 't', ?, 'completed')", id, at)
			for name, value := range values {
				write(`INSERT INTO baselinr_results (run_id, dataset_name, column_name, column_type, metric_name, metric_value, profiled_at)
					VALUES (?, 't', 'a', 'INTEGER', ?, ?, ?)`, id, string(name), value, at)
			}
			write(`INSERT INTO baselinr_results (run_id, dataset_name, column_name, metric_name, metric_value, profiled_at)
				VALUES (?, 't', 'without a type', 'mean', '1', ?)`, id, at)
		}
		runs, err := s.Latest(t.Context(), Subject{TableRef: warehouse.TableRef{Name: "t"}}, 5, nil)
		if err != nil || len(runs) != 2 {
			t.Fatalf("runs %v, %v", runs, err)
		}
		var profiles [2]*drift.Run
		for i, run := range runs {
			if profiles[i], err = s.Baseline(t.Context(), run); err != nil {
				t.Fatal(err)
			}
		}
		r := drift.Detect(drift.DefaultSettings(), []*drift.Run{profiles[1]}, profiles[0])
		if len(r.Findings) != 1 || r.Findings[0].Metric != metrics.Count || *r.Findings[0].ChangePercent != 100 || len(r.SchemaChanges) != 0 {
			t.Errorf("got %+v, %v", r.Findings, r.SchemaChanges)
		}
	})
}
