package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// apply gives each table its own settings, and those of the profiling where it has none. An entry of
// datasets for no table of the plan gives a warning.
func (p *Plan) apply(c *config.Config) {
	used := make([]bool, len(c.Datasets.Datasets))
	for i := range p.Tables {
		t := &p.Tables[i]
		t.Metrics = c.Profiling.Metrics
		t.Mode = p.Mode
		t.Drift = c.Drift
		t.Anomalies = c.Storage.Anomalies
		sampling := &config.Sampling{Enabled: true, Method: config.SamplingRandom, Fraction: c.Profiling.DefaultSampleRatio}
		for _, entry := range p.entriesFor(*t, c) {
			d := c.Datasets.Datasets[entry]
			used[entry] = true
			if len(d.Columns) > 0 {
				t.Columns = d.Columns
			}
			if d.Drift != nil {
				t.Drift = t.Drift.With(d.Drift)
				t.DriftColumns = append(comparing(d.Drift.Columns), t.DriftColumns...)
				t.AnomalyColumns = append(judging(d.Drift.Columns), t.AnomalyColumns...)
			}
			if d.Anomaly != nil {
				if d.Anomaly.Enabled != nil {
					t.Anomalies.DetectsAnomalies = *d.Anomaly.Enabled
				}
				t.AnomalyColumns = append(judging(d.Anomaly.Columns), t.AnomalyColumns...)
			}
			if d.Profiling == nil {
				continue
			}
			if len(d.Profiling.Columns) > 0 {
				t.Columns = d.Profiling.Columns
			}
			if len(d.Profiling.Metrics) > 0 {
				t.Metrics = d.Profiling.Metrics
			}
			if d.Profiling.Partition != nil {
				t.Partition = d.Profiling.Partition
			}
			if d.Profiling.Sampling != nil {
				sampling = d.Profiling.Sampling
			}
		}
		t.DriftStrategy = t.Drift.Strategy
		t.AnomalyColumns = append(t.AnomalyColumns, judging(t.Columns)...)
		t.DriftColumns = append(t.DriftColumns, comparing(t.Columns)...)
		if sampling.ReadsAPart() {
			t.Sampling = sampling
		}
		if t.Partition != nil {
			t.PartitionKey = t.Partition.Key
		}
		if t.EveryPartition() && !t.SampledByKey() && !t.KeepsPartitions() {
			t.Partition = nil // every row, which is what none means
		}
		if t.KeepsPartitions() {
			t.Mode = config.ModeStream // only accumulators merge
		}
		if names := leftOut(c.Profiling); len(names) > 0 {
			t.Metrics = without(t.Metrics, names)
			t.Columns = slices.Clone(t.Columns)
			for j := range t.Columns {
				t.Columns[j].Metrics = without(t.Columns[j].Metrics, names)
			}
		}
		t.canonical()
	}
	for i, d := range c.Datasets.Datasets {
		if !used[i] {
			if d.Origin.Path == "" { // not from a file
				d.Origin.Path = fmt.Sprintf("datasets.datasets[%d]", i)
			}
			p.Warnings = append(p.Warnings, d.Origin.Problem(config.SeverityWarning, "", "the plan has no table "+describeDataset(d),
				"name it under profiling.tables, or take the entry away").String())
		}
	}
}

// entriesFor returns the indices of the entries that match a table, the closest last.
func (p *Plan) entriesFor(t Table, c *config.Config) []int {
	var matches []int
	for i, d := range c.Datasets.Datasets {
		if (d.Table == "" || d.Table == t.Name) &&
			(d.Schema == "" || d.Schema == t.Schema || p.DefaultSchema == "") && // an engine without schemas has none to tell apart
			(d.Database == "" || d.Database == c.Source.Database) {
			matches = append(matches, i)
		}
	}
	closeness := func(i int) (n int) {
		d := c.Datasets.Datasets[i]
		for weight, part := range []string{d.Database, d.Schema, d.Table} {
			if part != "" {
				n += 1 << weight
			}
		}
		return n
	}
	slices.SortStableFunc(matches, func(a, b int) int { return closeness(a) - closeness(b) })
	return matches
}

// comparing returns the rules that say how columns are compared.
func comparing(rules []config.ColumnRule) (list []config.ColumnRule) {
	for _, r := range rules {
		if r.Drift != nil {
			list = append(list, config.ColumnRule{Name: r.Name, PatternType: r.PatternType, Drift: r.Drift})
		}
	}
	return list
}

// EveryPartition reports whether no row is left out by its partition. The plan may name a key all the
// same, by which rows are sampled.
func (t Table) EveryPartition() bool {
	return t.Partition == nil || t.Partition.Strategy == config.PartitionAll
}

// KeepsPartitions reports whether the profile of each partition is stored.
func (t Table) KeepsPartitions() bool { return t.Partition != nil && t.Partition.KeepProfiles }

// SampledByKey reports whether the table's sampling is by the partitions' key.
func (t Table) SampledByKey() bool {
	return t.Sampling != nil && t.Sampling.Method != config.SamplingRandom
}

func describeDataset(d config.Dataset) string {
	var parts []string
	for _, part := range []string{d.Database, d.Schema, d.Table} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if d.Table == "" {
		parts = append(parts, "*")
	}
	return strings.Join(parts, ".")
}

// DriftOf returns how runs of a table are compared, whether or not a plan of the config holds it: what is
// set of a table that is not profiled any more holds for its runs.
func DriftOf(c *config.Config, table warehouse.TableRef, defaultSchema string) Table {
	p := &Plan{DefaultSchema: defaultSchema, Tables: []Table{{TableRef: table}}}
	p.apply(c)
	return p.Tables[0]
}
