package plan

import (
	"slices"

	"github.com/baselinr/baselinr-pipes/config"
)

// outlookOf is what a config asks of earlier runs, for its signature; nil where it is what a config asks that
// says nothing of it.
func outlookOf(c *config.Config) any {
	type outlook struct {
		config.Learning
		config.Enrichment
	}
	usual := config.Default()
	asked := outlook{c.Storage.Learning, c.Profiling.Enrichment}
	if asked == (outlook{usual.Storage.Learning, usual.Profiling.Enrichment}) {
		return nil
	}
	return asked
}

// anomalies is how the table's runs are held against earlier ones, for its signature; nil where they are not.
func (t Table) anomalies() any {
	if !t.Anomalies.DetectsAnomalies {
		return nil
	}
	return struct {
		config.Anomalies
		ByColumn []config.ColumnRule `json:"columns,omitempty"`
	}{t.Anomalies, t.AnomalyColumns}
}

// judging returns the rules that say how columns are held against earlier runs.
func judging(rules []config.ColumnRule) (list []config.ColumnRule) {
	for _, r := range rules {
		if r.Anomaly != nil {
			list = append(list, config.ColumnRule{Name: r.Name, PatternType: r.PatternType, Anomaly: r.Anomaly})
		}
	}
	return list
}

// leftOut returns the metrics that the config's switches turn off.
func leftOut(c config.Profiling) (names []string) {
	for _, m := range []struct {
		name string
		on   bool
	}{
		{"histogram", c.ComputeHistograms},
		{"approx_distinct_count", c.Enriches && c.ApproxDistinct},
		{"data_type_inferred", c.Enriches && c.TypeInference},
	} {
		if !m.on {
			names = append(names, m.name)
		}
	}
	return names
}

func without(names, leftOut []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(leftOut, n) })
}
