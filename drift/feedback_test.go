package drift

import (
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

var monday = time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)

// levels is a run whose column amount has the mean, and whose rows are as many as counted.
func levels(runID string, day int, mean float64, rows int64) *Run {
	return &Run{RunID: runID, ProfiledAt: monday.AddDate(0, 0, day), Profile: table(
		column("amount", "INTEGER", map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(mean), metrics.Count: metrics.Int(rows)}),
		column("id", "INTEGER", map[metrics.Name]metrics.Value{metrics.Count: metrics.Int(rows)}),
	)}
}

// compare judges a run against an earlier one with the feedback; history holds what was accepted.
func compare(t *testing.T, f Feedback, baseline, current *Run, history ...*Run) *Report {
	t.Helper()
	r := Detect(DefaultSettings(), []*Run{baseline}, current)
	err := f.Apply(r, current, func(runID string) (*Report, error) {
		for _, run := range history {
			if run.RunID == runID {
				return Detect(DefaultSettings(), []*Run{run}, current), nil
			}
		}
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnAcceptedLevelCountsAgainOnlyOnceItMovesAway(t *testing.T) {
	before, accepted := levels("before", 0, 100, 10), levels("accepted", 1, 200, 10)
	feedback := Feedback{Accepted: []Acceptance{{
		ID: "a", RunID: "accepted", RunAt: accepted.ProfiledAt, Column: "amount", Metric: metrics.Mean, Test: AbsoluteThreshold, Baseline: 100, Current: 200,
	}}}
	for _, test := range []struct {
		name string
		run  *Run
		want Severity
	}{
		{"the run itself is at the level", accepted, None},
		{"a later run is near the level: 9 % is below the threshold of 10 %", levels("r", 2, 218, 10), None},
		{"10 % from the level, the finding is one again", levels("r", 2, 220, 10), High},
		{"below the level it is one, too", levels("r", 2, 150, 10), High},
		{"a run from before the acceptance is judged as ever", levels("r", -1, 200, 10), High},
	} {
		if got := compare(t, feedback, before, test.run, accepted).Severity(); got != test.want {
			t.Errorf("%s: severity %s, want %s", test.name, got, test.want)
		}
	}
	if got := compare(t, feedback, before, levels("r", 2, 209, 10)).Severity(); got != None {
		t.Errorf("without the accepted run, 9 is less than a tenth of the change of 100 that was accepted: %s", got)
	}
	if got := compare(t, feedback, before, levels("r", 2, 211, 10)).Severity(); got != High {
		t.Errorf("without the accepted run, 11 is more than a tenth of the change of 100 that was accepted: %s", got)
	}
}

func TestTheNumberOfRowsIsAcceptedInEveryColumn(t *testing.T) {
	before, accepted := levels("before", 0, 100, 10), levels("accepted", 1, 100, 20)
	feedback := Feedback{Accepted: []Acceptance{{RunID: "accepted", RunAt: accepted.ProfiledAt, Column: "amount", Metric: metrics.Count}}}
	if r := compare(t, feedback, before, levels("r", 2, 100, 20), accepted); r.Counted() != 0 || r.MutedCount() != 2 {
		t.Errorf("%d findings count, %d are muted: %+v", r.Counted(), r.MutedCount(), r.Findings)
	}
}

func TestNothingOfAnAcceptedRunCounts(t *testing.T) {
	accepted := levels("accepted", 1, 200, 20)
	r := compare(t, Feedback{Accepted: []Acceptance{{ID: "a", RunID: "accepted", RunAt: accepted.ProfiledAt}}}, levels("before", 0, 100, 10), accepted)
	if r.Severity() != None || r.MutedCount() != 3 || r.Findings[0].Muted.By != ByAccept {
		t.Errorf("got %+v", r.Findings)
	}
}

func TestAMuteHoldsForWhatItNamesUntilItsEnd(t *testing.T) {
	before, now := levels("before", 0, 100, 10), levels("now", 1, 200, 20)
	end := now.ProfiledAt.Add(time.Second)
	for _, test := range []struct {
		name  string
		mute  Mute
		muted int
	}{
		{"the table", Mute{Until: end}, 3},
		{"a column", Mute{Until: end, Column: "amount"}, 2},
		{"a metric", Mute{Until: end, Metric: metrics.Count}, 2},
		{"a metric of a column", Mute{Until: end, Column: "amount", Metric: metrics.Count}, 1},
		{"another column", Mute{Until: end, Column: "other"}, 0},
		{"at its end it holds no more", Mute{Until: now.ProfiledAt}, 0},
	} {
		r := compare(t, Feedback{Mutes: []Mute{test.mute}}, before, now)
		if r.MutedCount() != test.muted || len(r.Findings) != 3 {
			t.Errorf("%s: %d of %d findings are muted, want %d of 3", test.name, r.MutedCount(), len(r.Findings), test.muted)
		}
		for _, f := range r.Findings[:r.Counted()] {
			if f.Muted != nil {
				t.Errorf("%s: a muted finding stands before one that counts", test.name)
			}
		}
	}
}

func TestFindingsHaveIDsOfTheirOwnThatStayTheSame(t *testing.T) {
	before, now := levels("before", 0, 100, 10), levels("now", 1, 200, 20)
	first, again := compare(t, Feedback{}, before, now), compare(t, Feedback{}, levels("other", 0, 90, 9), now)
	seen := map[string]bool{}
	for i, f := range first.Findings {
		if seen[f.ID] || f.ID == "" || f.ID != again.Findings[i].ID {
			t.Errorf("ID %q of %s %s, and %q", f.ID, f.Column, f.Metric, again.Findings[i].ID)
		}
		seen[f.ID] = true
	}
}
