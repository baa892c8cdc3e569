package drift

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// today is the day of the current run in tests.
var today = time.Date(2024, 5, 31, 6, 0, 0, 0, time.UTC)

// daily are runs of a column of numbers a day apart, the newest first, with the means given; the newest, d1,
// is a day before today.
func daily(means ...float64) []*Run {
	var runs []*Run
	for i, mean := range means {
		profile := table(column("c", "INTEGER", map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(mean)}))
		runs = append(runs, &Run{RunID: fmt.Sprintf("d%d", i+1), ProfiledAt: today.AddDate(0, 0, -i-1), Profile: profile, Reading: &Reading{}})
	}
	return runs
}

// against is a run of today with the mean given.
func against(mean float64) *Run {
	r := daily(mean)[0]
	r.RunID, r.ProfiledAt = "current", today
	return r
}

func TestWhatABaselineChooses(t *testing.T) {
	steady := daily(10, 10.1, 10, 9.9, 10, 10, 10, 10, 10, 10)
	for _, test := range []struct {
		name     string
		settings BaselineSettings
		history  []*Run
		method   string
		runs     string
	}{
		{"last run", BaselineSettings{Strategy: LastRun}, steady, LastRun, "d1"},
		{"average", BaselineSettings{Strategy: MovingAverage, MovingAverage: 3}, steady, MovingAverage, "d1 d2 d3"},
		{"average of fewer", BaselineSettings{Strategy: MovingAverage, MovingAverage: 30}, steady[:2], MovingAverage, "d1 d2"},
		{"weekday", BaselineSettings{Strategy: PriorPeriod, PriorPeriod: 7}, steady, PriorPeriod, "d7"},
		{"closest", BaselineSettings{Strategy: PriorPeriod, PriorPeriod: 7}, steady[:5], PriorPeriod, "d5"},
		{"none within half a period", BaselineSettings{Strategy: PriorPeriod, PriorPeriod: 30}, steady, LastRun, "d1"},
		{"stable", BaselineSettings{Strategy: StableWindow, MinRuns: 3}, daily(10, 12, 10, 7, 7, 7, 20), StableWindow, "d4 d5 d6"},
		{"stable of few", BaselineSettings{Strategy: StableWindow, MinRuns: 3}, steady[:2], LastRun, "d1"},
		{"auto of few", BaselineSettings{Strategy: AutoBaseline, MinRuns: 3, MovingAverage: 2}, daily(1, 9), LastRun, "d1"},
		{"auto, steady", BaselineSettings{Strategy: AutoBaseline, MinRuns: 3, MovingAverage: 2}, steady, LastRun, "d1"},
		{"auto, varying", BaselineSettings{Strategy: AutoBaseline, MinRuns: 3, MovingAverage: 2}, daily(1, 9, 2), MovingAverage, "d1 d2"},
		{"auto, weekly", BaselineSettings{Strategy: AutoBaseline, MinRuns: 3, PriorPeriod: 7},
			daily(10, 10, 10, 10, 10, 11, 11, 10, 10, 10, 10, 10, 11, 11, 10, 10, 10, 10, 10, 11, 11), PriorPeriod, "d7"},
		{"auto, strongly weekly", BaselineSettings{Strategy: AutoBaseline, MinRuns: 3, PriorPeriod: 7, MovingAverage: 2},
			daily(90, 91, 89, 90, 92, 30, 31, 90, 88, 90, 91, 90, 29, 30, 90, 92, 91, 90, 89, 31, 30), PriorPeriod, "d7"},
		{"auto, varying for three weeks", BaselineSettings{Strategy: AutoBaseline, MinRuns: 3, PriorPeriod: 7, MovingAverage: 2},
			daily(90, 30, 31, 88, 92, 30, 90, 31, 88, 90, 29, 90, 92, 30, 30, 92, 91, 30, 89, 31, 90), MovingAverage, "d1 d2"},
		{"pinned", BaselineSettings{Strategy: PinnedRun, Run: "d4"}, steady, PinnedRun, "d4"},
		{"pinned, missing", BaselineSettings{Strategy: PinnedRun, Run: "x"}, steady, PinnedRun, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := test.settings.choose(candidatesFor(test.history, against(10)), "c")
			var ids []string
			for _, r := range b.Runs {
				ids = append(ids, r.RunID)
			}
			if got := strings.Join(ids, " "); got != test.runs || b.Method != test.method || b.Reason == "" {
				t.Errorf("%s of %q (%s), want %s of %q", b.Method, got, b.Reason, test.method, test.runs)
			}
		})
	}
}

func TestRunsThatReadOtherRowsEnterNoWindow(t *testing.T) {
	history := daily(1, 2, 3)
	history[1].Reading = &Reading{Sampling: &Sampling{Method: "random", Fraction: 0.1}}
	b := BaselineSettings{Strategy: MovingAverage, MovingAverage: 3}.choose(candidatesFor(history, against(1)), "c")
	if len(b.Runs) != 2 || b.Runs[1].RunID != "d3" {
		t.Errorf("got %+v", b)
	}
}

func TestAMetricIsAveragedOverTheBaseline(t *testing.T) {
	s := DefaultSettings()
	s.Baseline.Strategy, s.Baseline.MovingAverage = MovingAverage, 3
	r := Detect(s, daily(90, 100, 110), against(160))
	if len(r.Findings) != 1 || *r.Findings[0].ChangePercent != 60 || r.Findings[0].BaselineMethod != MovingAverage ||
		!strings.Contains(r.Findings[0].Reason, "the last 3 runs together") {
		t.Errorf("got %+v", r.Findings)
	}
}

func TestAMissingPinnedRunIsSaid(t *testing.T) {
	s := DefaultSettings()
	s.Baseline.Strategy, s.Baseline.Run = PinnedRun, "gone"
	r := Detect(s, daily(1), against(9))
	if r.Note != "not computed: the pinned run gone is none of the earlier runs of the table" || len(r.Findings) > 0 {
		t.Errorf("got %+v", r)
	}
}

func TestTheDefaultsReadOneRun(t *testing.T) {
	if got := DefaultSettings().Depth(); got != 1 {
		t.Errorf("depth %d", got)
	}
}

func TestABaselineFileNeedsNoHistory(t *testing.T) {
	s := DefaultSettings().AgainstFile(FileBaseline{Name: "base.yml", Run: daily(100)[0]})
	r := Detect(s, nil, against(160))
	if len(r.Findings) != 1 || r.Findings[0].BaselineMethod != BaselineFile || r.BaselineRunID != "d1" ||
		!strings.Contains(r.Findings[0].Reason, "against the baseline file base.yml: run d1, of ") {
		t.Errorf("got %+v", r)
	}
	r = Detect(DefaultSettings().AgainstFile(FileBaseline{Name: "base.yml"}), daily(100), against(160))
	if r.Note != "not computed: the baseline file base.yml lacks the table" || len(r.Findings) > 0 {
		t.Errorf("got %+v", r)
	}
}

func TestAColumnOfItsOwnBaselineIsNotComparedWithOtherRows(t *testing.T) {
	other := daily(1)[0]
	other.Reading = &Reading{Sampling: &Sampling{Method: "random", Fraction: 0.1}}
	s := DefaultSettings()
	own := ColumnJudgement{Matches: func(string) bool { return true }, Judgement: s.Judgement}
	own.Judgement.Baseline = BaselineSettings{Strategy: BaselineFile, File: FileBaseline{Name: "base.yml", Run: other}}
	s.Columns = []ColumnJudgement{own}
	now := against(9)
	now.Reading = &Reading{}
	r := Detect(s, daily(9), now)
	if len(r.Findings) > 0 || len(r.NotComputed) != 1 || !strings.HasPrefix(r.NotComputed[0].Why, "the run of the baseline file read random 10 % of the rows") {
		t.Errorf("got %+v", r)
	}
}

func TestAColumnWithoutHistoryBesideABaselineFileIsNotComputed(t *testing.T) {
	s := DefaultSettings().AgainstFile(FileBaseline{Name: "base.yml", Run: daily(100)[0]})
	own := ColumnJudgement{Matches: func(string) bool { return true }, Judgement: DefaultSettings().Judgement}
	s.Columns = []ColumnJudgement{own}
	r := Detect(s, nil, against(160))
	if len(r.Findings) > 0 || len(r.NotComputed) != 1 || r.NotComputed[0].Why != "no earlier run to compare with" {
		t.Errorf("got %+v", r)
	}
}

func TestWithoutTheTablesBaselineNoColumnIsCompared(t *testing.T) {
	s := DefaultSettings()
	own := ColumnJudgement{Matches: func(string) bool { return true }, Judgement: s.Judgement}
	s.Baseline.Strategy, s.Baseline.Refused = PinnedRun, "the pinned run d2 is marked as an incident"
	s.Columns = []ColumnJudgement{own}
	if r := Detect(s, daily(100), against(160)); r.Note != "not computed: the pinned run d2 is marked as an incident" || len(r.Findings) > 0 {
		t.Errorf("got %+v", r)
	}
	s.Columns[0].Judgement.Baseline, s.Baseline = s.Baseline, own.Judgement.Baseline
	if r := Detect(s, daily(100), against(160)); len(r.NotComputed) != 1 || r.NotComputed[0].Column != "c" || r.BaselineRunID != "d1" {
		t.Errorf("got %+v", r)
	}
}
