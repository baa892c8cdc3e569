// Package dagster tells Dagster, over Pipes, what became of each table: a materialization for one that
// was profiled, a message for one that failed.
package dagster

import (
	"context"
	"fmt"
	"strings"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/pipes"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report"
)

// Reporter reports tables to a session.
type Reporter struct {
	Session *pipes.Session
	Plan    *plan.Plan

	// AssetKey returns the key of a table's asset; empty for the one asset of the step.
	AssetKey func(tableID string) string

	// Report is where a person finds the run's report once the run has ended; nil where none is written.
	Report *pipes.MetadataValue

	// Brief leaves out tables and long lists, so that every message stays under 4 KB: Dagster's stock
	// message reader loses longer ones.
	Brief bool
}

// Materialize reports a table that was profiled.
func (r *Reporter) Materialize(ctx context.Context, t report.Table) error {
	version, err := dataVersion(t.Profile)
	if err != nil {
		return err
	}
	return r.Session.ReportAssetMaterialization(ctx, pipes.Materialization{
		AssetKey:    r.AssetKey(t.Plan.ID()),
		Metadata:    r.metadata(t),
		DataVersion: version,
	})
}

// Fail reports a table that failed, as a custom message that the Python package understands.
func (r *Reporter) Fail(ctx context.Context, t report.Table) error {
	return r.Session.ReportCustomMessage(ctx, map[string]any{
		"type":      "baselinr/table_failed",
		"table":     t.Plan.ID(),
		"asset_key": r.AssetKey(t.Plan.ID()),
		"error":     r.error(t.Error),
	})
}

// error is what failed; a brief one has as much of the message as is sure to fit 4 KB.
func (r *Reporter) error(f *report.Failure) *report.Failure {
	if f == nil {
		return nil
	}
	return &report.Failure{Kind: f.Kind, Message: clip(f.Message, 800, r.Brief)}
}

func (r *Reporter) metadata(t report.Table) map[string]pipes.MetadataValue {
	metadata := map[string]pipes.MetadataValue{
		"run_id":            pipes.Text(t.RunID),
		"dataset_name":      pipes.Text(t.Plan.Name),
		"schema":            pipes.Text(t.Plan.Schema),
		"columns_profiled":  pipes.Int(len(t.Profile.Columns)),
		"row_count":         pipes.Int(t.Profile.RowCount),
		"profiled_at":       pipes.Text(t.ProfiledAt.UTC().Format("2006-01-02T15:04:05.000000")),
		"requested_metrics": pipes.JSON(t.Plan.Metrics),
		"rows_read":         pipes.Int(t.Profile.RowsRead),
		"sampling":          pipes.JSON(orEmpty(t.Reading.Sampling)),
		"partitioning":      pipes.JSON(orEmpty(t.Reading.Partition)),
		"drift_strategy":    pipes.Text(t.Drift.Strategy),
		"status":            pipes.Text(string(t.Status)),

		"dagster/row_count":    pipes.Int(t.Profile.RowCount),
		"dagster/table_name":   pipes.Text(r.tableName(t.Plan)),
		"dagster/storage_kind": pipes.Text(r.Plan.SourceType),

		"drift_detected":  pipes.Bool(t.Drift.Counted() > 0),
		"drift_severity":  pipes.Text(string(t.Drift.Severity())),
		"drift_count":     pipes.Int(t.Drift.Counted()),
		"drift_muted":     pipes.Int(t.Drift.MutedCount()),
		"drift_high":      pipes.Int(t.Drift.Count(drift.High)),
		"drift_medium":    pipes.Int(t.Drift.Count(drift.Medium)),
		"drift_low":       pipes.Int(t.Drift.Count(drift.Low)),
		"schema_changes":  pipes.JSON(r.schemaChanges(t.Drift.SchemaChanges)),
		"profile_seconds": pipes.Float(t.Seconds),
		"query_count":     pipes.Int(t.Statements),
	}
	if t.Outlook != nil {
		metadata["anomalies_count"] = pipes.Int(t.Outlook.AnomalyCount())
		if !r.Brief {
			metadata["anomalies"] = anomalies(t.Outlook)
			addEnrichment(metadata, t.Outlook.Enrichment)
		}
	}
	if t.Drift.BaselineRunID == "" {
		metadata["baseline_run_id"] = pipes.Null()
	} else {
		metadata["baseline_run_id"] = pipes.Text(t.Drift.BaselineRunID)
	}
	if r.Report != nil {
		metadata["report"] = *r.Report
	}
	if t.Drift.Note != "" {
		metadata["drift_note"] = pipes.Text(t.Drift.Note)
	}
	if !r.Brief {
		metadata["dagster/column_schema"] = columnSchema(t.Profile)
		metadata["column_profiles"] = columnProfiles(t.Profile)
		metadata["drift_findings"] = findings(t.Drift)
		addPictures(metadata, t)
	}
	return metadata
}

// orEmpty is what is there, or an object without keys.
func orEmpty[T any](x *T) any {
	if x == nil {
		return map[string]any{}
	}
	return x
}

// tableName is the table's full name, which Dagster matches with other assets' of the same table.
func (r *Reporter) tableName(t plan.Table) string {
	if t.Schema == "" || r.Plan.Database == "" {
		return t.ID()
	}
	return r.Plan.Database + "." + t.TableRef.ID()
}

// briefChanges is how many schema changes a brief message lists.
const briefChanges = 5

func (r *Reporter) schemaChanges(changes []drift.SchemaChange) []string {
	texts := []string{}
	for i, c := range changes {
		if r.Brief && i == briefChanges {
			return append(texts, fmt.Sprintf("and %d more", len(changes)-i))
		}
		texts = append(texts, clip(c.String(), 120, r.Brief))
	}
	return texts
}

func clip(text string, runes int, really bool) string {
	if short := []rune(text); really && len(short) > runes {
		return string(short[:runes]) + "…"
	}
	return text
}

func columnSchema(p *metrics.TableProfile) pipes.MetadataValue {
	columns := make([]pipes.Column, len(p.Columns))
	for i, c := range p.Columns {
		columns[i] = pipes.Column{Name: c.Name, Type: c.Type, NotNull: !c.Nullable}
	}
	return pipes.TableSchema(columns)
}

func columnProfiles(p *metrics.TableProfile) pipes.MetadataValue {
	columns := []pipes.Column{
		{Name: "column"}, {Name: "type"}, {Name: "kind"},
		{Name: "null_ratio", Type: "float"}, {Name: "distinct_count", Type: "int"},
		{Name: "min"}, {Name: "mean", Type: "float"}, {Name: "max"}, {Name: "stddev", Type: "float"},
		{Name: "estimated"},
	}
	rows := make([][]any, len(p.Columns))
	for i, c := range p.Columns {
		rows[i] = []any{
			c.Name, c.Type, string(c.Kind),
			number(c.Metrics[metrics.NullRatio]), whole(c.Metrics[metrics.DistinctCount]),
			clip(c.Metrics[metrics.Min].String(), 100, true), number(c.Metrics[metrics.Mean]),
			clip(c.Metrics[metrics.Max].String(), 100, true), number(c.Metrics[metrics.StdDev]),
			estimated(c),
		}
	}
	return pipes.Table(columns, rows)
}

// estimated names the figures of a column's row that are estimates.
func estimated(c metrics.ColumnProfile) string {
	var names []string
	for _, n := range []metrics.Name{metrics.NullRatio, metrics.DistinctCount, metrics.Min, metrics.Mean, metrics.Max, metrics.StdDev} {
		if _, ok := c.Estimates[n]; ok {
			names = append(names, string(n))
		}
	}
	return strings.Join(names, ", ")
}

// whole is a count, and nil where there is none.
func whole(v metrics.Value) any {
	x, ok := v.Float64()
	if !ok {
		return nil
	}
	return int64(x)
}

func number(v metrics.Value) any {
	x, ok := v.Float64()
	if !ok {
		return nil
	}
	return x
}

// findingsShown is how many findings the metadata lists; the history has them all.
const findingsShown = 100

func findings(r *drift.Report) pipes.MetadataValue {
	columns := []pipes.Column{
		{Name: "severity"}, {Name: "column"}, {Name: "metric"}, {Name: "test"},
		{Name: "baseline", Type: "float"}, {Name: "current", Type: "float"}, {Name: "change_percent", Type: "float"},
		{Name: "reason"}, {Name: "id"}, {Name: "muted"},
	}
	rows := [][]any{}
	for _, f := range r.Findings[:min(len(r.Findings), findingsShown)] {
		var change any
		if f.ChangePercent != nil {
			change = *f.ChangePercent
		}
		muted := ""
		if f.Muted != nil {
			muted = f.Muted.String()
		}
		baseline, current := f.Figures()
		rows = append(rows, []any{string(f.Severity), f.Column, string(f.Metric), f.Test, number(baseline), number(current), change, f.Reason, f.ID, muted})
	}
	return pipes.Table(columns, rows)
}
