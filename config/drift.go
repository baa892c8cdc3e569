package config

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Drift says how a run is compared with earlier ones.
type Drift struct {
	Strategy          string      `json:"strategy" jsonschema_description:"How a change is judged: 'absolute_threshold' by its percentage, 'standard_deviation' by its distance from earlier runs, 'statistical' by tests of the values, 'ml_based' by control charts." example:"statistical"`
	AbsoluteThreshold Thresholds  `json:"absolute_threshold" jsonschema_description:"Limits of the strategy 'absolute_threshold'. Other than the default ones they judge every metric, in place of the thresholds by type that are built in; 'type_specific_thresholds' that are written go before them." absent:"its keys' defaults" example:"{high_threshold: 50}"`
	StandardDeviation Deviations  `json:"standard_deviation" jsonschema_description:"Limits of the strategy 'standard_deviation'." absent:"its keys' defaults" example:"{high_threshold: 4}"`
	Statistical       Statistical `json:"statistical" jsonschema_description:"Tests of the strategy 'statistical'." absent:"its keys' defaults" example:"{sensitivity: high}"`
	MLBased           Chart       `json:"ml_based" jsonschema_description:"Control charts of the strategy 'ml_based'." absent:"its keys' defaults" example:"{min_runs: 14}"`
	Baselines         Baselines   `json:"baselines" jsonschema_description:"Which earlier runs are compared with." absent:"its keys' defaults" example:"{strategy: moving_average}"`

	TypeSpecific           bool                                 `json:"enable_type_specific_thresholds" jsonschema_description:"Judge a metric by the thresholds of its column's family of types, and leave out metrics that mean nothing for the family ('mean', 'stddev', 'min' and 'max' of text and booleans)." example:"false"`
	TypeSpecificThresholds map[string]map[string]TypeThresholds `json:"type_specific_thresholds,omitempty" jsonschema_description:"Thresholds by family ('numeric', 'categorical', 'timestamp', 'boolean', 'unknown'), then by metric or 'default'." absent:"built in, told in drift.md, where 'absolute_threshold' is the default one; else none" example:"{numeric: {mean: {low: 10, medium: 25, high: 50}}}"`
}

// TypeThresholds are changes in percent from which drift has each severity; one that is absent is
// that of absolute_threshold.
type TypeThresholds struct {
	Low    *float64 `json:"low,omitempty" jsonschema:"minimum=0" jsonschema_description:"From where drift is low, in percent, or in the unit of the strategy." absent:"that of 'absolute_threshold', or of the table" example:"10"`
	Medium *float64 `json:"medium,omitempty" jsonschema:"minimum=0" jsonschema_description:"From where drift is medium." absent:"that of 'absolute_threshold', or of the table" example:"25"`
	High   *float64 `json:"high,omitempty" jsonschema:"minimum=0" jsonschema_description:"From where drift is high." absent:"that of 'absolute_threshold', or of the table" example:"50"`
}

// Thresholds are the changes, in percent of the baseline, from which drift has each severity.
type Thresholds struct {
	Low    float64 `json:"low_threshold" jsonschema:"minimum=0" jsonschema_description:"Change in percent from which drift is low." example:"10"`
	Medium float64 `json:"medium_threshold" jsonschema:"minimum=0" jsonschema_description:"Change in percent from which drift is medium." example:"20"`
	High   float64 `json:"high_threshold" jsonschema:"minimum=0" jsonschema_description:"Change in percent from which drift is high." example:"50"`
}

// Deviations are the distances, in standard deviations, from which drift has each severity.
type Deviations struct {
	Low    float64 `json:"low_threshold" jsonschema:"minimum=0" jsonschema_description:"Standard deviations from which drift is low." example:"1.5"`
	Medium float64 `json:"medium_threshold" jsonschema:"minimum=0" jsonschema_description:"Standard deviations from which drift is medium." example:"2.5"`
	High   float64 `json:"high_threshold" jsonschema:"minimum=0" jsonschema_description:"Standard deviations from which drift is high." example:"4"`
}

// Statistical says which tests a run is put to.
type Statistical struct {
	Tests       []string       `json:"tests" jsonschema_description:"The tests; each is tried on the columns that it applies to." example:"[psi, null_ratio, row_count]"`
	Sensitivity string         `json:"sensitivity" jsonschema_description:"How large an effect must be: 'low' takes 1.5 times the limits of the tests, 'high' half of them." example:"high"`
	Level       float64        `json:"false_discovery_rate" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=1" jsonschema_description:"Share of a run's findings that may be false alarms (Benjamini and Hochberg)." example:"0.05"`
	MinRows     int64          `json:"min_rows" jsonschema:"minimum=1" jsonschema_description:"Rows that both runs must have read for a column to be tested." example:"1000"`
	TestParams  TestParameters `json:"test_params" jsonschema_description:"Parameters of single tests, by the test's name." absent:"its keys' defaults" example:"{psi: {threshold: 0.25}}"`
}

// TestParameters are those of single tests.
type TestParameters struct {
	KSTest        *TestLimits  `json:"ks_test,omitempty" jsonschema_description:"Test of Kolmogorov and Smirnov of numbers; 'threshold' is the difference of two distributions, 0 to 1." absent:"its keys' defaults" example:"{threshold: 0.1}"`
	PSI           *BucketTest  `json:"psi,omitempty" jsonschema_description:"Population stability index." absent:"its keys' defaults" example:"{threshold: 0.25, buckets: 20}"`
	ZScore        *ZTest       `json:"z_score,omitempty" jsonschema_description:"Shift of the mean." absent:"its keys' defaults" example:"{z_threshold: 3}"`
	ChiSquare     *TestLimits  `json:"chi_square,omitempty" jsonschema_description:"Chi-square test of categories; 'threshold' is Cramér's V, 0 to 1." absent:"its keys' defaults" example:"{threshold: 0.1}"`
	Entropy       *EntropyTest `json:"entropy,omitempty" jsonschema_description:"Change of the entropy of categories." absent:"its keys' defaults" example:"{entropy_threshold: 0.2}"`
	TopK          *TopKTest    `json:"top_k,omitempty" jsonschema_description:"Change of the most frequent values." absent:"its keys' defaults" example:"{k: 20}"`
	Wasserstein   *TestLimits  `json:"wasserstein,omitempty" jsonschema_description:"Earth mover's distance; 'threshold' is in standard deviations of the baseline." absent:"its keys' defaults" example:"{threshold: 0.2}"`
	JensenShannon *BucketTest  `json:"jensen_shannon,omitempty" jsonschema_description:"Jensen-Shannon distance, 0 to 1." absent:"its keys' defaults" example:"{threshold: 0.2}"`
	NullRatio     *TestLimits  `json:"null_ratio,omitempty" jsonschema_description:"Test of the share of nulls; 'threshold' is Cohen's h." absent:"its keys' defaults" example:"{threshold: 0.2}"`
	RowCount      *TestLimits  `json:"row_count,omitempty" jsonschema_description:"Change of the number of rows; 'threshold' is a share of the baseline's." absent:"its keys' defaults" example:"{threshold: 0.2}"`
	Freshness     *TestLimits  `json:"freshness,omitempty" jsonschema_description:"Age of the newest point in time; drift.md has the unit of 'threshold'." absent:"its keys' defaults" example:"{threshold: 1}"`
}

// TestLimits say from where on a test finds something.
type TestLimits struct {
	Alpha     *float64 `json:"alpha,omitempty" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=1" jsonschema_description:"Level of significance of the test, beside that of the run." absent:"none" example:"0.001"`
	Threshold *float64 `json:"threshold,omitempty" jsonschema:"exclusiveMinimum=0" jsonschema_description:"Size of the effect from which a finding is low; medium and high lie in proportion." example:"0.15"`
}

// BucketTest is a test of numbers in buckets.
type BucketTest struct {
	TestLimits
	Buckets *int `json:"buckets,omitempty" jsonschema:"minimum=2,maximum=100" jsonschema_description:"Number of buckets, of as many of the baseline's values each." example:"20"`
}

// ZTest is the test of means.
type ZTest struct {
	Alpha     *float64 `json:"alpha,omitempty" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=1" jsonschema_description:"Level of significance of the test, beside that of the run." absent:"none" example:"0.001"`
	Threshold *float64 `json:"z_threshold,omitempty" jsonschema:"exclusiveMinimum=0" jsonschema_description:"Shift, in standard deviations of the baseline, from which a finding is low; medium and high lie in proportion." example:"3"`
}

// EntropyTest is the test of entropy.
type EntropyTest struct {
	Alpha     *float64 `json:"alpha,omitempty" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=1" jsonschema_description:"Level of significance of the test, beside that of the run." absent:"none" example:"0.001"`
	Threshold *float64 `json:"entropy_threshold,omitempty" jsonschema:"exclusiveMinimum=0" jsonschema_description:"Change from which a finding is low; medium and high lie in proportion." example:"0.2"`
}

// TopKTest is the test of the most frequent values.
type TopKTest struct {
	K          *int     `json:"k,omitempty" jsonschema:"minimum=1,maximum=1000" jsonschema_description:"How many of the most frequent values are compared." example:"20"`
	Similarity *float64 `json:"similarity_threshold,omitempty" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=1" jsonschema_description:"Similarity below which a finding is low." example:"0.8"`
}

// Chart says how control charts judge a metric.
type Chart struct {
	Lambda     float64 `json:"ewma_lambda" jsonschema:"exclusiveMinimum=0,maximum=1" jsonschema_description:"Weight of the newest run in the moving average." example:"0.3"`
	Low        float64 `json:"low_threshold" jsonschema:"minimum=0" jsonschema_description:"Robust standard deviations from which drift is low." example:"4"`
	Medium     float64 `json:"medium_threshold" jsonschema:"minimum=0" jsonschema_description:"Robust standard deviations from which drift is medium." example:"5"`
	High       float64 `json:"high_threshold" jsonschema:"minimum=0" jsonschema_description:"Robust standard deviations from which drift is high." example:"8"`
	MinRuns    int     `json:"min_runs" jsonschema:"minimum=3" jsonschema_description:"Earlier runs that a chart needs." example:"14"`
	SeasonDays int     `json:"season_days" jsonschema:"minimum=0" jsonschema_description:"Length of a season in days, as 7 for weekdays; 0 for none." example:"0"`
}

// Baselines says which earlier runs a run is compared with.
type Baselines struct {
	Strategy string          `json:"strategy" jsonschema_description:"Which earlier runs a run is compared with: the last one; several together, by 'moving_average' or 'stable_window'; the one a period ago; what suits the table, by 'auto'; one by its ID, 'pinned'; or the one that a baseline file holds, 'file'." example:"moving_average"`
	Windows  BaselineWindows `json:"windows" jsonschema_description:"How many runs, and how far back." absent:"its keys' defaults" example:"{moving_average: 14}"`
	Run      string          `json:"run,omitempty" jsonschema:"nullable" jsonschema_description:"ID of the run that 'pinned' compares with, or of its invocation; the beginning is enough." absent:"none; required by 'pinned'" example:"8a6e0804-2bd0-5672-b79d-d97027f9071a"`
	File     string          `json:"file,omitempty" jsonschema:"nullable" jsonschema_description:"Baseline file that 'file' compares with; a relative path starts at the configuration's folder." absent:"none; required by 'file'" example:"baselines.yml"`
}

// BaselineWindows say how many runs are compared with, and how far back.
type BaselineWindows struct {
	MovingAverage int `json:"moving_average" jsonschema:"minimum=1,maximum=1000" jsonschema_description:"Runs that 'moving_average' takes together." example:"14"`
	PriorPeriod   int `json:"prior_period" jsonschema:"minimum=1" jsonschema_description:"Days that 'prior_period' goes back: 1, 7 for the same weekday, 30 for a month." example:"30"`
	MinRuns       int `json:"min_runs" jsonschema:"minimum=1" jsonschema_description:"Earlier runs from which on 'auto' chooses; with fewer it takes the last one." example:"5"`
}

// DatasetDrift is what a dataset changes of the comparison.
type DatasetDrift struct {
	Strategy          string              `json:"strategy,omitempty" jsonschema:"nullable" jsonschema_description:"How a change is judged." absent:"that of 'drift_detection'" example:"statistical"`
	AbsoluteThreshold *ChangedThresholds  `json:"absolute_threshold,omitempty" jsonschema:"nullable" jsonschema_description:"Limits of the strategy 'absolute_threshold', in percent; as those of 'drift_detection' they go before the thresholds by type that are built in." absent:"that of 'drift_detection'" example:"{high_threshold: 50}"`
	StandardDeviation *ChangedDeviations  `json:"standard_deviation,omitempty" jsonschema:"nullable" jsonschema_description:"Limits of the strategy 'standard_deviation'." absent:"that of 'drift_detection'" example:"{high_threshold: 4}"`
	Statistical       *ChangedStatistical `json:"statistical,omitempty" jsonschema:"nullable" jsonschema_description:"Tests of the strategy 'statistical'." absent:"that of 'drift_detection'" example:"{sensitivity: high}"`
	Baselines         *ChangedBaselines   `json:"baselines,omitempty" jsonschema:"nullable" jsonschema_description:"Which earlier runs are compared with." absent:"that of 'drift_detection'" example:"{strategy: moving_average}"`
	Columns           []ColumnRule        `json:"columns,omitempty" jsonschema:"nullable" jsonschema_description:"How single columns are compared." absent:"all alike" example:"[{name: '*_note', drift: {enabled: false}}]"`
}

// ChangedThresholds are thresholds in percent; one that is absent stays.
type ChangedThresholds struct {
	Low    *float64 `json:"low_threshold,omitempty" jsonschema:"minimum=0" jsonschema_description:"Change in percent from which drift is low." absent:"that of 'drift_detection'" example:"10"`
	Medium *float64 `json:"medium_threshold,omitempty" jsonschema:"minimum=0" jsonschema_description:"Change in percent from which drift is medium." absent:"that of 'drift_detection'" example:"20"`
	High   *float64 `json:"high_threshold,omitempty" jsonschema:"minimum=0" jsonschema_description:"Change in percent from which drift is high." absent:"that of 'drift_detection'" example:"50"`
}

// ChangedDeviations are thresholds in standard deviations; one that is absent stays.
type ChangedDeviations struct {
	Low    *float64 `json:"low_threshold,omitempty" jsonschema:"minimum=0" jsonschema_description:"Standard deviations from which drift is low." absent:"that of 'drift_detection'" example:"1.5"`
	Medium *float64 `json:"medium_threshold,omitempty" jsonschema:"minimum=0" jsonschema_description:"Standard deviations from which drift is medium." absent:"that of 'drift_detection'" example:"2.5"`
	High   *float64 `json:"high_threshold,omitempty" jsonschema:"minimum=0" jsonschema_description:"Standard deviations from which drift is high." absent:"that of 'drift_detection'" example:"4"`
}

// ChangedStatistical says which tests a table is put to; what is absent stays.
type ChangedStatistical struct {
	Tests       []string        `json:"tests,omitempty" jsonschema_description:"The tests." absent:"that of 'drift_detection'" example:"[psi, row_count]"`
	Sensitivity string          `json:"sensitivity,omitempty" jsonschema_description:"How large an effect must be." absent:"that of 'drift_detection'" example:"high"`
	Level       *float64        `json:"false_discovery_rate,omitempty" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=1" jsonschema_description:"Share of a run's findings that may be false alarms." absent:"that of 'drift_detection'" example:"0.05"`
	MinRows     *int64          `json:"min_rows,omitempty" jsonschema:"minimum=1" jsonschema_description:"Rows that both runs must have read." absent:"that of 'drift_detection'" example:"1000"`
	TestParams  *TestParameters `json:"test_params,omitempty" jsonschema_description:"Parameters of single tests, by the test's name." absent:"that of 'drift_detection'" example:"{psi: {threshold: 0.25}}"`
}

// ChangedBaselines say which earlier runs are compared with; what is absent stays.
type ChangedBaselines struct {
	Strategy string          `json:"strategy,omitempty" jsonschema_description:"How the runs are chosen." absent:"that of the table, or of 'drift_detection'" example:"moving_average"`
	Windows  *ChangedWindows `json:"windows,omitempty" jsonschema_description:"How many runs, and how far back." absent:"that of the table, or of 'drift_detection'" example:"{moving_average: 14}"`
	Run      string          `json:"run,omitempty" jsonschema:"nullable" jsonschema_description:"ID of the run, or its beginning, for 'pinned'." absent:"that of the table, or of 'drift_detection'" example:"8a6e0804-2bd0-5672-b79d-d97027f9071a"`
	File     string          `json:"file,omitempty" jsonschema:"nullable" jsonschema_description:"Baseline file, for 'file'." absent:"that of the table, or of 'drift_detection'" example:"baselines.yml"`
}

// ChangedWindows say how many runs are compared with, and how far back; what is absent stays.
type ChangedWindows struct {
	MovingAverage *int `json:"moving_average,omitempty" jsonschema:"minimum=1,maximum=1000" jsonschema_description:"Runs that 'moving_average' takes together." absent:"that of the table, or of 'drift_detection'" example:"14"`
	PriorPeriod   *int `json:"prior_period,omitempty" jsonschema:"minimum=1" jsonschema_description:"Days that 'prior_period' goes back." absent:"that of the table, or of 'drift_detection'" example:"30"`
	MinRuns       *int `json:"min_runs,omitempty" jsonschema:"minimum=1" jsonschema_description:"Earlier runs from which on 'auto' chooses." absent:"that of the table, or of 'drift_detection'" example:"5"`
}

// ColumnDrift says how columns are compared; what is absent is as for their table.
type ColumnDrift struct {
	Enabled    *bool             `json:"enabled,omitempty" jsonschema:"nullable,default=true" jsonschema_description:"Compare the columns; 'false' leaves them out." example:"false"`
	Strategy   string            `json:"strategy,omitempty" jsonschema:"nullable" jsonschema_description:"How a change is judged." absent:"the table's" example:"standard_deviation"`
	Thresholds *TypeThresholds   `json:"thresholds,omitempty" jsonschema:"nullable" jsonschema_description:"From where drift is low, medium or high, in the unit of the strategy; they go before the type-specific ones." absent:"the table's" example:"{low: 10, medium: 20, high: 50}"`
	Baselines  *ChangedBaselines `json:"baselines,omitempty" jsonschema:"nullable" jsonschema_description:"Which earlier runs are compared with." absent:"the table's" example:"{strategy: prior_period}"`
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
			changes.StandardDeviation = (*ChangedDeviations)(changed)
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
