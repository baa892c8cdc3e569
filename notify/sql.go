package notify

import (
	"context"
	"fmt"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/store"
)

// SQL writes a row for each finding, schema change and failure to a table of events, in the Python tool's form.
type SQL struct {
	Open      func(context.Context) (*store.EventLog, error)
	Transient func(error) bool // whether the same may succeed a moment later
}

var _ Hook = (*SQL)(nil)

// Send implements Hook. The digest of a test is written and rolled back.
func (s *SQL) Send(ctx context.Context, d *Digest) error {
	return retry(ctx, func() error {
		err := s.write(ctx, d)
		if err != nil && ctx.Err() == nil && s.Transient(err) {
			return &passing{error: err}
		}
		return err
	})
}

func (s *SQL) write(ctx context.Context, d *Digest) error {
	log, err := s.Open(ctx)
	if err != nil {
		return err
	}
	defer log.Close()
	if d.Test {
		return log.Rehearse(ctx, events(d)...)
	}
	return log.Append(ctx, events(d)...)
}

// events are a digest's rows.
func events(d *Digest) []store.EventRow {
	var list []store.EventRow
	for _, f := range d.Findings {
		list = append(list, store.EventRow{
			ID: drift.FindingID(f.RunID, drift.Finding{Column: f.Column, Metric: f.Metric, Test: f.Test}), Type: "DataDriftDetected",
			RunID: f.RunID, Table: f.of.Name, Column: f.Column, Metric: string(f.Metric),
			Baseline: number(&f.Baseline), Current: number(&f.Current), Change: number(f.ChangePercent), Severity: f.Severity, Timestamp: f.of.ProfiledAt,
			Metadata: map[string]any{
				"table": f.of.Name, "column": f.Column, "metric": f.Metric,
				"baseline_value": f.Baseline, "current_value": f.Current, "change_percent": f.ChangePercent,
				"drift_severity": f.Severity, "explanation": f.Reason,
				"run_id": f.RunID, "baseline_run_id": f.baselineRunID, "schema": f.of.Schema, "test": f.Test,
			},
		})
	}
	for _, c := range d.Changes {
		list = append(list, store.EventRow{
			ID: store.SchemaEventID(c.RunID, c.Column, c.Type), Type: "SchemaChangeDetected",
			RunID: c.RunID, Table: c.of.Name, Column: c.Column, Timestamp: c.of.ProfiledAt,
			Metadata: map[string]any{
				"table": c.of.Name, "change_type": c.Type, "column": c.Column, "old_column_name": orNull(c.OldColumn),
				"old_type": orNull(c.OldType), "new_type": orNull(c.NewType), "partition_info": c.Partition,
				"change_severity": c.Severity, "explanation": c.Text, "run_id": c.RunID, "schema": c.of.Schema,
			},
		})
	}
	for _, f := range d.Failures {
		list = append(list, failure(d, f.Table, f.of.Name, f.of.Schema, fmt.Sprintf("%s: %s", f.Kind, f.Message)))
	}
	if d.Error != "" {
		list = append(list, failure(d, "", "", "", d.Error))
	}
	return list
}

// failure is the event of a table that failed, or of a run without a table.
func failure(d *Digest, id, name, schema, message string) store.EventRow {
	return store.EventRow{
		ID: store.FailureEventID(d.RunID, id), Type: "ProfilingFailed", RunID: d.RunID, Table: name, Timestamp: d.StartedAt,
		Metadata: map[string]any{"table": name, "run_id": d.RunID, "error": message, "schema": schema},
	}
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func number(v *metrics.Value) *float64 {
	if v == nil {
		return nil
	}
	x, ok := v.Float64()
	if !ok {
		return nil
	}
	return &x
}
