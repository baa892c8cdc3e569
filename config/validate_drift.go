package config

import (
	"fmt"

	"github.com/baselinr/baselinr-pipes/drift"
)

// drift checks how runs are compared, at a path.
func (c *checker) drift(d Drift, at string) {
	c.rising(path(at, "absolute_threshold"), d.AbsoluteThreshold.Low, d.AbsoluteThreshold.Medium, d.AbsoluteThreshold.High)
	c.rising(path(at, "standard_deviation"), d.StandardDeviation.Low, d.StandardDeviation.Medium, d.StandardDeviation.High)
	c.rising(path(at, "ml_based"), d.MLBased.Low, d.MLBased.Medium, d.MLBased.High)
	tests := path(path(at, "statistical"), "tests")
	if d.Strategy == drift.Statistical && len(d.Statistical.Tests) == 0 && !c.failed(tests) {
		c.warn(c.nearestPlace(tests), tests, "the strategy statistical has no test, so nothing is ever found", "list tests, or take the key away for the default ones")
	}
	c.baselines(d.Baselines, path(at, "baselines"))
	c.unusedRun(d, at, "but for changes of the schema, ")
}

// unusedRun warns of one run to compare with, where a strategy holds a metric against its values in the last ones.
func (c *checker) unusedRun(d Drift, at, exception string) {
	several := d.Strategy == drift.StandardDeviation || d.Strategy == drift.ControlChart
	one := d.Baselines.Strategy == drift.PinnedRun || d.Baselines.Strategy == drift.BaselineFile
	key := path(path(at, "baselines"), "strategy")
	if !several || !one || c.failed(at) {
		return
	}
	if c.root.find(key) == nil { // the other one is written here
		key = path(at, "strategy")
	}
	c.warn(c.nearestPlace(key), key, fmt.Sprintf("%sa baseline with strategy: %s has no effect on the strategy %s, which holds a metric against its values in the last runs", exception, d.Baselines.Strategy, d.Strategy),
		"write strategy: absolute_threshold or statistical to compare with one run")
}

func (c *checker) baselines(b Baselines, at string) {
	for _, of := range []struct{ strategy, key, value, hint string }{
		{drift.PinnedRun, "run", b.Run, "give the ID of the run to compare with; baselinr-pipes status lists them"},
		{drift.BaselineFile, "file", b.File, "name the baseline file to compare with; baselinr-pipes baseline export writes one"},
	} {
		key := path(at, of.key)
		switch {
		case c.failed(at) || c.failed(key):
		case b.Strategy == of.strategy && of.value == "":
			c.fail(c.nearestPlace(path(at, "strategy")), key, "the key is missing", of.hint)
		case b.Strategy != of.strategy && c.root.find(key) != nil && of.value != "": // where it is inherited, nobody asked for it here
			c.warn(c.nearestPlace(key), key, "has no effect with strategy: "+b.Strategy, "write strategy: "+of.strategy)
		}
	}
	window := path(path(at, "windows"), "moving_average")
	if b.Strategy == drift.AutoBaseline && b.Windows.MovingAverage < b.Windows.MinRuns && !c.failed(window) {
		c.warn(c.nearestPlace(window), window, fmt.Sprintf("a window of %d runs is shorter than the %d that min_runs asks for", b.Windows.MovingAverage, b.Windows.MinRuns),
			"let it be at least as long")
	}
}

// rising warns of thresholds that do not rise with the severity.
func (c *checker) rising(at string, low, medium, high float64) {
	if !c.failed(at) && (low > medium || medium > high) {
		c.warn(c.nearestPlace(at), at, fmt.Sprintf("the thresholds do not rise: low %v, medium %v, high %v", low, medium, high),
			"a severity whose threshold lies above a higher one's is never given")
	}
}

// datasetDrift checks what a dataset changes of the comparison, at a path.
func (c *checker) datasetDrift(global Drift, changes *DatasetDrift, at string) {
	merged := global.With(changes)
	if changes.AbsoluteThreshold != nil || changes.StandardDeviation != nil || changes.Baselines != nil || changes.Statistical != nil {
		c.drift(merged, at)
	} else if changes.Strategy != "" {
		c.unusedRun(merged, at, "but for changes of the schema, ")
	}
}

// columnDrift checks what rules of columns change of their table's comparison.
func (c *checker) columnDrift(table Drift, rules []ColumnRule, at string) {
	for i, r := range rules {
		if r.Drift == nil {
			continue
		}
		below := path(index(at, i), "drift")
		merged := table.WithColumn(r.Drift)
		if t := r.Drift.Thresholds; t != nil {
			limits := path(below, "thresholds")
			switch merged.Strategy {
			case drift.AbsoluteThreshold:
				c.rising(limits, merged.AbsoluteThreshold.Low, merged.AbsoluteThreshold.Medium, merged.AbsoluteThreshold.High)
			case drift.StandardDeviation:
				c.rising(limits, merged.StandardDeviation.Low, merged.StandardDeviation.Medium, merged.StandardDeviation.High)
			default:
				if c.failed(at) || c.failed("drift_detection") {
					break // the strategy is perhaps another
				}
				c.warn(c.nearestPlace(limits), limits, "has no effect with the strategy "+merged.Strategy, "thresholds are of absolute_threshold and standard_deviation")
			}
		}
		if r.Drift.Baselines != nil {
			c.baselines(merged.Baselines, path(below, "baselines"))
		}
		if r.Drift.Strategy != "" || r.Drift.Baselines != nil && r.Drift.Baselines.Strategy != "" {
			c.unusedRun(merged, below, "")
		}
	}
}
