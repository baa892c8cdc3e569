package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func day(n int) *metrics.Slice {
	at := time.Date(2013, 1, n, 0, 0, 0, 0, time.UTC)
	return &metrics.Slice{Name: at.Format(time.DateOnly), By: "days", Start: at, End: at.AddDate(0, 0, 1)}
}

func airport(name string) *metrics.Slice { return &metrics.Slice{Name: name, By: "values"} }

// TestWhatAPartitionIsHeldAgainst stores runs of a table as a whole, of its days and of its airports, in an order that
// is not the days'.
func TestWhatAPartitionIsHeldAgainst(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.Ready(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		week := &metrics.Slice{Name: "2013-01-01", By: "weeks", Start: day(1).Start, End: day(8).Start}
		for i, one := range []struct {
			id    string
			slice *metrics.Slice
		}{
			{"whole-1", nil}, {"day-3", day(3)}, {"day-1", day(1)}, {"jfk-1", airport("JFK")}, {"day-2", day(2)}, {"lga-1", airport("LGA")},
			{"day-2-again", day(2)}, {"week-1", week}, {"whole-2", nil}, {"jfk-2", airport("JFK")},
		} {
			r := record(one.id, hour(i))
			r.Slice = one.slice
			if err := s.Save(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		subject := Subject{TableRef: warehouse.TableRef{Schema: "s", Name: "orders"}}
		for name, test := range map[string]struct {
			slice *metrics.Slice
			at    int // hour
			want  string
		}{
			"a run of the whole table":                  {nil, 20, "whole-2 whole-1 "},
			"a day, against earlier days, each once":    {day(4), 20, "day-3 day-2-again day-1 "},
			"a day that is profiled again":              {day(3), 20, "day-2-again day-1 "},
			"as the history was then":                   {day(3), 5, "day-2 day-1 "},
			"the first day":                             {day(1), 20, ""},
			"a value, against itself":                   {airport("JFK"), 20, "jfk-2 jfk-1 "},
			"partitions that are defined in other ways": {&metrics.Slice{Name: "2013-01-08", By: "weeks", Start: day(8).Start, End: day(15).Start}, 20, "week-1 "},
		} {
			if got := baselines(t, s, subject, Run{RunID: "now", ProfiledAt: hour(test.at), Slice: test.slice}); got != test.want {
				t.Errorf("%s: held against %q, want %q", name, got, test.want)
			}
		}
		found, err := s.Find(t.Context(), "day-3", "orders")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(day(3), found.Slice); diff != "" {
			t.Errorf("the partition of a run (-stored +read):\n%s", diff)
		}
		runs, err := s.Until(t.Context(), subject, hour(20), day(2), 9)
		if err != nil || len(runs) != 2 || runs[0].RunID != "day-2-again" || runs[1].RunID != "day-1" {
			t.Errorf("up to a day: %+v, %v", runs, err)
		}
	})
}

// TestAcceptedRunsOfOnePartitionAreNotThoseOfAnother accepts a run of one airport.
func TestAcceptedRunsOfOnePartitionAreNotThoseOfAnother(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.Ready(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		for i, name := range []string{"JFK", "LGA", "JFK", "LGA"} {
			r := record(fmt.Sprintf("%s-%d", name, i), hour(i))
			r.Slice = airport(name)
			if err := s.Save(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		subject := Subject{TableRef: warehouse.TableRef{Schema: "s", Name: "orders"}}
		if _, err := s.GiveFeedback(t.Context(), Feedback{ID: "f", Kind: AcceptedRun, Table: subject.TableRef, RunID: "JFK-2", RunAt: hour(2), By: "me", At: hour(5)}); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"JFK": "JFK-2 ", "LGA": "LGA-3 LGA-1 "} {
			if got := baselines(t, s, subject, Run{RunID: "now", ProfiledAt: hour(9), Slice: airport(name)}); got != want {
				t.Errorf("%s: held against %q, want %q", name, got, want)
			}
		}
	})
}

// TestDaysLearnFromTheDaysBefore stores ten days, profiled backwards, and one that is off.
func TestDaysLearnFromTheDaysBefore(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.Ready(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		sliced := func(n int, mean float64) Record {
			r := watched(20-n, mean)
			r.Slice = day(n)
			return r
		}
		for i, mean := range calm {
			if err := s.Save(t.Context(), sliced(10-i, mean)); err != nil {
				t.Fatal(err)
			}
		}
		off := sliced(11, 500)
		off.RunID, off.ProfiledAt = "off", noon.AddDate(0, 0, 30)
		if err := s.Save(t.Context(), off); err != nil {
			t.Fatal(err)
		}
		if off.Outlook.AnomalyCount() == 0 {
			t.Error("a mean of 500 after days of 10 and 11 is no anomaly")
		}
		var rows int
		if err := s.db.QueryRow("SELECT count(*) FROM baselinr_expectations").Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%d expectations of the table are stored, of which partitions know nothing: %v", rows, err)
		}
	})
}
