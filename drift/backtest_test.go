package drift

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// midnight is when the first of the runs of a test was.
var midnight = time.Date(2013, 1, 1, 0, 0, 0, 0, time.UTC)

// series are runs d0, d1 … a day apart, each with its mean of a column, and how they are read.
func series(means ...float64) (stored []StoredRun, load Load) {
	var runs []*Run
	for i, x := range means {
		run := &Run{RunID: fmt.Sprint("d", i), ProfiledAt: midnight.AddDate(0, 0, i), Profile: table(column("c", "integer", map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(x)}))}
		runs = append(runs, run)
		stored = append(stored, StoredRun{RunID: run.RunID, ProfiledAt: run.ProfiledAt, Told: true})
	}
	return stored, func(first, last int) ([]*Run, error) { return slices.Clone(runs[first:last]), nil }
}

func backtested(t *testing.T, b Backtest, stored []StoredRun, load Load) *TableTally {
	t.Helper()
	tally := &TableTally{}
	if err := b.Replay(stored, load, func(r Replayed) { tally.Add(b, r) }); err != nil {
		t.Fatal(err)
	}
	tally.Done()
	return tally
}

// The means of a numeric column are judged from 10, 25 and 50 %. By hand:
//
//	d0 100            no baseline
//	d1 100            0 %
//	d2 160 incident   +60 %, high
//	d3 100            against d1, as d2 is an incident: 0 %. When it was made, it alarmed.
//	d4 130            +30 %, medium; it alarmed when it was made
//	d5 170 accepted   +30.8 %, medium, which was accepted
//	d6 170            0 %
//	d7 100 incident   −41.2 %, medium
//	d8 100            against d6: −41.2 %, medium
func nineDays() (stored []StoredRun, load Load, f Feedback) {
	stored, load = series(100, 100, 160, 100, 130, 170, 170, 100, 100)
	stored[2].Incident, stored[7].Incident, stored[5].Accepted = true, true, true
	stored[3].Then = []Finding{{Column: "c", Metric: metrics.Mean, Test: AbsoluteThreshold, Severity: Medium}}
	stored[4].Then = []Finding{{Column: "c", Metric: metrics.Mean, Test: AbsoluteThreshold, Severity: Medium}, {Column: "c", Metric: metrics.Max, Test: AbsoluteThreshold, Severity: Low}}
	return stored, load, Feedback{Accepted: []Acceptance{{ID: "a", RunID: "d5", RunAt: stored[5].ProfiledAt}}}
}

func TestABacktestCountsAsByHand(t *testing.T) {
	stored, load, f := nineDays()
	medium := backtested(t, Backtest{Settings: DefaultSettings(), Feedback: f, AtLeast: Medium}, stored, load)
	want := Tally{
		Runs: 9, Compared: 8, Alarmed: 4, Muted: 1, Incidents: 2, Found: 2, Unmarked: 6,
		Told: 9, Before: 2, Added: 3, Removed: 1, First: midnight, Last: midnight.AddDate(0, 0, 8),
	}
	if d := cmp.Diff(want, medium.Tally); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]CellTally{{Cell{"c", metrics.Mean, AbsoluteThreshold}, 4, 2, 2, 3, 1}}, medium.Cells); d != "" {
		t.Error(d)
	}
	precision, _ := medium.Precision()
	recall, _ := medium.Recall()
	week, _ := medium.AWeek()
	if precision != 0.5 || recall != 1 || week != 3.5 || medium.False() != 2 {
		t.Errorf("precision %v, recall %v, %v a week, %d false", precision, recall, week, medium.False())
	}
	var notable []string
	for _, r := range medium.Notable {
		notable = append(notable, r.RunID)
	}
	if got := strings.Join(notable, " "); got != "d2 d3 d4 d5 d7 d8" {
		t.Errorf("told are %s", got)
	}

	high := backtested(t, Backtest{Settings: DefaultSettings(), Feedback: f, AtLeast: High}, stored, load)
	precision, _ = high.Precision()
	recall, _ = high.Recall()
	if high.Alarmed != 1 || high.Found != 1 || precision != 1 || recall != 0.5 || high.Muted != 0 || high.Before != 0 {
		t.Errorf("from high on: %+v", high.Tally)
	}
}

func TestWhatHasNoDenominatorIsNotKnown(t *testing.T) {
	stored, load := series(100)
	tally := backtested(t, Backtest{Settings: DefaultSettings(), AtLeast: Medium}, stored, load)
	for name, of := range map[string]func() (float64, bool){"precision": tally.Precision, "recall": tally.Recall, "alarms a week": tally.AWeek} {
		if x, known := of(); known {
			t.Errorf("%s of one quiet run is %v", name, x)
		}
	}
}

func TestABacktestOfAWindowComparesWithTheRunsBeforeIt(t *testing.T) {
	stored, load := series(100, 200, 200, 400, 100)
	b := Backtest{Settings: DefaultSettings(), AtLeast: Medium, Since: midnight.AddDate(0, 0, 1), Until: midnight.AddDate(0, 0, 3)}
	tally := backtested(t, b, stored, load)
	if tally.Tally.Runs != 2 || tally.Compared != 2 || tally.Alarmed != 1 || tally.Notable[0].RunID != "d1" {
		t.Errorf("got %+v", tally.Tally)
	}
}

func TestAMuteSilencesNothingFromBeforeItWasGiven(t *testing.T) {
	stored, load := series(100, 200, 400, 800)
	mute := Mute{ID: "m", Until: midnight.AddDate(0, 0, 3), Given: midnight.AddDate(0, 0, 2).Add(-time.Hour)}
	tally := backtested(t, Backtest{Settings: DefaultSettings(), Feedback: Feedback{Mutes: []Mute{mute}}, AtLeast: Medium}, stored, load)
	if tally.Alarmed != 2 || tally.Muted != 1 || tally.Notable[1].RunID != "d2" || !tally.Notable[1].Muted {
		t.Errorf("got %+v", tally.Tally)
	}
}

func TestAnAcceptedLevelStaysQuietInABacktest(t *testing.T) {
	stored, load := series(100, 200, 100, 205, 400)
	accepted := Acceptance{ID: "a", RunID: "d1", RunAt: stored[1].ProfiledAt, Column: "c", Metric: metrics.Mean, Test: AbsoluteThreshold, Baseline: 100, Current: 200}
	tally := backtested(t, Backtest{Settings: DefaultSettings(), Feedback: Feedback{Accepted: []Acceptance{accepted}}, AtLeast: Medium}, stored, load)
	// d1 and d3 are at the accepted level; d2 and d4 moved away from it.
	if tally.Alarmed != 2 || tally.Muted != 2 {
		t.Errorf("got %+v", tally.Tally)
	}
}

func TestAPinnedRunIsNoBaselineBeforeItIsThere(t *testing.T) {
	stored, load := series(100, 100, 200, 200, 200)
	s := DefaultSettings()
	s.Baseline.Strategy, s.Baseline.Run = PinnedRun, "d1"
	tally := backtested(t, Backtest{Settings: s, AtLeast: Medium}, stored, load)
	if tally.Compared != 3 || tally.Alarmed != 3 {
		t.Errorf("got %+v", tally.Tally)
	}
}

func TestARunThatCannotBeReadIsPassedOver(t *testing.T) {
	stored, load := series(100, 500, 100, 100)
	damaged := func(first, last int) ([]*Run, error) {
		runs, err := load(first, last)
		if first <= 1 && 1 < last {
			runs[1-first] = nil
		}
		return runs, err
	}
	tally := backtested(t, Backtest{Settings: DefaultSettings(), AtLeast: Medium}, stored, damaged)
	if tally.Tally.Runs != 3 || tally.Alarmed != 0 || tally.Compared != 2 {
		t.Errorf("got %+v", tally.Tally)
	}
}

func TestTheRowsOfATableAreCountedOnce(t *testing.T) {
	stored, load := series(100, 100)
	stored[1].Then = []Finding{{Column: "c", Metric: metrics.Count, Test: AbsoluteThreshold, Severity: High}, {Column: "d", Metric: metrics.Count, Test: AbsoluteThreshold, Severity: High}}
	tally := backtested(t, Backtest{Settings: DefaultSettings(), AtLeast: Medium}, stored, load)
	if d := cmp.Diff([]CellTally{{Cell{"", metrics.Count, AbsoluteThreshold}, 0, 0, 1, 0, 1}}, tally.Cells); d != "" {
		t.Error(d)
	}
}

// TestAReplayComparesEachRunAsWithAllItsHistoryAtHand holds that reading ahead, and letting go of what is not needed
// any more, changes nothing.
func TestAReplayComparesEachRunAsWithAllItsHistoryAtHand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		means := rapid.SliceOfN(rapid.Float64Range(50, 200), 1, 90).Draw(t, "means")
		stored, load := series(means...)
		var f Feedback
		for i := range stored {
			stored[i].Incident = rapid.IntRange(0, 4).Draw(t, "incident") == 0
			switch rapid.IntRange(0, 15).Draw(t, "accepted") {
			case 0:
				f.Accepted = append(f.Accepted, Acceptance{RunID: stored[i].RunID, RunAt: stored[i].ProfiledAt})
			case 1:
				stored[i].ProfiledAt = stored[max(i-1, 0)].ProfiledAt // of the same moment
			}
		}
		slices.SortFunc(stored, Chronological)
		s := DefaultSettings()
		s.Strategy = rapid.SampledFrom(Strategies()).Draw(t, "strategy")
		s.Baseline.Strategy = rapid.SampledFrom([]string{LastRun, MovingAverage, StableWindow, AutoBaseline, PinnedRun}).Draw(t, "baseline")
		s.Baseline.Run = stored[rapid.IntRange(0, len(stored)-1).Draw(t, "pinned")].RunID
		all, err := load(0, len(means))
		if err != nil {
			t.Fatal(err)
		}
		byID := map[string]*Run{}
		for _, r := range all {
			byID[r.RunID] = r
		}
		for _, run := range stored {
			byID[run.RunID].ProfiledAt = run.ProfiledAt
		}
		reads := map[string]int{}
		ordered := func(first, last int) (runs []*Run, err error) {
			for _, r := range stored[first:last] {
				runs = append(runs, byID[r.RunID])
				reads[r.RunID]++
			}
			return runs, nil
		}
		b := Backtest{Settings: s, Feedback: f, AtLeast: Medium}
		i := 0
		err = b.Replay(stored, ordered, func(r Replayed) {
			var history []*Run
			for j := range Learnable(stored, i, f) {
				if run := byID[stored[j].RunID]; len(history) < s.Depth() || s.Baseline.Strategy == PinnedRun && run.RunID == s.Baseline.Run {
					history = append(history, run)
				}
			}
			pinnedAt := slices.IndexFunc(stored, func(run StoredRun) bool { return run.RunID == s.Baseline.Run })
			if pinned := byID[s.Baseline.Run]; s.Baseline.Strategy == PinnedRun && !stored[pinnedAt].Incident && !slices.Contains(history, pinned) &&
				pinned.RunID != r.RunID && !pinned.ProfiledAt.After(r.ProfiledAt) {
				history = append(history, pinned.SetApart())
			}
			want := Detect(s, history, byID[r.RunID])
			var earlier []StoredRun
			for _, run := range slices.Backward(stored) {
				if run.RunID != r.RunID && !run.ProfiledAt.After(r.ProfiledAt) {
					earlier = append(earlier, run)
				}
			}
			want.NoneLeft(earlier)
			if want.BaselineReason != r.Report.BaselineReason || len(want.Findings) != len(r.Report.Findings) || want.Note != r.Report.Note {
				t.Fatalf("run %d: %+v, want %+v", i, r.Report, want)
			}
			i++
		})
		if err != nil || i != len(stored) {
			t.Fatalf("%d of %d runs: %v", i, len(stored), err)
		}
		total := 0
		for _, n := range reads {
			total += n
		}
		if total > 3*len(stored) { // those of one moment may be read again
			t.Fatalf("%d runs are read %d times", len(stored), total)
		}
	})
}
