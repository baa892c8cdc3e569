// Package drift tells how a table changed between two runs: which metrics moved and how severely,
// and which columns came, went or changed their type. It is pure: profiles in, findings out.
package drift

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// Severity says how much a change matters.
type Severity string

// The severities, from least to most.
const (
	None   Severity = "none"
	Low    Severity = "low"
	Medium Severity = "medium"
	High   Severity = "high"
)

var ranks = map[Severity]int{None: 0, Low: 1, Medium: 2, High: 3}

// AtLeast reports whether s matters as much as other, or more.
func (s Severity) AtLeast(other Severity) bool { return ranks[s] >= ranks[other] }

// Run is a run of a table, as far as it is compared.
type Run struct {
	RunID      string
	ProfiledAt time.Time
	Profile    *metrics.TableProfile
	Reading    *Reading // nil where it is not known, as of runs of the Python tool
}

// Finding is one metric of one column that drifted. Numbers that a test does not give are nil.
type Finding struct {
	Column        string
	Metric        metrics.Name
	Test          string
	Baseline      float64
	Current       float64
	ChangePercent *float64
	Score         *float64
	PValue        *float64
	Severity      Severity
	Reason        string // one line that lets a reader check the finding by hand
	ID            string // as FindingID makes it; set by Feedback.Apply
	Muted         *Muted // why the finding does not count; nil where it does
}

// Report is the comparison of a run with its baseline.
type Report struct {
	Strategy      string
	BaselineRunID string    // empty where there was no earlier run to compare with
	Findings      []Finding // the most severe first
	SchemaChanges []SchemaChange
	Note          string // why nothing was compared, where that is so
}

// noBaseline is the note of a table's first run.
const noBaseline = "no earlier run to compare with"

// Verdict is the severity, or why there is none: "no baseline" for a first run, "not computed" where the
// settings ask for what is not built, or the two runs read different rows.
func (r *Report) Verdict() string { return Verdict(r.Severity(), r.Note) }

// Verdict is that of a report with this severity and note.
func Verdict(s Severity, note string) string {
	switch note {
	case "":
		return string(s)
	case noBaseline:
		return "no baseline"
	default:
		return "not computed"
	}
}

// Severity is that of the most severe finding that counts; None where there is none.
func (r *Report) Severity() Severity {
	severity := None
	for _, f := range r.Findings {
		if f.Muted == nil && f.Severity.AtLeast(severity) {
			severity = f.Severity
		}
	}
	return severity
}

// Count returns how many findings that count have the severity.
func (r *Report) Count(s Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Muted == nil && f.Severity == s {
			n++
		}
	}
	return n
}

// Detect compares a run with its baseline, which is nil for a table's first run.
func Detect(settings Settings, baseline, current *Run) *Report {
	report := &Report{Strategy: settings.Strategy}
	if baseline == nil {
		report.Note = noBaseline
		return report
	}
	report.BaselineRunID = baseline.RunID
	report.SchemaChanges = schemaChanges(columnsOf(baseline.Profile), columnsOf(current.Profile))
	if settings.Strategy != AbsoluteThreshold {
		report.Note = "not computed: the strategy " + settings.Strategy + " is not built yet"
		return report
	}
	if report.Note = readOtherwise(baseline.Reading, current.Reading); report.Note != "" {
		return report
	}
	earlier := make(map[string]*metrics.ColumnProfile, len(baseline.Profile.Columns))
	for i, c := range baseline.Profile.Columns {
		earlier[c.Name] = &baseline.Profile.Columns[i]
	}
	for i := range current.Profile.Columns {
		if before, ok := earlier[current.Profile.Columns[i].Name]; ok {
			report.Findings = append(report.Findings, absoluteThreshold(settings, before, &current.Profile.Columns[i])...)
		}
	}
	sortFindings(report.Findings)
	return report
}

// sortFindings puts the most severe first, the largest change first among equals.
func sortFindings(findings []Finding) {
	size := func(f Finding) float64 {
		if f.ChangePercent == nil {
			return 0
		}
		return math.Abs(*f.ChangePercent)
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(ranks[b.Severity], ranks[a.Severity]),
			cmp.Compare(size(b), size(a)),
		)
	})
}
