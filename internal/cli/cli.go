// Package cli is the command line: one file a command, which wires the packages below to its flags.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/store"
)

// The exit codes.
const (
	exitDone        = 0
	exitFailed      = 1   // a table, the source or the store failed, or --fail-on was met
	exitUsage       = 2   // bad usage, such as a name of what is not there, or bad config
	exitInterrupted = 130 // SIGINT or SIGTERM
)

// Streams are what a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// app is what every command needs: the flags of all, and the world outside.
type app struct {
	Streams
	configPath string
	logger     *slog.Logger
	now        func() time.Time

	notKept   sync.Once // tells once that what a catalog says cannot be kept
	baselines baselineFiles
}

// usageError is bad usage or a bad config: exit code 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// quietError ends the program with a failure that has been told already.
type quietError struct{ error }

func (e quietError) Unwrap() error { return e.error }

// Run runs the command that the arguments name and returns the process's exit code. It says on
// standard error what went wrong.
func Run(ctx context.Context, arguments []string, streams Streams) int {
	a := &app{Streams: streams, now: time.Now}
	a.logger = slog.New(newLineHandler(streams.Err))
	root := a.root()
	root.SetArgs(arguments)
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	err := root.ExecuteContext(ctx)
	var usage usageError
	var quiet quietError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &quiet):
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(streams.Err, "baselinr-pipes: interrupted")
	default:
		fmt.Fprintln(streams.Err, "baselinr-pipes: "+err.Error())
	}
	switch {
	case ctx.Err() != nil, errors.Is(err, errLauncherGone):
		return exitInterrupted
	case errors.As(err, &usage), errors.Is(err, store.ErrNoRun), errors.Is(err, store.ErrAmbiguous):
		return exitUsage // no other run is looked up than those that the command line names
	default:
		return exitFailed
	}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "baselinr-pipes",
		Short:         "Profiles warehouse tables and tells how they drifted",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
	}
	root.PersistentFlags().StringVarP(&a.configPath, "config", "c", "", "the config `file`; default $BASELINR_CONFIG, else baselinr.yml, then config.yml")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w%s; see %s --help", err, nearestFlag(c, err), c.CommandPath())}
	})
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		a.planCommand(), a.profileCommand(), a.driftCommand(), a.statusCommand(),
		a.queryCommand(), a.baselineCommand(), a.pruneCommand(), a.migrateCommand(), a.configCommand(), a.hooksCommand(), a.versionCommand(),
	)
	return strict(root)
}

// strict makes every command refuse arguments that it does not take, and unknown subcommands, as bad usage.
func strict(c *cobra.Command) *cobra.Command {
	check := c.Args
	if check == nil {
		check = cobra.NoArgs
	}
	c.Args = func(c *cobra.Command, arguments []string) error {
		if err := check(c, arguments); err != nil {
			return usageError{fmt.Errorf("%w%s; see %s --help", err, nearestCommand(c, arguments), c.CommandPath())}
		}
		return nil
	}
	if c.RunE == nil && c.Run == nil {
		c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	}
	for _, sub := range c.Commands() {
		strict(sub)
	}
	return c
}

// output is the value of a flag -o.
type output string

const (
	outputText output = "text"
	outputJSON output = "json"
)

// String implements pflag.Value.
func (o *output) String() string { return string(*o) }

// Set implements pflag.Value.
func (o *output) Set(text string) error {
	if text != string(outputText) && text != string(outputJSON) {
		return fmt.Errorf("must be text or json")
	}
	*o = output(text)
	return nil
}

// Type implements pflag.Value.
func (o *output) Type() string { return "text|json" }

// outputFlag adds the flag -o to a command.
func outputFlag(c *cobra.Command) *output {
	o := outputText
	c.Flags().VarP(&o, "output", "o", "the form of the result")
	return &o
}

// loadConfig reads the config and logs its warnings.
func (a *app) loadConfig() (*config.Config, error) {
	path, err := config.Find(a.configPath, os.Getenv)
	if err != nil {
		return nil, usageError{err}
	}
	c, warnings, err := config.Load(path)
	return a.loaded(c, warnings, err)
}

func (a *app) loaded(c *config.Config, warnings []config.Problem, err error) (*config.Config, error) {
	for _, w := range warnings {
		a.logger.Warn(w.String())
	}
	if err != nil {
		return nil, usageError{fmt.Errorf("the config is not valid:\n%s", strings.TrimRight(err.Error(), "\n"))}
	}
	return c, nil
}
