package config

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Drift says how a run is compared with earlier ones.
type Drift struct {
	Strategy          string      `json:"strategy" jsonschema_description:"How a change is judged."`
	AbsoluteThreshold Thresholds  `json:"absolute_threshold" jsonschema_description:"Changes in percent from which drift is low, medium or high, by the strategy absolute_threshold."`
	StandardDeviation Deviations  `json:"standard_deviation" jsonschema_description:"Distances from earlier runs from which drift is low, medium or high, by the strategy standard_deviation."`
	Statistical       Statistical `json:"statistical" jsonschema_description:"Tests of the strategy statistical."`
	MLBased           Chart       `json:"ml_based" jsonschema_description:"Control charts of the strategy ml_based."`
	Baselines         Baselines   `json:"baselines" jsonschema_description:"Which earlier runs are compared with."`

	TypeSpecific           bool                                 `json:"enable_type_specific_thresholds" jsonschema_description:"Judge a metric by the thresholds of its column's family of types, and leave out metrics that mean nothing for it."`
	TypeSpecificThresholds map[string]map[string]TypeThresholds `json:"type_specific_thresholds,omitempty" jsonschema_description:"Thresholds by family of types (numeric, categorical, timestamp, boolean), then by metric or default; the built-in ones when absent."`
}

// TypeThresholds are changes in percent from which drift has each severity; one that is absent is
// that of absolute_threshold.
type TypeThresholds struct {
	Low    *float64 `json:"low,omitempty" jsonschema:"minimum=0" jsonschema_description:"Change in percent from which drift is low."`
	Medium *float64 `json:"medium,omitempty" jsonschema:"minimum=0" jsonschema_description:"Change in percent from which drift is medium."`
	High   *float64 `json:"high,omitempty" jsonschema:"minimum=0" jsonschema_description:"Change in percent from which drift is high."`
}

// Thresholds are the changes, in percent of the baseline, from which drift has each severity.
type Thresholds struct {
	Low    float64 `json:"low_threshold" jsonschema:"minimum=0" jsonschema_description:"Change in percent from which drift is low."`
	Medium float64 `json:"medium_threshold" jsonschema:"minimum=0" jsonschema_description:"Change in percent from which drift is medium."`
	High   float64 `json:"high_threshold" jsonschema:"minimum=0" jsonschema_description:"Change in percent from which drift is high."`
}

// Deviations are the distances, in standard deviations, from which drift has each severity.
type Deviations struct {
	Low    float64 `json:"low_threshold" jsonschema:"minimum=0" jsonschema_description:"Standard deviations from which drift is low."`
	Medium float64 `json:"medium_threshold" jsonschema:"minimum=0" jsonschema_description:"Standard deviations from which drift is medium."`
	High   float64 `json:"high_threshold" jsonschema:"minimum=0" jsonschema_description:"Standard deviations from which drift is high."`
}

// Statistical says which tests a run is put to.
type Statistical struct {
	Tests       []string       `json:"tests" jsonschema_description:"The tests; each is tried on the columns that it applies to."`
	Sensitivity string         `json:"sensitivity" jsonschema_description:"How large an effect must be: low takes 1.5 times the limits of the tests, high half of them."`
	Level       float64        `json:"false_discovery_rate" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=1" jsonschema_description:"Share of a run's findings that may be false alarms (Benjamini and Hochberg)."`
	MinRows     int64          `json:"min_rows" jsonschema:"minimum=1" jsonschema_description:"Rows that both runs must have read for a column to be tested."`
	TestParams  TestParameters `json:"test_params" jsonschema_description:"Parameters of single tests."`
}

// TestParameters are those of single tests.
type TestParameters struct {
	KSTest        *TestLimits  `json:"ks_test,omitempty" jsonschema_description:"Kolmogorov-Smirnov test of numbers; threshold is the difference of two distributions, 0 to 1."`
	PSI           *BucketTest  `json:"psi,omitempty" jsonschema_description:"Population stability index."`
	ZScore        *ZTest       `json:"z_score,omitempty" jsonschema_description:"Shift of the mean."`
	ChiSquare     *TestLimits  `json:"chi_square,omitempty" jsonschema_description:"Chi-square test of categories; threshold is Cramér's V, 0 to 1."`
	Entropy       *EntropyTest `json:"entropy,omitempty" jsonschema_description:"Change of the entropy of categories."`
	TopK          *TopKTest    `json:"top_k,omitempty" jsonschema_description:"Change of the most frequent values."`
	Wasserstein   *TestLimits  `json:"wasserstein,omitempty" jsonschema_description:"Earth mover's distance; threshold is in standard deviations of the baseline."`
	JensenShannon *BucketTest  `json:"jensen_shannon,omitempty" jsonschema_description:"Jensen-Shannon distance, 0 to 1."`
	NullRatio     *TestLimits  `json:"null_ratio,omitempty" jsonschema_description:"Test of the share of nulls; threshold is Cohen's h."`
	RowCount      *TestLimits  `json:"row_count,omitempty" jsonschema_description:"Change of the number of rows; threshold is a share of the baseline's."`
	Freshness     *TestLimits  `json:"freshness,omitempty" jsonschema_description:"Age of the newest point in time; docs/drift.md has its unit."`
}

// TestLimits say from where on a test finds something.
type TestLimits struct {
	Alpha     *float64 `json:"alpha,omitempty" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=1" jsonschema_description:"Level of significance of the test, beside that of the run."`
	Threshold *float64 `json:"threshold,omitempty" jsonschema:"exclusiveMinimum=0" jsonschema_description:"Size of the effect from which a finding is low; medium and high lie in proportion."`
}

// BucketTest is a test of numbers in buckets.
type BucketTest struct {
	TestLimits
	Buckets *int `json:"buckets,omitempty" jsonschema:"minimum=2,maximum=100" jsonschema_description:"Number of buckets, of as many of the baseline's values each."`
}

// ZTest is the test of means.
type ZTest struct {
	Alpha     *float64 `json:"alpha,omitempty" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=1" jsonschema_description:"Level of significance of the test, beside that of the run."`
	Threshold *float64 `json:"z_threshold,omitempty" jsonschema:"exclusiveMinimum=0" jsonschema_description:"Shift, in standard deviations of the baseline, from which a finding is low; medium and high lie in proportion."`
}

// EntropyTest is the test of entropy.
type EntropyTest struct {
	Alpha     *float64 `json:"alpha,omitempty" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=1" jsonschema_description:"Level of significance of the test, beside that of the run."`
	Threshold *float64 `json:"entropy_threshold,omitempty" jsonschema:"exclusiveMinimum=0" jsonschema_description:"Change from which a finding is low; medium and high lie in proportion."`
}

// TopKTest is the test of the most frequent values.
type TopKTest struct {
	K          *int     `json:"k,omitempty" jsonschema:"minimum=1,maximum=1000" jsonschema_description:"How many of the most frequent values are compared."`
	Similarity *float64 `json:"similarity_threshold,omitempty" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=1" jsonschema_description:"Similarity below which a finding is low."`
}

// Chart says how control charts judge a metric.
type Chart struct {
	Lambda     float64 `json:"ewma_lambda" jsonschema:"exclusiveMinimum=0,maximum=1" jsonschema_description:"Weight of the newest run in the moving average."`
	Low        float64 `json:"low_threshold" jsonschema:"minimum=0" jsonschema_description:"Robust standard deviations from which drift is low."`
	Medium     float64 `json:"medium_threshold" jsonschema:"minimum=0" jsonschema_description:"Robust standard deviations from which drift is medium."`
	High       float64 `json:"high_threshold" jsonschema:"minimum=0" jsonschema_description:"Robust standard deviations from which drift is high."`
	MinRuns    int     `json:"min_runs" jsonschema:"minimum=3" jsonschema_description:"Earlier runs that a chart needs."`
	SeasonDays int     `json:"season_days" jsonschema:"minimum=0" jsonschema_description:"Length of a season in days, as 7 for weekdays; 0 for none."`
}

// Baselines says which earlier runs a run is compared with.
type Baselines struct {
	Strategy string          `json:"strategy" jsonschema_description:"How the runs to compare with are chosen."`
	Windows  BaselineWindows `json:"windows" jsonschema_description:"How many runs, and how far back."`
	Run      string          `json:"run,omitempty" jsonschema:"nullable" jsonschema_description:"ID of the run to compare with, for the strategy pinned."`
	File     string          `json:"file,omitempty" jsonschema:"nullable" jsonschema_description:"Baseline file to compare with, for the strategy file; a relative path starts at the configuration's folder."`
}

// BaselineWindows say how many runs are compared with, and how far back.
type BaselineWindows struct {
	MovingAverage int `json:"moving_average" jsonschema:"minimum=1,maximum=1000" jsonschema_description:"Runs that moving_average takes together."`
	PriorPeriod   int `json:"prior_period" jsonschema:"minimum=1" jsonschema_description:"Days that prior_period goes back: 1, 7 for the same weekday, 30 for a month."`
	MinRuns       int `json:"min_runs" jsonschema:"minimum=1" jsonschema_description:"Earlier runs from which on auto chooses; with fewer it takes the last one."`
}

// DatasetDrift is what a dataset changes of the comparison.
type DatasetDrift struct {
	Strategy          string              `json:"strategy,omitempty" jsonschema:"nullable" jsonschema_description:"How a change is judged."`
	AbsoluteThreshold *ChangedThresholds  `json:"absolute_threshold,omitempty" jsonschema:"nullable" jsonschema_description:"Changes in percent from which drift is low, medium or high."`
	StandardDeviation *ChangedThresholds  `json:"standard_deviation,omitempty" jsonschema:"nullable" jsonschema_description:"Standard deviations from which drift is low, medium or high."`
	Statistical       *ChangedStatistical `json:"statistical,omitempty" jsonschema:"nullable" jsonschema_description:"Tests of the strategy statistical."`
	Baselines         *ChangedBaselines   `json:"baselines,omitempty" jsonschema:"nullable" jsonschema_description:"Which earlier runs are compared with."`
	Columns           []ColumnRule        `json:"columns,omitempty" jsonschema:"nullable" jsonschema_description:"How single columns are compared."`
}

// ChangedThresholds are thresholds; one that is absent stays.
type ChangedThresholds struct {
	Low    *float64 `json:"low_threshold,omitempty" jsonschema:"minimum=0" jsonschema_description:"From where drift is low."`
	Medium *float64 `json:"medium_threshold,omitempty" jsonschema:"minimum=0" jsonschema_description:"From where drift is medium."`
	High   *float64 `json:"high_threshold,omitempty" jsonschema:"minimum=0" jsonschema_description:"From where drift is high."`
}

// ChangedStatistical says which tests a table is put to; what is absent stays.
type ChangedStatistical struct {
	Tests       []string        `json:"tests,omitempty" jsonschema_description:"The tests."`
	Sensitivity string          `json:"sensitivity,omitempty" jsonschema_description:"How large an effect must be."`
	Level       *float64        `json:"false_discovery_rate,omitempty" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=1" jsonschema_description:"Share of a run's findings that may be false alarms."`
	MinRows     *int64          `json:"min_rows,omitempty" jsonschema:"minimum=1" jsonschema_description:"Rows that both runs must have read."`
	TestParams  *TestParameters `json:"test_params,omitempty" jsonschema_description:"Parameters of single tests."`
}

// ChangedBaselines say which earlier runs are compared with; what is absent stays.
type ChangedBaselines struct {
	Strategy string          `json:"strategy,omitempty" jsonschema_description:"How the runs are chosen."`
	Windows  *ChangedWindows `json:"windows,omitempty" jsonschema_description:"How many runs, and how far back."`
	Run      string          `json:"run,omitempty" jsonschema:"nullable" jsonschema_description:"ID of the run, for the strategy pinned."`
	File     string          `json:"file,omitempty" jsonschema:"nullable" jsonschema_description:"Baseline file, for the strategy file."`
}

// ChangedWindows say how many runs are compared with, and how far back; what is absent stays.
type ChangedWindows struct {
	MovingAverage *int `json:"moving_average,omitempty" jsonschema:"minimum=1,maximum=1000" jsonschema_description:"Runs that moving_average takes together."`
	PriorPeriod   *int `json:"prior_period,omitempty" jsonschema:"minimum=1" jsonschema_description:"Days that prior_period goes back."`
	MinRuns       *int `json:"min_runs,omitempty" jsonschema:"minimum=1" jsonschema_description:"Earlier runs from which on auto chooses."`
}

// ColumnDrift says how columns are compared; what is absent is as for their table.
type ColumnDrift struct {
	Enabled    *bool             `json:"enabled,omitempty" jsonschema:"nullable,default=true" jsonschema_description:"Compare the columns; false leaves them out."`
	Strategy   string            `json:"strategy,omitempty" jsonschema:"nullable" jsonschema_description:"How a change is judged."`
	Thresholds *TypeThresholds   `json:"thresholds,omitempty" jsonschema:"nullable" jsonschema_description:"From where drift is low, medium or high, in the unit of the strategy."`
	Baselines  *ChangedBaselines `json:"baselines,omitempty" jsonschema:"nullable" jsonschema_description:"Which earlier runs are compared with."`
}

// Compares reports whether the columns that the rule matches are compared.
func (r ColumnRule) Compares() bool {
	return r.Drift == nil || r.Drift.Enabled == nil || *r.Drift.Enabled
}

// With returns the settings with what a dataset changes of them.
func (d Drift) With(changes *DatasetDrift) Drift {
	if changes == nil {
		return d
	}
	return d.changed(changes)
}

// WithColumn returns the settings with what a column's rule changes of them.
func (d Drift) WithColumn(c *ColumnDrift) Drift {
	if c == nil {
		return d
	}
	changes := DatasetDrift{Strategy: c.Strategy, Baselines: c.Baselines}
	if t := c.Thresholds; t != nil {
		changed := &ChangedThresholds{t.Low, t.Medium, t.High}
		switch d = d.changed(changes); d.Strategy {
		case "standard_deviation":
			changes.StandardDeviation = changed
		case "absolute_threshold":
			changes.AbsoluteThreshold = changed
		}
	}
	return d.changed(changes)
}

// changed returns a copy in which the keys that changes holds have its values: its keys are those of Drift.
func (d Drift) changed(changes any) Drift {
	var copied Drift
	for _, from := range []any{d, changes} {
		text, err := json.Marshal(from)
		if err == nil {
			err = json.NewDecoder(bytes.NewReader(text)).Decode(&copied)
		}
		if err != nil {
			panic(fmt.Sprintf("config: %v", err)) // the types hold nothing that JSON cannot carry
		}
	}
	return copied
}
