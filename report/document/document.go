// Package document writes outcomes as JSON documents, whose fields are a contract. Numbers are JSON
// numbers; what JSON cannot carry is a text.
package document

import (
	"encoding/json"
	"io"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report"
)

// Version is the version of the documents' form.
const Version = 1

// Write writes a document, indented, with a line's end.
func Write(w io.Writer, document any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(document)
}

type planDocument struct {
	Version          int         `json:"version"`
	Environment      string      `json:"environment"`
	Signature        string      `json:"signature"`
	DriftStrategy    string      `json:"drift_strategy"`
	ConfigPath       string      `json:"config_path"`
	Source           source      `json:"source"`
	EstimatedMetrics int         `json:"estimated_metrics"`
	Mode             string      `json:"mode"` // stream or pushdown, where a table has no other
	ModeReason       string      `json:"mode_reason"`
	Estimate         *estimate   `json:"estimate,omitempty"`
	Discovery        *discovery  `json:"discovery"` // null: the catalog was not asked
	Tables           []planTable `json:"tables"`
	Warnings         []string    `json:"warnings"`
}

// discovery is where what the catalog says came from.
type discovery struct {
	From string     `json:"from"` // catalog, cache or last_known
	At   *time.Time `json:"at"`   // null: just now
}

func discoveryOf(d *plan.Discovery) *discovery {
	switch {
	case d == nil:
		return nil
	case d.From == plan.FromCatalog:
		return &discovery{From: string(d.From)}
	}
	at := d.At.UTC().Truncate(time.Second)
	return &discovery{string(d.From), &at}
}

// estimate is what a run costs: a sum, where tables are without the number, of the others.
type estimate struct {
	Rows       *int64 `json:"rows"`
	RowsRead   *int64 `json:"rows_read"`
	Bytes      *int64 `json:"bytes"`
	Statements int    `json:"statements"`

	TablesWithoutRows     *int `json:"tables_without_rows,omitempty"`
	TablesWithoutRowsRead *int `json:"tables_without_rows_read,omitempty"`
	TablesWithoutBytes    *int `json:"tables_without_bytes,omitempty"`
}

func estimateOf(e plan.Estimate) *estimate {
	return &estimate{
		Rows: &e.Rows.Known, RowsRead: &e.RowsRead.Known, Bytes: &e.Bytes.Known, Statements: e.Statements,
		TablesWithoutRows: &e.Rows.Unknown, TablesWithoutRowsRead: &e.RowsRead.Unknown, TablesWithoutBytes: &e.Bytes.Unknown,
	}
}

func known(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

type source struct {
	Type          string  `json:"type"`
	Database      string  `json:"database"`
	DefaultSchema *string `json:"default_schema"`
}

type planTable struct {
	ID             string        `json:"id"`
	Database       *string       `json:"database"`
	Schema         *string       `json:"schema"`
	Table          string        `json:"table"`
	Metrics        []string      `json:"metrics"`
	Columns        any           `json:"columns"`       // null: every column
	Partition      any           `json:"partition"`     // null: every partition
	PartitionKey   *string       `json:"partition_key"` // that the config names
	Sampling       *planSampling `json:"sampling"`      // null: every row
	DriftStrategy  string        `json:"drift_strategy"`
	DriftTests     []string      `json:"drift_tests"`     // null: the strategy has no tests of its own
	DriftSignature string        `json:"drift_signature"` // of how runs are compared
	Signature      string        `json:"signature"`
	SelectedBy     *string       `json:"selected_by"`
	Mode           string        `json:"mode"`       // stream or pushdown
	Statements     int           `json:"statements"` // at most

	Estimate *estimate `json:"estimate,omitempty"`
	Change   *due      `json:"change,omitempty"`
}

// Plan returns the document of a plan.
func Plan(p *plan.Plan) any {
	d := planDocument{
		Version: Version, Environment: p.Environment, Signature: p.Signature(), DriftStrategy: p.DriftStrategy,
		ConfigPath: p.ConfigPath, EstimatedMetrics: p.EstimatedMetrics(), Mode: string(p.Mode), ModeReason: p.ModeReason,
		Source: source{p.SourceType, p.Database, orNull(p.DefaultSchema)},
		Tables: []planTable{}, Warnings: append([]string{}, p.Warnings...),
		Discovery: discoveryOf(p.Discovery),
	}
	if p.Estimated {
		d.Estimate = estimateOf(p.Estimate())
	}
	for _, t := range p.Tables {
		table := planTable{
			ID: t.ID(), Database: orNull(t.Database), Schema: orNull(t.Schema), Table: t.Name,
			Metrics: t.Metrics, Columns: t.Columns, Partition: t.Partition, PartitionKey: orNull(t.PartitionKey), Sampling: samplingOf(t), DriftStrategy: t.DriftStrategy,
			DriftSignature: t.DriftSignature(), Signature: p.TableSignature(t),
			SelectedBy: orNull(t.SelectedBy), Mode: string(t.Mode), Statements: t.Statements(),
		}
		if t.Drift.Strategy == drift.Statistical {
			table.DriftTests = t.Drift.Statistical.Tests
		}
		if p.Estimated {
			table.Estimate = &estimate{Rows: known(t.EstimatedRows), RowsRead: known(t.RowsRead()), Bytes: known(t.EstimatedBytes), Statements: t.Statements()}
		}
		table.Change = dueOf(t.Again)
		d.Tables = append(d.Tables, table)
	}
	return d
}

// due says whether a table is profiled again while its plan is the same.
type due struct {
	Data           string     `json:"data"`
	Due            bool       `json:"due"`
	Reason         string     `json:"reason"`
	LastProfiledAt *time.Time `json:"last_profiled_at"`
	DueAt          *time.Time `json:"due_at"`
	Occasion       *string    `json:"occasion"`
}

func dueOf(d *plan.Due) *due {
	if d == nil {
		return nil
	}
	at := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		t = t.UTC()
		return &t
	}
	return &due{string(d.Data), d.Occasion != "", d.Reason, at(d.Last), at(d.At), orNull(d.Occasion)}
}

// planSampling is a config's sampling.
type planSampling struct {
	Enabled  bool    `json:"enabled"`
	Method   string  `json:"method"`
	Fraction float64 `json:"fraction,omitempty"`
	MaxRows  int64   `json:"max_rows,omitempty"`
	Key      string  `json:"key,omitempty"` // by which topk and stratified pick; empty where a column is looked for
}

func samplingOf(t plan.Table) *planSampling {
	if t.Sampling == nil {
		return nil
	}
	s := &planSampling{Enabled: t.Sampling.Enabled, Method: string(t.Sampling.Method), Fraction: t.Sampling.Fraction, MaxRows: t.Sampling.MaxRows}
	if t.SampledByKey() && t.Partition != nil {
		s.Key = t.Partition.Key
	}
	return s
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

type runDocument struct {
	Version     int        `json:"version"`
	RunID       string     `json:"run_id"`
	Environment string     `json:"environment"`
	StartedAt   string     `json:"started_at"`
	Seconds     float64    `json:"seconds"`
	Tables      []runTable `json:"tables"`
	Warnings    []string   `json:"warnings"`
}

type runTable struct {
	ID            string               `json:"id"`
	Status        report.Status        `json:"status"`
	Error         *report.Failure      `json:"error"`
	RunID         *string              `json:"run_id"`
	RowCount      *metrics.Value       `json:"row_count"`
	RowsRead      *metrics.Value       `json:"rows_read"`
	Sampling      *drift.Sampling      `json:"sampling"`
	Partition     *drift.Partition     `json:"partition"`
	Seconds       float64              `json:"seconds"`
	QueryCount    int                  `json:"query_count"`
	Columns       []column             `json:"columns"`
	Drift         *driftDocument       `json:"drift"`
	SchemaChanges []drift.SchemaChange `json:"schema_changes"`
	Anomalies     []anomaly            `json:"anomalies"`
	Enrichment    *enrichment          `json:"enrichment"`
}

type column struct {
	Name           string                         `json:"name"`
	Type           string                         `json:"type"`
	Kind           metrics.Kind                   `json:"kind"`
	Nullable       bool                           `json:"nullable"`
	Metrics        map[metrics.Name]metrics.Value `json:"metrics"`
	Estimates      map[metrics.Name]float64       `json:"estimates,omitempty"`
	OtherKindCount int64                          `json:"other_kind_count,omitempty"`
}

type driftDocument struct {
	Strategy      string         `json:"strategy"`
	BaselineRunID *string        `json:"baseline_run_id"`
	Severity      drift.Severity `json:"severity"`
	Note          string         `json:"note,omitempty"`
	MutedCount    int            `json:"muted_count"`
	Findings      []finding      `json:"findings"`

	BaselineMethod string          `json:"baseline_method,omitempty"`
	NotComputed    []drift.Skipped `json:"not_computed,omitempty"`
}

type finding struct {
	Column        string         `json:"column"`
	Metric        metrics.Name   `json:"metric"`
	Test          string         `json:"test"`
	Baseline      metrics.Value  `json:"baseline"`
	Current       metrics.Value  `json:"current"`
	ChangePercent *metrics.Value `json:"change_percent"`
	Score         *metrics.Value `json:"score"`
	PValue        *metrics.Value `json:"p_value"`
	Severity      drift.Severity `json:"severity"`
	Reason        string         `json:"reason"`
	ID            string         `json:"id"`
	Muted         *drift.Muted   `json:"muted"`

	Effect         *metrics.Value `json:"effect"`
	AdjustedPValue *metrics.Value `json:"adjusted_p_value"`
	BaselineMethod string         `json:"baseline_method,omitempty"`
	BaselineRunID  *string        `json:"baseline_run_id"`

	Bounds *drift.Bounds `json:"bounds,omitempty"`
}

// Run returns the document of a run's outcome.
func Run(r *report.Run) any {
	d := runDocument{
		Version: Version, RunID: r.ID, Environment: r.Environment, StartedAt: Stamp(r.StartedAt), Seconds: r.Seconds,
		Tables: []runTable{}, Warnings: append([]string{}, r.Warnings...),
	}
	for _, t := range r.Tables {
		d.Tables = append(d.Tables, tableOf(t))
	}
	return d
}

func tableOf(t report.Table) runTable {
	d := runTable{
		ID: t.Plan.ID(), Status: t.Status, Error: t.Error, RunID: orNull(t.RunID), Seconds: t.Seconds, QueryCount: t.Statements,
		Sampling: t.Reading.Sampling, Partition: t.Reading.Partition,
		Columns: []column{}, SchemaChanges: []drift.SchemaChange{}, Anomalies: anomaliesOf(t.Outlook), Enrichment: enrichmentOf(t.Outlook),
	}
	if t.Profile != nil {
		rows, read := metrics.Int(t.Profile.RowCount), metrics.Int(t.Profile.RowsRead)
		d.RowCount, d.RowsRead = &rows, &read
		for _, c := range t.Profile.Columns {
			d.Columns = append(d.Columns, column{c.Name, c.Type, c.Kind, c.Nullable, c.Metrics, c.Estimates, c.OtherKindCount})
		}
	}
	if t.Drift != nil {
		d.Drift = driftOf(t.Drift)
		d.SchemaChanges = append(d.SchemaChanges, t.Drift.SchemaChanges...)
	}
	return d
}

func driftOf(r *drift.Report) *driftDocument {
	d := &driftDocument{
		Strategy: r.Strategy, BaselineRunID: orNull(r.BaselineRunID), Severity: r.Severity(), Note: r.Note, MutedCount: r.MutedCount(),
		Findings: []finding{}, BaselineMethod: r.BaselineMethod, NotComputed: r.NotComputed,
	}
	for _, f := range r.Findings {
		baseline, current := f.Figures()
		d.Findings = append(d.Findings, finding{
			Column: f.Column, Metric: f.Metric, Test: f.Test,
			Baseline: baseline, Current: current,
			ChangePercent: number(f.ChangePercent), Score: number(f.Score), PValue: number(f.PValue),
			Severity: f.Severity, Reason: f.Reason, ID: f.ID, Muted: f.Muted,
			Effect: number(f.Effect), AdjustedPValue: number(f.AdjustedPValue), BaselineMethod: f.BaselineMethod, BaselineRunID: orNull(f.BaselineRunID),
			Bounds: f.Bounds,
		})
	}
	return d
}

func number(x *float64) *metrics.Value {
	if x == nil {
		return nil
	}
	v := metrics.Float(*x)
	return &v
}

// Comparison returns the document of two stored runs of a table, compared.
func Comparison(id, runID string, r *drift.Report) any {
	return struct {
		Version       int                  `json:"version"`
		ID            string               `json:"id"`
		RunID         string               `json:"run_id"`
		Drift         *driftDocument       `json:"drift"`
		SchemaChanges []drift.SchemaChange `json:"schema_changes"`
	}{Version, id, runID, driftOf(r), append([]drift.SchemaChange{}, r.SchemaChanges...)}
}

// window is a window of partitions.
type window struct {
	From       string    `json:"from"`
	To         string    `json:"to"`
	Key        string    `json:"partition_key"`
	Partitions int       `json:"partitions"`
	Missing    []string  `json:"missing"` // days
	LeftOut    []leftOut `json:"left_out"`
}

type leftOut struct {
	Column string `json:"column"`
	Why    string `json:"why"`
}

func windowOf(w *drift.Window) *window {
	if w == nil {
		return nil
	}
	d := &window{w.Span.From, w.Span.To, w.Key, w.Partitions, append([]string{}, w.Missing...), []leftOut{}}
	for _, c := range w.LeftOut {
		d.LeftOut = append(d.LeftOut, leftOut(c))
	}
	return d
}

// Windows returns the document of two windows of partitions, compared; of a run in place of one, the window is nil.
func Windows(id, runID string, r *drift.Report, current, baseline *drift.Window) any {
	return struct {
		Version       int                  `json:"version"`
		ID            string               `json:"id"`
		RunID         string               `json:"run_id"`
		Current       *window              `json:"current_window"`
		Baseline      *window              `json:"baseline_window"`
		Drift         *driftDocument       `json:"drift"`
		SchemaChanges []drift.SchemaChange `json:"schema_changes"`
	}{Version, id, runID, windowOf(current), windowOf(baseline), driftOf(r), append([]drift.SchemaChange{}, r.SchemaChanges...)}
}

// Stamp writes a time as ISO 8601 in UTC.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z07:00") }
