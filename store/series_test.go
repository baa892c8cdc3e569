package store

import (
	"testing"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func TestWhatRunsMeasuredIsReadUpToOneOfThem(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		threeRuns(t, s)
		subject := Subject{TableRef: warehouse.TableRef{Schema: "s", Name: "orders"}}
		runs, err := s.Until(t.Context(), subject, hour(1), nil, 30)
		if err != nil || len(runs) != 2 || runs[0].RunID != "run-1" || runs[1].RunID != "run-0" {
			t.Fatalf("got %+v, %v; want the runs up to the second, the newest first", runs, err)
		}
		measured, err := s.Measured(t.Context(), runs, []string{"amount", "no such column"}, []metrics.Name{metrics.Mean, metrics.Min})
		if err != nil || len(measured) != 2 {
			t.Fatalf("got %+v, %v; want the mean of each run, min being null", measured, err)
		}
		for _, m := range measured {
			if m.Column != "amount" || m.Metric != metrics.Mean || m.Value != 2.5 {
				t.Errorf("got %+v", m)
			}
		}
		if measured, err = s.Measured(t.Context(), nil, []string{"amount"}, []metrics.Name{metrics.Mean}); err != nil || measured != nil {
			t.Errorf("of no run: %+v, %v", measured, err)
		}
	})
}
