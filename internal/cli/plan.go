package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/report/terminal"
)

func (a *app) planCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "plan",
		Short: "Shows what would be profiled",
		Long: `Shows what would be profiled. The source is opened only where a pattern or a filter needs its
catalog, and for --estimate. What the catalog says is kept for profiling.discovery_options.cache_ttl_seconds,
and used at any age where the source fails.`,
	}
	form := outputFlag(c)
	before := c.Flags().String("diff", "", "show how the plan differs from the one in this `file`, which plan -o json wrote")
	estimate := c.Flags().Bool("estimate", false, "show rows, bytes and statements of each table, by the catalog's estimates")
	changes := c.Flags().Bool("changes", false, "show of each table whether its data changed since it was profiled, and whether it is due; see incremental in the config")
	discovery := discoveryFlags(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := discovery.check(c); err != nil {
			return usageError{err}
		}
		differs := c.Flags().Changed("diff")
		if differs && *estimate {
			return usageError{errors.New("--diff and --estimate: give one of the two")}
		}
		if differs && *changes {
			return usageError{errors.New("--diff and --changes: give one of the two")}
		}
		settings, err := a.loadConfig()
		if err != nil {
			return err
		}
		var recorded *plan.Recorded
		if differs {
			if recorded, err = readPlan(*before); err != nil {
				return usageError{fmt.Errorf("--diff %s: %w", *before, err)}
			}
		}
		var options []plan.Option
		if *estimate {
			options = append(options, plan.WithEstimates())
		}
		p, err := a.discover(c.Context(), settings, discovery, options...)
		if err != nil {
			return err
		}
		switch {
		case *changes && settings.Incremental.Enabled:
			a.findDue(c.Context(), settings, p)
		case *changes && *form != outputJSON: // where the tables tell it
			a.logger.Warn("--changes: incremental.enabled is false, so that no table is profiled again while its plan is the same")
		}
		if recorded != nil {
			return a.printDifference(p, recorded, *form)
		}
		return a.printPlan(p, *form)
	}
	return c
}

// readPlan reads a plan that was written before.
func readPlan(path string) (*plan.Recorded, error) {
	text, err := os.ReadFile(path)
	var because *os.PathError
	if errors.As(err, &because) {
		return nil, fmt.Errorf("the file cannot be read: %w", because.Err)
	}
	if err != nil {
		return nil, err
	}
	return plan.Read(text)
}

func (a *app) printPlan(p *plan.Plan, form output) error {
	a.warn(p)
	if form == outputJSON {
		return document.Write(a.Out, document.Plan(p))
	}
	terminal.Plan(a.Out, p)
	return nil
}

func (a *app) printDifference(p *plan.Plan, before *plan.Recorded, form output) error {
	a.warn(p)
	d := p.Difference(before)
	if form == outputJSON {
		return document.Write(a.Out, document.Difference(d, p.Warnings))
	}
	terminal.Difference(a.Out, d)
	return nil
}

func (a *app) warn(p *plan.Plan) {
	for _, w := range p.Warnings {
		a.logger.Warn(w)
	}
}
