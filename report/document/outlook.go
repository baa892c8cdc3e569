package document

import (
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

type anomaly struct {
	Column    string         `json:"column"`
	Metric    metrics.Name   `json:"metric"`
	Type      string         `json:"type"`
	Method    string         `json:"method"`
	Expected  metrics.Value  `json:"expected"`
	Actual    metrics.Value  `json:"actual"`
	Score     metrics.Value  `json:"score"`
	Threshold metrics.Value  `json:"threshold"`
	PValue    *metrics.Value `json:"p_value"`
	Severity  drift.Severity `json:"severity"`
	Reason    string         `json:"reason"`
	ID        string         `json:"id"`
	Muted     *drift.Muted   `json:"muted"`
}

func anomaliesOf(o *drift.Outlook) []anomaly {
	list := []anomaly{}
	if o == nil {
		return list
	}
	for _, a := range o.Anomalies {
		list = append(list, anomalyOf(a))
	}
	return list
}

func anomalyOf(a drift.Anomaly) anomaly {
	expected, actual := a.Figures()
	return anomaly{
		Column: a.Column, Metric: a.Metric, Type: a.Type, Method: a.Method,
		Expected: expected, Actual: actual, Score: metrics.Float(a.Score), Threshold: metrics.Float(a.Threshold),
		PValue: number(a.PValue), Severity: a.Severity, Reason: a.Reason, ID: a.ID, Muted: a.Muted,
	}
}

// Anomalies returns the document's form of a list of anomalies.
func Anomalies(list []drift.Anomaly) any { return anomaliesOf(&drift.Outlook{Anomalies: list}) }

type enrichment struct {
	RowCountChange        *int64                   `json:"row_count_change"`
	RowCountChangePercent *metrics.Value           `json:"row_count_change_percent"`
	RowCountStability     *metrics.Value           `json:"row_count_stability_score"`
	RowCountTrend         *string                  `json:"row_count_trend"`
	SchemaVersion         *int                     `json:"schema_version"`
	SchemaFreshness       *string                  `json:"schema_freshness"`
	ColumnCountChange     *int                     `json:"column_count_change"`
	Columns               []drift.ColumnEnrichment `json:"columns"`
}

// Enrichment returns the document's form of what earlier runs tell of rows and columns; null where that is nil.
func Enrichment(e *drift.Enrichment) any { return enrichmentOf(&drift.Outlook{Enrichment: e}) }

func enrichmentOf(o *drift.Outlook) *enrichment {
	if o == nil || o.Enrichment == nil {
		return nil
	}
	e := o.Enrichment
	d := &enrichment{
		RowCountChange: e.RowCountChange, RowCountChangePercent: number(e.RowCountChangePercent), RowCountStability: number(e.RowCountStability),
		RowCountTrend: orNull(e.RowCountTrend), Columns: append([]drift.ColumnEnrichment{}, e.Columns...),
	}
	if e.SchemaVersion > 0 {
		since := Stamp(e.SchemaSince)
		d.SchemaVersion, d.SchemaFreshness, d.ColumnCountChange = &e.SchemaVersion, &since, &e.ColumnCountChange
	}
	return d
}
