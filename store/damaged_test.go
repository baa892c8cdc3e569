package store

import (
	"errors"
	"regexp"
	"testing"

	"github.com/baselinr/baselinr-pipes/metrics"
)

func TestOfADamagedRunALineIsToldInWordsForEachKindThatCannotBeRead(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.Ready(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if err := s.Save(t.Context(), record("run-0", noon)); err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{
			"UPDATE baselinr_results SET metric_value = '[{\"bin_' WHERE metric_name IN ('histogram', 'top_values')",
			"INSERT INTO " + distributionsTable + " VALUES ('run-0', 0, '{\"kno')",
			"UPDATE " + findingsTable + " SET muted = '{'",
		} {
			if _, err := s.db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		told := ""
		s.Damaged = func(text string) { told += text + "\n" }
		run, err := s.Find(t.Context(), "run-0", "orders")
		if err == nil {
			_, err = s.Baseline(t.Context(), run)
		}
		if err == nil {
			_, err = s.FindingsOf(t.Context(), "run-0")
		}
		if err == nil { // which tells nothing anew
			_, err = s.Baseline(t.Context(), run)
		}
		if err != nil {
			t.Fatal(err)
		}
		want := regexp.MustCompile(`^history: left out, since it cannot be read: of run run-0 how the values of column amount are spread: it is no JSON of its form, as after being edited or cut off
history: left out, since it cannot be read: of run run-0 (histogram|top_values) of column amount: it is no JSON of its form, as after being edited or cut off; and 1 more of it
history: left out, since it cannot be read: of run run-0 a finding of column "amount": it is no JSON of its form, as after being edited or cut off\n$`)
		if !want.MatchString(told) {
			t.Errorf("told %q", told)
		}

		other := open()
		told = ""
		other.Damaged = func(text string) { told += text + "\n" }
		if _, err := s.db.Exec("DELETE FROM " + distributionsTable); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Baseline(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		want = regexp.MustCompile(`^history: left out, since it cannot be read: of run run-0 (histogram|top_values) of column amount: it is no JSON of its form, as after being edited or cut off; and 1 more of it\n$`)
		if !want.MatchString(told) {
			t.Errorf("told %q", told)
		}
	})
}

func TestARunThatCannotSayWhichRowsItReadIsDamaged(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		subject := threeRuns(t, s)
		if _, err := s.db.Exec("UPDATE " + runsTable + " SET sampling = '{' WHERE run_id = 'run-1'"); err != nil {
			t.Fatal(err)
		}
		runs, err := s.Latest(t.Context(), subject, 3, nil)
		if err != nil {
			t.Fatal(err)
		}
		read, damaged, err := s.Baselines(t.Context(), runs)
		if err != nil || len(read) != 2 || len(damaged) != 1 {
			t.Errorf("%d runs, damaged %v, %v", len(read), damaged, err)
		}
	})
}

func TestARunWhoseMetricsAreGoneIsDamaged(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		subject := threeRuns(t, s)
		if _, err := s.db.Exec("DELETE FROM baselinr_results WHERE run_id = 'run-1'"); err != nil {
			t.Fatal(err)
		}
		runs, err := s.Latest(t.Context(), subject, 3, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, only := range [][]metrics.Name{nil, {metrics.Count}, {metrics.AvgLength}} { // which no run has
			read, damaged, err := s.Baselines(t.Context(), runs, only...)
			if err != nil || len(read) != 2 || len(damaged) != 1 || !errors.Is(damaged[0], ErrDamaged) {
				t.Errorf("of %v %d runs, damaged %v, %v", only, len(read), damaged, err)
			}
		}
	})
}

func TestAMetricThatIsNoNumberIsToldAndTheRunRemembersIt(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		subject := threeRuns(t, s)
		told := ""
		s.Damaged = func(text string) { told += text + "\n" }
		if _, err := s.db.Exec("UPDATE baselinr_results SET metric_value = 'abc' WHERE run_id = 'run-1' AND metric_name = 'count'"); err != nil {
			t.Fatal(err)
		}
		runs, err := s.Latest(t.Context(), subject, 3, nil)
		if err != nil {
			t.Fatal(err)
		}
		read, damaged, err := s.Baselines(t.Context(), runs)
		if err != nil || len(read) != 3 || len(damaged) != 0 {
			t.Fatalf("%d runs, damaged %v, %v", len(read), damaged, err)
		}
		if want := "history: left out, since it cannot be read: of run run-1 count of column amount: it is no number, as after being edited\n"; told != want {
			t.Errorf("told %q", told)
		}
		for _, r := range read {
			if n := len(r.Damaged["amount"]); n > 0 != (r.RunID == "run-1") {
				t.Errorf("run %s: %v is damaged", r.RunID, r.Damaged)
			}
		}
	})
}
