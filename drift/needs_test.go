package drift

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// A comparison says the same where all that it does not look at is taken from the earlier runs.
func TestAComparisonLooksAtNothingElse(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	readings := []*Reading{{}, {}, {}, {}, {Sampling: &Sampling{Method: "random", Fraction: 0.1}}, nil}
	run := func(day int) *Run {
		r := floats(t, normal(random, 150, float64(day%7)*random.Float64()))
		r.RunID, r.ProfiledAt, r.Reading = fmt.Sprint(day), today.AddDate(0, 0, -day), readings[random.IntN(len(readings))]
		other := floats(t, normal(random, 150, 0)).Profile.Columns[0]
		other.Name = []string{"d", "d2"}[random.IntN(2)] // renamed now and then
		r.Profile.Columns = append(r.Profile.Columns, other)
		return r
	}
	compared, tested := 0, 0
	for range 20 {
		var history []*Run
		for day := range 1 + random.IntN(35) {
			history = append(history, run(day+1))
		}
		current := run(0)
		for _, strategy := range Strategies() {
			for _, baseline := range BaselineStrategies() {
				s := DefaultSettings()
				s.Strategy, s.Baseline.Strategy, s.Baseline.Run = strategy, baseline, history[len(history)-1].RunID
				if random.IntN(3) == 0 {
					own := s.Judgement
					own.Strategy, own.Baseline.Strategy = Strategies()[random.IntN(4)], BaselineStrategies()[random.IntN(6)]
					s.Columns = []ColumnJudgement{{Matches: func(c string) bool { return c != "c" }, Judgement: own}}
				}
				whole := s.Tested(history, current)
				left := make([]*Run, len(history))
				for i, r := range history {
					if left[i] = r; !slices.Contains(whole, r) {
						left[i] = figuresOf(r)
					}
				}
				want, got := Detect(s, history, current), Detect(s, left, current)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%s, %s, %d runs (-want +got):\n%s", strategy, baseline, len(history), diff)
				}
				compared, tested = compared+len(want.Findings), tested+len(whole)
			}
		}
	}
	if compared == 0 || tested == 0 {
		t.Errorf("%d findings, %d runs tested", compared, tested)
	}
}

// figuresOf returns a run with nothing but the figures of its columns.
func figuresOf(r *Run) *Run {
	left, profile := *r, *r.Profile
	profile.Columns = slices.Clone(profile.Columns)
	for i := range profile.Columns {
		c := &profile.Columns[i]
		c.Distribution, c.Metrics = nil, maps.Clone(c.Metrics)
		maps.DeleteFunc(c.Metrics, func(n metrics.Name, _ metrics.Value) bool { return !slices.Contains(Figures(), n) })
	}
	left.Profile = &profile
	return &left
}

func TestWhereNothingIsTestedNoDistributionIsLookedAt(t *testing.T) {
	s, history := DefaultSettings(), daily(1, 2, 3)
	for strategy, want := range map[string]int{AbsoluteThreshold: 0, StandardDeviation: 0, ControlChart: 0, Statistical: 1} {
		s.Strategy = strategy
		if got := len(s.Tested(history, against(1))); got != want {
			t.Errorf("%s: %d runs, want %d", strategy, got, want)
		}
	}
}
