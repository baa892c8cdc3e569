package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// queryFlags are the flags of the commands query, of which each takes some.
type queryFlags struct {
	schema, table       string
	status, environment string
	severity            string
	runID               string
	days, limit, offset int
	muted               bool
	form                string
	file                string
}

// subject is the table that the flags name.
func (f queryFlags) subject() store.Subject {
	return store.Subject{TableRef: warehouse.TableRef{Schema: f.schema, Name: f.table}, AnySchema: f.schema == ""}
}

func (a *app) queryCommand() *cobra.Command {
	c := &cobra.Command{Use: "query", Short: "Asks the history for runs, drift, a run or a table"}
	c.AddCommand(a.queryRunsCommand(), a.queryDriftCommand(), a.queryRunCommand(), a.queryTableCommand())
	return c
}

func (a *app) queryRunsCommand() *cobra.Command {
	c, flags := a.queryOf("runs", "Lists runs", a.queryRuns)
	c.Flags().StringVar(&flags.schema, "schema", "", "only runs of tables of this schema")
	c.Flags().StringVar(&flags.table, "table", "", "only runs of tables of this `name`, without the schema")
	c.Flags().StringVar(&flags.status, "status", "", "only runs that `completed or failed`")
	c.Flags().StringVar(&flags.environment, "environment", "", "only runs of this environment")
	pages(c, flags)
	return c
}

func (a *app) queryDriftCommand() *cobra.Command {
	c, flags := a.queryOf("drift", "Lists findings and changes of schemas", a.queryDrift)
	c.Flags().StringVar(&flags.table, "table", "", "only drift of tables of this `name`, without the schema")
	c.Flags().StringVar(&flags.severity, "severity", "", "only findings and changes of schemas of this severity: `low, medium, high or breaking`")
	c.Flags().BoolVar(&flags.muted, "muted", false, "findings that were muted, too")
	pages(c, flags)
	return c
}

func (a *app) queryRunCommand() *cobra.Command {
	c, flags := a.queryOf("run", "Shows a run: its table's columns and their metrics, and its findings", a.queryRun)
	c.Flags().StringVar(&flags.runID, "run-id", "", "the run's `ID`, or its beginning")
	c.Flags().StringVar(&flags.table, "table", "", "the table's `name`, where the run has several")
	return c
}

func (a *app) queryTableCommand() *cobra.Command {
	c, flags := a.queryOf("table", "Lists the runs of a table", a.queryTable)
	c.Flags().StringVar(&flags.table, "table", "", "the table's `name`, without its schema; required")
	c.Flags().StringVar(&flags.schema, "schema", "", "its schema; any where absent")
	c.Flags().IntVar(&flags.days, "days", queryDays, "only runs of so many days; 0 for all")
	return c
}

// What the queries show where the flags do not say, as the Python tool.
const (
	queryDays  = 30
	queryLimit = 100
)

func pages(c *cobra.Command, flags *queryFlags) {
	c.Flags().IntVar(&flags.days, "days", queryDays, "only those of so many days; 0 for all")
	c.Flags().IntVar(&flags.limit, "limit", queryLimit, "list at most so many")
	c.Flags().IntVar(&flags.offset, "offset", 0, "leave out the first so many")
}

// The forms of a query's result.
const (
	formTable = "table"
	formJSON  = "json"
	formCSV   = "csv"
)

// queryOf is a command that asks the history and writes what ask returns.
func (a *app) queryOf(use, short string, ask func(context.Context, *store.Store, queryFlags, io.Writer) error) (*cobra.Command, *queryFlags) {
	c := &cobra.Command{Use: use, Short: short}
	flags := &queryFlags{limit: queryLimit}
	c.Flags().StringVarP(&flags.form, "format", "o", formTable, "the form of the result: `table, json or csv`")
	c.Flags().StringVar(&flags.file, "output", "", "the `file` to write the result to, instead of standard output")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := flags.check(use); err != nil {
			return usageError{err}
		}
		_, history, err := a.configAndHistory(c.Context())
		if err != nil {
			return err
		}
		defer history.Close()
		var out bytes.Buffer
		if err := ask(c.Context(), history, *flags, &out); err != nil {
			return err
		}
		if flags.file == "" {
			_, err = a.Out.Write(out.Bytes())
			return err
		}
		if err := os.WriteFile(flags.file, out.Bytes(), 0o644); err != nil {
			return fmt.Errorf("--output: %w", err)
		}
		a.logger.Info("written", "file", flags.file)
		return nil
	}
	return c, flags
}

// check refuses what is out of range, before anything is opened.
func (f *queryFlags) check(use string) error {
	oneOf := func(flag, value string, allowed ...string) error {
		for _, a := range allowed {
			if value == a {
				return nil
			}
		}
		return fmt.Errorf("--%s %s: must be %s", flag, value, strings.Join(allowed, ", "))
	}
	if f.form == string(outputText) {
		f.form = formTable
	}
	forms := []string{formTable, formJSON, formCSV}
	if use == "run" {
		forms = forms[:2]
	}
	if oneOf("format", f.form, forms...) != nil {
		return fmt.Errorf("--format %s: must be %s; a file to write to is named by --output", f.form, strings.Join(forms, ", "))
	}
	switch f.file {
	case formTable, formJSON, formCSV, string(outputText):
		return fmt.Errorf("--output %s: names a file; the form of the result is said by -o %s, and a file of that name by --output ./%s", f.file, f.file, f.file)
	}
	if f.status != "" {
		if err := oneOf("status", f.status, "completed", "failed"); err != nil {
			return err
		}
	}
	if f.severity != "" {
		if err := oneOf("severity", f.severity, string(drift.Low), string(drift.Medium), string(drift.High), string(drift.Breaking)); err != nil {
			return err
		}
	}
	switch {
	case f.days < 0:
		return fmt.Errorf("--days %d: must not be negative", f.days)
	case f.limit < 1:
		return fmt.Errorf("--limit %d: must be at least 1", f.limit)
	case f.offset < 0:
		return fmt.Errorf("--offset %d: must not be negative", f.offset)
	case use == "run" && f.runID == "":
		return fmt.Errorf("--run-id is missing: name the run to show")
	case use == "table" && f.table == "":
		return fmt.Errorf("--table is missing: name the table whose runs to list")
	}
	return nil
}

// since is when the days of a flag begin; the beginning of time for 0.
func (a *app) since(days int) time.Time {
	if days == 0 {
		return time.Time{}
	}
	return a.now().AddDate(0, 0, -days)
}

// write writes a result in the form asked for: a document, rows with their header, or a table.
func write(w io.Writer, form string, d any, rows [][]string, t table.Writer, nothing string, n int) error {
	switch {
	case form == formJSON:
		return document.Write(w, d)
	case form == formCSV:
		return csv.NewWriter(w).WriteAll(rows)
	case n == 0:
		fmt.Fprintln(w, nothing)
	default:
		t.Render()
	}
	return nil
}
