// Package drift tells how a table changed between two runs: which metrics moved and how severely,
// and which columns came, went or changed their type. It is pure: profiles in, findings out.
package drift

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
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

var ranks = map[Severity]int{None: 0, Low: 1, Medium: 2, High: 3, Breaking: 4}

// AtLeast reports whether s matters as much as other, or more.
func (s Severity) AtLeast(other Severity) bool { return ranks[s] >= ranks[other] }

// Run is a run of a table, as far as it is compared.
type Run struct {
	RunID      string
	ProfiledAt time.Time
	Profile    *metrics.TableProfile
	Reading    *Reading // nil where it is not known, as of runs of the Python tool

	Label      string // of a window, in place of when the run was; empty for a run
	Partitions int    // that a window holds; 0 for a run

	Damaged map[string][]metrics.Name // metrics of columns whose stored values cannot be read

	Accepted   *PassedOver  // the run before which none counts, since it was accepted; nil for none
	PassedOver []PassedOver // earlier runs of the table that are no baseline of this one, the newest first

	Slice *metrics.Slice // the partition that it is a run of, where an orchestrator tells partitions apart; else nil

	// Apart says that it stands after the others of a history for its own sake, as a pinned run, or one of a period
	// before: of the runs between it and them there may be some that were not read. No window has it.
	Apart bool
}

// at is the moment by which a run is put in order with others: of a partition of time, when that begins.
func (r *Run) at() time.Time { return r.Slice.At(r.ProfiledAt) }

// asOf is the moment whose state a run shows: of a partition of time, its end.
func (r *Run) asOf() time.Time {
	if r.Slice.OfTime() {
		return r.Slice.End
	}
	return r.ProfiledAt
}

// Finding is one metric of one column that drifted. Numbers that a test does not give are nil.
type Finding struct {
	Column        string
	Metric        metrics.Name
	Test          string
	Baseline      float64
	Current       float64
	ChangePercent *float64
	Score         *float64 // the test's statistic
	Effect        *float64 // how large the change is, in the unit of the test's thresholds
	PValue        *float64
	Severity      Severity
	Reason        string // a sentence that lets a reader check the finding by hand: what, from what to what, how sure, against what

	AdjustedPValue *float64 // corrected for the number of tests in the run
	Bounds         *Bounds  // of the numbers that Baseline and Current are shares of; nil where they are of none

	BaselineMethod string   // how what it is compared with was chosen
	BaselineRunID  string   // the run that it is compared with; empty where there are several
	BaselineRuns   []string // the IDs of all runs that it is compared with, the newest first

	Discreet string // the reason without values of the table; empty where the reason has none
	OfValues bool   // Baseline and Current are values of the table, or follow from them
	Withheld bool   // Baseline and Current are not told: see WithoutValues

	ID    string // as FindingID makes it; set by Feedback.Apply
	Muted *Muted // why the finding does not count; nil where it does
}

// Skipped is a test that could not be computed.
type Skipped struct {
	Column string `json:"column"`
	Test   string `json:"test"`
	Why    string `json:"why"`

	Discreet string `json:"-"` // why, without values of the table; empty where Why has none
}

// Report is the comparison of a run with its baseline.
type Report struct {
	Strategy      string
	BaselineRunID string    // empty where there was no earlier run to compare with
	Findings      []Finding // the most severe first
	SchemaChanges []SchemaChange
	Suppressed    []SchemaChange // what the settings keep from being told, for a log alone
	Note          string         // why nothing was compared, where that is so
	Discreet      string         // the note without values of the table; empty where the note has none

	BaselineMethod string    // how the baseline was chosen
	BaselineReason string    // what it is, and why
	NotComputed    []Skipped // tests that could not be computed, and why
}

// noBaseline is the note of a table's first run.
const noBaseline = "no earlier run to compare with"

// Verdict is the severity, or why there is none: "no baseline" for a first run, "not computed" where what is
// kept of the runs cannot carry what the settings ask for, or the two runs read different rows.
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

// Detect compares a run with the table's earlier ones, the newest first, of which there are none for its first
// run. It wants as many of them as the settings' Depth says, where there are so many.
func Detect(settings Settings, history []*Run, current *Run) *Report {
	report := &Report{Strategy: settings.Strategy}
	if len(history) == 0 && settings.Baseline.Strategy != BaselineFile {
		report.Note = noBaseline
		return report
	}
	runs := candidatesFor(history, current)
	main := settings.Baseline.choose(runs, "")
	report.BaselineReason = main.Reason
	if len(main.Runs) == 0 {
		report.BaselineMethod, report.Note = main.Method, "not computed: "+main.Reason
		return report
	}
	last := main.Runs[0]
	report.BaselineRunID, report.BaselineMethod = last.RunID, main.Method // the newest, where there are several
	report.SchemaChanges, report.Suppressed = settings.Schema.changes(last, current)
	if report.Note = main.readOtherwise(current); report.Note != "" {
		report.Discreet = "not computed: " + otherRows
		return report
	}
	if why := main.withoutRows(current); why != "" {
		report.Note = "not computed: " + why
		return report
	}
	if window := settings.Judgement.window(runs); settings.severalRuns() && len(window) > 1 { // not that one alone
		report.BaselineMethod = settings.Strategy
		report.BaselineReason = fmt.Sprintf("%d earlier runs, since %s; the schema with %s", len(window), day(window[len(window)-1].ProfiledAt), main.Reason)
	}
	var trials []trial
	compared := false // a column, at least
	if settings.Strategy == Statistical {
		trials, report.NotComputed = settings.Statistical.triedTable(main, current)
	}
	for i := range current.Profile.Columns {
		column := current.Profile.Columns[i].Name
		judgement, byType, wanted := settings.judgement(column)
		if !wanted {
			continue
		}
		baseline := judgement.Baseline.choose(runs, column)
		if len(baseline.Runs) == 0 {
			report.NotComputed = append(report.NotComputed, Skipped{Column: column, Test: judgement.Strategy, Why: baseline.Reason})
			continue
		}
		if why := baseline.withoutRows(current); why != "" {
			report.NotComputed = append(report.NotComputed, Skipped{Column: column, Test: judgement.Strategy, Why: why})
			continue
		}
		if why := baseline.readOtherwise(current); why != "" { // the column's own is a pinned run, or a file's
			report.NotComputed = append(report.NotComputed, Skipped{column, judgement.Strategy, strings.TrimPrefix(why, "not computed: "), otherRows})
			continue
		}
		before, now := runs.find.sample(baseline.Runs, column), runs.find.sample([]*Run{current}, column)
		if why, leftOut := judgement.Baseline.File.LeftOut[column]; leftOut && baseline.Method == BaselineFile {
			report.NotComputed = append(report.NotComputed, Skipped{Column: column, Test: judgement.Strategy, Why: "of the baseline file, " + why})
			continue
		}
		looked := baseline.Runs
		if judgement.severalRuns() {
			looked = judgement.window(runs)
		}
		report.NotComputed = append(report.NotComputed, damagedIn(slices.Concat([]*Run{current}, looked), column, judgement.Strategy)...)
		if len(before.Runs) == 0 {
			continue // the column is new, which the schema's changes tell
		}
		switch judgement.Strategy {
		case AbsoluteThreshold:
			report.Findings = append(report.Findings, settings.absoluteThreshold(judgement, byType, baseline, before, now)...)
			compared = true
		case StandardDeviation, ControlChart:
			window := judgement.window(runs)
			found, skipped := settings.byDistance(judgement, byType, current.sinceAccepted(), runs.find.sample(window, column), now)
			for i := range found {
				found[i].BaselineRuns = runIDs(window)
			}
			report.Findings, report.NotComputed = append(report.Findings, found...), append(report.NotComputed, skipped...)
			compared = compared || len(skipped) == 0
		case Statistical:
			tried, skipped := judgement.Statistical.tried(baseline, before, now)
			trials, report.NotComputed = append(trials, tried...), append(report.NotComputed, skipped...)
		default:
			report.NotComputed = append(report.NotComputed, Skipped{Column: column, Test: judgement.Strategy, Why: "there is no such strategy"})
		}
	}
	report.Findings = append(report.Findings, judged(trials)...)
	if skipped := report.NotComputed; !compared && len(trials) == 0 && len(skipped) > 0 {
		report.Note = "not computed: " + skipped[0].Why
		if skipped[0].Discreet != "" {
			report.Discreet = "not computed: " + skipped[0].Discreet
		}
	}
	sortFindings(report.Findings)
	return report
}

// sortFindings puts the most severe first, the largest change first among equals.
func sortFindings(findings []Finding) {
	size := func(f Finding) float64 {
		switch {
		case f.ChangePercent != nil:
			return math.Abs(*f.ChangePercent)
		case f.Effect != nil:
			return *f.Effect
		}
		return 0
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(ranks[b.Severity], ranks[a.Severity]),
			cmp.Compare(size(b), size(a)),
		)
	})
}
