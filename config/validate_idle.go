package config

import (
	"maps"
	"slices"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// idleSettings warns of settings that are legal, and that nothing makes use of. What stands there with its default
// value misleads nobody. Where what would make use of a setting is wrong, nothing is said of it.
func (c *checker) idleSettings(cfg *Config) {
	known := !c.failed("datasets") && len(c.foreign) == 0
	compared, measured := known && !c.failed("drift_detection"), known && !c.failed("profiling.metrics")
	if measured {
		c.idleHistograms(cfg, cfg.measured())
	}
	if compared {
		c.idleDrift(cfg.Drift, cfg.inUse())
	}
	if compared && measured {
		c.idleTypeThresholds(cfg.Drift, cfg.inUse(), cfg.measured())
	}
	together := saidTogether(cfg.Datasets.Datasets)
	for i := range cfg.Datasets.Datasets {
		d, at := &cfg.Datasets.Datasets[i], index("datasets.datasets", i)
		if c.failed(at) {
			continue
		}
		said := together(d)
		c.idleColumns(d, said.choosing > 1, at)
		if known && cfg.Profiling.DefaultSampleRatio == 1 && !c.failed("profiling.default_sample_ratio") {
			c.idleSampling(d, said.samples, at)
		}
		if compared {
			c.idleDatasetDrift(cfg.Drift, d, said.used, at+".drift")
		}
	}
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

// idleSampling warns of a sample of every row, where no other dataset of the table takes a smaller one.
func (c *checker) idleSampling(d *Dataset, samples bool, at string) {
	if samples || d.Profiling == nil || d.Profiling.Sampling == nil || !d.Profiling.Sampling.Enabled {
		return
	}
	at += ".profiling.sampling"
	c.warn(c.nearestPlace(at), at, "has no effect: every row is read", "write a fraction below 1, or max_rows")
}

// samples reports whether a dataset has rows of its tables left out.
func (d *Dataset) samples() bool {
	return d.Profiling != nil && d.Profiling.Sampling != nil && d.Profiling.Sampling.ReadsAPart()
}

// choosesColumns reports whether a dataset says which columns are read.
func (d *Dataset) choosesColumns() bool {
	return len(d.Columns) > 0 || d.Profiling != nil && len(d.Profiling.Columns) > 0
}

// said is what datasets say together that may be of one table.
type said struct {
	samples  bool  // one has rows left out
	choosing int   // how many say which columns are read
	used     inUse // by what they have columns compared
}

func (s *said) add(d *Dataset) {
	s.samples = s.samples || d.samples()
	if d.choosesColumns() {
		s.choosing++
	}
	s.used.dataset(d)
}

// saidTogether returns, for a dataset, what it and all others say that may be of a table of its own, which the name of
// the table alone decides.
func saidTogether(datasets []Dataset) func(*Dataset) said {
	all, wide, byTable := said{used: inUse{}}, said{used: inUse{}}, map[string]*said{}
	for i := range datasets {
		d := &datasets[i]
		all.add(d)
		if d.Table == "" {
			wide.add(d)
			continue
		}
		if byTable[d.Table] == nil {
			byTable[d.Table] = &said{used: inUse{}}
		}
		byTable[d.Table].add(d)
	}
	return func(d *Dataset) said {
		if d.Table == "" {
			return all
		}
		own := byTable[d.Table]
		together := said{own.samples || wide.samples, own.choosing + wide.choosing, maps.Clone(own.used)}
		maps.Copy(together.used, wide.used)
		return together
	}
}
