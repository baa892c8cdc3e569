package terminal

import (
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/baselinr/baselinr-pipes/plan"
)

// printDue says which tables are profiled again while their plan is the same, where that was asked.
func printDue(w io.Writer, tables []plan.Table) {
	var t table.Writer
	for _, planned := range tables {
		d := planned.Again
		if d == nil {
			continue
		}
		if t == nil {
			t = NewTable(w, "table", "data", "last profiled", "due", "why")
		}
		when := moment(d.At)
		if d.Occasion != "" {
			when = "now"
		}
		t.AppendRow(table.Row{planned.ID(), d.Data, moment(d.Last), when, d.Reason})
	}
	if t != nil {
		t.Render()
	}
}

// moment writes a time to the second, nothing for none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
