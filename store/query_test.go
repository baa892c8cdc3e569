package store

import (
	"testing"

	"github.com/baselinr/baselinr-pipes/drift"
)

func TestEventsAreListedAndMutedFindingsWhereAskedFor(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		threeRuns(t, s)
		muted := record("run-3", hour(3))
		muted.Drift.Findings[0].Muted = &drift.Muted{By: drift.ByAccept, ID: "a"}
		muted.Drift.SchemaChanges = nil
		if err := s.Save(t.Context(), muted); err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			name   string
			filter EventFilter
			want   int
		}{
			{"all", EventFilter{Limit: 99}, 6},
			{"with those that are muted", EventFilter{Limit: 99, Muted: true}, 7},
			{"of a severity", EventFilter{Limit: 99, Severity: "high"}, 3},
			{"since", EventFilter{Limit: 99, Since: hour(1)}, 4},
			{"of another table", EventFilter{Limit: 99, Table: "customers"}, 0},
			{"a page", EventFilter{Limit: 4, Offset: 4}, 2},
		} {
			events, err := s.Events(t.Context(), test.filter)
			if err != nil || len(events) != test.want {
				t.Errorf("%s: %d events, %v; want %d", test.name, len(events), err, test.want)
			}
		}
		events, err := s.Events(t.Context(), EventFilter{Limit: 1, Muted: true})
		if err != nil || events[0].Muted == nil || events[0].RunID != "run-3" || events[0].Reason != "it fell" || !events[0].At.Equal(hour(3)) {
			t.Errorf("%+v, %v", events, err)
		}
		runs, err := s.Recent(t.Context(), Filter{Limit: 2, Offset: 1, Schema: "s", Table: "orders", Status: "completed", Environment: "test"})
		if err != nil || len(runs) != 2 || runs[0].RunID != "run-2" {
			t.Errorf("%+v, %v", runs, err)
		}
		counts, err := s.Counts(t.Context(), runs)
		if err != nil || counts[0].Metrics != 6 {
			t.Errorf("%+v, %v", counts, err)
		}
		columns, err := s.Details(t.Context(), runs[0])
		if err != nil || len(columns) != 1 || *columns[0].Metrics["mean"] != "2.5" || columns[0].Metrics["min"] != nil {
			t.Errorf("%+v, %v", columns, err)
		}
		findings, err := s.FindingsOf(t.Context(), "run-3")
		if err != nil || len(findings) != 1 || findings[0].Muted == nil || *findings[0].ChangePercent != -80 {
			t.Errorf("%+v, %v", findings, err)
		}
	})
}
