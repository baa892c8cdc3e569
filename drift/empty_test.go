package drift

import (
	"strings"
	"testing"
)

func TestARunWithoutRowsIsNoBaselineOfOneWithRows(t *testing.T) {
	full, empty, again := levels("full", 0, 100, 10), levels("empty", 1, 0, 0), levels("again", 2, 100, 5)
	if r := Detect(DefaultSettings(), []*Run{full}, empty); r.Severity() != High {
		t.Errorf("the empty run itself is found: %+v", r)
	}
	for _, strategy := range []string{LastRun, MovingAverage, AutoBaseline} {
		s := DefaultSettings()
		s.Baseline.Strategy = strategy
		r := Detect(s, []*Run{empty, full}, again)
		if r.BaselineRunID != "full" || r.Note != "" || r.Severity() != High || !strings.Contains(r.Findings[0].Reason, "went from 10 to 5") ||
			!strings.HasSuffix(r.BaselineReason, ", the run after it being without rows") {
			t.Errorf("%s: the run after it is compared with the one before: %+v", strategy, r)
		}
	}
	if r := Detect(DefaultSettings(), []*Run{empty, full}, levels("empty2", 2, 0, 0)); r.BaselineRunID != "empty" || r.Severity() != None || r.Note != "" {
		t.Errorf("a table that stays empty alarms once: %+v", r)
	}
	if r := Detect(DefaultSettings(), []*Run{empty}, again); r.Note != "not computed: the baseline, of 2026-01-06 06:00, has no rows" {
		t.Errorf("where there is no other, that is said: %q", r.Note)
	}
}

func TestABacktestPassesOverRunsWithoutRows(t *testing.T) {
	runs := []*Run{levels("full", 0, 100, 10), levels("empty", 1, 0, 0), levels("again", 2, 100, 10)}
	var stored []StoredRun
	for _, r := range runs {
		stored = append(stored, StoredRun{RunID: r.RunID, ProfiledAt: r.ProfiledAt})
	}
	var got []string
	load := func(first, last int) ([]*Run, error) { return runs[first:last:last], nil }
	err := Backtest{Settings: DefaultSettings(), AtLeast: Low}.Replay(stored, load, func(r Replayed) { got = append(got, r.Report.BaselineRunID+" "+r.Report.Verdict()) })
	if err != nil || strings.Join(got, ", ") != " no baseline, full high, full none" {
		t.Errorf("%v %v", got, err)
	}
}

func TestAPinnedRunWithoutRowsIsSaidToHaveNone(t *testing.T) {
	full, empty, again := levels("full", 0, 100, 10), levels("empty", 1, 0, 0), levels("again", 2, 100, 5)
	for _, history := range [][]*Run{{empty, full}, {full, empty.SetApart()}} {
		s := DefaultSettings()
		s.Baseline.Strategy, s.Baseline.Run = PinnedRun, "empty"
		if r := Detect(s, history, again); r.Note != "not computed: the baseline, of 2026-01-06 06:00, has no rows" || r.BaselineRunID != "empty" {
			t.Errorf("the table's: %+v", r)
		}
		own := ColumnJudgement{Matches: func(string) bool { return true }, Judgement: s.Judgement}
		s = DefaultSettings()
		s.Columns = []ColumnJudgement{own}
		r := Detect(s, history, again)
		if r.BaselineRunID != "full" || len(r.Findings) > 0 || len(r.NotComputed) == 0 || r.NotComputed[0].Why != "the baseline, of 2026-01-06 06:00, has no rows" {
			t.Errorf("a column's: %+v", r)
		}
	}
}
