package config

import (
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
)

// InUse returns the settings without the path of a file, and without those of strategies and baselines by which neither
// they nor the rules of columns compare: what is left changes what is found.
func (d Drift) InUse(rules []ColumnRule) Drift {
	used := map[string]bool{d.Strategy: true, d.Baselines.Strategy: true} // no two are called alike
	for _, r := range rules {
		if used[r.Drift.Strategy] = true; r.Drift.Baselines != nil {
			used[r.Drift.Baselines.Strategy] = true
		}
	}
	anyOf := func(names ...string) bool { return slices.ContainsFunc(names, func(n string) bool { return used[n] }) }
	if !used[drift.AbsoluteThreshold] {
		d.AbsoluteThreshold, d.TypeSpecificThresholds = Thresholds{}, nil
	}
	if !d.TypeSpecific {
		d.TypeSpecificThresholds = nil
	}
	if !used[drift.StandardDeviation] {
		d.StandardDeviation = Deviations{}
	}
	if !used[drift.ControlChart] {
		d.MLBased = Chart{}
	}
	d.Statistical.Tests = slices.Compact(slices.Sorted(slices.Values(d.Statistical.Tests)))
	if !used[drift.Statistical] {
		d.Statistical = Statistical{}
	}
	d.Baselines.File = ""
	if !used[drift.PinnedRun] {
		d.Baselines.Run = ""
	}
	if !anyOf(drift.MovingAverage, drift.AutoBaseline, drift.StandardDeviation) {
		d.Baselines.Windows.MovingAverage = 0
	}
	if !anyOf(drift.PriorPeriod, drift.AutoBaseline) {
		d.Baselines.Windows.PriorPeriod = 0
	}
	if !anyOf(drift.StableWindow, drift.AutoBaseline, drift.StandardDeviation) {
		d.Baselines.Windows.MinRuns = 0
	}
	return d
}
