package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
)

// saveAnomalies stores the anomalies of a run, and those that count as the Python tool's events too. These lie
// before the run's other events, microseconds apart: its status shows the severity of a table's newest event, and
// an anomaly has none there.
func (b *batch) saveAnomalies(ctx context.Context, r Record) error {
	if r.Outlook == nil {
		return nil
	}
	insert, events := b.into(anomaliesTable,
		"run_id", "position", "column_name", "metric_name", "anomaly_type", "method", "expected_value", "actual_value",
		"score", "threshold", "p_value", "severity", "reason", "anomaly_id", "muted"), b.intoEvents()
	for i, a := range r.Outlook.Anomalies {
		muted, err := nullJSON(a.Muted)
		if err != nil {
			return err
		}
		err = insert.add(ctx, r.RunID, i, clip(a.Column, 255), string(a.Metric), a.Type, a.Method, a.Expected, a.Actual,
			a.Score, a.Threshold, nullFloat(a.PValue), string(a.Severity), a.Reason, a.ID, muted)
		if err != nil {
			return err
		}
		if a.Muted != nil {
			continue // an event is an alarm
		}
		text, err := json.Marshal(anomalyMetadata(r, a))
		if err != nil {
			return err
		}
		var change sql.NullFloat64
		if a.Expected != 0 {
			change = sql.NullFloat64{Float64: (a.Actual - a.Expected) / max(a.Expected, -a.Expected) * 100, Valid: true}
		}
		at := stamp(r.ProfiledAt.Add(-time.Duration(i+1) * time.Microsecond))
		err = events.add(ctx, a.ID, AnomalyEvent, r.RunID, r.Table.Name, clip(a.Column, 255), string(a.Metric), a.Expected, a.Actual, change, nil, at, string(text))
		if err != nil {
			return err
		}
	}
	return nil
}

// AnomalyEvent is the type of the events of anomalies.
const AnomalyEvent = "AnomalyDetected"

// anomalyMetadata is what an event holds besides: the Python tool's keys, those of the method, and ours.
func anomalyMetadata(r Record, a drift.Anomaly) map[string]any {
	metadata := map[string]any{}
	for name, value := range maps.All(a.Details) {
		metadata[name] = value
	}
	for name, value := range map[string]any{
		"table": r.Table.Name, "column": a.Column, "metric": a.Metric, "anomaly_type": a.Type,
		"expected_value": a.Expected, "actual_value": a.Actual, "severity": a.Severity, "detection_method": detectionMethod(a.Method),
		"explanation": a.Reason, "run_id": r.RunID, "schema": r.Table.Schema, "score": a.Score, "threshold": a.Threshold,
	} {
		metadata[name] = value
	}
	if a.PValue != nil {
		metadata["p_value"] = *a.PValue
	}
	return metadata
}

// trendSeasonality is the Python tool's name of a method, in its events: its settings, and ours, call it seasonality.
const trendSeasonality = "trend_seasonality"

// detectionMethod is a method's name in the Python tool's events.
func detectionMethod(method string) string {
	if method == drift.Seasonality {
		return trendSeasonality
	}
	return method
}

// AnomaliesOf returns the anomalies of a run, those that were muted too, in their order.
func (s *Store) AnomaliesOf(ctx context.Context, runID string) ([]drift.Anomaly, error) {
	rows, err := s.db.QueryContext(ctx, s.sql(`
		SELECT column_name, metric_name, anomaly_type, method, expected_value, actual_value, score, threshold, p_value, severity, reason, anomaly_id, muted
		FROM %s WHERE run_id = ? ORDER BY position`, anomaliesTable), runID)
	if err != nil {
		return nil, s.fail(err)
	}
	defer rows.Close()
	var left leftOut
	var list []drift.Anomaly
	for rows.Next() {
		var a drift.Anomaly
		var p sql.NullFloat64
		var muted sql.NullString
		err := rows.Scan(&a.Column, &a.Metric, &a.Type, &a.Method, &a.Expected, &a.Actual, &a.Score, &a.Threshold, &p, &a.Severity, &a.Reason, &a.ID, &muted)
		if err == nil {
			if a.PValue = floatOrNil(p); a.Method == trendSeasonality { // as it was called here at first
				a.Method = drift.Seasonality
			}
			err = unmarshalNull(muted, &a.Muted)
		}
		if err != nil {
			left.add(runID, "an anomaly of column %q: %s", a.Column, inWords(err))
			continue
		}
		list = append(list, a)
	}
	left.tell(s)
	return list, s.fail(rows.Err())
}
