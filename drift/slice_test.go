package drift

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// partitionRun is a run of a day of rows, which holds parts of it in some columns.
func partitionRun(t *testing.T, day string, sales int64) *Run {
	t.Helper()
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	columns := []string{"key", "month", "day", "sales"}
	a := dayOf(t, columns, 10, func(column string, row int) int64 {
		switch column {
		case "key":
			return at.Unix() / 86400
		case "month":
			return int64(at.Month())
		case "day":
			return int64(at.Day())
		}
		return sales + int64(row)
	})
	return &Run{
		RunID: day, ProfiledAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Profile: a.Profile(),
		Reading: &Reading{Partition: &Partition{Key: "key", Strategy: Sliced, Values: []metrics.Value{metrics.Text(day)}}},
		Slice:   &metrics.Slice{Name: day, By: "days", Start: at, End: at.AddDate(0, 0, 1)},
	}
}

func TestADayIsNotComparedInWhatFollowsFromIt(t *testing.T) {
	settings := DefaultSettings()
	before, same, more := partitionRun(t, "2013-01-31", 100), partitionRun(t, "2013-02-01", 100), partitionRun(t, "2013-02-01", 900)
	if r := DetectPartition(settings, []*Run{before}, same); len(r.Findings) > 0 || r.BaselineRunID != "2013-01-31" {
		t.Errorf("two days that sold the same differ, against %s: %+v", r.BaselineRunID, r.Findings)
	}
	r := DetectPartition(settings, []*Run{before}, more)
	for _, f := range r.Findings {
		if f.Column != "sales" || !strings.Contains(r.BaselineReason, "the partition before, 2013-01-31") {
			t.Errorf("found %+v, against %s", f, r.BaselineReason)
		}
	}
	if len(r.Findings) == 0 {
		t.Error("nine times the sales are no finding")
	}
	var left []string
	for _, s := range r.NotComputed {
		left = append(left, s.Column+": "+s.Why)
	}
	want := []string{"key: the partition key", "month: it follows from the partition key: month", "day: it follows from the partition key: day of the month"}
	if diff := cmp.Diff(want, left); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
}

func TestPartitionsOfTimeAreInTheOrderOfTheirTime(t *testing.T) {
	settings := DefaultSettings()
	settings.Baseline.Strategy, settings.Baseline.PriorPeriod = PriorPeriod, 7
	var history []*Run // all profiled at one moment
	for _, day := range []string{"2013-01-30", "2013-01-29", "2013-01-25", "2013-01-24"} {
		history = append(history, partitionRun(t, day, 100))
	}
	if r := DetectPartition(settings, history, partitionRun(t, "2013-01-31", 900)); r.BaselineRunID != "2013-01-24" {
		t.Errorf("compared with %s, want the day a week before", r.BaselineRunID)
	}
}
