package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

// days stores a run a day of s.orders, run-0 the oldest, each with the one before as its baseline.
func days(t *testing.T, s *Store, n int) {
	t.Helper()
	if err := s.Ready(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		r := record(fmt.Sprintf("run-%d", i), noon.AddDate(0, 0, i))
		r.Drift.BaselineRunID = fmt.Sprintf("run-%d", i-1)
		if err := s.Save(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

func deleted(p *Pruning) (ids string) {
	for _, r := range p.Delete {
		ids += r.RunID + " "
	}
	return ids
}

func TestARunIsKeptWhereAnyReasonKeepsIt(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		days(t, s, 6)
		old := record("lonely", noon.AddDate(-1, 0, 0))
		old.Table.Name = "lonely"
		if err := s.Save(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			name string
			keep Retention
			want string
		}{
			{"the newest two, and the third as their baseline", Retention{Runs: 2}, "run-2 run-1 run-0 "},
			{"the days since run-4, and run-3 as a baseline", Retention{Since: noon.AddDate(0, 0, 4)}, "run-2 run-1 run-0 "},
			{"either rule keeps", Retention{Runs: 1, Since: noon.AddDate(0, 0, 2)}, "run-0 "},
			{"the last of each table stays when all are old", Retention{Since: noon.AddDate(1, 0, 0)}, "run-4 run-3 run-2 run-1 run-0 "},
			{"all", Retention{Runs: 9}, ""},
		} {
			p, err := s.Prunable(t.Context(), test.keep)
			if err != nil || deleted(p) != test.want || p.Kept()+len(p.Delete) != 7 {
				t.Errorf("%s: deletes %s, %v; want %s", test.name, deleted(p), err, test.want)
			}
		}
		orders := warehouse.TableRef{Schema: "s", Name: "orders"}
		for _, f := range []Feedback{
			{ID: "1", Kind: AcceptedRun, Table: orders, RunID: "run-0", RunAt: noon, At: noon},
			{ID: "2", Kind: AcceptedFinding, Table: orders, RunID: "run-1", RunAt: noon, At: noon},
			{ID: "3", Kind: Incident, Table: orders, RunID: "run-2", RunAt: noon, At: noon},
		} {
			if _, err := s.GiveFeedback(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		if p, err := s.Prunable(t.Context(), Retention{Runs: 1}); err != nil || deleted(p) != "run-3 run-2 " || p.Accepted != 2 {
			t.Errorf("with runs that were accepted: deletes %s, %v", deleted(p), err)
		}
	})
}

func TestWhatBelongsToARunGoesWithItAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		days(t, s, 60)
		p, err := s.Prunable(t.Context(), Retention{Runs: 2})
		if err != nil || len(p.Delete) != 57 {
			t.Fatalf("deletes %s, %v", deleted(p), err)
		}
		would, err := s.Prune(t.Context(), p.Delete, warehouse.Retry{}, true)
		if err != nil || count(t, s, "baselinr_runs") != 60 {
			t.Fatalf("a dry run: %v, %v", would, err)
		}
		did, err := s.Prune(t.Context(), p.Delete, warehouse.Retry{}, false)
		if err != nil || fmt.Sprint(did) != fmt.Sprint(would) {
			t.Fatalf("deleted %v, %v; would delete %v", did, err, would)
		}
		for table, want := range map[string]int{
			"baselinr_runs": 3, "baselinr_results": 18, "baselinr_events": 6, runsTable: 3, findingsTable: 3, "baselinr_schema_registry": 1,
		} {
			if n := count(t, s, table); n != want {
				t.Errorf("%s has %d rows, want %d", table, n, want)
			}
		}
	})
}

func TestOfARunOfThePythonToolOneTableGoesAndAnotherStays(t *testing.T) {
	s := historyOfThePythonTool(t)
	for _, statement := range []string{
		"INSERT INTO baselinr_runs SELECT run_id, 'other', schema_name, profiled_at, environment, status, row_count, column_count FROM baselinr_runs WHERE dataset_name = 't'",
		"INSERT INTO baselinr_runs SELECT 'later', 't', schema_name, '2099-01-01 00:00:00.000000', environment, 'completed', row_count, column_count FROM baselinr_runs WHERE dataset_name = 't' LIMIT 1",
	} {
		if _, err := s.db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	others := count(t, s, "baselinr_runs WHERE dataset_name = 'other'")
	p, err := s.Prunable(t.Context(), Retention{Runs: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prune(t.Context(), p.Delete, warehouse.Retry{}, false); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s, "baselinr_runs WHERE dataset_name = 't'"); n != 1 {
		t.Errorf("%d runs of t, want 1", n)
	}
	if n := count(t, s, "baselinr_runs WHERE dataset_name = 'other'"); n == 0 || n > others {
		t.Errorf("%d runs of the other table", n)
	}
}

func TestARunThatWasAcceptedSinceItWasLookedUpStays(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		days(t, s, 3)
		p, err := s.Prunable(t.Context(), Retention{Runs: 1})
		if err != nil || deleted(p) != "run-0 " {
			t.Fatal(deleted(p), err)
		}
		f := Feedback{ID: "1", Kind: AcceptedRun, Table: p.Delete[0].Table, RunID: "run-0", RunAt: noon, At: noon}
		if _, err := s.GiveFeedback(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Prune(t.Context(), p.Delete, warehouse.Retry{}, false); err != nil || count(t, s, "baselinr_runs") != 3 {
			t.Errorf("%d runs are left, %v", count(t, s, "baselinr_runs"), err)
		}
	})
}

func TestOthersWriteWhileOldRunsAreDeleted(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		days(t, s, 200)
		p, err := s.Prunable(t.Context(), Retention{Runs: 1})
		if err != nil {
			t.Fatal(err)
		}
		writers := []*Store{open(), open(), open()}
		var wait sync.WaitGroup
		errs := make([]error, len(writers)+1)
		for i, w := range writers {
			wait.Add(1)
			go func() {
				defer wait.Done()
				for n := range 20 {
					r := record(fmt.Sprintf("new-%d-%d", i, n), noon.AddDate(1, 0, n))
					errs[i] = errors.Join(errs[i], w.Save(context.Background(), r))
				}
			}()
		}
		retry := warehouse.Retry{Retries: 5, Min: 10 * time.Millisecond, Max: time.Second}
		_, errs[len(writers)] = s.Prune(t.Context(), p.Delete, retry, false)
		wait.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if n := count(t, s, "baselinr_runs"); n != 2+60 {
			t.Errorf("%d runs are left, want 62", n)
		}
		if n := count(t, s, "baselinr_results"); n != 6*62 {
			t.Errorf("%d results are left, want %d", n, 6*62)
		}
	})
}
