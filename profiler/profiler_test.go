package profiler

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

var errPassing = errors.New("a passing failure")

// flaky is a real warehouse whose scans break off after their first batch, a number of times.
type flaky struct {
	warehouse.Warehouse
	mu       sync.Mutex
	failures int
	failure  error
}

func (f *flaky) Transient(err error) bool { return errors.Is(err, errPassing) }

func (f *flaky) Scan(ctx context.Context, s warehouse.Scan, visit func(*metrics.Batch) error) (warehouse.Coverage, error) {
	return f.Warehouse.Scan(ctx, s, func(b *metrics.Batch) error {
		if err := visit(b); err != nil {
			return err
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.failures == 0 {
			return nil
		}
		f.failures--
		return f.failure
	})
}

type silent struct{}

func (silent) Started(plan.Table)         {}
func (silent) Read(plan.Table, int64)     {}
func (silent) Planned([]plan.Table)       {}
func (silent) Restarted(plan.Table)       {}
func (silent) Finished(plan.Table, error) {}

// source is a SQLite file with n tables, t0, t1, …, of 3,000 rows each.
func source(t *testing.T, n int) (warehouse.Warehouse, []plan.Table) {
	t.Helper()
	c := config.Connection{Database: filepath.Join(t.TempDir(), "source.db")}
	writer, err := sqlite.OpenHistory(t.Context(), c, true)
	if err != nil {
		t.Fatal(err)
	}
	var tables []plan.Table
	for i := range n {
		name := fmt.Sprintf("t%d", i)
		_, err := writer.DB.Exec("CREATE TABLE " + name + " AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i FROM n")
		if err != nil {
			t.Fatal(err)
		}
		tables = append(tables, plan.Table{TableRef: warehouse.TableRef{Name: name}, Metrics: []string{"count", "max"}, EstimatedRows: -1})
	}
	writer.DB.Close()
	w, err := sqlite.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w, tables
}

func settings(workers, retries int) Settings {
	return Settings{
		Metrics: metrics.DefaultSettings(), Workers: workers, Now: time.Now,
		Retry: warehouse.Retry{Retries: retries, Fixed: true, Min: time.Millisecond, Max: time.Millisecond},
	}
}

func run(t *testing.T, w warehouse.Warehouse, tables []plan.Table, s Settings) map[string]Result {
	t.Helper()
	results := map[string]Result{}
	err := Run(t.Context(), w, tables, s, silent{}, func(finished []Result) error {
		for _, r := range finished {
			results[r.Table.ID()] = r
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestAScanThatIsTriedAgainCountsNoRowTwice(t *testing.T) {
	w, tables := source(t, 1)
	r := run(t, &flaky{Warehouse: w, failures: 2, failure: errPassing}, tables, settings(1, 3))["t0"]
	if r.Err != nil || r.Profile.RowCount != 3000 || r.Statements != 3 {
		t.Errorf("got %+v", r)
	}
}

func TestAFailureThatLastsIsNotTriedAgainForEver(t *testing.T) {
	w, tables := source(t, 1)
	r := run(t, &flaky{Warehouse: w, failures: 100, failure: errPassing}, tables, settings(1, 2))["t0"]
	if !errors.Is(r.Err, errPassing) || r.Statements != 3 || !strings.Contains(r.Err.Error(), `table "t0"`) {
		t.Errorf("got %+v", r)
	}
}

func TestAPermanentFailureIsNotTriedAgainAndStopsNoOtherTable(t *testing.T) {
	w, tables := source(t, 3)
	permanent := errors.New("permanent")
	results := run(t, &flaky{Warehouse: w, failures: 1, failure: permanent}, tables, settings(1, 5))
	failed := 0
	for _, r := range results {
		if r.Err != nil {
			failed++
			if r.Statements != 1 || !errors.Is(r.Err, permanent) {
				t.Errorf("got %+v", r)
			}
		}
	}
	if failed != 1 || len(results) != 3 {
		t.Errorf("%d of %d failed", failed, len(results))
	}
}

func TestWorkersProfileEveryTableOnce(t *testing.T) {
	w, tables := source(t, 12)
	results := run(t, w, tables, settings(4, 0))
	if len(results) != 12 {
		t.Fatalf("%d results", len(results))
	}
	for id, r := range results {
		if r.Err != nil || r.Profile.RowCount != 3000 || r.Profile.Columns[0].Metrics[metrics.Max].String() != "3000" {
			t.Errorf("%s: %+v", id, r)
		}
	}
}

func TestAnErrorOfTheReceiverEndsTheRun(t *testing.T) {
	w, tables := source(t, 20)
	full := errors.New("the history is full")
	calls := 0
	err := Run(t.Context(), w, tables, settings(2, 0), silent{}, func([]Result) error { calls++; return full })
	if !errors.Is(err, full) || calls != 1 {
		t.Errorf("error %v after %d calls", err, calls)
	}
}

func TestTheEndOfTheContextEndsTheRun(t *testing.T) {
	w, tables := source(t, 20)
	ctx, cancel := context.WithCancel(t.Context())
	err := Run(ctx, w, tables, settings(1, 0), silent{}, func([]Result) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestAMissingTableFails(t *testing.T) {
	w, _ := source(t, 1)
	r := run(t, w, []plan.Table{{TableRef: warehouse.TableRef{Name: "gone"}}}, settings(1, 3))["gone"]
	if !errors.Is(r.Err, warehouse.ErrNoTable) || r.Statements != 0 {
		t.Errorf("got %+v", r)
	}
}

func TestLimitsOfTimeFailATableOfSQLiteAlone(t *testing.T) {
	c := config.Connection{Database: filepath.Join(t.TempDir(), "source.db")}
	writer, err := sqlite.OpenHistory(t.Context(), c, true)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.DB.Close()
	_, err = writer.DB.Exec(`CREATE TABLE t0 AS SELECT 1 AS i;
		CREATE VIEW slow AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000) SELECT count(*) AS i FROM n`)
	if err != nil {
		t.Fatal(err)
	}
	for key, limits := range map[string][2]time.Duration{
		"execution.statement_timeout_seconds": {200 * time.Millisecond, time.Minute},
		"execution.table_timeout_seconds":     {time.Minute, 200 * time.Millisecond},
	} {
		w, err := sqlite.Open(t.Context(), c, warehouse.StatementTimeout(limits[0]))
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		s := settings(1, 3)
		s.TableTimeout = limits[1]
		results := run(t, w, planned("", "slow", "t0"), s)
		timedOut(t, results["slow"], "slow", "200ms", key)
		if results["t0"].Err != nil {
			t.Error(results["t0"].Err)
		}
	}
}
