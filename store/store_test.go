package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/internal/testmysql"
	"github.com/baselinr/baselinr-pipes/internal/testpg"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/mysql"
	"github.com/baselinr/baselinr-pipes/warehouse/postgres"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// each runs a test on an empty history of every engine; open opens that history once more.
func each(t *testing.T, test func(t *testing.T, open func() *Store)) {
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "history.db")
		test(t, opener(t, sqlite.OpenHistory, config.Connection{Type: "sqlite", Database: path}))
	})
	t.Run("postgres", func(t *testing.T) {
		server := testpg.Connect(t)
		port, err := strconv.Atoi(server.Port)
		if err != nil {
			t.Fatal(err)
		}
		test(t, opener(t, postgres.OpenHistory, config.Connection{
			Type: "postgres", Host: server.Host, Port: port, Database: server.Database,
			Username: server.User, Password: config.NewSecret(server.Password), Schema: server.Schema(t),
			ExtraParams: config.Params{"sslmode": "disable"},
		}))
	})
	t.Run("mysql", func(t *testing.T) {
		server := testmysql.Connect(t)
		port, err := strconv.Atoi(server.Port)
		if err != nil {
			t.Fatal(err)
		}
		test(t, opener(t, mysql.OpenHistory, config.Connection{
			Type: "mysql", Host: server.Host, Port: port, Database: server.Schema(t),
			Username: server.User, Password: config.NewSecret(server.Password),
		}))
	})
}

func opener(t *testing.T, open func(context.Context, config.Connection, bool) (*warehouse.History, error), c config.Connection) func() *Store {
	return func() *Store {
		t.Helper()
		h, err := open(context.Background(), c, true)
		if err != nil {
			t.Fatal(err)
		}
		s := New(h, Tables{Runs: "baselinr_runs", Results: "baselinr_results"})
		t.Cleanup(func() { s.Close() })
		return s
	}
}

func record(runID string, at time.Time) Record {
	change := -80.0
	return Record{
		RunID: runID, InvocationID: "11111111-1111-1111-1111-111111111111",
		Table: warehouse.TableRef{Schema: "s", Name: "orders"}, TableID: "s.orders",
		Environment: "test", ProfiledAt: at, Seconds: 1.5, Statements: 1,
		Profile: &metrics.TableProfile{RowCount: 3, Columns: []metrics.ColumnProfile{{
			Name: "amount", Type: "numeric", Kind: metrics.KindDecimal, Nullable: true,
			Metrics: map[metrics.Name]metrics.Value{
				metrics.Count: metrics.Int(3), metrics.Mean: metrics.Float(2.5), metrics.Max: metrics.Text("9.99"), metrics.Min: {},
				metrics.Histogram: metrics.Structured(metrics.Bins{{Start: 0, End: 1, Count: 3}}),
				metrics.TopValues: metrics.Structured(metrics.ValueCounts{{Value: metrics.Text("a\x00b"), Count: 2}}),
			},
			Estimates: map[metrics.Name]float64{metrics.DistinctCount: 0.02},
		}}},
		Drift: &drift.Report{
			Strategy: drift.AbsoluteThreshold, BaselineRunID: "base",
			Findings: []drift.Finding{{
				Column: "amount", Metric: metrics.Mean, Test: drift.AbsoluteThreshold, Baseline: 12.5, Current: 2.5,
				ChangePercent: &change, Severity: drift.High, Reason: "it fell",
			}},
			SchemaChanges: []drift.SchemaChange{{Type: drift.ColumnAdded, Column: "amount", NewType: "numeric", Severity: drift.Low}},
		},
	}
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 123456000, time.UTC)

func count(t *testing.T, s *Store, table string) (n int) {
	t.Helper()
	if err := s.db.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestMigratingTwiceChangesNothingMore(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		first, err := s.Migrate(t.Context())
		if err != nil || len(first) != len(migrations) {
			t.Fatalf("applied %v, %v", first, err)
		}
		if again, err := s.Migrate(t.Context()); err != nil || len(again) != 0 {
			t.Fatalf("applied again %v, %v", again, err)
		}
		if problems, err := s.Validate(t.Context()); err != nil || len(problems) != 0 {
			t.Fatalf("problems %v, %v", problems, err)
		}
	})
}

func TestSeveralProcessesMayMigrateAtOnce(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		stores := []*Store{open(), open(), open(), open()}
		var wait sync.WaitGroup
		errs := make([]error, len(stores))
		for i, s := range stores {
			wait.Add(1)
			go func() {
				defer wait.Done()
				_, errs[i] = s.Migrate(context.Background())
			}()
		}
		wait.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if n := count(t, stores[0], versionTable); n != len(migrations) {
			t.Errorf("%d versions recorded, want %d", n, len(migrations))
		}
	})
}

func TestWhatIsSavedReadsBack(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.Ready(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		r := record("run-1", noon)
		if err := s.Save(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		runs, err := s.Recent(t.Context(), Filter{Limit: 10, DriftOnly: true})
		if err != nil || len(runs) != 1 {
			t.Fatalf("runs %v, %v", runs, err)
		}
		run := runs[0]
		if !run.ProfiledAt.Equal(noon) || run.Table != r.Table || *run.RowCount != 3 || run.Outcome.Severity != drift.High || run.Outcome.FindingCount != 1 {
			t.Errorf("got %+v %+v", run, run.Outcome)
		}
		if diff := cmp.Diff(r.Drift.SchemaChanges, run.Outcome.SchemaChanges); diff != "" {
			t.Error(diff)
		}
		baseline, err := s.Baseline(t.Context(), run)
		if err != nil {
			t.Fatal(err)
		}
		c := baseline.Profile.Columns[0]
		if c.Kind != metrics.KindDecimal || c.Estimates[metrics.DistinctCount] != 0.02 || c.Metrics[metrics.Max].String() != "9.99" {
			t.Errorf("got %+v", c)
		}
		if bins, _ := c.Metrics[metrics.Histogram].Bins(); len(bins) != 1 || bins[0].Count != 3 {
			t.Errorf("histogram %v", c.Metrics[metrics.Histogram])
		}
		if !c.Metrics[metrics.Min].IsNull() {
			t.Errorf("a minimum of nothing reads back as %v", c.Metrics[metrics.Min])
		}
		for _, table := range []string{"baselinr_events", "baselinr_schema_registry"} {
			if count(t, s, table) == 0 {
				t.Errorf("%s is empty", table)
			}
		}
	})
}

func TestTheSameRunIsStoredOnce(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.Ready(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.Save(t.Context(), record("run-1", noon)); err != nil {
				t.Fatal(err)
			}
		}
		for table, want := range map[string]int{"baselinr_runs": 1, runsTable: 1, findingsTable: 1, "baselinr_results": 6, "baselinr_events": 2} {
			if n := count(t, s, table); n != want {
				t.Errorf("%s has %d rows, want %d", table, n, want)
			}
		}
	})
}

func TestARecordIsStoredWholeOrNotAtAll(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.Ready(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		// The findings are written after the run and its results; without their table they cannot be.
		if _, err := s.db.Exec("DROP TABLE " + findingsTable); err != nil {
			t.Fatal(err)
		}
		if err := s.Save(t.Context(), record("run-1", noon)); err == nil {
			t.Fatal("saved without a table for the findings")
		}
		for _, table := range []string{"baselinr_runs", "baselinr_results", runsTable} {
			if n := count(t, s, table); n != 0 {
				t.Errorf("%s has %d rows of a record that failed", table, n)
			}
		}
	})
}

func TestTheLatestRunBeforeAnotherIsItsBaseline(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.Ready(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			r := record(fmt.Sprintf("run-%d", i), noon.Add(time.Duration(i)*time.Hour))
			if err := s.Save(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		other := record("other", noon.Add(9*time.Hour))
		other.Table.Schema = "elsewhere"
		if err := s.Save(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		subject := Subject{TableRef: warehouse.TableRef{Schema: "s", Name: "orders"}}
		runs, err := s.Latest(t.Context(), subject, 1, &Run{RunID: "run-2", ProfiledAt: noon.Add(2 * time.Hour)})
		if err != nil || len(runs) != 1 || runs[0].RunID != "run-1" {
			t.Fatalf("runs %v, %v", runs, err)
		}
		subject.AnySchema = true
		if runs, err = s.Latest(t.Context(), subject, 9, nil); err != nil || len(runs) != 4 {
			t.Fatalf("runs of any schema %v, %v", runs, err)
		}
		if _, err := s.Find(t.Context(), "nope", "orders"); !errors.Is(err, ErrNoRun) {
			t.Errorf("error %v", err)
		}
	})
}

// historyOfThePythonTool opens a history that the Python tool wrote.
func historyOfThePythonTool(t *testing.T) *Store {
	t.Helper()
	dump, err := os.ReadFile("testdata/reference-0.9.0.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "history.db")
	s := opener(t, sqlite.OpenHistory, config.Connection{Type: "sqlite", Database: path})()
	if _, err := s.db.Exec(string(dump)); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAHistoryOfThePythonToolOpensAsItIs(t *testing.T) {
	s := historyOfThePythonTool(t)
	if problems, err := s.Validate(t.Context()); err != nil || len(problems) > 0 {
		t.Fatalf("problems %v, %v", problems, err)
	}
	runs, err := s.Latest(t.Context(), Subject{TableRef: warehouse.TableRef{Name: "t"}}, 1, nil)
	if err != nil || len(runs) != 1 || runs[0].Outcome != nil || *runs[0].RowCount != 20 {
		t.Fatalf("runs %+v, %v", runs, err)
	}
	baseline, err := s.Baseline(t.Context(), runs[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range baseline.Profile.Columns {
		if c.Name == "b" && (c.Type != "VARCHAR(10)" || c.Metrics[metrics.DistinctCount].String() != "20") {
			t.Errorf("got %+v", c)
		}
	}
	r := record("run-1", time.Now())
	r.Table = warehouse.TableRef{Name: "t"}
	if err := s.Save(t.Context(), r); err != nil {
		t.Errorf("saving beside the Python tool's runs: %v", err)
	}
}

func TestWithoutLeaveToCreateTablesAnEmptyHistoryIsAnError(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		if err := open().Ready(t.Context(), false); err == nil {
			t.Error("an empty history was taken")
		}
	})
}

func TestWhatARunReadIsKept(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		r := record("22222222-2222-2222-2222-222222222222", noon)
		r.Profile.RowCount, r.Profile.RowsRead = 3000, 30
		r.Profile.Unread = []metrics.Column{{Name: "note", Type: "text", Kind: metrics.KindText, Nullable: true}}
		r.Profile.Columns = append(r.Profile.Columns, metrics.ColumnProfile{Name: "no metric applies", Type: "text", Kind: metrics.KindText})
		r.Reading.Sampling = &drift.Sampling{Method: "random", Fraction: 0.01}
		if err := s.Save(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		runs, err := s.Latest(t.Context(), Subject{TableRef: r.Table}, 1, nil)
		if err != nil || len(runs) != 1 {
			t.Fatal(runs, err)
		}
		baseline, err := s.Baseline(t.Context(), runs[0])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&r.Reading, baseline.Reading); diff != "" {
			t.Errorf("reading (-want +got):\n%s", diff)
		}
		p := baseline.Profile
		if p.RowCount != 3000 || p.RowsRead != 30 || !cmp.Equal(p.Unread, r.Profile.Unread) || len(p.Columns) != 2 {
			t.Errorf("read back %d of %d rows, unread %v, columns %v", p.RowsRead, p.RowCount, p.Unread, p.Columns)
		}
		var sampling string
		var partition *string
		if err := s.db.QueryRow("SELECT sampling, partition_read FROM baselinr_pipes_runs").Scan(&sampling, &partition); err != nil {
			t.Fatal(err)
		}
		if sampling != `{"method":"random","fraction":0.01}` || partition != nil {
			t.Errorf("sampling %s, partition %v", sampling, partition)
		}
	})
}

// What a comparison of many runs leaves out at first is read later, of the runs that it is wanted of.
func TestRunsAreReadTogetherAsOneByOne(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		subject := threeRuns(t, s)
		if _, err := s.db.Exec("UPDATE " + runsTable + " SET columns = '[' WHERE run_id = 'run-1'"); err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{ // a run of the Python tool, of two columns
			"INSERT INTO baselinr_runs (run_id, dataset_name, schema_name, profiled_at, status) VALUES ('theirs', 'orders', 's', '2020-01-01 00:00:00', 'completed')",
			`INSERT INTO baselinr_results (run_id, dataset_name, column_name, metric_name, metric_value, profiled_at) VALUES
				('theirs', 'orders', 'b', 'null_count', '1', '2020-01-01 00:00:00'), ('theirs', 'orders', 'a', 'mean', '2', '2020-01-01 00:00:00')`,
		} {
			if _, err := s.db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		stored, err := s.Latest(t.Context(), subject, 9, nil)
		if err != nil || len(stored) != 4 {
			t.Fatalf("runs %+v, %v", stored, err)
		}
		var want []*drift.Run
		for _, run := range stored {
			if one, err := s.Baseline(t.Context(), run); err == nil {
				want = append(want, one)
			}
		}
		whole, damaged, err := s.Baselines(t.Context(), stored)
		if err != nil || len(damaged) != 1 || !errors.Is(damaged[0], ErrDamaged) {
			t.Fatalf("damaged %v, %v", damaged, err)
		}
		if diff := cmp.Diff(ids(want), ids(whole)); diff != "" || len(want) != 3 {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got, want := fmt.Sprint(profiles(whole)), fmt.Sprint(profiles(want)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		partly, _, err := s.Baselines(t.Context(), stored[:3], metrics.Mean)
		if err != nil || len(partly) != 2 || len(partly[0].Profile.Columns[0].Metrics) != 1 {
			t.Fatalf("%s, %v", profiles(partly), err)
		}
		if err := s.Complete(t.Context(), "orders", partly, metrics.Mean); err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprint(profiles(partly)), fmt.Sprint(profiles(want[:2])); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		theirs, _, err := s.Baselines(t.Context(), stored[3:], metrics.Mean)
		if err != nil || len(theirs) != 1 || len(theirs[0].Profile.Columns) != 2 || theirs[0].Profile.Columns[0].Name != "b" {
			t.Errorf("%s, %v", profiles(theirs), err)
		}
	})
}

func ids(runs []*drift.Run) (list []string) {
	for _, r := range runs {
		list = append(list, r.RunID)
	}
	return list
}

// profiles prints what was read of runs.
func profiles(runs []*drift.Run) (list []string) {
	for _, r := range runs {
		list = append(list, fmt.Sprintf("%s %+v %+v %v", r.RunID, r.Reading, *r.Profile, r.ProfiledAt))
	}
	return list
}
