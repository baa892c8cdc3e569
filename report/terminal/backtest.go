package terminal

import (
	"fmt"
	"io"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/report"
)

const (
	mostCells  = 20 // of a table that are shown
	mostMissed = 10 // incidents that did not alarm
)

// Backtest prints what a backtest says.
func Backtest(w io.Writer, r *drift.BacktestResult) {
	fmt.Fprintf(w, "%s runs of %s, from %s to %s, replayed under %s; an alarm is drift of %s or above\n",
		Count(int64(r.Total.Runs)), report.Plural(len(r.Tables), "table"), r.Total.First.UTC().Format("2006-01-02"), r.Total.Last.UTC().Format("2006-01-02"), r.Candidate, r.Backtest.AtLeast)
	t := NewTable(w, "table", "runs", "compared", "alarmed", "a week", "muted", "incidents", "precision", "recall", "in history", "new", "gone")
	row := func(name string, of drift.Tally) {
		week := "-"
		if x, ok := of.AWeek(); ok {
			week = fmt.Sprintf("%.2f", x)
		}
		then := "not known"
		if of.Told > 0 {
			then = Count(int64(of.Before))
		}
		precision, ok := of.Precision()
		right := part(precision, ok, of.Found, of.Alarmed)
		recall, ok := of.Recall()
		t.AppendRow([]any{name, of.Runs, of.Compared, of.Alarmed, week, of.Muted, of.Incidents, right, part(recall, ok, of.Found, of.Incidents), then, of.Added, of.Removed})
	}
	for _, table := range r.Tables {
		row(table.ID, table.Tally)
	}
	if len(r.Tables) > 1 {
		row("all", r.Total)
	}
	t.Render()
	backtestCells(w, r)
	notCompared(w, r)
	missed(w, r)
	if r.Total.Unmarked > 0 {
		fmt.Fprintf(w, "%s of %s runs are neither marked as an incident nor accepted: their alarms count as false. Mark incidents with drift incident RUN.\n",
			Count(int64(r.Total.Unmarked)), Count(int64(r.Total.Runs)))
	}
}

// part tells a share with what it is of.
func part(x float64, known bool, some, all int) string {
	if !known {
		return "-"
	}
	return fmt.Sprintf("%.0f %% (%d of %d)", x*100, some, all)
}

func backtestCells(w io.Writer, r *drift.BacktestResult) {
	t := NewTable(w, "table", "column", "metric", "test", "runs alarmed", "of incidents", "in history", "new", "gone")
	rows, more := 0, 0
	for _, table := range r.Tables {
		for i, c := range table.Cells {
			if i == mostCells {
				more += len(table.Cells) - mostCells
				break
			}
			column := c.Column
			if column == "" {
				column = "(table)"
			}
			t.AppendRow([]any{table.ID, column, c.Metric, c.Test, c.Fires, c.Incidents, c.Before, c.Added, c.Removed})
			rows++
		}
	}
	if rows > 0 {
		t.Render()
	}
	if more > 0 {
		fmt.Fprintf(w, "and %d more rows: see -o json\n", more)
	}
}

// notCompared says why runs were not compared, the most frequent reason of each table.
func notCompared(w io.Writer, r *drift.BacktestResult) {
	for _, table := range r.Tables {
		if len(table.NotCompared) == 0 {
			continue
		}
		first, more := table.NotCompared[0], ""
		if n := len(table.NotCompared) - 1; n > 0 {
			more = fmt.Sprintf("; and for %s more: see -o json", report.Plural(n, "reason"))
		}
		fmt.Fprintf(w, "%s of %s: drift not computed: %s%s\n", report.Plural(first.Runs, "run"), table.ID, first.Why, more)
	}
}

// missed lists the incidents that do not alarm.
func missed(w io.Writer, r *drift.BacktestResult) {
	n := 0
	for _, table := range r.Tables {
		for _, run := range table.Notable {
			if !run.Incident || run.Alarm {
				continue
			}
			if n++; n > mostMissed {
				continue
			}
			why := "drift is " + string(run.Report.Severity())
			switch {
			case run.Report.Note != "":
				why = run.Report.Note
			case run.Muted:
				why = "what fires is muted"
			}
			fmt.Fprintf(w, "missed incident: %s, run %s of %s: %s\n", table.ID, run.RunID, run.ProfiledAt.UTC().Format("2006-01-02 15:04"), why)
		}
	}
	if n > mostMissed {
		fmt.Fprintf(w, "and %d more missed incidents: see -o json\n", n-mostMissed)
	}
}
