package drift

import "github.com/baselinr/baselinr-pipes/metrics"

// AbsoluteThreshold is the strategy that judges a metric by its change in percent.
const AbsoluteThreshold = "absolute_threshold"

// Strategies lists the strategies that are built.
func Strategies() []string { return []string{AbsoluteThreshold} }

// Settings say how profiles are compared.
type Settings struct {
	Strategy   string
	Thresholds Thresholds

	// ByType holds, for a family of types (numeric, categorical, timestamp, boolean), thresholds that
	// stand in for Thresholds: of one metric by its name, of the others by "default".
	ByType map[Family]map[metrics.Name]Thresholds

	// TypeSpecific applies ByType, and leaves out the metrics that mean nothing for a family.
	TypeSpecific bool

	Schema SchemaSettings
}

// DefaultMetric names the thresholds of a family's metrics that have none of their own.
const DefaultMetric metrics.Name = "default"

// Thresholds are changes, in percent of the baseline, from which on a change has a severity.
type Thresholds struct{ Low, Medium, High float64 }

// Severity returns the severity of a change of the given percentage.
func (t Thresholds) Severity(percent float64) Severity {
	switch {
	case percent >= t.High:
		return High
	case percent >= t.Medium:
		return Medium
	case percent >= t.Low:
		return Low
	}
	return None
}

// DefaultSettings are those of the Python tool.
func DefaultSettings() Settings {
	return Settings{
		Strategy:     AbsoluteThreshold,
		Thresholds:   Thresholds{5, 15, 30},
		TypeSpecific: true,
		Schema:       SchemaSettings{Enabled: true, Similarity: 0.7},
		ByType: map[Family]map[metrics.Name]Thresholds{
			Numeric: {
				metrics.Mean:   {10, 25, 50},
				metrics.StdDev: {3, 8, 15},
				DefaultMetric:  {5, 15, 30},
			},
			Categorical: {
				metrics.DistinctCount: {2, 5, 10},
				metrics.UniqueRatio:   {0.02, 0.05, 0.10},
				DefaultMetric:         {5, 15, 30},
			},
			Timestamp: {DefaultMetric: {5, 15, 30}},
			Boolean:   {DefaultMetric: {2, 5, 10}},
		},
	}
}
