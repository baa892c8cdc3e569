package dagster

import (
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/pipes"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report"
)

func TestAnomaliesThatCountArePlottedAndAllAreListed(t *testing.T) {
	change, percent := int64(5), 2.5
	of := drift.ColumnMetric{Column: "amount", Metric: metrics.Mean}
	table := report.Table{
		Profile: &metrics.TableProfile{}, Drift: &drift.Report{},
		Outlook: &drift.Outlook{
			Anomalies: []drift.Anomaly{
				{ColumnMetric: of, Method: drift.MAD, Severity: drift.High, Reason: "far off"},
				{ColumnMetric: of, Method: drift.IQR, Severity: drift.Low, Muted: &drift.Muted{By: drift.ByMute}},
			},
			Enrichment: &drift.Enrichment{RowCountChange: &change, RowCountChangePercent: &percent, RowCountTrend: "increasing", SchemaVersion: 2, SchemaSince: time.Unix(0, 0)},
		},
	}
	r := Reporter{Plan: &plan.Plan{}}
	got := r.metadata(table)
	for key, want := range map[string]string{
		"anomalies_count": "1", "row_count_change": "5", "row_count_trend": "increasing", "schema_version": "2", "schema_freshness": "1970-01-01T00:00:00Z",
	} {
		if value, ok := got[key]; !ok || value.String() != want {
			t.Errorf("%s is %v, want %s", key, value, want)
		}
	}
	if _, ok := got["anomalies"]; !ok {
		t.Error("the anomalies are not listed")
	}
	none := report.Table{Profile: &metrics.TableProfile{}, Drift: &drift.Report{}, Outlook: &drift.Outlook{}}
	if without := r.metadata(none); without["anomalies_count"].String() != "0" || without["anomalies"].String() != pipes.Null().String() {
		t.Error("a table without anomalies has an empty list of them, or no count")
	}
	r.Brief = true
	if brief := r.metadata(table); len(brief) >= len(got) || brief["anomalies_count"].String() != "1" {
		t.Error("a brief message lists anomalies, or does not count them")
	}
}
