package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/report/terminal"
)

func (a *app) configCommand() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Checks, shows and describes the config"}
	c.AddCommand(a.configValidateCommand(), a.configShowCommand(), a.configSchemaCommand(), a.configConvertCommand())
	return c
}

func (a *app) configValidateCommand() *cobra.Command {
	c := &cobra.Command{Use: "validate", Short: "Lists every problem of the config at once"}
	connect := c.Flags().Bool("connect", false, "look whether a run could read its tables and write the history, too")
	form := outputFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error { return a.configValidate(c.Context(), *connect, *form) }
	return c
}

func (a *app) configValidate(ctx context.Context, connect bool, form output) error {
	path, err := config.Find(a.configPath, os.Getenv)
	if err != nil {
		return usageError{err}
	}
	settings, problems, err := config.Load(path)
	var found config.Problems
	if errors.As(err, &found) {
		problems = append(problems, found...)
	}
	if err == nil {
		problems = withManifests(problems, settings)
	}
	notes, connection := []string{}, error(nil)
	if count(problems, config.SeverityError) == 0 && err == nil && connect {
		var wrong []config.Problem
		notes, wrong, connection = a.connect(ctx, settings)
		problems = append(problems, wrong...)
		notes = slices.DeleteFunc(notes, func(note string) bool {
			return slices.ContainsFunc(problems, func(p config.Problem) bool { return p.String() == note })
		})
	}
	problems = config.ByPlace(path, problems)
	valid := err == nil && count(problems, config.SeverityError) == 0
	if form == outputJSON {
		d := struct {
			Version    int              `json:"version"`
			Valid      bool             `json:"valid"`
			Problems   []config.Problem `json:"problems"`
			Connection *string          `json:"connection_error"`
			Notes      []string         `json:"notes"`
		}{document.Version, valid && connection == nil, append([]config.Problem{}, problems...), nil, append([]string{}, notes...)}
		if connection != nil {
			text := connection.Error()
			d.Connection = &text
		}
		if err := document.Write(a.Out, d); err != nil {
			return err
		}
	} else {
		for _, p := range problems {
			fmt.Fprintf(a.Out, "%s: %s\n", p.Severity, p)
		}
		for _, n := range notes {
			fmt.Fprintln(a.Out, "note: "+n)
		}
		if connection != nil {
			for line := range strings.SplitSeq(connection.Error(), "\n") {
				fmt.Fprintln(a.Out, "error: "+line)
			}
		}
		switch {
		case !valid:
			fmt.Fprintf(a.Out, "%s: %s, %s\n", path, terminal.Counted(count(problems, config.SeverityError), "error"), terminal.Counted(count(problems, config.SeverityWarning), "warning"))
		case connection == nil:
			fmt.Fprintf(a.Out, "%s is valid\n", path)
		}
	}
	switch {
	case !valid:
		return quietError{usageError{errors.New("the config is not valid")}}
	case connection != nil:
		return quietError{connection}
	}
	return nil
}

// withManifests adds what dbt's manifests give, where the engine is built. What an entry lacks is told once.
func withManifests(problems []config.Problem, c *config.Config) []config.Problem {
	e, err := engineOf(c.Source, "source")
	if err != nil {
		return problems
	}
	for _, p := range plan.CheckManifests(c, e.defaultSchema(c.Source)) {
		problems = slices.DeleteFunc(problems, func(other config.Problem) bool { return other.Path == p.Path && other.Message == p.Message })
		problems = append(problems, p)
	}
	return problems
}

// count returns how many problems are of a severity.
func count(problems []config.Problem, severity config.Severity) (n int) {
	for _, p := range problems {
		if p.Severity == severity {
			n++
		}
	}
	return n
}

func (a *app) configShowCommand() *cobra.Command {
	c := &cobra.Command{Use: "show", Short: "Shows the resolved config, secrets as ***"}
	form := outputFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		settings, err := a.loadConfig()
		if err != nil {
			return err
		}
		text, err := settings.YAML()
		if *form == outputJSON {
			text, err = settings.JSON()
		}
		if err == nil {
			_, err = a.Out.Write(text)
		}
		return err
	}
	return c
}

func (a *app) configSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Prints the config's JSON Schema, for editors",
		RunE: func(*cobra.Command, []string) error {
			text, err := config.Schema()
			if err == nil {
				_, err = a.Out.Write(text)
			}
			return err
		},
	}
}
