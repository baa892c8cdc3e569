package notify

import (
	"cmp"
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// Run is the outcome of an invocation.
type Run struct {
	ID          string
	Test        bool // a sample, to try hooks with
	Environment string
	StartedAt   time.Time
	Seconds     float64
	Interrupted bool
	Error       string // why it failed as a whole; empty where it did not
	Tables      []Table
}

// Table is what became of one table. Exactly one of Drift, Failure and Skipped says what.
type Table struct {
	ID           string
	Schema, Name string
	RunID        string
	ProfiledAt   time.Time
	RowCount     int64
	Drift        *drift.Report
	Failure      *Failure
	Skipped      bool
	Late         bool // an earlier run read it, and could not store it: this one did
}

// Failure is why a table could not be profiled.
type Failure struct {
	Kind    string
	Message string
}

// Filter says what a hook wants to hear of.
type Filter struct {
	MinSeverity   drift.Severity // of findings; schema changes and failures are told whatever theirs
	Drift         bool
	SchemaChanges bool
	Failures      bool
}

// Summarize returns the digest of a run, and nil where there is nothing to say.
func Summarize(run *Run, f Filter) *Digest {
	d := &Digest{
		Version: Version, Test: run.Test, RunID: run.ID, Environment: run.Environment, StartedAt: run.StartedAt.UTC(), Seconds: run.Seconds,
		Status: Completed, Severity: drift.None,
	}
	// A table that an earlier run read, and that this one stored, is one with this run's own reading of it.
	own, all, drifted := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, t := range run.Tables {
		own[t.ID] = own[t.ID] || !t.Late
	}
	for i := range run.Tables {
		t := &run.Tables[i]
		again := t.Late && (own[t.ID] || all[t.ID])
		all[t.ID] = true
		if d.add(t, f, again) {
			drifted[t.ID] = true
		}
	}
	late := map[string]bool{}
	for _, t := range d.Tables {
		if t.Late {
			late[t.ID] = true
		}
	}
	d.Totals.Tables, d.Totals.Drifted, d.Totals.Late = len(all), len(drifted), len(late)
	switch {
	case run.Interrupted:
		d.Status = Interrupted
	case run.Error != "" || d.Totals.Failed > 0:
		d.Status = Failed
	}
	if f.Failures {
		d.Error = run.Error
	}
	if d.Error == "" && len(d.Tables) == 0 {
		return nil
	}
	sortWorstFirst(d.Findings)
	slices.SortStableFunc(d.Tables, func(a, b TableDigest) int {
		failed := map[bool]int{true: 0, false: 1}
		return cmp.Or(cmp.Compare(failed[a.Failed], failed[b.Failed]), bySeverity(a.Severity, b.Severity), cmp.Compare(b.Findings, a.Findings))
	})
	d.Summary = d.summary()
	return d
}

// add counts a table, unless it is counted otherwise, and takes up what the filter lets through of it. It reports whether
// that are findings.
func (d *Digest) add(t *Table, f Filter, counted bool) (drifted bool) {
	table := TableDigest{ID: t.ID, RunID: t.RunID, Severity: drift.None, Late: t.Late}
	switch {
	case t.Failure != nil:
		d.Totals.Failed++
		if !f.Failures {
			return false
		}
		table.Failed = true
		d.Failures = append(d.Failures, TableFailure{Table: t.ID, Kind: t.Failure.Kind, Message: t.Failure.Message, of: t})
		d.Tables = append(d.Tables, table)
		return false
	case t.Skipped:
		d.Totals.Skipped++
		return false
	}
	if !counted {
		d.Totals.Completed++
	}
	if t.Drift == nil {
		return false
	}
	rows := metrics.Int(t.RowCount)
	table.RowCount, table.BaselineRunID = &rows, t.Drift.BaselineRunID
	if f.Drift {
		for _, finding := range t.Drift.Findings {
			if finding.Muted == nil && finding.Severity.AtLeast(f.MinSeverity) {
				d.find(t, finding)
				table.Findings++
				table.Severity = worse(table.Severity, finding.Severity)
			}
		}
	}
	if f.SchemaChanges {
		table.Changes = len(t.Drift.SchemaChanges)
		for _, c := range t.Drift.SchemaChanges {
			d.Changes = append(d.Changes, SchemaChange{Table: t.ID, RunID: t.RunID, SchemaChange: c, Text: c.String(), of: t})
		}
	}
	d.Totals.Changes += table.Changes
	if table.Findings+table.Changes > 0 {
		d.Tables = append(d.Tables, table)
	}
	return table.Findings > 0
}

// find takes up a finding of a table.
func (d *Digest) find(t *Table, f drift.Finding) {
	baseline, current := f.Figures()
	d.Findings = append(d.Findings, Finding{
		Table: t.ID, RunID: t.RunID, Column: f.Column, Columns: 1, Metric: f.Metric, Test: f.Test,
		Baseline: baseline, Current: current,
		ChangePercent: float(f.ChangePercent), Score: float(f.Score), PValue: float(f.PValue),
		Severity: f.Severity, Reason: f.Reason,
		of: t, baselineRunID: t.Drift.BaselineRunID,
	})
	d.Severity = worse(d.Severity, f.Severity)
	d.Totals.Findings++
	switch f.Severity {
	case drift.High:
		d.Totals.High++
	case drift.Medium:
		d.Totals.Medium++
	case drift.Low:
		d.Totals.Low++
	}
}

func float(x *float64) *metrics.Value {
	if x == nil {
		return nil
	}
	value := metrics.Float(*x)
	return &value
}

func worse(a, b drift.Severity) drift.Severity {
	if b.AtLeast(a) {
		return b
	}
	return a
}
