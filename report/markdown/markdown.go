// Package markdown tells the outcome of a run as GitHub-flavoured Markdown that fits a comment of a pull request.
package markdown

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/report/terminal"
)

// Limit is how many bytes a report has at most: GitHub takes comments of 65,536 characters.
const Limit = 65_536

// mostFindings is how many findings of a table are told; mostTables how many lines the list of tables has.
const (
	mostFindings = 25
	mostTables   = 100
)

// Write writes the report, the most severe tables first. What is beyond the limit is cut, and a last line says so.
func Write(w io.Writer, d *report.Document) error {
	p := &paper{}
	p.head(d)
	tables := d.Run.BySeverity()
	p.list(tables)
	for _, t := range tables {
		if t.Telling() && t.Status != report.Skipped { // why those were, is that the run ended
			p.table(t)
		}
	}
	_, err := io.WriteString(w, p.text())
	return err
}

// paper collects blocks, each whole: a paragraph, a table, a list with its heading.
type paper struct {
	blocks []string
	size   int
	cut    int // blocks that did not fit
}

// reserved is what the line takes that says what was cut.
const reserved = 200

// add adds a block where it still fits; once one did not, none does.
func (p *paper) add(block string) {
	if p.cut > 0 || p.size+len(block)+1 > Limit-reserved {
		p.cut++
		return
	}
	p.blocks = append(p.blocks, block)
	p.size += len(block) + 1
}

func (p *paper) text() string {
	if p.cut > 0 {
		p.blocks = append(p.blocks, fmt.Sprintf("**Cut here**, at the size of a comment: %d more sections. `--report report.html` has them.\n", p.cut))
	}
	return strings.Join(p.blocks, "\n")
}

func (p *paper) head(d *report.Document) {
	r, t := d.Run, d.Run.Totals()
	p.add("## " + escape(d.Title) + "\n")
	parts := []string{report.Plural(t.Tables, "table")}
	for _, part := range []struct {
		n    int
		text string
	}{{t.Failed, "failed"}, {t.Skipped, "skipped"}, {t.Drifted, "drifted"}, {t.NotCompared, "not compared"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.text))
		}
	}
	findings := []string{}
	for _, s := range []drift.Severity{drift.High, drift.Medium, drift.Low} {
		if n := t.Findings[s]; n > 0 {
			findings = append(findings, fmt.Sprintf("%d %s", n, s))
		}
	}
	if t.Muted > 0 {
		findings = append(findings, fmt.Sprintf("%d muted", t.Muted))
	}
	text := "**" + strings.Join(parts, ", ") + "**"
	if len(findings) > 0 {
		text += "; findings: " + strings.Join(findings, ", ")
	}
	if t.Anomalies > 0 {
		text += fmt.Sprintf("; anomalies: %d", t.Anomalies)
	}
	if t.SchemaChanges > 0 {
		text += "; " + report.Plural(t.SchemaChanges, "schema change")
	}
	text += fmt.Sprintf("\n\nRun `%s`", strings.ReplaceAll(r.ID, "`", ""))
	if r.Environment != "" {
		text += " in " + escape(r.Environment)
	}
	text += ", " + r.StartedAt.UTC().Format(time.DateTime) + " UTC"
	if r.Seconds > 0 {
		text += fmt.Sprintf(", %.2f s", r.Seconds)
	}
	p.add(text + "\n")
}

// list is the table of tables: of those that there is something to say of.
func (p *paper) list(tables []*report.Table) {
	if len(tables) < 2 {
		return
	}
	var text strings.Builder
	text.WriteString("| table | drift | high | medium | low | anomalies | schema changes | rows |\n|---|---|---:|---:|---:|---:|---:|---:|\n")
	quiet, listed := 0, 0
	for _, t := range tables {
		switch {
		case !t.Telling():
			quiet++
			continue
		case listed == mostTables:
			continue
		}
		listed++
		fmt.Fprintf(&text, "| %s | %s |", escape(t.Title()), verdict(t))
		for _, n := range counts(t) {
			text.WriteString(" ")
			if n > 0 {
				fmt.Fprintf(&text, "%d ", n)
			}
			text.WriteString("|")
		}
		rows := ""
		if t.Profile != nil {
			rows = terminal.Rows(t.Profile.RowsRead, t.Profile.RowCount)
		}
		fmt.Fprintf(&text, " %s |\n", rows)
	}
	if listed > 0 {
		p.add(text.String())
	}
	var more []string
	if n := len(tables) - quiet - listed; n > 0 {
		more = append(more, fmt.Sprintf("%d more with drift, anomalies or failures", n))
	}
	if quiet > 0 {
		more = append(more, report.Plural(quiet, "table")+" without anything to tell")
	}
	if len(more) > 0 {
		p.add("and " + strings.Join(more, ", ") + "\n")
	}
}

func counts(t *report.Table) []int {
	if t.Drift == nil {
		return make([]int, 5)
	}
	return []int{t.Drift.Count(drift.High), t.Drift.Count(drift.Medium), t.Drift.Count(drift.Low), t.Outlook.FoldedCount(), len(t.Drift.SchemaChanges)}
}

// verdict is the severity of a table's drift, or what became of it otherwise.
func verdict(t *report.Table) string {
	if t.Status != report.Completed || t.Drift == nil {
		return string(t.Status)
	}
	return t.Drift.Verdict()
}

// table tells a table that failed or drifted, or has anomalies.
func (p *paper) table(t *report.Table) {
	head := fmt.Sprintf("### %s: %s\n", escape(t.Title()), verdict(t))
	if t.Error != nil {
		head += "\n" + escape(t.Error.Message) + "\n"
	}
	if t.Drift == nil {
		p.add(head)
		return
	}
	r := t.Drift
	if r.Note != "" {
		head += "\n" + escape(r.Note) + "\n"
	}
	var list strings.Builder
	for _, c := range r.SchemaChanges {
		fmt.Fprintf(&list, "- **%s** %s\n", c.Severity, escape(c.String()))
	}
	var muted []terminal.Line
	told := 0
	for _, line := range terminal.Lines(r.Findings) {
		switch {
		case line.Finding.Muted != nil:
			muted = append(muted, line)
		case told < mostFindings:
			list.WriteString(item(line))
			told++
		default:
			told++
		}
	}
	if told > mostFindings {
		fmt.Fprintf(&list, "- and %d more\n", told-mostFindings)
	}
	if list.Len() > 0 {
		head += "\n" + list.String()
	}
	p.add(head)
	p.anomalies(t)
	if len(muted) > 0 {
		var text strings.Builder
		for _, line := range muted[:min(len(muted), mostFindings)] {
			text.WriteString(item(line))
		}
		p.add(folded(fmt.Sprintf("Muted: %d", r.MutedCount()), text.String(), len(muted)-mostFindings))
	}
	if len(r.NotComputed) > 0 {
		var text strings.Builder
		for _, s := range r.NotComputed[:min(len(r.NotComputed), mostFindings)] {
			subject := s.Test
			if s.Column != "" {
				subject = s.Column + ", " + s.Test
			}
			fmt.Fprintf(&text, "- %s: %s\n", escape(subject), escape(s.Why))
		}
		p.add(folded(fmt.Sprintf("Not computed: %d", len(r.NotComputed)), text.String(), len(r.NotComputed)-mostFindings))
	}
}

// anomalies tells what earlier runs did not let expect, a line a metric.
func (p *paper) anomalies(t *report.Table) {
	var counted, muted strings.Builder
	told, silent := 0, 0
	for _, line := range terminal.AnomalyLines(t.Outlook) {
		list, n, ending := &counted, &told, ""
		if line.Muted != "" {
			list, n, ending = &muted, &silent, " ("+escape(line.Muted)+")"
		}
		if *n++; *n <= mostFindings {
			fmt.Fprintf(list, "- **%s** %s: %s%s\n", line.Severity, escape(line.Subject), escape(line.Text), ending)
		}
	}
	if told > mostFindings {
		fmt.Fprintf(&counted, "- and %d more\n", told-mostFindings)
	}
	if told > 0 {
		p.add("Anomalies:\n\n" + counted.String())
	}
	if silent > 0 {
		p.add(folded(fmt.Sprintf("Muted anomalies: %d", silent), muted.String(), silent-mostFindings))
	}
}

// item is a finding as an item of a list.
func item(line terminal.Line) string {
	f := line.Finding
	text := fmt.Sprintf("- **%s** %s: %s", f.Severity, escape(line.Subject), escape(f.Reason))
	if f.ID != "" {
		text += " `" + terminal.ShortID(f.ID) + "`"
	}
	if f.Muted != nil {
		text += " (" + escape(f.Muted.String()) + ")"
	}
	return text + "\n"
}

// folded is a list that a click opens.
func folded(summary, list string, more int) string {
	if more > 0 {
		list += fmt.Sprintf("- and %d more\n", more)
	}
	return "<details><summary>" + summary + "</summary>\n\n" + list + "\n</details>\n"
}
