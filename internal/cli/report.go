package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/report/html"
	"github.com/baselinr/baselinr-pipes/report/markdown"
	"github.com/baselinr/baselinr-pipes/report/terminal"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// needsHistory reports whether a form has pictures of what the history holds.
func needsHistory(form output, files []reportFile) bool {
	return form == outputHTML || slices.ContainsFunc(files, func(f reportFile) bool { return f.form == outputHTML })
}

// onPaper reports whether a form is HTML or Markdown.
func onPaper(form output, files []reportFile) bool {
	return form == outputMarkdown || needsHistory(form, files) || slices.ContainsFunc(files, func(f reportFile) bool { return f.form == outputMarkdown })
}

// tell prints the outcome of the run, to standard output where there is no launcher, and writes its reports.
func (r *runner) tell(ctx context.Context, outcome *report.Run, flags profileFlags, files []reportFile, launched bool) error {
	form := *flags.form
	if launched {
		form = outputText // of which nothing is printed
	}
	d := &report.Document{Title: "Profile of " + r.config.Environment, Run: outcome}
	if needsHistory(form, files) {
		d.History = r.app.histories(ctx, r.store, outcome, r.subject)
		if private(r.config) {
			for _, h := range d.History {
				withoutValues(h)
			}
		}
	}
	var errs []error
	if !launched {
		errs = append(errs, writeRun(r.app.Out, d, form))
	}
	for _, f := range files {
		errs = append(errs, f.write(outcome.ID, func(w io.Writer) error { return writeRun(w, d, f.form) }))
	}
	return errors.Join(errs...)
}

// comparison is what drift found between two runs, or windows of partitions.
type comparison struct {
	table     report.Table
	subject   store.Subject
	head      string       // what a text says before the findings
	document  any          // in JSON
	baselines []*drift.Run // those that the history does not have
}

// tellComparison prints a comparison, and writes its reports. Those on paper also tell the anomalies that were found
// when the run was stored.
func (a *app) tellComparison(ctx context.Context, history *store.Store, c comparison, form output, files []reportFile) error {
	t := c.table
	if onPaper(form, files) {
		anomalies, err := history.AnomaliesOf(ctx, t.RunID)
		if err != nil {
			return err
		}
		t.Outlook = &drift.Outlook{Anomalies: anomalies}
		if t.Private {
			t.Outlook = t.Outlook.WithoutValues()
		}
	}
	d := &report.Document{
		Title: "Drift of " + t.Plan.ID(),
		Run:   &report.Run{ID: t.RunID, StartedAt: t.ProfiledAt, Tables: []report.Table{t}},
	}
	if needsHistory(form, files) {
		d.History = a.histories(ctx, history, d.Run, func(warehouse.TableRef) store.Subject { return c.subject })
		for _, run := range c.baselines {
			if h := d.History[t.Title()]; h != nil {
				h.Baselines[run.RunID] = run
			}
		}
		if t.Private {
			for _, h := range d.History {
				withoutValues(h)
			}
		}
	}
	write := func(w io.Writer, form output) error {
		switch form {
		case outputJSON:
			return document.Write(w, c.document)
		case outputText:
			c.print(w)
			return nil
		}
		return writeRun(w, d, form)
	}
	errs := []error{write(a.Out, form)}
	for _, f := range files {
		errs = append(errs, f.write(t.RunID, func(w io.Writer) error { return write(w, f.form) }))
	}
	return errors.Join(errs...)
}

// failedOn is the error of --fail-on, where drift, or a change of the schema, is of that severity or above, or drift
// could not be computed.
func failedOn(id string, r *drift.Report, failOn drift.Severity) error {
	switch {
	case failOn == "":
		return nil
	case r.Verdict() == "not computed":
		return fmt.Errorf("%s: drift %s, so --fail-on cannot be judged", id, r.Note)
	case r.Severity().AtLeast(failOn):
		return fmt.Errorf("%s: drift is %s, and --fail-on is %s", id, r.Severity(), failOn)
	}
	if worst, changed := r.WorstChange(); changed && worst.Severity.AtLeast(failOn) {
		return fmt.Errorf("%s: %s, which is %s, and --fail-on is %s", id, worst, worst.Severity, failOn)
	}
	return nil
}

// print tells a comparison to a terminal.
func (c comparison) print(w io.Writer) {
	id, r := c.table.Plan.ID(), c.table.Drift
	fmt.Fprint(w, c.head)
	if r.Note == "" && len(r.Findings) == 0 && len(r.SchemaChanges) == 0 {
		fmt.Fprintln(w, "no drift")
	}
	terminal.Findings(w, id, r, len(r.Findings))
	tests := slices.DeleteFunc(slices.Clone(r.NotComputed), func(s drift.Skipped) bool { return s.Test == everyTest }) // which the head tells
	if n := len(tests); n > 0 {
		first := tests[0]
		were := "were"
		if n == 1 {
			were = "was"
		}
		fmt.Fprintf(w, "%s %s not computed, as %s of %s: %s; -o json lists all\n", terminal.Counted(n, "test"), were, first.Test, terminal.OneLine(orTable(first.Column)), terminal.OneLine(first.Why))
	}
}

// everyTest stands for a test where a column of a window is not compared at all.
const everyTest = "all"

// orTable names a column, or the table where a test is of all of it.
func orTable(column string) string {
	if column == "" {
		return "the table"
	}
	return column
}

// writeRun writes the outcome of a run in a form.
func writeRun(w io.Writer, d *report.Document, form output) error {
	switch form {
	case outputJSON:
		return document.Write(w, document.Run(d.Run))
	case outputMarkdown:
		return markdown.Write(w, d)
	case outputHTML:
		return html.Write(w, d)
	}
	terminal.Run(w, d.Run)
	return nil
}
