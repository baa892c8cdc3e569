// Package terminal tells outcomes to a person: tables that are read in ten seconds.
package terminal

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report"
)

// strongest is how many findings a table's summary shows.
const strongest = 3

// NewTable returns a table in the style of all of ours.
func NewTable(w io.Writer, header ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(header)
	return t
}

// Plan prints a plan.
func Plan(w io.Writer, p *plan.Plan) {
	fmt.Fprintf(w, "Environment %s, source %s %s, %s, drift by %s\n",
		p.Environment, p.SourceType, p.Database, Counted(len(p.Tables), "table"), p.DriftStrategy)
	if d := p.Discovery; d != nil && d.From != plan.FromCatalog {
		fmt.Fprintf(w, "tables as the catalog listed them at %s%s\n", d.At.UTC().Format(time.RFC3339), fromBefore[d.From])
	}
	fmt.Fprintf(w, "%s: %s\n", p.Mode, p.ModeReason)
	header := []any{"table", "metrics", "rows (estimate)", "reads"}
	if p.Estimated {
		header = []any{"table", "metrics", "rows (estimate)", "of these read", "size", "statements", "reads"}
	}
	t := NewTable(w, header...)
	t.SetColumnConfigs(rightAligned("of these read", "size", "statements"))
	for _, planned := range p.Tables {
		row := table.Row{planned.ID(), len(planned.Metrics), countKnown(planned.EstimatedRows)}
		if p.Estimated {
			row = append(row, countKnown(planned.RowsRead()), size(planned.EstimatedBytes), planned.Statements())
		}
		t.AppendRow(append(row, reads(p, planned)))
	}
	t.Render()
	if p.Estimated {
		printEstimate(w, p)
	}
	printDue(w, p.Tables)
	fmt.Fprintf(w, "signature %s\n", p.Signature())
}

// fromBefore says why a plan is not made of what the catalog says now.
var fromBefore = map[plan.Origin]string{
	plan.FromCache:     " (--refresh asks it again)",
	plan.FromLastKnown: ": the source failed",
}

// printEstimate says what a run will cost.
func printEstimate(w io.Writer, p *plan.Plan) {
	told := func(s plan.Sum, write func(int64) string) string {
		switch {
		case s.Unknown == 0:
			return write(s.Known)
		case s.Unknown == len(p.Tables):
			return "not known"
		}
		return fmt.Sprintf("%s (without %s, of which the catalog does not know)", write(s.Known), Counted(s.Unknown, "table"))
	}
	e := p.Estimate()
	fmt.Fprintf(w, "rows: %s\nrows to read: %s\nsize: %s\nstatements: %d at most\n",
		told(e.Rows, Count), told(e.RowsRead, Count), told(e.Bytes, size), e.Statements)
}

// countKnown writes a number of rows, nothing where it is not known.
func countKnown(n int64) string {
	if n < 0 {
		return ""
	}
	return Count(n)
}

// size writes a number of bytes, nothing where it is not known.
func size(n int64) string {
	const step = 1024
	switch {
	case n < 0:
		return ""
	case n < step:
		return fmt.Sprintf("%d B", n)
	}
	x, unit := float64(n)/step, 0
	for units := len("KMGTPE"); x >= step && unit < units-1; unit++ {
		x /= step
	}
	return fmt.Sprintf("%.1f %ciB", x, "KMGTPE"[unit])
}

// reads says in a few words what is read of a table.
func reads(p *plan.Plan, t plan.Table) string {
	var parts []string
	if !t.EveryPartition() {
		p := t.Partition
		part := string(p.Strategy)
		if p.RecentN > 0 {
			part += fmt.Sprintf(" %d", p.RecentN)
		}
		if p.Key != "" {
			part += " of " + p.Key
		}
		parts = append(parts, part)
	}
	if s := t.Sampling; s != nil {
		part := string(s.Method)
		if t.SampledByKey() && t.Partition != nil {
			part += " by " + cmp.Or(t.Partition.Key, "the column that looks like a key")
		}
		if s.Fraction > 0 {
			part += fmt.Sprintf(" %g %%", s.Fraction*100)
		}
		if s.MaxRows > 0 {
			part += fmt.Sprintf(", at most %s rows", Count(s.MaxRows))
		}
		parts = append(parts, part)
	}
	if t.KeepsPartitions() {
		parts = append(parts, "keeps the profile of each "+cmp.Or(t.Partition.Key, "partition"))
	}
	if t.Mode != p.Mode {
		parts = append(parts, string(t.Mode))
	}
	if len(t.Columns) > 0 {
		parts = append(parts, "columns by rule")
	}
	return strings.Join(parts, "; ")
}

// Run prints the outcome of a run: a line a table, then the strongest findings of each that drifted.
func Run(w io.Writer, r *report.Run) {
	t := NewTable(w, "table", "status", "rows", "columns", "seconds", "drift", "findings")
	t.SetColumnConfigs(rightAligned("rows", "columns", "seconds", "findings"))
	for _, result := range r.Tables {
		row := table.Row{result.Title(), result.Status, "", "", fmt.Sprintf("%.2f", result.Seconds), "", ""}
		if result.Profile != nil {
			row[2], row[3] = Rows(result.Profile.RowsRead, result.Profile.RowCount), len(result.Profile.Columns)
		}
		if result.Drift != nil {
			row[5], row[6] = result.Drift.Verdict(), findingCount(result.Drift)
		}
		t.AppendRow(row)
	}
	t.Render()
	for _, result := range r.Tables {
		if result.Status == report.Failed {
			fmt.Fprintf(w, "\n%s failed: %s\n", result.Title(), result.Error.Message)
		}
		if result.Drift != nil {
			Findings(w, result.Title(), result.Drift, strongest)
		}
		Anomalies(w, result.Title(), result.Outlook, strongest)
	}
	skipped(w, r.Tables)
	fmt.Fprintf(w, "\nrun %s, %.2f s\n", r.ID, r.Seconds)
}

// skipped says why tables were, each reason once, with as many tables as fit a line.
func skipped(w io.Writer, tables []report.Table) {
	const most = 5
	var reasons []string
	ids := map[string][]string{}
	for _, t := range tables {
		if t.Status != report.Skipped || t.Error == nil {
			continue
		}
		reason := t.Error.Message
		if t.Error.Kind == "skipped" { // for an error that the table before, or the last line, tells
			reason = "the run ended before their turn"
		}
		if ids[reason] == nil {
			reasons = append(reasons, reason)
		}
		ids[reason] = append(ids[reason], t.Title())
	}
	for _, reason := range reasons {
		list := ids[reason]
		more := ""
		if len(list) > most {
			list, more = list[:most], fmt.Sprintf(" and %d more", len(list)-most)
		}
		fmt.Fprintf(w, "\n%s%s skipped: %s\n", strings.Join(list, ", "), more, reason)
	}
}

// Findings prints a table's schema changes and its strongest findings, at most limit of them. One
// metric that changed alike in several columns, as the row count does, takes one line.
func Findings(w io.Writer, id string, r *drift.Report, limit int) {
	if r.Verdict() == "not computed" {
		fmt.Fprintf(w, "\n%s: drift %s\n", id, OneLine(r.Note))
	}
	lines := Lines(r.Findings)
	if len(lines) == 0 && len(r.SchemaChanges) == 0 {
		return
	}
	muted := ""
	if n := r.MutedCount(); n > 0 {
		muted = fmt.Sprintf(" (%d muted)", n)
	}
	changed := ""
	if worst, ok := r.WorstChange(); ok { // which the severity of drift does not hold
		changed = fmt.Sprintf(", schema changed (%s)", worst.Severity)
	}
	fmt.Fprintf(w, "\n%s: drift %s%s%s\n", id, r.Severity(), muted, changed)
	for _, c := range r.SchemaChanges {
		fmt.Fprintf(w, "  %-6s  %s\n", c.Severity, OneLine(c.String()))
	}
	for i, line := range lines {
		if i == limit {
			fmt.Fprintf(w, "  … and %d more\n", len(lines)-limit)
			break
		}
		fmt.Fprintf(w, "  %-6s  %s\n", line.Finding.Severity, OneLine(line.Subject+": "+line.Finding.Reason+idOf(line.Finding)))
	}
}

// findingCount says how many findings count, and how many besides are muted.
func findingCount(r *drift.Report) string {
	if muted := r.MutedCount(); muted > 0 {
		return fmt.Sprintf("%d (%d muted)", r.Counted(), muted)
	}
	return strconv.Itoa(r.Counted())
}

// idOf ends a finding's line: the ID by which feedback names it, and why it does not count, where it does not.
func idOf(f drift.Finding) string {
	text := ""
	if f.ID != "" {
		text = "  [" + ShortID(f.ID) + "]"
	}
	if f.Muted != nil {
		text += "  (" + f.Muted.String() + ")"
	}
	return text
}

// ShortID is the beginning of an ID, which mostly names it.
func ShortID(id string) string {
	const characters = 8
	return id[:min(len(id), characters)]
}

// Line is one or several findings that say the same.
type Line struct {
	Subject string // the column, or how many of them
	Finding drift.Finding
}

// Lines merges the findings that say the same of several columns, in the order of the first of each.
func Lines(findings []drift.Finding) []Line {
	var lines []Line
	columns := map[string][]string{}
	for _, f := range findings {
		if f.Metric != metrics.Count || f.Column == "" {
			lines = append(lines, Line{f.Column, f})
			continue
		}
		key := alike(f)
		if columns[key] == nil {
			lines = append(lines, Line{"", f})
		}
		columns[key] = append(columns[key], f.Column)
	}
	for i, line := range lines {
		switch {
		case line.Subject != "":
		case columns[alike(line.Finding)] == nil: // of the table as a whole
			lines[i].Subject = "all rows"
		default:
			lines[i].Subject = subject(columns[alike(line.Finding)])
		}
	}
	return lines
}

// alike is equal of findings that take one line.
func alike(f drift.Finding) string {
	if f.Muted == nil {
		return f.Reason
	}
	return f.Reason + "\x00" + f.Muted.String()
}

func subject(columns []string) string {
	if len(columns) == 1 {
		return columns[0]
	}
	return fmt.Sprintf("all rows (%d columns)", len(columns))
}

func rightAligned(columns ...string) []table.ColumnConfig {
	configs := make([]table.ColumnConfig, len(columns))
	for i, name := range columns {
		configs[i] = table.ColumnConfig{Name: name, Align: text.AlignRight}
	}
	return configs
}

// Rows writes how many rows were read of how many, "5,000 of 250,000".
func Rows(read, total int64) string {
	if read == total {
		return Count(total)
	}
	return Count(read) + " of " + Count(total)
}

// Count writes a whole number with commas between the thousands.
func Count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return sign + strings.Join(append([]string{digits}, groups...), ",")
}

// Counted writes how many there are of what has a name, "1 table" or "5,000 tables".
func Counted(n int, name string) string {
	if n != 1 {
		name += "s"
	}
	return Count(int64(n)) + " " + name
}
