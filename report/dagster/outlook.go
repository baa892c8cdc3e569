package dagster

import (
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/pipes"
)

// addAnomalies lists the strongest anomalies, where there are any; the history has them all.
func addAnomalies(metadata map[string]pipes.MetadataValue, o *drift.Outlook) {
	if len(o.Anomalies) == 0 {
		return
	}
	columns := []pipes.Column{
		{Name: "severity"}, {Name: "column"}, {Name: "reason"}, {Name: "metric"}, {Name: "type"}, {Name: "method"},
		{Name: "expected", Type: "float"}, {Name: "actual", Type: "float"}, {Name: "score", Type: "float"}, {Name: "muted"},
	}
	rows := [][]any{}
	for _, a := range o.Anomalies[:min(len(o.Anomalies), findingsShown)] {
		muted := ""
		if a.Muted != nil {
			muted = a.Muted.String()
		}
		expected, actual := a.Figures()
		rows = append(rows, []any{string(a.Severity), a.Column, a.Reason, string(a.Metric), a.Type, a.Method, number(expected), number(actual), shown(a.Score), muted})
	}
	metadata["anomalies"] = pipes.Table(columns, rows)
}

// addEnrichment adds what earlier runs tell of the table, under the Python tool's names.
func addEnrichment(metadata map[string]pipes.MetadataValue, e *drift.Enrichment) {
	if e == nil {
		return
	}
	if e.RowCountChange != nil {
		metadata["row_count_change"] = pipes.Int(*e.RowCountChange)
		metadata["row_count_trend"] = pipes.Text(e.RowCountTrend)
	}
	if e.RowCountChangePercent != nil {
		metadata["row_count_change_percent"] = pipes.Float(*e.RowCountChangePercent)
	}
	if e.RowCountStability != nil {
		metadata["row_count_stability_score"] = pipes.Float(*e.RowCountStability)
	}
	if e.SchemaVersion > 0 {
		metadata["schema_version"] = pipes.Int(e.SchemaVersion)
		metadata["schema_freshness"] = pipes.Text(e.SchemaSince.UTC().Format(time.RFC3339))
		metadata["column_count_change"] = pipes.Int(e.ColumnCountChange)
	}
}
