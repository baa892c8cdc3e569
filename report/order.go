package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
)

// Document is what a report on paper tells, as HTML or Markdown.
type Document struct {
	Title string
	Run   *Run

	// History holds, by the table's ID, what is shown beside its findings; a table may be missing.
	History map[string]*History
}

// Totals are counts of a run's tables and of the findings that count.
type Totals struct {
	Tables, Completed, Failed, Skipped int
	Drifted                            int // tables with a finding that counts
	NotCompared                        int // tables without a baseline, or whose drift was not computed
	Muted, SchemaChanges               int
	Anomalies                          int // metrics with some that count
	Findings                           map[drift.Severity]int
}

// Totals counts what became of the run's tables.
func (r *Run) Totals() Totals {
	t := Totals{Tables: len(r.Tables), Findings: map[drift.Severity]int{}}
	for i := range r.Tables {
		switch r.Tables[i].Status {
		case Completed:
			t.Completed++
		case Failed:
			t.Failed++
		case Skipped:
			t.Skipped++
		}
		t.Anomalies += r.Tables[i].Outlook.FoldedCount()
		d := r.Tables[i].Drift
		if d == nil {
			continue
		}
		if d.Counted() > 0 {
			t.Drifted++
		}
		if d.Note != "" {
			t.NotCompared++
		}
		t.Muted += d.MutedCount()
		t.SchemaChanges += len(d.SchemaChanges)
		for _, s := range []drift.Severity{drift.Low, drift.Medium, drift.High} {
			t.Findings[s] += d.Count(s)
		}
	}
	return t
}

// BySeverity returns the tables as a reader wants them: those that failed, then the most severe drift first;
// among equals those with anomalies, those with changes of their schema, then the plan's order.
func (r *Run) BySeverity() []*Table {
	tables := make([]*Table, len(r.Tables))
	for i := range r.Tables {
		tables[i] = &r.Tables[i]
	}
	slices.SortStableFunc(tables, func(a, b *Table) int { return cmp.Compare(b.urgency(), a.urgency()) })
	return tables
}

// urgency is how early in a report a table stands.
func (t *Table) urgency() int {
	const bySeverity = 10
	if t.Status == Failed {
		return 100 * bySeverity
	}
	if t.Drift == nil {
		return -1
	}
	urgency := 0
	for _, s := range []drift.Severity{drift.Low, drift.Medium, drift.High} {
		if t.Drift.Severity().AtLeast(s) {
			urgency += bySeverity
		}
	}
	if len(t.Drift.SchemaChanges) > 0 {
		urgency += 2
	}
	if t.Outlook.FoldedCount() > 0 {
		urgency += 4
	}
	if t.Drift.MutedCount() > 0 || t.Drift.Verdict() == "not computed" {
		urgency++
	}
	return urgency
}

// Telling reports whether there is something to say of the table beyond that it was profiled.
func (t *Table) Telling() bool {
	return t.Status != Completed || t.Outlook != nil && len(t.Outlook.Anomalies) > 0 || t.Drift != nil && (len(t.Drift.Findings) > 0 || len(t.Drift.SchemaChanges) > 0 ||
		len(t.Drift.NotComputed) > 0 || t.Drift.Verdict() == "not computed")
}

// Plural counts things by the name of one, to which an s is added for several.
func Plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
