package config

import (
	"fmt"
	"reflect"
	"slices"
)

// datasets checks the settings of single tables: each for itself, then that those of the same tables agree.
func (c *checker) datasets(datasets []Dataset, global Drift, root *node) {
	held := map[[3]string]map[string]string{} // by tables, where each setting is
	byPath := map[string]any{}
	for i := range datasets {
		d, at := &datasets[i], index("datasets.datasets", i)
		d.Origin = c.origin(at)
		item := root.get("datasets").value.get("datasets").value.items[i]
		c.columnRules(d.Columns, item, path(at, "columns"))
		table := global.With(d.Drift)
		c.columnDrift(table, d.Columns, path(at, "columns"))
		if d.Drift != nil {
			c.datasetDrift(global, d.Drift, path(at, "drift"))
			c.columnRules(d.Drift.Columns, item.get("drift").value, path(path(at, "drift"), "columns"))
			c.columnDrift(table, d.Drift.Columns, path(path(at, "drift"), "columns"))
		}
		if d.Anomaly != nil {
			c.columnRules(d.Anomaly.Columns, item.get("anomaly").value, path(path(at, "anomaly"), "columns"))
		}
		if d.Profiling == nil {
			continue
		}
		below, at := item.get("profiling").value, path(at, "profiling")
		c.columnRules(d.Profiling.Columns, below, path(at, "columns"))
		c.columnDrift(table, d.Profiling.Columns, path(at, "columns"))
		if p := d.Profiling.Partition; p != nil && !c.failed(path(at, "partition")) {
			c.partition(p, below.get("partition").value, path(at, "partition"))
			c.idlePartition(p, d.Profiling.Sampling, below.get("partition").value, path(at, "partition"))
		}
		if s := d.Profiling.Sampling; s != nil && !c.failed(path(at, "sampling")) {
			c.sampling(s, d.Profiling.Partition, below.get("sampling").value, path(at, "sampling"))
		}
	}
	for i := range datasets {
		d, at := &datasets[i], index("datasets.datasets", i)
		if slices.ContainsFunc([]string{"table", "schema", "database"}, func(key string) bool { return c.failed(path(at, key)) }) {
			continue // of which tables it is, is not known
		}
		key := [3]string{d.Database, d.Schema, d.Table}
		if held[key] == nil {
			held[key] = map[string]string{}
		}
		for _, s := range d.settings(at) {
			if c.failed(s.at) {
				continue
			}
			byPath[s.at] = s.value
			other, ok := held[key][s.name]
			if !ok {
				held[key][s.name] = s.at
				continue
			}
			if !reflect.DeepEqual(byPath[other], s.value) {
				c.fail(c.nearestPlace(s.at), s.at, fmt.Sprintf("disagrees with %s of the same tables at %s", s.name, c.nearestPlace(other)), "keep one of them")
			}
		}
	}
}

// datasetSetting is one setting of a dataset, with its path.
type datasetSetting struct {
	name, at string
	value    any
}

// settings lists what a dataset says of its tables.
func (d *Dataset) settings(at string) (settings []datasetSetting) {
	add := func(name, at string, present bool, value any) {
		if present {
			settings = append(settings, datasetSetting{name, at, value})
		}
	}
	p := d.Profiling
	if p == nil {
		p = &DatasetProfiling{}
	}
	below := path(at, "profiling")
	add("partition", path(below, "partition"), p.Partition != nil, p.Partition)
	add("sampling", path(below, "sampling"), p.Sampling != nil, p.Sampling)
	add("metrics", path(below, "metrics"), len(p.Metrics) > 0, p.Metrics)
	add("drift", path(at, "drift"), d.Drift != nil, d.Drift)
	add("anomaly", path(at, "anomaly"), d.Anomaly != nil, d.Anomaly)
	if len(p.Columns) > 0 {
		add("columns", path(below, "columns"), true, p.Columns)
	} else {
		add("columns", path(at, "columns"), len(d.Columns) > 0, d.Columns)
	}
	return settings
}

// columnRules fills in the pattern types and checks the patterns.
func (c *checker) columnRules(rules []ColumnRule, parent *node, at string) {
	for i := range rules {
		r := &rules[i]
		if r.PatternType == "" {
			r.PatternType = PatternWildcard
		}
		c.pattern(r.Name, r.PatternType, parent.get("columns").value.items[i], index(at, i), "name")
	}
}

// has reports whether a mapping has a value at key.
func has(n *node, key string) bool {
	e := n.get(key)
	return e != nil && e.value.kind != null
}

func (c *checker) partition(p *Partition, n *node, at string) {
	counted := p.Strategy == PartitionRecentN || p.Strategy == PartitionSample
	switch {
	case p.Strategy == PartitionRecentN && !has(n, "recent_n"):
		c.fail(n.at, path(at, "recent_n"), "the key is missing", "say how many partitions to profile")
	case has(n, "recent_n") && !counted:
		c.fail(n.get("recent_n").at, path(at, "recent_n"), fmt.Sprintf("contradicts strategy: %s", p.Strategy),
			"take it away, or write strategy: recent_n")
	}
	switch {
	case p.Strategy == PartitionValues && len(p.Values) == 0:
		c.fail(n.at, path(at, "values"), "the key is missing", "list the partitions to profile")
	case len(p.Values) > 0 && p.Strategy != PartitionValues:
		c.fail(n.get("values").at, path(at, "values"), fmt.Sprintf("contradicts strategy: %s", p.Strategy),
			"take it away, or write strategy: specific_values")
	}
	for i, v := range p.Values {
		switch v.(type) {
		case []any, map[string]any:
			item := n.get("values").value.items[i]
			c.fail(item.at, index(path(at, "values"), i), "wants one value, got "+item.kind.String(), "write each partition as text, a number or true or false")
		}
	}
	if (p.Strategy != PartitionAll || p.KeepProfiles) && p.Key == "" && !p.MetadataFallback {
		c.fail(n.at, path(at, "key"), "the key is missing", "name the column, or write metadata_fallback: true to have it found")
	}
	if p.Strategy == PartitionSample && p.RecentN == 0 {
		p.RecentN = DefaultSampledPartitions
	}
}

// idlePartition warns of a key that nothing makes use of.
func (c *checker) idlePartition(p *Partition, s *Sampling, n *node, at string) {
	sampled := s != nil && s.Enabled && s.Method != SamplingRandom
	contradicted := has(n, "recent_n") || has(n, "values") // which is told already
	if p.KeepProfiles && s != nil && s.Enabled {
		c.fail(n.get("keep_profiles").at, path(at, "keep_profiles"), "contradicts sampling: the sample of a partition is not the partition",
			"take it away, or write sampling: {enabled: false}")
	}
	if has(n, "key") && !has(n, "strategy") && p.Strategy == PartitionAll && !sampled && !contradicted && !p.KeepProfiles {
		c.warn(n.at, at, "has no effect: every row is read", "write a strategy, such as latest, to choose partitions, or keep_profiles: true to store the profile of each; strategy: all says that every row is meant")
	}
}

func (c *checker) sampling(s *Sampling, p *Partition, n *node, at string) {
	if !s.Enabled {
		if !has(n, "enabled") && slices.ContainsFunc([]string{"method", "fraction", "max_rows"}, func(key string) bool { return has(n, key) }) {
			c.warn(n.at, at, "has no effect: every row is read", "write enabled: true to sample")
		}
		return
	}
	if s.Method != SamplingRandom && (p == nil || p.Key == "" && !p.MetadataFallback) {
		meaning := "each partition gives the same share of its rows"
		if s.Method == SamplingTopK {
			meaning = "the rows with the greatest keys are read"
		}
		c.fail(c.nearestPlace(path(at, "method")), path(at, "method"), fmt.Sprintf("%s needs a partition key: %s", s.Method, meaning),
			"name the column as partition.key, or write method: random")
	}
	if s.Method != SamplingTopK {
		return
	}
	if s.MaxRows == 0 {
		c.fail(n.at, path(at, "max_rows"), "the key is missing", "topk reads max_rows rows")
	}
	if has(n, "fraction") {
		c.fail(n.get("fraction").at, path(at, "fraction"), "contradicts method: topk, which reads max_rows rows", "take it away")
	}
	s.Fraction = 0
}
