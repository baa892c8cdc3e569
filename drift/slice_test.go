package drift

import (
	"slices"
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

// visits is a run of a day of visits: a running number from first on, and a page out of three.
func visits(t *testing.T, day string, first, rows int64, id func(row int64) int64) *Run {
	t.Helper()
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	columns := []metrics.Column{{Name: "id", Type: "integer", Kind: metrics.KindInteger}, {Name: "page", Type: "text", Kind: metrics.KindText}}
	vectors := make([]metrics.Vector, 2)
	for row := range rows {
		vectors[0].Ints = append(vectors[0].Ints, first+id(row))
		vectors[1].Texts.AppendString(string(rune('a' + row%3)))
	}
	a := metrics.NewTableAccumulator(columns, metrics.DefaultSettings())
	if err := a.Add(&metrics.Batch{Rows: int(rows), Vectors: vectors}); err != nil {
		t.Fatal(err)
	}
	return &Run{
		RunID: day, ProfiledAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Profile: a.Profile(),
		Reading: &Reading{Partition: &Partition{Key: "day", Strategy: Sliced, Values: []metrics.Value{metrics.Text(day)}}},
		Slice:   &metrics.Slice{Name: day, By: "days", Start: at, End: at.AddDate(0, 0, 1)},
	}
}

func TestTwoDaysAlikeWithARunningNumberAreQuiet(t *testing.T) {
	each := func(row int64) int64 { return row }
	twice := func(row int64) int64 { return row / 2 }
	for _, c := range []struct {
		what   string
		before *Run
		now    *Run
		want   string // columns and metrics that are found
	}{
		{"the next day", visits(t, "2026-01-01", 1, 295, each), visits(t, "2026-01-02", 296, 302, each), ""},
		{"a week later", visits(t, "2026-01-01", 1, 295, each), visits(t, "2026-01-08", 2101, 302, each), ""},
		{"numbers that are far", visits(t, "2026-01-01", 1, 295, each), visits(t, "2026-01-02", 2101, 302, each), "id max, id mean, id min"},
		{"numbers that begin again", visits(t, "2026-01-01", 5000, 295, each), visits(t, "2026-01-02", 1, 302, each), "id max, id mean, id min"},
		{"numbers that stand twice", visits(t, "2026-01-01", 1, 295, each), visits(t, "2026-01-02", 296, 302, twice), "id max, id mean, id min, id stddev, id unique_ratio"},
	} {
		var found []string
		for _, f := range DetectPartition(DefaultSettings(), []*Run{c.before}, c.now).Findings {
			found = append(found, f.Column+" "+string(f.Metric))
		}
		slices.Sort(found)
		if got := strings.Join(found, ", "); got != c.want {
			t.Errorf("%s: found %s, want %s", c.what, got, c.want)
		}
	}
}
