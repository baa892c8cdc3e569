package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/drift/baselinefile"
	"github.com/baselinr/baselinr-pipes/internal/atomicfile"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func (a *app) baselineCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "baseline",
		Short: "Keeps baselines as text, for Git",
	}
	c.AddCommand(a.baselineExportCommand())
	return c
}

// exportFlags are the flags of the command baseline export.
type exportFlags struct {
	dataset, schema string
	run, out        string
	noValues        bool
}

func (a *app) baselineExportCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "export",
		Short: "Writes stored runs as a baseline file",
		Long: "Writes stored runs as a baseline file, which is compared with by drift --baseline FILE, or by the config's\n" +
			"baselines.strategy: file. By default it holds the last run of every table of the history that may be a baseline:\n" +
			"no incident. The same runs give the same text, a line a metric. It holds values of the tables, unless --no-values\n" +
			"leaves them out.",
	}
	var flags exportFlags
	c.Flags().StringVar(&flags.dataset, "dataset", "", "only the table of this `name`, without its schema")
	c.Flags().StringVar(&flags.schema, "schema", "", "only tables of this `schema`")
	c.Flags().StringVar(&flags.run, "run", "", "the run with this `ID`, or the runs of an invocation; default the last of each table")
	c.Flags().StringVar(&flags.out, "out", "", "write to this `file`, which is replaced where it is a baseline file; default standard output")
	c.Flags().BoolVar(&flags.noValues, "no-values", false, "leave out what holds values of the tables: min, max, top_values, quantiles, histograms, distributions")
	c.RunE = func(c *cobra.Command, _ []string) error { return a.baselineExport(c.Context(), flags) }
	return c
}

func (a *app) baselineExport(ctx context.Context, flags exportFlags) error {
	if err := replaceable(flags.out); err != nil {
		return err
	}
	settings, history, err := a.configAndHistory(ctx)
	if err != nil {
		return err
	}
	defer history.Close()
	file := &baselinefile.File{}
	if flags.run != "" {
		file.Tables, err = a.runsToExport(ctx, history, flags)
	} else {
		file.Tables, err = a.lastRuns(ctx, history, settings, flags)
	}
	if err != nil {
		return err
	}
	if flags.noValues || private(settings) {
		file = file.WithoutValues(private(settings))
	}
	text := baselinefile.Encode(file)
	if flags.out == "" {
		_, err = a.Out.Write(text)
		return err
	}
	if err := writeBaseline(flags.out, text); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	for _, t := range file.Tables {
		fmt.Fprintf(a.Err, "%s: run %s of %s, in %s\n", t.ID(), t.Run.RunID, t.Run.ProfiledAt.UTC().Format("2006-01-02 15:04:05"), flags.out)
	}
	return nil
}

// lastRuns returns the last run of each table that the flags leave and that may be a baseline.
func (a *app) lastRuns(ctx context.Context, history *store.Store, c *config.Config, flags exportFlags) ([]baselinefile.Table, error) {
	tables, err := history.Tables(ctx, flags.dataset)
	if err != nil {
		return nil, err
	}
	var chosen []baselinefile.Table
	for _, subject := range subjectsOf(tables, defaultSchema(c)) {
		if flags.schema != "" && subject.Schema != flags.schema {
			continue
		}
		// A clock of another machine may be a little ahead.
		runs, err := a.readable(ctx, history, subject, 1, &store.Run{ProfiledAt: a.now().Add(clockSkew)}, (*drift.Run).Empty)
		if err != nil {
			return nil, err
		}
		if len(runs) == 0 {
			a.logger.Warn(fmt.Sprintf("%s: no run may be a baseline, so it is left out", subject.ID()))
			continue
		}
		run := runs[0]
		if i := slices.IndexFunc(runs, func(r *drift.Run) bool { return !r.Empty() }); i > 0 { // which is what later runs would pass over to
			run = runs[i]
		}
		chosen = append(chosen, baselinefile.Table{Schema: subject.Schema, Name: subject.Name, Run: run})
	}
	if len(chosen) > 0 {
		return chosen, nil
	}
	known, err := history.Datasets(ctx)
	if err != nil {
		return nil, err
	}
	return nil, usageError{fmt.Errorf("no run to export: there are runs of: %s", known)}
}

// subjectsOf returns the tables with what tells their runs. Runs of the default schema that the Python tool stored
// without it are of the table with it.
func subjectsOf(tables []warehouse.TableRef, defaultSchema string) []store.Subject {
	var subjects []store.Subject
	for _, t := range tables {
		if t.Schema == "" && defaultSchema != "" {
			t.Schema = defaultSchema
		}
		s := store.Subject{TableRef: t, Default: t.Schema != "" && t.Schema == defaultSchema}
		if !slices.Contains(subjects, s) {
			subjects = append(subjects, s)
		}
	}
	return subjects
}

// runsToExport returns the runs that --run names.
func (a *app) runsToExport(ctx context.Context, history *store.Store, flags exportFlags) ([]baselinefile.Table, error) {
	runs, err := runsNamed(ctx, history, flags.run)
	if err != nil {
		return nil, err
	}
	feedback, err := history.Feedback(ctx)
	if err != nil {
		return nil, err
	}
	var chosen []baselinefile.Table
	for _, run := range runs {
		if flags.dataset != "" && run.Table.Name != flags.dataset || flags.schema != "" && run.Table.Schema != flags.schema {
			continue
		}
		if run.Status != "completed" {
			return nil, fmt.Errorf("run %s of table %q is %s, and no baseline", run.RunID, run.Table.ID(), run.Status)
		}
		if f, marked := feedback.Incident(run); marked {
			a.logger.Warn(fmt.Sprintf("%s: run %s is marked as an incident%s", run.Table.ID(), run.RunID, because(f)))
		}
		read, err := history.Baseline(ctx, run)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, baselinefile.Table{Schema: run.Table.Schema, Name: run.Table.Name, Run: read})
	}
	if len(chosen) == 0 {
		return nil, usageError{fmt.Errorf("--run %s: no such run of a table that the flags leave; baselinr-pipes status lists runs", flags.run)}
	}
	return chosen, nil
}

// replaceable fails where the file at path is something else than a baseline file.
func replaceable(path string) error {
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return usageError{fmt.Errorf("--out: %w", err)}
	case len(bytes.TrimSpace(text)) > 0 && !bytes.Contains(text, []byte(baselinefile.Format)):
		return usageError{fmt.Errorf("--out: %s is there, and no baseline file; name another, or remove it", path)}
	}
	return nil
}

// writeBaseline writes a file whole or not at all; one that is there keeps its rights, and a link stays one.
func writeBaseline(path string, text []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	rights := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		rights = info.Mode().Perm()
	}
	return atomicfile.Write(path, text, rights)
}
