package drift

import (
	"slices"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// The strategies, under the names that configs use.
const (
	AbsoluteThreshold = "absolute_threshold" // a metric's change in percent
	StandardDeviation = "standard_deviation" // a metric's distance from its earlier values, in their deviations
	Statistical       = "statistical"        // tests of what the profiles hold of the values
	ControlChart      = "ml_based"           // a metric's place in robust control charts of its earlier values
)

// Strategies lists the strategies.
func Strategies() []string {
	return []string{AbsoluteThreshold, StandardDeviation, Statistical, ControlChart}
}

// Settings say how the runs of a table are compared.
type Settings struct {
	Judgement // of columns without one of their own

	// ByType holds, for a family of types (numeric, categorical, timestamp, boolean), thresholds that
	// stand in for Judgement.Thresholds: of one metric by its name, of the others by "default".
	ByType map[Family]map[metrics.Name]Thresholds

	// TypeSpecific applies ByType, and leaves out the metrics that mean nothing for a family.
	TypeSpecific bool

	// Columns are judgements of single columns. The first that matches a column is its own.
	Columns []ColumnJudgement

	Schema SchemaSettings
}

// Judgement says how a column is compared: with what, by which strategy, and from where on a change matters.
type Judgement struct {
	Strategy    string
	Thresholds  Thresholds // of absolute_threshold, in percent
	Deviations  Thresholds // of standard_deviation, in standard deviations
	Statistical StatisticalSettings
	Chart       ChartSettings
	Baseline    BaselineSettings
}

// ColumnJudgement is the judgement of the columns whose names match.
type ColumnJudgement struct {
	Matches   func(column string) bool
	Disabled  bool // the columns are not compared
	Judgement Judgement
	OwnLimits bool // the thresholds are the columns' own, and go before those of their types
}

// judgement returns how a column is compared, and false where it is not. The thresholds by type hold
// for it unless it has its own.
func (s Settings) judgement(column string) (j Judgement, byType, compared bool) {
	i := slices.IndexFunc(s.Columns, func(c ColumnJudgement) bool { return c.Matches(column) })
	if i < 0 {
		return s.Judgement, s.TypeSpecific, true
	}
	return s.Columns[i].Judgement, s.TypeSpecific && !s.Columns[i].OwnLimits, !s.Columns[i].Disabled
}

// DefaultMetric names the thresholds of a family's metrics that have none of their own.
const DefaultMetric metrics.Name = "default"

// Thresholds are sizes of a change from which on it has a severity.
type Thresholds struct{ Low, Medium, High float64 }

// Severity returns the severity of a change of the given size.
func (t Thresholds) Severity(size float64) Severity {
	switch {
	case size >= t.High:
		return High
	case size >= t.Medium:
		return Medium
	case size >= t.Low:
		return Low
	}
	return None
}

// of returns the threshold of a severity.
func (t Thresholds) of(s Severity) float64 {
	switch s {
	case High:
		return t.High
	case Medium:
		return t.Medium
	default:
		return t.Low
	}
}

// scaled returns the thresholds times a factor.
func (t Thresholds) scaled(factor float64) Thresholds {
	return Thresholds{t.Low * factor, t.Medium * factor, t.High * factor}
}

// From returns thresholds in the same proportion of which the lowest is low.
func (t Thresholds) From(low float64) Thresholds { return t.scaled(low / t.Low) }

// StatisticalSettings are those of the strategy statistical.
type StatisticalSettings struct {
	Tests       []string // names of tests, in any order
	Sensitivity Sensitivity

	// Level is the rate of false discoveries that a run may have, q of Benjamini and Hochberg.
	Level float64

	// MinValues is how many values a column must have in both runs to be tested.
	MinValues int64

	Parameters Parameters
}

// Parameters are those of the single tests.
type Parameters struct {
	// Alpha are levels of significance of single tests by their names; a test without one is held to the
	// run's Level alone.
	Alpha map[string]float64

	// Effects are sizes of an effect from which a test's finding is low, medium and high, by the test's
	// name; each in the unit of the test.
	Effects map[string]Thresholds

	Buckets map[string]int // of psi and jensen_shannon
	TopK    int            // values that top_k compares
}

// Sensitivity says how large an effect must be, against the defaults, to be a finding.
type Sensitivity string

// The sensitivities.
const (
	LowSensitivity    Sensitivity = "low"
	MediumSensitivity Sensitivity = "medium"
	HighSensitivity   Sensitivity = "high"
)

// factor is what the thresholds of effects are multiplied with, as in the Python tool.
func (s Sensitivity) factor() float64 {
	switch s {
	case LowSensitivity:
		return 1.5
	case HighSensitivity:
		return 0.5
	}
	return 1
}

// ChartSettings are those of the strategy ml_based.
type ChartSettings struct {
	Lambda     float64    // weight of the newest run in the moving average, between 0 and 1
	Deviations Thresholds // distances in robust standard deviations
	MinRuns    int        // earlier runs that a chart needs
	SeasonDays int        // length of a season: 7 compares with the same weekday; 0 for none
}

// The baselines, under the names that configs use.
const (
	LastRun       = "last_run"
	MovingAverage = "moving_average"
	PriorPeriod   = "prior_period"
	StableWindow  = "stable_window"
	AutoBaseline  = "auto"
	PinnedRun     = "pinned"
	BaselineFile  = "file"

	WindowBaseline = "window" // which no config chooses
)

// BaselineStrategies lists the baselines.
func BaselineStrategies() []string {
	return []string{AutoBaseline, LastRun, MovingAverage, PriorPeriod, StableWindow, PinnedRun, BaselineFile}
}

// BaselineSettings say which earlier runs a run is compared with.
type BaselineSettings struct {
	Strategy      string
	MovingAverage int    // runs that are averaged
	PriorPeriod   int    // days back: 1, 7, 30 …
	MinRuns       int    // earlier runs from which on auto chooses
	Run           string // ID of the pinned run
	Asked         bool   // for the pinned run, for this comparison alone
	File          FileBaseline

	Refused string // why the run that is pinned, or that the file holds, is no baseline; empty where it may be one
}

// FileBaseline is the run of a table that a baseline file holds.
type FileBaseline struct {
	Name     string // the file's, as it is told
	Run      *Run   // nil where the file lacks the table
	NoValues bool   // the file was written without values of the table

	LeftOut map[string]string // columns of it that cannot be compared with, and why
}

// DefaultSettings are those of the Python tool, and beyond it those of docs/drift.md.
func DefaultSettings() Settings {
	return Settings{
		Judgement: Judgement{
			Strategy:   AbsoluteThreshold,
			Thresholds: Thresholds{5, 15, 30},
			Deviations: Thresholds{1, 2, 3},
			Statistical: StatisticalSettings{
				Tests:       []string{KSTest, PSI, ChiSquare, NullRatioTest, RowCountTest},
				Sensitivity: MediumSensitivity,
				Level:       0.01,
				MinValues:   100,
				Parameters:  DefaultParameters(),
			},
			Chart:    ChartSettings{Lambda: 0.2, Deviations: Thresholds{3, 4, 6}, MinRuns: 8, SeasonDays: 7},
			Baseline: BaselineSettings{Strategy: LastRun, MovingAverage: 7, PriorPeriod: 7, MinRuns: 3},
		},
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
