package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// threeRuns is a history of run-0, run-1 and run-2, an hour apart, of the table s.orders.
func threeRuns(t *testing.T, s *Store) Subject {
	t.Helper()
	if err := s.Ready(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := s.Save(t.Context(), record(fmt.Sprintf("run-%d", i), hour(i))); err != nil {
			t.Fatal(err)
		}
	}
	return Subject{TableRef: warehouse.TableRef{Schema: "s", Name: "orders"}}
}

func hour(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }

// baselines lists the runs that a run of hour 9 may have for a baseline.
func baselines(t *testing.T, s *Store, subject Subject, before Run) (ids string) {
	t.Helper()
	runs, err := s.Latest(t.Context(), subject, 9, &before)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		ids += r.RunID + " "
	}
	return ids
}

func TestHistoryLearnsFromNoIncidentAndFromNothingOlderThanAnAcceptedRun(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		subject := threeRuns(t, s)
		orders := warehouse.TableRef{Schema: "s", Name: "orders"}
		give := func(f Feedback) Feedback {
			t.Helper()
			f.ID, f.Table, f.By, f.At = f.RunID+string(f.Kind), orders, "ann", noon
			if _, err := s.GiveFeedback(t.Context(), f); err != nil {
				t.Fatal(err)
			}
			return f
		}
		now := Run{RunID: "now", ProfiledAt: hour(9)}
		check := func(what, want string) {
			t.Helper()
			if got := baselines(t, s, subject, now); got != want {
				t.Errorf("%s: baselines %s, want %s", what, got, want)
			}
		}
		check("nothing was said", "run-2 run-1 run-0 ")
		incident := give(Feedback{Kind: Incident, RunID: "run-2", RunAt: hour(2)})
		check("run-2 is an incident", "run-1 run-0 ")
		accepted := give(Feedback{Kind: AcceptedRun, RunID: "run-1", RunAt: hour(1)})
		check("run-1 is accepted", "run-1 ")
		if got := baselines(t, s, subject, Run{RunID: "run-1", ProfiledAt: hour(1)}); got != "run-0 " {
			t.Errorf("the accepted run itself is compared with %s, want run-0", got)
		}
		for _, f := range []Feedback{incident, accepted} {
			if n, err := s.UndoFeedback(t.Context(), f); n != 1 || err != nil {
				t.Errorf("%d undone, %v", n, err)
			}
		}
		check("both are undone", "run-2 run-1 run-0 ")
		if n := count(t, s, feedbackTable); n != 2 {
			t.Errorf("%d rows of feedback are kept, want 2", n)
		}
		other := Feedback{ID: "o", Kind: AcceptedRun, Table: warehouse.TableRef{Schema: "elsewhere", Name: "orders"}, RunID: "run-x", RunAt: hour(2), At: noon}
		if _, err := s.GiveFeedback(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		check("a run of another schema is accepted", "run-2 run-1 run-0 ")
	})
}

func TestARunIsNamedByTheBeginningOfItsIDAndAFindingToo(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		threeRuns(t, s)
		if runs, err := s.RunsNamed(t.Context(), "run-2"); err != nil || len(runs) != 1 {
			t.Errorf("%v, %v", runs, err)
		}
		if _, err := s.RunsNamed(t.Context(), "run"); !errors.Is(err, ErrAmbiguous) {
			t.Errorf("error %v", err)
		}
		if runs, err := s.RunsNamed(t.Context(), "11111111"); err != nil || len(runs) != 3 {
			t.Errorf("runs of the invocation %v, %v", runs, err)
		}
		if runs, err := s.RunsNamed(t.Context(), "%"); err != nil || len(runs) != 0 {
			t.Errorf("%v, %v", runs, err)
		}
		want := drift.FindingID("run-1", record("", noon).Drift.Findings[0])
		if f, err := s.FindingNamed(t.Context(), want[:8]); err != nil || f == nil || f.ID != want || f.RunID != "run-1" || f.Current != 2.5 {
			t.Errorf("%+v, %v", f, err)
		}
		// As a run from before findings had IDs here left them.
		if _, err := s.db.Exec("UPDATE " + findingsTable + " SET finding_id = NULL"); err != nil {
			t.Fatal(err)
		}
		if f, err := s.FindingNamed(t.Context(), want[:8]); err != nil || f == nil || f.ID != want || f.Column != "amount" {
			t.Errorf("%+v, %v", f, err)
		}
		if f, err := s.FindingNamed(t.Context(), "nope"); err != nil || f != nil {
			t.Errorf("%+v, %v", f, err)
		}
	})
}

func TestAMutedFindingIsStoredAndNoAlarm(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.Ready(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		r := record("run-1", noon)
		r.Drift.Findings[0].Muted = &drift.Muted{By: drift.ByMute, ID: "m", Until: &noon, Reason: "known"}
		if err := s.Save(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		runs, err := s.Recent(t.Context(), Filter{Limit: 1})
		if err != nil || runs[0].Outcome.FindingCount != 0 || runs[0].Outcome.Severity != drift.None {
			t.Errorf("%+v, %v", runs[0].Outcome, err)
		}
		if n := count(t, s, findingsTable+" WHERE muted LIKE '%known%'"); n != 1 {
			t.Errorf("%d muted findings are stored, want 1", n)
		}
		if n := count(t, s, "baselinr_events WHERE event_type = 'DataDriftDetected'"); n != 0 {
			t.Errorf("%d events of a muted finding", n)
		}
	})
}

func TestAHistoryOfALaterVersionIsRefusedAndNothingIsWritten(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		for _, insert := range []string{
			"INSERT INTO baselinr_pipes_schema_version (version, applied_at, description) VALUES (99, '2030-01-01 00:00:00', 'later')",
			"INSERT INTO baselinr_schema_version (version) VALUES (99)",
		} {
			s := open()
			if err := s.Ready(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			if _, err := s.db.Exec(insert); err != nil {
				t.Fatal(err)
			}
			for what, try := range map[string]func() error{
				"ready":    func() error { return s.Ready(context.Background(), true) },
				"rehearse": func() error { return s.Rehearse(context.Background(), true) },
				"migrate":  func() error { _, err := s.Migrate(context.Background()); return err },
				"validate": func() error { _, err := s.Validate(context.Background()); return err },
			} {
				if err := try(); !errors.Is(err, ErrNewer) {
					t.Errorf("%s: error %v", what, err)
				}
			}
			if n := count(t, s, "baselinr_runs"); n != 0 {
				t.Errorf("%d runs were written", n)
			}
			for _, table := range []string{"baselinr_pipes_schema_version", "baselinr_schema_version"} {
				if _, err := s.db.Exec("DELETE FROM " + table + " WHERE version = 99"); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func TestRunsThatCannotBeReadAreNamedAndLeftOut(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		subject := threeRuns(t, s)
		if _, err := s.db.Exec("UPDATE " + runsTable + " SET schema_changes = '[{' WHERE run_id = 'run-2'"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.db.Exec("UPDATE " + runsTable + " SET columns = 'cut o' WHERE run_id = 'run-1'"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.db.Exec("UPDATE baselinr_results SET metric_value = '[{\"bin_' WHERE run_id = 'run-0' AND metric_name = 'histogram'"); err != nil {
			t.Fatal(err)
		}
		var told []string
		s.Damaged = func(text string) { told = append(told, text) }
		runs, err := s.Latest(t.Context(), subject, 1, nil)
		if err != nil || len(runs) != 1 || runs[0].RunID != "run-1" {
			t.Fatalf("runs %+v, %v", runs, err)
		}
		if _, err := s.Baseline(t.Context(), runs[0]); !errors.Is(err, ErrDamaged) {
			t.Errorf("error %v", err)
		}
		first, err := s.Find(t.Context(), "run-0", "orders")
		if err != nil {
			t.Fatal(err)
		}
		profile, err := s.Baseline(t.Context(), first)
		if err != nil || len(profile.Profile.Columns[0].Metrics) == 0 {
			t.Errorf("%+v, %v", profile, err)
		}
		if len(told) != 2 {
			t.Errorf("told %q", told)
		}
	})
}

func TestTheRunsNearestToAPeriodBeforeAreFound(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.Ready(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		var records []Record
		for i := range 12 {
			records = append(records, record(fmt.Sprintf("h%d", i), hour(i)))
		}
		if err := s.Save(t.Context(), records...); err != nil {
			t.Fatal(err)
		}
		orders := warehouse.TableRef{Schema: "s", Name: "orders"}
		if _, err := s.GiveFeedback(t.Context(), Feedback{ID: "i", Kind: Incident, Table: orders, RunID: "h5", RunAt: hour(5), By: "ann", At: noon}); err != nil {
			t.Fatal(err)
		}
		period := drift.Period{At: hour(5), Within: 3*time.Hour + time.Minute}
		for limit, want := range map[int]string{1: "h6", 2: "h6 h4", 9: "h6 h4 h7 h3 h8 h2"} {
			near, err := s.Near(t.Context(), Subject{TableRef: orders}, limit, Run{RunID: "h11", ProfiledAt: hour(11)}, period)
			var ids []string
			for _, r := range near {
				ids = append(ids, r.RunID)
			}
			if got := strings.Join(ids, " "); err != nil || got != want {
				t.Errorf("%d: got %s, want %s, %v", limit, got, want, err)
			}
		}
	})
}

func TestARunIsNotSaidToBeNormalAndAnIncidentAtTheSameTime(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		threeRuns(t, s)
		orders := warehouse.TableRef{Schema: "s", Name: "orders"}
		stores := map[FeedbackKind]*Store{AcceptedRun: open(), Incident: open()}
		for round := range 20 {
			errs := make(chan error)
			for _, kind := range []FeedbackKind{AcceptedRun, Incident} {
				go func() {
					_, err := stores[kind].GiveFeedback(t.Context(), Feedback{ID: fmt.Sprint(kind, round), Kind: kind, Table: orders, RunID: "run-1", RunAt: hour(1), By: "ann", At: noon})
					errs <- err
				}()
			}
			one, two := <-errs, <-errs
			var contradiction *ContradictionError
			if (one == nil) == (two == nil) || !errors.As(errors.Join(one, two), &contradiction) || contradiction.Earlier.By != "ann" || contradiction.Earlier.RunID != "run-1" {
				t.Fatalf("said at once: %v and %v", one, two)
			}
			for _, kind := range []FeedbackKind{AcceptedRun, Incident} {
				if _, err := s.UndoFeedback(t.Context(), Feedback{Kind: kind, Table: orders, RunID: "run-1", At: noon}); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
