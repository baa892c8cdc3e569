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

func TestOnlyRunsThatWouldHaveBeenChosenArePassedOver(t *testing.T) {
	incident := func(daysBack int) PassedOver {
		return PassedOver{fmt.Sprint("incident", daysBack), today.AddDate(0, 0, -daysBack).Add(time.Hour), "an incident"}
	}
	steady := daily(10, 10, 10, 10, 10, 10, 10, 10, 10)
	lastEmpty := daily(10, 10, 10, 10, 10, 10, 10, 10, 10)
	for i := range lastEmpty {
		lastEmpty[i].Profile.RowCount = int64(i % 7) // of 1 and of 8 days before without rows
		lastEmpty[i].Profile.Columns[0].Metrics[metrics.Count] = metrics.Int(int64(i % 7))
	}
	full := against(10)
	full.Profile.RowCount = 1
	for _, test := range []struct {
		name     string
		settings BaselineSettings
		history  []*Run
		current  *Run
		passed   []PassedOver
		want     string // at the end of the reason
	}{
		{"last run", BaselineSettings{Strategy: LastRun}, steady, against(10), []PassedOver{incident(1)}, "2024-05-30 06:00, passing over run incident of 2024-05-30 07:00, an incident"},
		{"average", BaselineSettings{Strategy: MovingAverage, MovingAverage: 3}, steady, against(10), []PassedOver{incident(2), incident(5)}, ", passing over run incident of 2024-05-29 07:00, an incident"},
		{"a later one than a period before", BaselineSettings{Strategy: PriorPeriod, PriorPeriod: 7}, steady, against(10), []PassedOver{incident(1), incident(6), incident(9)}, "about 7 days before"},
		{"a nearer one to a period before", BaselineSettings{Strategy: PriorPeriod, PriorPeriod: 7}, steady[:5], against(10), []PassedOver{incident(1), incident(7)}, "about 7 days before, passing over run incident of 2024-05-24 07:00, an incident"},
		{"the only one about a period before", BaselineSettings{Strategy: PriorPeriod, PriorPeriod: 7}, steady[:2], against(10), []PassedOver{incident(7)}, "there being none about 7 days before, passing over run incident of 2024-05-24 07:00, an incident"},
		{"one without rows, later than a period before", BaselineSettings{Strategy: PriorPeriod, PriorPeriod: 7}, lastEmpty, full, nil, "about 7 days before"},
		{"one without rows, nearest to a period before", BaselineSettings{Strategy: PriorPeriod, PriorPeriod: 8}, lastEmpty, full, nil, "about 8 days before, passing over run d8 of 2024-05-23 06:00, which has no rows"},
		{"a stable window", BaselineSettings{Strategy: StableWindow, MinRuns: 3}, steady, against(10), []PassedOver{incident(1)}, "which vary least among the last 9"},
	} {
		test.current.PassedOver = test.passed
		b := test.settings.choose(candidatesFor(test.history, test.current), "c")
		if !strings.HasSuffix(b.Reason, test.want) {
			t.Errorf("%s: %s", test.name, b.Reason)
		}
	}
}
