package terminal

import (
	"fmt"
	"io"
	"strings"

	"github.com/baselinr/baselinr-pipes/drift"
)

// AnomalyLine is what is told of the anomalies of one metric, however many methods found it.
type AnomalyLine struct {
	Subject  string // the column, or how many of them
	Severity drift.Severity
	Text     string // why it is one, and which other methods say so
	Muted    string // why it does not count; empty where it does
}

// AnomalyLines tells the anomalies of a table in their order, a line a metric.
func AnomalyLines(o *drift.Outlook) []AnomalyLine {
	if o == nil {
		return nil
	}
	var lines []AnomalyLine
	for _, same := range o.Folded() {
		line := AnomalyLine{Subject: same.Column, Severity: same.Severity, Text: same.Reason}
		if same.Columns > 1 {
			line.Subject = fmt.Sprintf("all rows (%d columns)", same.Columns)
		}
		if len(same.Methods) > 1 {
			line.Text += "; also by " + strings.Join(same.Methods[1:], ", ")
		}
		if same.Muted != nil {
			line.Muted = same.Muted.String()
		}
		lines = append(lines, line)
	}
	return lines
}

// Anomalies prints a table's anomalies, at most limit lines of them.
func Anomalies(w io.Writer, id string, o *drift.Outlook, limit int) {
	lines := AnomalyLines(o)
	if len(lines) == 0 {
		return
	}
	counted, muted := o.FoldedCount(), ""
	if n := len(lines) - counted; n > 0 {
		muted = fmt.Sprintf(", %d muted", n)
	}
	fmt.Fprintf(w, "\n%s: anomalies %s (%d%s)\n", id, o.AnomalySeverity(), counted, muted)
	for i, line := range lines {
		if i == limit {
			fmt.Fprintf(w, "  … and %d more\n", len(lines)-limit)
			break
		}
		ending := ""
		if line.Muted != "" {
			ending = "  (" + line.Muted + ")"
		}
		fmt.Fprintf(w, "  %-6s  %s: %s%s\n", line.Severity, line.Subject, line.Text, ending)
	}
}
