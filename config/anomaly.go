package config

import "github.com/baselinr/baselinr-pipes/drift"

// Learning says what is learned of the runs in the history.
type Learning struct {
	Learns     bool    `json:"enable_expectation_learning" jsonschema_description:"Learn from earlier runs what each metric is expected to be." example:"true"`
	WindowDays int     `json:"learning_window_days" jsonschema:"minimum=1,maximum=36500" jsonschema_description:"How many days of earlier runs are learned from." example:"90"`
	MinSamples int     `json:"min_samples" jsonschema:"minimum=1,maximum=1000" jsonschema_description:"Earlier runs that learning needs." example:"10"`
	Lambda     float64 `json:"ewma_lambda" jsonschema:"exclusiveMinimum=0,maximum=1" jsonschema_description:"Weight of the newest run in the moving average that is learned." example:"0.3"`
}

// Anomalies say how the metrics of a run are held against those of earlier runs.
type Anomalies struct {
	DetectsAnomalies bool     `json:"enable_anomaly_detection" jsonschema_description:"Tell anomalies: metrics that earlier runs did not let expect. Without 'enable_expectation_learning' a run is held against what was learned before; where that is nothing, a warning says so." example:"true"`
	AnomalyMethods   []string `json:"anomaly_enabled_methods" jsonschema_description:"The methods by which anomalies are found." example:"[iqr, mad]"`
	IQRThreshold     float64  `json:"anomaly_iqr_threshold" jsonschema:"exclusiveMinimum=0" jsonschema_description:"Interquartile ranges beyond the quartiles from which a value is an anomaly by 'iqr'." example:"3"`
	MADThreshold     float64  `json:"anomaly_mad_threshold" jsonschema:"exclusiveMinimum=0" jsonschema_description:"Modified z-score from which a value is an anomaly by 'mad'." example:"3.5"`
	EWMAThreshold    float64  `json:"anomaly_ewma_deviation_threshold" jsonschema:"exclusiveMinimum=0" jsonschema_description:"Standard deviations from which a value is an anomaly by 'ewma' and 'seasonality'." example:"3"`
	Seasonality      bool     `json:"anomaly_seasonality_enabled" jsonschema_description:"Let 'seasonality' tell weekdays apart; 'false' knows the trend alone." example:"false"`
	RegimeShift      bool     `json:"anomaly_regime_shift_enabled" jsonschema_description:"Try 'regime_shift'; 'false' takes it out of the methods." example:"false"`
	ShiftRuns        int      `json:"anomaly_regime_shift_window" jsonschema:"minimum=2,maximum=1000" jsonschema_description:"How many of the last runs, the current one among them, 'regime_shift' holds against those before." example:"5"`
	ShiftSensitivity float64  `json:"anomaly_regime_shift_sensitivity" jsonschema:"exclusiveMinimum=0,maximum=1" jsonschema_description:"P-value below which the level has shifted, by 'regime_shift'." example:"0.01"`
}

// Enrichment says what is told of how a table's rows and columns came to be as they are.
type Enrichment struct {
	Enriches        bool `json:"enable_enrichment" jsonschema_description:"Tell how rows and columns go over runs, and measure what the next keys name; 'false' for none of it." example:"false"`
	ApproxDistinct  bool `json:"enable_approx_distinct" jsonschema_description:"Measure 'approx_distinct_count', where it is among the metrics." example:"false"`
	SchemaTracking  bool `json:"enable_schema_tracking" jsonschema_description:"Tell when the columns last changed, and how often they have." example:"false"`
	TypeInference   bool `json:"enable_type_inference" jsonschema_description:"Measure 'data_type_inferred', where it is among the metrics." example:"false"`
	ColumnStability bool `json:"enable_column_stability" jsonschema_description:"Tell how steady and how old each column is." example:"false"`
	StabilityWindow int  `json:"stability_window" jsonschema:"minimum=1,maximum=1000" jsonschema_description:"How many earlier runs the enrichment looks at." example:"14"`
	TypeSample      int  `json:"type_inference_sample_size" jsonschema:"minimum=1" jsonschema_description:"How many values of a column its inferred type is read from. Of more than 100 the first 100 are, as in 'baselinr'." example:"50"`
}

// DatasetAnomaly says how the runs of a table are held against its earlier ones.
type DatasetAnomaly struct {
	Enabled *bool        `json:"enabled,omitempty" jsonschema:"nullable" jsonschema_description:"Tell anomalies of the tables." absent:"that of 'storage.enable_anomaly_detection'" example:"true"`
	Columns []ColumnRule `json:"columns,omitempty" jsonschema:"nullable" jsonschema_description:"How single columns are held against earlier runs." absent:"all alike" example:"[{name: '*_note', anomaly: {enabled: false}}]"`
}

// ColumnAnomaly says how columns are held against earlier runs; what is absent is as for their table.
type ColumnAnomaly struct {
	Enabled    *bool              `json:"enabled,omitempty" jsonschema:"nullable,default=true" jsonschema_description:"Tell anomalies of the columns; 'false' leaves them out." example:"false"`
	Methods    []string           `json:"methods,omitempty" jsonschema:"nullable" jsonschema_description:"The methods by which they are found." absent:"those of the table" example:"[iqr, mad]"`
	Thresholds *AnomalyThresholds `json:"thresholds,omitempty" jsonschema:"nullable" jsonschema_description:"Limits that differ." absent:"those of 'storage'" example:"{mad_threshold: 4}"`
}

// AnomalyThresholds are those of single columns; one that is absent is as for their table.
type AnomalyThresholds struct {
	IQR         *float64 `json:"iqr_threshold,omitempty" jsonschema:"exclusiveMinimum=0" jsonschema_description:"Interquartile ranges beyond the quartiles, for 'iqr'." absent:"that of 'storage'" example:"3"`
	MAD         *float64 `json:"mad_threshold,omitempty" jsonschema:"exclusiveMinimum=0" jsonschema_description:"Modified z-score, for 'mad'." absent:"that of 'storage'" example:"4"`
	EWMA        *float64 `json:"ewma_deviation_threshold,omitempty" jsonschema:"exclusiveMinimum=0" jsonschema_description:"Standard deviations, for 'ewma' and 'seasonality'." absent:"that of 'storage'" example:"3"`
	Sensitivity *float64 `json:"regime_shift_sensitivity,omitempty" jsonschema:"exclusiveMinimum=0,maximum=1" jsonschema_description:"P-value, for 'regime_shift'." absent:"that of 'storage'" example:"0.01"`
}

// JudgesAnomalies reports whether the columns that the rule matches are held against earlier runs.
func (r ColumnRule) JudgesAnomalies() bool {
	return r.Anomaly == nil || r.Anomaly.Enabled == nil || *r.Anomaly.Enabled
}

// WithColumn returns the settings with what a column's rule changes of them.
func (a Anomalies) WithColumn(c *ColumnAnomaly) Anomalies {
	if c == nil {
		return a
	}
	if len(c.Methods) > 0 {
		a.AnomalyMethods = c.Methods
	}
	if t := c.Thresholds; t != nil {
		for _, changed := range []struct{ value, own *float64 }{
			{&a.IQRThreshold, t.IQR}, {&a.MADThreshold, t.MAD}, {&a.EWMAThreshold, t.EWMA}, {&a.ShiftSensitivity, t.Sensitivity},
		} {
			if changed.own != nil {
				*changed.value = *changed.own
			}
		}
	}
	return a
}

func defaultLearning() Learning {
	d := drift.DefaultLearning()
	return Learning{WindowDays: d.WindowDays, MinSamples: d.MinSamples, Lambda: d.Lambda}
}

func defaultAnomalies() Anomalies {
	d := drift.DefaultAnomalies()
	return Anomalies{
		AnomalyMethods: d.Methods, IQRThreshold: d.IQR, MADThreshold: d.MAD, EWMAThreshold: d.EWMA,
		Seasonality: d.Seasonal, RegimeShift: true, ShiftRuns: d.ShiftRuns, ShiftSensitivity: d.Sensitivity,
	}
}

func defaultEnrichment() Enrichment {
	return Enrichment{
		Enriches: true, ApproxDistinct: true, SchemaTracking: true, TypeInference: true, ColumnStability: true,
		StabilityWindow: drift.DefaultEnrichment().Runs, TypeSample: 1000,
	}
}
