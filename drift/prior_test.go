package drift

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// everyHours are runs n hours apart up to the last, which is of today; h0 is the oldest.
func everyHours(runs int, hours time.Duration) (stored []StoredRun, read []*Run) {
	for i := range runs {
		r := against(10)
		r.RunID, r.ProfiledAt = fmt.Sprint("h", i), today.Add(-time.Duration(runs-1-i)*hours*time.Hour)
		read = append(read, r)
		stored = append(stored, StoredRun{RunID: r.RunID, ProfiledAt: r.ProfiledAt})
	}
	return stored, read
}

func TestAPriorPeriodIsLookedForByTimeNotByTheNumberOfRuns(t *testing.T) {
	_, hourly := everyHours(41, 1)
	slices.Reverse(hourly)
	current, last := hourly[0], hourly[1:31]
	s := DefaultSettings()
	s.Baseline.Strategy, s.Baseline.PriorPeriod = PriorPeriod, 7
	periods := s.Periods(last, current)
	if want := today.AddDate(0, 0, -7); len(periods) != 1 || !periods[0].At.Equal(want) || periods[0].Within != 84*time.Hour || len(last) != s.Depth() {
		t.Fatalf("looked for around %v, want %v; depth %d", periods, want, s.Depth())
	}
	week := daily(20)[0]
	week.RunID, week.ProfiledAt = "week", today.AddDate(0, 0, -7)
	r := Detect(s, append(slices.Clone(last), week.SetApart()), current)
	if r.BaselineRunID != "week" || len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Reason, "mean went from 20 to 10") {
		t.Errorf("got %+v", r)
	}
	for _, other := range []string{LastRun, MovingAverage, StableWindow} { // no window has it
		o := DefaultSettings()
		o.Baseline.Strategy, o.Baseline.MovingAverage = other, 100
		if r := Detect(o, append(slices.Clone(last), week.SetApart()), current); len(r.Findings) > 0 {
			t.Errorf("%s: %+v", other, r.Findings)
		}
	}
	if got := s.Periods(daily(1, 2, 3), current); got != nil {
		t.Errorf("where all runs were read, none is looked for: %v", got)
	}
}

// Runs of every two hours over 40 days: that of 30 days before the i-th is the one 360 before it.
func TestABacktestFindsAPriorPeriodAmongManyRunsADay(t *testing.T) {
	stored, runs := everyHours(480, 2)
	stored[470-360].Incident = true // of two that are equally near the newer one is taken
	runs[471-360].Profile = table(column("c", "INTEGER", map[metrics.Name]metrics.Value{metrics.Count: metrics.Int(0)}))
	fetched := 0
	load := func(first, last int) ([]*Run, error) {
		fetched += last - first
		return slices.Clone(runs[first:last]), nil
	}
	for i := range runs[471-360+1:] { // which have rows
		runs[471-360+1+i].Profile.RowCount = 1
	}
	for i := range runs[:471-360] {
		runs[i].Profile.RowCount = 1
	}
	s := DefaultSettings()
	s.Baseline.Strategy, s.Baseline.PriorPeriod = PriorPeriod, 30
	err := Backtest{Settings: s, AtLeast: Low, Since: runs[400].ProfiledAt}.Replay(stored, load, func(r Replayed) {
		var i, was int
		fmt.Sscanf(r.RunID, "h%d", &i)
		fmt.Sscanf(r.Report.BaselineRunID, "h%d", &was)
		want := i - 360
		if i == 470 { // the next one has no rows, and so the one before is the nearest
			want--
		}
		if i == 471 {
			want++
		}
		if was != want {
			t.Errorf("run %d is compared with %d (%s), want %d", i, was, r.Report.BaselineReason, want)
		}
	})
	if err != nil || fetched > 3*len(runs) {
		t.Errorf("%d profiles read, %v", fetched, err)
	}
}
