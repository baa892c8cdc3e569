package config

import (
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// The names that keys may take.
var (
	// MetricNames are the names that profiling.metrics may hold.
	MetricNames = metricNames()

	// StrategyNames are the values of drift_detection.strategy.
	StrategyNames = drift.Strategies()

	// BaselineNames are the values of drift_detection.baselines.strategy.
	BaselineNames = drift.BaselineStrategies()

	// TestNames are the values that drift_detection.statistical.tests may hold.
	TestNames = drift.TestNames()

	// Sensitivities are the values of drift_detection.statistical.sensitivity.
	Sensitivities = []drift.Sensitivity{drift.LowSensitivity, drift.MediumSensitivity, drift.HighSensitivity}

	// AnomalyMethods are the values that storage.anomaly_enabled_methods may hold.
	AnomalyMethods = drift.AnomalyMethods()

	// EngineNames are the values of a connection's type.
	EngineNames = []string{"sqlite", "postgres", "mysql", "snowflake", "bigquery", "redshift"}
	// EnginesBuilt are those of them that are built; the others give a warning.
	EnginesBuilt = []string{"sqlite", "postgres", "mysql"}

	// EnginesPushdown are those of them that compute profiles by themselves, where execution.mode says so.
	EnginesPushdown = []string{"sqlite", "postgres", "mysql"}

	// EnginesPushedByDefault are those of them that do so unless execution.mode says stream: to ship their rows
	// would cost more than to aggregate them.
	EnginesPushedByDefault = []string{}
)

// PatternType says how a pattern is read.
type PatternType string

// The pattern types.
const (
	// PatternWildcard reads * as any text, ? as one character and [abc] as one of a set.
	PatternWildcard PatternType = "wildcard"
	// PatternRegex reads a regular expression (RE2 syntax), matched from the start of the name.
	PatternRegex PatternType = "regex"
)

// BackoffStrategy says how the wait between two tries grows.
type BackoffStrategy string

// The backoff strategies.
const (
	// BackoffExponential doubles the wait each time, up to the longest.
	BackoffExponential BackoffStrategy = "exponential"
	// BackoffFixed keeps the first wait.
	BackoffFixed BackoffStrategy = "fixed"
)

// Privacy says whether values of the tables are told.
type Privacy string

// PrivacyNoValues keeps values of the tables out of all but the history.
const PrivacyNoValues Privacy = "no_values"

// Mode says how tables are measured.
type Mode string

// The modes.
const (
	// ModeAuto takes what suits the engine.
	ModeAuto Mode = "auto"
	// ModePushdown has the engine compute.
	ModePushdown Mode = "pushdown"
	// ModeStream pulls every row once and computes here.
	ModeStream Mode = "stream"
)

func metricNames() []string {
	var names []string
	for _, n := range metrics.Names() {
		names = append(names, string(n))
	}
	return names
}
