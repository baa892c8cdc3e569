package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/internal/atomicfile"
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
func reportsOf(flags profileFlags) ([]reportFile, error) {
	switch {
	case flags.dryRun && len(*flags.report) > 0:
		return nil, usageError{errors.New("--report: a run with --dry-run has nothing to report")}
	case flags.dryRun && *flags.form != outputText && *flags.form != outputJSON:
		return nil, usageError{fmt.Errorf("-o %s: with --dry-run it must be text or json", *flags.form)}
	}
	return reportFilesOf(*flags.report)
}

// pathOf is the path of the report of a run.
func (f reportFile) pathOf(runID string) string { return strings.ReplaceAll(f.path, runIDPlace, runID) }

// write writes the report whole or not at all.
func (f reportFile) write(runID string, report func(io.Writer) error) error {
	path := f.pathOf(runID)
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
