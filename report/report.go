// Package report holds the outcome of a run, which the packages below it tell to Dagster, to a
// terminal, as JSON, as Markdown and as an HTML page.
package report

import (
	"context"
	"errors"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Status says what became of a table.
type Status string

// What can become of a table.
const (
	Completed Status = "completed"
	Failed    Status = "failed"
	Skipped   Status = "skipped" // the run ended before its turn
)

// Run is the outcome of a run.
type Run struct {
	ID          string
	Environment string
	StartedAt   time.Time
	Seconds     float64
	Tables      []Table // in the plan's order
	Warnings    []string
}

// Failed counts the tables that failed.
func (r *Run) Failed() int {
	n := 0
	for _, t := range r.Tables {
		if t.Status == Failed {
			n++
		}
	}
	return n
}

// Table is what became of one table. Profile and Drift are nil where it was not profiled.
type Table struct {
	Plan       plan.Table
	Status     Status
	Error      *Failure
	RunID      string
	ProfiledAt time.Time
	Seconds    float64
	Statements int // sent for this table
	Profile    *metrics.TableProfile
	Reading    drift.Reading
	Drift      *drift.Report
	Outlook    *drift.Outlook // what earlier runs tell of this one; empty where nothing was asked

	// Baselines are runs that it was compared with, by ID, with the distributions of their columns; only while
	// the table is told to what draws them.
	Baselines map[string]*drift.Run

	Slice *metrics.Slice // the partition that this is of, where an orchestrator tells them apart; else nil

	Private bool // no value of the table may be told: see WithoutValues
}

// Title names the table, and the partition that this is of.
func (t *Table) Title() string {
	if t.Slice == nil {
		return t.Plan.ID()
	}
	return t.Plan.ID() + " [" + t.Slice.Name + "]"
}

// Failure is why a table failed.
type Failure struct {
	Kind    string `json:"kind"` // one of the kinds below
	Message string `json:"message"`
}

// unsorted is the kind of a failure that has no other.
const unsorted = "error"

// NewFailure sorts an error into its kind.
func NewFailure(err error) *Failure {
	kind := unsorted
	for _, k := range []struct {
		err  error
		kind string
	}{
		{warehouse.ErrNoTable, "no_such_table"},
		{warehouse.ErrPermission, "permission_denied"},
		{warehouse.ErrUnreachable, "unreachable"},
		{warehouse.ErrNoDatabase, "unreachable"},
		{warehouse.ErrLogin, "login_failed"},
		{warehouse.ErrReadOnly, "read_only"},
		{warehouse.ErrLocked, "locked"},
		{warehouse.ErrNoSpace, "no_space"},
		{warehouse.ErrNotADatabase, "not_a_database"},
		{context.Canceled, "interrupted"},
		{context.DeadlineExceeded, "timeout"},
	} {
		if errors.Is(err, k.err) {
			kind = k.kind
			break
		}
	}
	return &Failure{Kind: kind, Message: err.Error()}
}
