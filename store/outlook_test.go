package store

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// watched is a run of a day that asks for everything of the runs before it.
func watched(day int, mean float64) Record {
	r := record(fmt.Sprintf("day-%d", day), noon.AddDate(0, 0, day))
	r.Drift = &drift.Report{Strategy: drift.AbsoluteThreshold}
	r.Profile.Columns[0].Metrics = map[metrics.Name]metrics.Value{metrics.Count: metrics.Int(3), metrics.Mean: metrics.Float(mean), metrics.StdDev: {}}
	r.Learning = &drift.OutlookSettings{Learning: drift.DefaultLearning(), Anomalies: drift.DefaultAnomalies(), Enrichment: drift.DefaultEnrichment()}
	r.Learning.Learning.Enabled, r.Learning.Anomalies.Enabled = true, true
	r.Outlook = &drift.Outlook{}
	return r
}

// saved stores runs of which each asks for everything, and returns the last.
func saved(t *testing.T, s *Store, means ...float64) Record {
	t.Helper()
	if err := s.Ready(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	var r Record
	for day, mean := range means {
		r = watched(day, mean)
		if err := s.Save(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

var calm = []float64{10, 11, 10, 11, 10, 11, 10, 11, 10, 11}

// learnedRow is what the Python tool's table holds of a metric.
type learnedRow struct {
	mean, deviation, lower float64
	samples, version       int
	updated                time.Time
}

func learnedOf(t *testing.T, s *Store, metric string) (row learnedRow, rows int) {
	t.Helper()
	var at timestamp
	err := s.db.QueryRow(`SELECT expected_mean, expected_stddev, lower_control_limit, sample_size, expectation_version, last_updated
		FROM baselinr_expectations WHERE metric_name = '`+metric+`' ORDER BY id`).
		Scan(&row.mean, &row.deviation, &row.lower, &row.samples, &row.version, &at)
	if err != nil {
		t.Fatal(err)
	}
	row.updated = at.Time
	return row, count(t, s, "baselinr_expectations WHERE metric_name = '"+metric+"'")
}

func near(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }

func TestWhatEarlierRunsTellIsStoredWithTheRun(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		r := saved(t, s, append(calm, 99)...)
		row, rows := learnedOf(t, s, "mean")
		// numpy: mean and std(ddof=1) of the ten before
		if !near(row.mean, 10.5) || !near(row.deviation, 0.52704627669473) || !near(row.lower, 10.5-3*0.52704627669473) || row.samples != 10 {
			t.Errorf("learned %+v", row)
		}
		if rows != 1 || row.version != 6 || !row.updated.Equal(r.ProfiledAt) { // from the sixth run on
			t.Errorf("%d rows, %+v", rows, row)
		}
		if n := count(t, s, "baselinr_expectations"); n != 2 { // no number, no expectation
			t.Errorf("%d expectations, want those of count and mean", n)
		}
		if got := r.Outlook.AnomalySeverity(); got != drift.High || r.Outlook.Anomalies[0].Method != drift.ControlLimits {
			t.Errorf("anomalies %+v", r.Outlook.Anomalies)
		}
		anomalies, err := s.AnomaliesOf(t.Context(), r.RunID)
		for i := range r.Outlook.Anomalies {
			r.Outlook.Anomalies[i].Details = nil // which the event alone has
		}
		if diff := cmp.Diff(r.Outlook.Anomalies, anomalies); diff != "" || err != nil {
			t.Error(diff, err)
		}
		events := count(t, s, "baselinr_events WHERE event_type = 'AnomalyDetected' AND run_id = 'day-10' AND table_name = 'orders' AND metric_name = 'mean'")
		counts, err := s.Counts(t.Context(), []Run{{RunID: r.RunID, Table: r.Table}})
		if err != nil || events != len(anomalies) || counts[0].Anomalies != events {
			t.Errorf("%d events, %d anomalies, counted %v, %v", events, len(anomalies), counts, err)
		}
	})
}

func TestARunThatIsStoredTwiceTeachesOnce(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		r := saved(t, s, append(calm, 99)...)
		before, _ := learnedOf(t, s, "mean")
		all := func() (n []int) {
			for _, table := range []string{"baselinr_expectations", "baselinr_events", "baselinr_results", anomaliesTable, enrichmentTable} {
				n = append(n, count(t, s, table))
			}
			return n
		}
		rows := all()
		again := watched(10, 99)
		if err := s.Save(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		after, _ := learnedOf(t, s, "mean")
		if before != after || cmp.Diff(rows, all()) != "" {
			t.Errorf("%+v became %+v, %v rows %v", before, after, rows, all())
		}
		if diff := cmp.Diff(r.Outlook, again.Outlook); diff != "" {
			t.Error("it is told otherwise the second time", diff)
		}
	})
}

func TestIncidentsTeachNothing(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		saved(t, s, append(calm, 5000)...)
		orders := warehouse.TableRef{Schema: "s", Name: "orders"}
		_, err := s.GiveFeedback(t.Context(), Feedback{ID: "1", Kind: Incident, Table: orders, RunID: "day-10", RunAt: noon.AddDate(0, 0, 10), At: noon})
		if err == nil {
			err = s.Save(t.Context(), watched(11, 10))
		}
		if err != nil {
			t.Fatal(err)
		}
		if row, _ := learnedOf(t, s, "mean"); !near(row.mean, 10.5) || row.samples != 10 {
			t.Errorf("learned %+v", row)
		}
	})
}

func TestRunsThatReadOtherRowsTeachNothing(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		saved(t, s, calm...)
		sampled := watched(10, 70)
		sampled.Reading.Sampling = &drift.Sampling{Method: "random", Fraction: 0.1}
		if err := s.Save(t.Context(), sampled, watched(11, 10)); err != nil {
			t.Fatal(err)
		}
		if len(sampled.Outlook.Expectations) != 0 {
			t.Errorf("a sample is held against whole tables: %+v", sampled.Outlook.Expectations)
		}
		if row, _ := learnedOf(t, s, "mean"); row.samples != 10 {
			t.Errorf("learned %+v", row)
		}
	})
}

func TestAnOlderRunThatIsStoredLaterLeavesWhatWasLearned(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		saved(t, s, calm...)
		if err := s.Save(t.Context(), watched(20, 10)); err != nil {
			t.Fatal(err)
		}
		before, _ := learnedOf(t, s, "mean")
		if err := s.Save(t.Context(), watched(15, 10)); err != nil { // from the spool, say
			t.Fatal(err)
		}
		if after, _ := learnedOf(t, s, "mean"); before != after {
			t.Errorf("%+v became %+v", before, after)
		}
	})
}

func TestAnExpectationWithoutASchemaIsRenewed(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		saved(t, s, calm...)
		if _, err := s.db.Exec("UPDATE baselinr_expectations SET schema_name = NULL"); err != nil {
			t.Fatal(err)
		}
		r := watched(10, 10)
		r.DefaultSchema = true
		if err := s.Save(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if row, rows := learnedOf(t, s, "mean"); rows != 1 || row.version != 6 || count(t, s, "baselinr_expectations WHERE schema_name IS NULL") != 2 {
			t.Errorf("%d rows, %+v", rows, row)
		}
	})
}

func TestWithoutLearningARunIsHeldAgainstWhatWasLearnedBefore(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		saved(t, s, calm...)
		before, _ := learnedOf(t, s, "mean")
		r := watched(400, 99) // no run lies within the windows
		r.Learning.Learning.Enabled = false
		unknown := watched(401, 99)
		unknown.Table.Name, unknown.Learning.Learning.Enabled = "others", false
		if err := s.Save(t.Context(), r, unknown); err != nil {
			t.Fatal(err)
		}
		if len(r.Outlook.Anomalies) != 1 || r.Outlook.Anomalies[0].Method != drift.ControlLimits || r.Outlook.Unlearned {
			t.Errorf("%+v", r.Outlook)
		}
		if !unknown.Outlook.Unlearned || len(unknown.Outlook.Anomalies) > 0 {
			t.Errorf("of a table of which nothing was learned: %+v", unknown.Outlook)
		}
		if after, _ := learnedOf(t, s, "mean"); before != after {
			t.Errorf("%+v became %+v", before, after)
		}
	})
}

func TestRowsAndColumnsAreTold(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		saved(t, s, 1)
		r := watched(3, 1)
		r.Profile.RowCount = 6
		r.Profile.Columns = append(r.Profile.Columns, metrics.ColumnProfile{Name: "extra", Type: "text"})
		if err := s.Save(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		var trend string
		var change, version, columns int
		var percent float64
		var since timestamp
		err := s.db.QueryRow(`SELECT row_count_change, row_count_change_percent, row_count_trend, schema_version, schema_freshness, column_count_change
			FROM `+enrichmentTable+` WHERE run_id = 'day-3'`).Scan(&change, &percent, &trend, &version, &since, &columns)
		if err != nil || change != 3 || percent != 100 || trend != "increasing" || version != 2 || !since.Equal(r.ProfiledAt) || columns != 1 {
			t.Errorf("got %d %v %s %d %v %d, %v", change, percent, trend, version, since, columns, err)
		}
		stored, err := s.EnrichmentOf(t.Context(), "day-3")
		if diff := cmp.Diff(r.Outlook.Enrichment, stored); diff != "" || err != nil {
			t.Error(diff, err)
		}
		want := []drift.ColumnEnrichment{{Column: "amount", Stability: 1, AgeDays: 3, SameType: 1}, {Column: "extra", Stability: 0.5, SameType: 1}}
		if diff := cmp.Diff(want, stored.Columns); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSeveralMayLearnOfOneTableAtOnce(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		saved(t, s, calm...)
		if _, err := s.db.Exec("DELETE FROM baselinr_expectations"); err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			s := open()
			wait.Go(func() {
				_, errs[i] = warehouse.Try(context.Background(), warehouse.Retry{Retries: 20, Min: time.Millisecond, Max: time.Second}, s.Transient, func() (struct{}, error) {
					r := watched(20+i, 10)
					return struct{}{}, s.Save(context.Background(), r)
				})
			})
		}
		wait.Wait()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		if n := count(t, s, "baselinr_expectations"); n != 2 {
			t.Errorf("%d expectations of two metrics", n)
		}
	})
}

func TestSeasonalityHasOneNameButInTheEventsOfThePythonTool(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.Ready(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		r := record("odd", noon)
		r.Outlook = &drift.Outlook{Anomalies: []drift.Anomaly{{
			ColumnMetric: drift.ColumnMetric{Column: "amount", Metric: metrics.Mean}, Type: "trend_anomaly", Method: drift.Seasonality, Severity: drift.Low, ID: "1",
		}}}
		if err := s.Save(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if n := count(t, s, `baselinr_events WHERE event_type = 'AnomalyDetected' AND metadata LIKE '%"detection_method":"trend_seasonality"%'`); n != 1 {
			t.Errorf("%d events under the name that the Python tool knows, want 1", n)
		}
		for _, stored := range []string{"seasonality", "trend_seasonality"} { // the second is how it was stored at first
			if _, err := s.db.Exec("UPDATE " + anomaliesTable + " SET method = '" + stored + "'"); err != nil {
				t.Fatal(err)
			}
			if list, err := s.AnomaliesOf(t.Context(), "odd"); err != nil || len(list) != 1 || list[0].Method != drift.Seasonality {
				t.Errorf("stored as %s: got %+v, %v", stored, list, err)
			}
		}
	})
}
