package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// saveEnrichment stores what earlier runs tell of a table's rows and columns, under the names that the Python tool
// has for them. It computes them, and keeps none.
func (b *batch) saveEnrichment(ctx context.Context, r Record) error {
	if r.Outlook == nil || r.Outlook.Enrichment == nil {
		return nil
	}
	e := r.Outlook.Enrichment
	var change, version, columns sql.NullInt64
	if e.RowCountChange != nil {
		change = sql.NullInt64{Int64: *e.RowCountChange, Valid: true}
	}
	var since sql.NullString
	if e.SchemaVersion > 0 {
		version = sql.NullInt64{Int64: int64(e.SchemaVersion), Valid: true}
		columns = sql.NullInt64{Int64: int64(e.ColumnCountChange), Valid: true}
		since = nullText(stamp(e.SchemaSince))
	}
	text, err := json.Marshal(append([]drift.ColumnEnrichment{}, e.Columns...))
	if err != nil {
		return err
	}
	return b.into(enrichmentTable,
		"run_id", "row_count_change", "row_count_change_percent", "row_count_stability_score", "row_count_trend",
		"schema_version", "schema_freshness", "column_count_change", "columns").
		add(ctx, r.RunID, change, nullFloat(e.RowCountChangePercent), nullFloat(e.RowCountStability), nullText(e.RowCountTrend),
			version, since, columns, storable(string(text)))
}

// EnrichmentOf returns what earlier runs told of a run's rows and columns; nil where that is not kept.
func (s *Store) EnrichmentOf(ctx context.Context, runID string) (*drift.Enrichment, error) {
	e := &drift.Enrichment{}
	var change, version, columns sql.NullInt64
	var percent, stability sql.NullFloat64
	var trend, text sql.NullString
	var since timestamp
	err := s.db.QueryRowContext(ctx, s.sql(`
		SELECT row_count_change, row_count_change_percent, row_count_stability_score, row_count_trend, schema_version, schema_freshness, column_count_change, columns
		FROM %s WHERE run_id = ?`, enrichmentTable), runID).Scan(&change, &percent, &stability, &trend, &version, &since, &columns, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, s.fail(err)
	}
	if err := unmarshalNull(text, &e.Columns); err != nil {
		s.damagedRun(runID, "the enrichment of the columns of run %s: %s", runID, inWords(err))
	}
	if change.Valid {
		e.RowCountChange = &change.Int64
	}
	e.RowCountChangePercent, e.RowCountStability, e.RowCountTrend = floatOrNil(percent), floatOrNil(stability), trend.String
	e.SchemaVersion, e.SchemaSince, e.ColumnCountChange = int(version.Int64), since.Time, int(columns.Int64)
	return e, nil
}

// The tables of what earlier runs tell.
const (
	anomaliesTable  = "baselinr_pipes_anomalies"
	enrichmentTable = "baselinr_pipes_enrichment"
)

// outlookTables keep what earlier runs tell of one: expectations as the Python tool's third migration has them,
// anomalies and enrichment.
func outlookTables(d warehouse.Dialect, _ Tables) []string {
	return []string{
		table(d, expectationsTable,
			"id "+d.AutoIncrement(),
			"table_name VARCHAR(255) NOT NULL",
			"schema_name VARCHAR(255)",
			"column_name VARCHAR(255) NOT NULL",
			"metric_name VARCHAR(100) NOT NULL",
			"column_type VARCHAR(100)",
			"expected_mean "+d.Double(),
			"expected_variance "+d.Double(),
			"expected_stddev "+d.Double(),
			"expected_min "+d.Double(),
			"expected_max "+d.Double(),
			"lower_control_limit "+d.Double(),
			"upper_control_limit "+d.Double(),
			"lcl_method VARCHAR(50)",
			"ucl_method VARCHAR(50)",
			"ewma_value "+d.Double(),
			"ewma_lambda "+d.Double()+" DEFAULT 0.2",
			"distribution_type VARCHAR(50)",
			"distribution_params TEXT",
			"category_distribution TEXT",
			"sample_size INTEGER",
			"learning_window_days INTEGER",
			"last_updated TIMESTAMP NOT NULL",
			"created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP",
			"expectation_version INTEGER DEFAULT 1",
			"UNIQUE (table_name, schema_name, column_name, metric_name)"),
		index(d, expectationsTable, "table_name", "schema_name", "column_name"),
		table(d, anomaliesTable,
			"run_id VARCHAR(36) NOT NULL",
			"position INTEGER NOT NULL",
			"column_name VARCHAR(255) NOT NULL",
			"metric_name VARCHAR(100) NOT NULL",
			"anomaly_type VARCHAR(50) NOT NULL",
			"method VARCHAR(50) NOT NULL",
			"expected_value "+d.Double()+" NOT NULL",
			"actual_value "+d.Double()+" NOT NULL",
			"score "+d.Double()+" NOT NULL",
			"threshold "+d.Double()+" NOT NULL",
			"p_value "+d.Double(),
			"severity VARCHAR(20) NOT NULL",
			"reason TEXT NOT NULL",
			"anomaly_id VARCHAR(36) NOT NULL",
			"muted TEXT",
			"PRIMARY KEY (run_id, position)"),
		table(d, enrichmentTable,
			"run_id VARCHAR(36) PRIMARY KEY",
			"row_count_change BIGINT",
			"row_count_change_percent "+d.Double(),
			"row_count_stability_score "+d.Double(),
			"row_count_trend VARCHAR(20)",
			"schema_version INTEGER",
			"schema_freshness TIMESTAMP",
			"column_count_change INTEGER",
			"columns TEXT NOT NULL"),
	}
}

// rehearsedOutlook has a row for each of the tables.
func rehearsedOutlook(column string, now Record) *drift.Outlook {
	change, percent := int64(0), 0.0
	of := drift.ColumnMetric{Column: column, Metric: metrics.Count}
	anomaly := drift.Anomaly{ColumnMetric: of, Severity: drift.Low}
	anomaly.ID = drift.AnomalyID(now.RunID, anomaly)
	return &drift.Outlook{
		Expectations: []drift.Expectation{{ColumnMetric: of, At: now.ProfiledAt}},
		Anomalies:    []drift.Anomaly{anomaly},
		Enrichment: &drift.Enrichment{
			RowCountChange: &change, RowCountChangePercent: &percent, RowCountStability: &percent, SchemaVersion: 1, SchemaSince: now.ProfiledAt,
			Columns: []drift.ColumnEnrichment{{Column: column}},
		},
	}
}
