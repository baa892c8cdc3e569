package terminal

import (
	"fmt"
	"io"
	"strings"

	"github.com/baselinr/baselinr-pipes/drift"
)

// Anomalies prints a table's anomalies, at most limit of them: one line a metric, however many methods found it.
func Anomalies(w io.Writer, id string, o *drift.Outlook, limit int) {
	if o == nil || len(o.Anomalies) == 0 {
		return
	}
	lines := o.Folded()
	muted := ""
	if n := len(o.Anomalies) - o.AnomalyCount(); n > 0 {
		muted = fmt.Sprintf(", %d muted", n)
	}
	fmt.Fprintf(w, "\n%s: anomalies %s (%d%s)\n", id, o.AnomalySeverity(), o.AnomalyCount(), muted)
	for i, line := range lines {
		if i == limit {
			fmt.Fprintf(w, "  … and %d more\n", len(lines)-limit)
			break
		}
		subject := line.Column
		if line.Columns > 1 {
			subject = fmt.Sprintf("all rows (%d columns)", line.Columns)
		}
		by := ""
		if len(line.Methods) > 1 {
			by = "; also by " + strings.Join(line.Methods[1:], ", ")
		}
		if line.Muted != nil {
			by += "  (" + line.Muted.String() + ")"
		}
		fmt.Fprintf(w, "  %-6s  %s: %s%s\n", line.Severity, subject, line.Reason, by)
	}
}
