package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// inUse are the names of strategies, baselines and tests that some comparison may use; no two of them are called
// alike.
type inUse map[string]bool

func (u inUse) add(names ...string) {
	for _, name := range names {
		u[name] = true
	}
}

// dataset adds the names that a dataset gives.
func (u inUse) dataset(d *Dataset) {
	baseline := func(b *ChangedBaselines) {
		if b != nil {
			u.add(b.Strategy)
		}
	}
	if d.Drift != nil {
		u.add(d.Drift.Strategy)
		baseline(d.Drift.Baselines)
		if d.Drift.Statistical != nil {
			u.add(d.Drift.Statistical.Tests...)
		}
	}
	for _, r := range d.columnRules() {
		if r.Drift != nil {
			u.add(r.Drift.Strategy)
			baseline(r.Drift.Baselines)
		}
	}
}

// inUse returns the names that some comparison may use.
func (cfg *Config) inUse() inUse {
	used := inUse{}
	used.add(cfg.Drift.Strategy, cfg.Drift.Baselines.Strategy)
	used.add(cfg.Drift.Statistical.Tests...)
	for i := range cfg.Datasets.Datasets {
		used.dataset(&cfg.Datasets.Datasets[i])
	}
	return used
}

// idleDrift warns of settings of strategies, tests and baselines by which nothing is compared.
func (c *checker) idleDrift(d Drift, used inUse) {
	const at = "drift_detection"
	usual := Default().Drift
	for _, strategy := range []struct {
		name            string
		given, byItself any
	}{
		{drift.AbsoluteThreshold, d.AbsoluteThreshold, usual.AbsoluteThreshold},
		{drift.StandardDeviation, d.StandardDeviation, usual.StandardDeviation},
		{drift.Statistical, d.Statistical, usual.Statistical},
		{drift.ControlChart, d.MLBased, usual.MLBased},
	} {
		if !reflect.DeepEqual(strategy.given, strategy.byItself) {
			c.idleStrategy(path(at, strategy.name), strategy.name, noTable, used)
		}
	}
	if used[drift.Statistical] {
		c.idleTests(&d.Statistical.TestParams, at+".statistical.test_params", used)
	}
	c.idleWindows(at+".baselines.windows", used)
}

// idleDatasetDrift warns of settings of a dataset by which none of its tables is compared.
func (c *checker) idleDatasetDrift(global Drift, d *Dataset, together inUse, at string) {
	used := global.usedBy(d, together)
	c.idleColumnWindows(d, used, strings.TrimSuffix(at, ".drift"))
	if d.Drift == nil {
		return
	}
	if d.Drift.AbsoluteThreshold != nil {
		c.idleStrategy(path(at, drift.AbsoluteThreshold), drift.AbsoluteThreshold, itsTables, used)
	}
	if d.Drift.StandardDeviation != nil {
		c.idleStrategy(path(at, drift.StandardDeviation), drift.StandardDeviation, itsTables, used)
	}
	if own := d.Drift.Statistical; own != nil {
		c.idleStrategy(path(at, drift.Statistical), drift.Statistical, itsTables, used)
		if used[drift.Statistical] {
			c.idleTests(own.TestParams, at+".statistical.test_params", used)
		}
	}
	c.idleWindows(at+".baselines.windows", used)
}

// usedBy returns the names that a comparison of a dataset's tables may use, with those of other datasets of the tables.
func (global Drift) usedBy(d *Dataset, together inUse) inUse {
	used, own := maps.Clone(together), d.Drift
	if own == nil {
		own = &DatasetDrift{}
	}
	if own.Strategy == "" {
		used.add(global.Strategy)
	}
	if own.Baselines == nil || own.Baselines.Strategy == "" {
		used.add(global.Baselines.Strategy)
	}
	if own.Statistical == nil || own.Statistical.Tests == nil {
		used.add(global.Statistical.Tests...)
	}
	return used
}

// idleColumnWindows warns of windows of columns that their baselines do not look at; used is what their tables are
// compared by.
func (c *checker) idleColumnWindows(d *Dataset, used inUse, at string) {
	lists := map[string][]ColumnRule{at + ".columns": d.Columns}
	if d.Profiling != nil {
		lists[at+".profiling.columns"] = d.Profiling.Columns
	}
	if d.Drift != nil {
		lists[at+".drift.columns"] = d.Drift.Columns
	}
	for at, rules := range lists {
		for i, r := range rules {
			if r.Drift == nil || r.Drift.Baselines == nil || r.Drift.Baselines.Windows == nil {
				continue
			}
			column := inUse{}
			for _, choice := range []struct {
				own      string
				possible []string
			}{{r.Drift.Strategy, StrategyNames}, {r.Drift.Baselines.Strategy, BaselineNames}} {
				if choice.own != "" {
					column.add(choice.own)
					continue
				}
				for _, name := range choice.possible {
					column[name] = column[name] || used[name]
				}
			}
			c.idleWindows(index(at, i)+".drift.baselines.windows", column)
		}
	}
}

// What a setting is of that no comparison uses.
const (
	noTable   = "no table is"
	itsTables = "none of its tables is"
)

// idleStrategy warns of the settings of a strategy by which nothing is compared.
func (c *checker) idleStrategy(at, strategy, tables string, used inUse) {
	if !used[strategy] {
		c.warn(c.nearestPlace(at), at, "has no effect: "+tables+" compared by "+strategy, "write strategy: "+strategy+", or take it away")
	}
}

// idleTests warns of parameters of tests that no list has.
func (c *checker) idleTests(parameters *TestParameters, at string, used inUse) {
	encoded, err := json.Marshal(parameters)
	var given map[string]any
	if err == nil {
		err = json.Unmarshal(encoded, &given)
	}
	if err != nil {
		panic(fmt.Sprintf("config: %v", err)) // the types hold nothing that JSON cannot carry
	}
	for _, test := range slices.Sorted(maps.Keys(given)) {
		if at := path(at, test); !used[test] {
			c.warn(c.nearestPlace(at), at, "has no effect: "+test+" is not in the list of tests", "add it to statistical.tests")
		}
	}
}

// idleWindows warns of windows that no baseline looks at. The strategy standard_deviation does, whatever the baseline.
func (c *checker) idleWindows(at string, used inUse) {
	windows := c.root.find(at)
	if windows == nil {
		return
	}
	usual := Default().Drift.Baselines.Windows
	for _, window := range []struct {
		key   string
		usual int
		users []string
	}{
		{"moving_average", usual.MovingAverage, []string{drift.MovingAverage, drift.AutoBaseline, drift.StandardDeviation}},
		{"prior_period", usual.PriorPeriod, []string{drift.PriorPeriod, drift.AutoBaseline}},
		{"min_runs", usual.MinRuns, []string{drift.StableWindow, drift.AutoBaseline, drift.StandardDeviation}},
	} {
		e := windows.get(window.key)
		inUse := slices.ContainsFunc(window.users, func(name string) bool { return used[name] })
		if e != nil && e.value.text != strconv.Itoa(window.usual) && !inUse {
			c.warn(e.value.at, path(at, window.key), "has no effect: no baseline in use looks at it", "it is of "+strings.Join(window.users, ", "))
		}
	}
}

// idleTypeThresholds warns of thresholds by types of columns that judge nothing, or not as they seem to.
func (c *checker) idleTypeThresholds(d Drift, used inUse, measured map[string]bool) {
	const at = "drift_detection.type_specific_thresholds"
	if len(d.TypeSpecificThresholds) == 0 {
		return
	}
	switch {
	case !d.TypeSpecific:
		c.warn(c.nearestPlace(at), at, "has no effect with enable_type_specific_thresholds: false", "take one of the two away")
		return
	case !used[drift.AbsoluteThreshold]:
		c.idleStrategy(at, drift.AbsoluteThreshold, noTable, used)
		return
	}
	for _, family := range slices.Sorted(maps.Keys(d.TypeSpecificThresholds)) {
		for _, metric := range slices.Sorted(maps.Keys(d.TypeSpecificThresholds[family])) {
			at := path(path(at, family), metric)
			place, t := c.nearestPlace(at), d.TypeSpecificThresholds[family][metric]
			switch name := metrics.Name(metric); {
			case obsoleteMetrics[metric] != "": // which is told
			case name == drift.DefaultMetric || drift.Family(family).Judges(name) && measured[metric]:
				base := d.AbsoluteThreshold
				c.rising(at, orElse(t.Low, base.Low), orElse(t.Medium, base.Medium), orElse(t.High, base.High))
			case !slices.Contains(drift.ComparedMetrics(), name):
				c.warn(place, at, "has no effect: "+metric+" is not compared", "compared are "+joined(drift.ComparedMetrics()))
			case !drift.Family(family).Judges(name):
				c.warn(place, at, "has no effect: "+metric+" of "+family+" columns is not compared", "take it away")
			default:
				c.warn(place, at, "has no effect: no list of metrics has "+metric, "add it to profiling.metrics")
			}
		}
	}
}

func orElse(x *float64, other float64) float64 {
	if x == nil {
		return other
	}
	return *x
}

func joined(names []metrics.Name) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return strings.Join(texts, ", ")
}
