package config

import (
	"maps"
	"slices"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// idleSettings warns of settings that are legal, and that nothing makes use of. What stands there with its default
// value misleads nobody. Where strategies or metrics are wrong it says nothing: what is used is not known then.
func (c *checker) idleSettings(cfg *Config) {
	decisive := []string{"datasets", "drift_detection", "profiling.metrics", "profiling.default_sample_ratio"}
	if slices.ContainsFunc(decisive, c.failed) || len(c.foreign) > 0 {
		return
	}
	measured, used := cfg.measured(), cfg.inUse()
	c.idleHistograms(cfg, measured)
	c.idleDrift(cfg.Drift, used)
	c.idleTypeThresholds(cfg.Drift, used, measured)
	c.idleDatasets(cfg)
}

// columnRules returns the rules of columns that a dataset gives, wherever they stand in it.
func (d *Dataset) columnRules() []ColumnRule {
	rules := slices.Clip(d.Columns)
	if d.Profiling != nil {
		rules = append(rules, d.Profiling.Columns...)
	}
	if d.Drift != nil {
		rules = append(rules, d.Drift.Columns...)
	}
	return rules
}

// measured returns every metric that is asked for of some column.
func (cfg *Config) measured() map[string]bool {
	lists := [][]string{cfg.Profiling.Metrics}
	for _, d := range cfg.Datasets.Datasets {
		if d.Profiling != nil {
			lists = append(lists, d.Profiling.Metrics)
		}
		for _, r := range d.columnRules() {
			lists = append(lists, r.Metrics)
		}
	}
	measured := map[string]bool{}
	for _, name := range slices.Concat(lists...) {
		measured[name] = true
	}
	return measured
}

const histogram = string(metrics.Histogram)

// idleHistograms warns where histograms are asked for in one place and not computed by another.
func (c *checker) idleHistograms(cfg *Config, measured map[string]bool) {
	const bins, compute = "profiling.histogram_bins", "profiling.compute_histograms"
	because, hint := "has no effect: no list of metrics has histogram", "add histogram to profiling.metrics"
	idle := []string{bins, compute}
	switch {
	case !cfg.Profiling.ComputeHistograms:
		because, hint, idle = "has no effect with compute_histograms: false", "take it away", idle[:1]
	case measured[histogram]:
		return
	}
	for _, at := range idle {
		if n := c.root.find(at); n != nil {
			c.warn(n.at, at, because, hint)
		}
	}
	if cfg.Profiling.ComputeHistograms {
		return
	}
	c.idleHistogram("profiling.metrics")
	for i, d := range cfg.Datasets.Datasets {
		at := index("datasets.datasets", i)
		c.idleHistogram(at + ".profiling.metrics")
		for j := range d.Columns {
			c.idleHistogram(index(at+".columns", j) + ".metrics")
		}
		if d.Profiling != nil {
			for j := range d.Profiling.Columns {
				c.idleHistogram(index(at+".profiling.columns", j) + ".metrics")
			}
		}
	}
}

// idleHistogram warns of the histogram in a list of metrics, if the file has the list.
func (c *checker) idleHistogram(at string) {
	list := c.root.find(at)
	if list == nil {
		return
	}
	for i, item := range list.items {
		if item.text == histogram {
			c.warn(item.at, index(at, i), "histogram: has no effect with profiling.compute_histograms: false", "take one of the two away")
		}
	}
}

// idleDatasets warns of what single datasets say in vain.
func (c *checker) idleDatasets(cfg *Config) {
	datasets := cfg.Datasets.Datasets
	beside := overlapping(datasets)
	for i := range datasets {
		d, at := &datasets[i], index("datasets.datasets", i)
		c.idleColumns(d, beside(i), at)
		if p := d.Profiling; p != nil && p.Sampling != nil && p.Sampling.Enabled && !p.Sampling.ReadsAPart() &&
			cfg.Profiling.DefaultSampleRatio == 1 && !slices.ContainsFunc(beside(i), (*Dataset).samples) {
			at := at + ".profiling.sampling"
			c.warn(c.nearestPlace(at), at, "has no effect: every row is read", "write a fraction below 1, or max_rows")
		}
		c.idleDatasetDrift(cfg.Drift, d, beside(i), at+".drift")
	}
}

// samples reports whether a dataset has rows of its tables left out.
func (d *Dataset) samples() bool {
	return d.Profiling != nil && d.Profiling.Sampling != nil && d.Profiling.Sampling.ReadsAPart()
}

// overlapping returns, for the index of a dataset, the others that may be of a table of its own.
func overlapping(datasets []Dataset) func(i int) []*Dataset {
	byTable := map[string][]*Dataset{} // "" for those of many tables
	for i := range datasets {
		byTable[datasets[i].Table] = append(byTable[datasets[i].Table], &datasets[i])
	}
	alike := func(a, b string) bool { return a == "" || b == "" || a == b }
	return func(i int) (others []*Dataset) {
		d := &datasets[i]
		near := slices.Concat(byTable[""], byTable[d.Table])
		if d.Table == "" {
			near = slices.Concat(slices.Collect(maps.Values(byTable))...)
		}
		for _, other := range near {
			if other != d && alike(d.Database, other.Database) && alike(d.Schema, other.Schema) {
				others = append(others, other)
			}
		}
		return others
	}
}
