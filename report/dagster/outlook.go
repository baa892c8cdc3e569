package dagster

import (
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/pipes"
)

// anomalies lists the strongest anomalies; the history has them all.
func anomalies(o *drift.Outlook) pipes.MetadataValue {
	columns := []pipes.Column{
		{Name: "severity"}, {Name: "column"}, {Name: "metric"}, {Name: "type"}, {Name: "method"},
		{Name: "expected", Type: "float"}, {Name: "actual", Type: "float"}, {Name: "score", Type: "float"}, {Name: "reason"}, {Name: "muted"},
	}
	rows := [][]any{}
	for _, a := range o.Anomalies[:min(len(o.Anomalies), findingsShown)] {
		muted := ""
		if a.Muted != nil {
			muted = a.Muted.String()
		}
		expected, actual := a.Figures()
		rows = append(rows, []any{string(a.Severity), a.Column, string(a.Metric), a.Type, a.Method, number(expected), number(actual), a.Score, a.Reason, muted})
	}
	return pipes.Table(columns, rows)
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
