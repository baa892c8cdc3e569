package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/internal/atomicfile"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/report/html"
	"github.com/baselinr/baselinr-pipes/report/markdown"
	"github.com/baselinr/baselinr-pipes/report/terminal"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// The forms of reports, besides those of every command.
const (
	outputMarkdown output = "markdown"
	outputHTML     output = "html"
)

// reportOutput is the value of the flag -o of commands whose result is a report.
type reportOutput struct{ *output }

// Set implements pflag.Value.
func (o reportOutput) Set(text string) error {
	switch form := output(text); form {
	case outputText, outputJSON, outputMarkdown, outputHTML:
		*o.output = form
		return nil
	}
	return fmt.Errorf("must be text, json, markdown or html")
}

// Type implements pflag.Value.
func (o reportOutput) Type() string { return "text|json|markdown|html" }

// reportFlags adds the flags -o and --report to a command.
func reportFlags(c *cobra.Command) (form *output, files *[]string) {
	form, files = new(output), new([]string)
	*form = outputText
	c.Flags().VarP(reportOutput{form}, "output", "o", "the form of the result")
	c.Flags().StringArrayVar(files, "report", nil,
		"write a report to the `FILE` too, .html, .md or .json by its ending; {run_id} in its name is the run's ID; may be repeated")
	return form, files
}

// runIDPlace stands in a report's name for the ID of the run.
const runIDPlace = "{run_id}"

// reportFile is where a report goes, and its form.
type reportFile struct {
	path string
	form output
}

// reportFilesOf says where reports go. It fails, before anything has been done, where one's form is not known or
// where it could not be written.
func reportFilesOf(paths []string) ([]reportFile, error) {
	var files []reportFile
	for _, path := range paths {
		f := reportFile{path: path}
		switch ending := strings.ToLower(filepath.Ext(path)); ending {
		case ".html", ".htm":
			f.form = outputHTML
		case ".md", ".markdown":
			f.form = outputMarkdown
		case ".json":
			f.form = outputJSON
		default:
			return nil, usageError{fmt.Errorf("--report %s: its ending tells the form, and must be .html, .md or .json", path)}
		}
		if strings.Contains(filepath.Dir(path), runIDPlace) {
			return nil, usageError{fmt.Errorf("--report %s: %s may stand in the file's name, not in its folder's", path, runIDPlace)}
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return nil, usageError{fmt.Errorf("--report %s: is a folder; name a file in it", path)}
		}
		if err := atomicfile.Try(path); err != nil {
			var of *fs.PathError
			if errors.As(err, &of) {
				err = of.Err // the path is of a file that was only tried
			}
			return nil, usageError{fmt.Errorf("--report %s: cannot be written: %w; its folder must exist, and be writable", path, err)}
		}
		files = append(files, f)
	}
	return files, nil
}

// reportsOf says where the reports of a run go.
func (a *app) reportsOf(flags profileFlags) ([]reportFile, error) {
	switch {
	case flags.dryRun && len(*flags.report) > 0:
		return nil, usageError{errors.New("--report: a run with --dry-run has nothing to report")}
	case flags.dryRun && *flags.form != outputText && *flags.form != outputJSON:
		return nil, usageError{fmt.Errorf("-o %s: with --dry-run it must be text or json", *flags.form)}
	}
	return reportFilesOf(*flags.report)
}

// write writes the report whole or not at all.
func (f reportFile) write(runID string, report func(io.Writer) error) error {
	path := strings.ReplaceAll(f.path, runIDPlace, runID)
	var text bytes.Buffer
	if err := report(&text); err != nil {
		return fmt.Errorf("report %s: %w", path, err)
	}
	const readable = 0o644
	if err := atomicfile.Write(path, text.Bytes(), readable); err != nil {
		return fmt.Errorf("report %s: cannot be written: %w", path, err)
	}
	return nil
}

// needsHistory reports whether a form has pictures of what the history holds.
func needsHistory(form output, files []reportFile) bool {
	return form == outputHTML || slices.ContainsFunc(files, func(f reportFile) bool { return f.form == outputHTML })
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

// comparison is what drift found between two stored runs, and what a text says before it.
type comparison struct {
	table    report.Table
	subject  store.Subject
	baseline *store.Run // nil where no flag names it
}

// tellComparison prints a comparison, and writes its reports.
func (a *app) tellComparison(ctx context.Context, history *store.Store, c comparison, form output, files []reportFile) error {
	t := c.table
	d := &report.Document{
		Title: "Drift of " + t.Plan.ID(),
		Run:   &report.Run{ID: t.RunID, StartedAt: t.ProfiledAt, Tables: []report.Table{t}},
	}
	if needsHistory(form, files) {
		d.History = a.histories(ctx, history, d.Run, func(warehouse.TableRef) store.Subject { return c.subject })
	}
	write := func(w io.Writer, form output) error {
		switch form {
		case outputJSON:
			return document.Write(w, document.Comparison(t.Plan.ID(), t.RunID, t.Drift))
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

// print tells a comparison to a terminal.
func (c comparison) print(w io.Writer) {
	id, r := c.table.Plan.ID(), c.table.Drift
	fmt.Fprintf(w, "%s: run %s of %s\n", id, c.table.RunID, document.Stamp(c.table.ProfiledAt))
	switch {
	case c.baseline != nil:
		fmt.Fprintf(w, "compared with run %s of %s\n", c.baseline.RunID, document.Stamp(c.baseline.ProfiledAt))
	case r.BaselineReason == "":
		fmt.Fprintln(w, r.Note)
	default:
		fmt.Fprintln(w, "compared with", r.BaselineReason)
	}
	if r.Note == "" && len(r.Findings) == 0 && len(r.SchemaChanges) == 0 {
		fmt.Fprintln(w, "no drift")
	}
	terminal.Findings(w, id, r, len(r.Findings))
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

// How long a report waits for what its pictures show of the history; and after an interrupt.
const (
	historyWithin          = 30 * time.Second
	historyWithinInterrupt = time.Second
)

// subjects says whose runs are those of a table.
type subjects func(warehouse.TableRef) store.Subject

// rowCount is the figure of a table as a whole.
var rowCount = report.Figure{Metric: metrics.Count}

// histories reads what a report of a run shows of the history. A history that fails takes pictures away, and no
// report. What an interrupted run found is shown too.
func (a *app) histories(ctx context.Context, history *store.Store, r *report.Run, subject subjects) map[string]*report.History {
	within := historyWithin
	if ctx.Err() != nil {
		within = historyWithinInterrupt
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	feedback, err := history.Feedback(ctx)
	all := map[string]*report.History{}
	for _, wanted := range html.WantedOf(r) {
		if err != nil {
			break
		}
		all[wanted.Table.Plan.ID()], err = a.historyOf(ctx, history, feedback, wanted, subject(wanted.Table.Plan.TableRef))
	}
	if err != nil {
		a.logger.Warn(fmt.Sprintf("the report lacks pictures: %v", err))
	}
	return all
}

// historyOf reads what the pictures of a table show. What cannot be read of one run is left out.
func (a *app) historyOf(ctx context.Context, history *store.Store, feedback store.FeedbackList, wanted html.Wanted, subject store.Subject) (*report.History, error) {
	h := &report.History{Baselines: map[string]*drift.Run{}}
	for _, id := range wanted.Baselines {
		run, err := history.Find(ctx, id, subject.Name)
		if err == nil {
			h.Baselines[id], err = history.Baseline(ctx, run)
		}
		if err != nil && !errors.Is(err, store.ErrNoRun) && !errors.Is(err, store.ErrDamaged) {
			return h, err
		}
		if err != nil {
			delete(h.Baselines, id)
		}
	}
	runs, err := history.Until(ctx, subject, wanted.Table.ProfiledAt, wanted.Runs)
	if err != nil {
		return h, err
	}
	columns, names := map[string]bool{}, map[metrics.Name]bool{}
	for _, f := range wanted.Figures {
		if f.Column != "" {
			columns[f.Column], names[f.Metric] = true, true
		}
	}
	values := map[string]map[report.Figure]float64{}
	for _, r := range runs {
		values[r.RunID] = map[report.Figure]float64{}
		if r.RowCount != nil {
			values[r.RunID][rowCount] = float64(*r.RowCount)
		}
	}
	measured, err := history.Measured(ctx, runs, slices.Sorted(maps.Keys(columns)), slices.Sorted(maps.Keys(names)))
	if err != nil {
		return h, err
	}
	for _, m := range measured {
		values[m.RunID][report.Figure{Column: m.Column, Metric: m.Metric}] = m.Value
	}
	for _, r := range slices.Backward(runs) {
		incident := slices.ContainsFunc(feedback.OfRun(r), func(f store.Feedback) bool { return f.Kind == store.Incident })
		h.Runs = append(h.Runs, report.PastRun{RunID: r.RunID, At: r.ProfiledAt, Incident: incident, Values: values[r.RunID]})
	}
	return h, nil
}
