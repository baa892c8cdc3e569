package drift

import (
	"slices"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// Figures lists the metrics that a comparison looks at in every earlier run. The others, and how the values are
// spread, it looks at only in those that Tested returns.
func Figures() []metrics.Name {
	return append(ComparedMetrics(), metrics.DistinctCount, metrics.AvgLength) // by which renamed columns are told
}

// Tested returns those of a run's earlier ones, the newest first, that may be the baseline of a column to which tests
// are put. It looks at no metric: which of them is chosen may depend on those.
func (s Settings) Tested(history []*Run, current *Run) []*Run {
	if len(history) == 0 {
		return nil
	}
	runs := candidatesFor(history, current)
	tested := map[*Run]bool{}
	judgements := []Judgement{s.Judgement}
	for _, c := range s.Columns {
		judgements = append(judgements, c.Judgement)
	}
	for _, j := range judgements {
		if j.Strategy != Statistical {
			continue
		}
		for _, r := range j.Baseline.among(runs) {
			tested[r] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(history), func(r *Run) bool { return !tested[r] })
}

// among returns the runs of which one or several are chosen, whatever their metrics.
func (s BaselineSettings) among(c candidates) []*Run {
	switch {
	case s.Strategy == StableWindow:
		return append(c.history[:1:1], c.alike[:min(len(c.alike), stableAmong)]...)
	case s.Strategy != AutoBaseline || len(c.alike) == 0:
		return s.choose(c, "").Runs
	}
	chosen := slices.Concat(lastRun(c.alike, "").Runs, s.moving(c.alike, "").Runs)
	return append(chosen, s.prior(c, "").Runs...)
}
