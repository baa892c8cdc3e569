package cli

import (
	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/report/terminal"
)

func (a *app) planCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "plan",
		Short: "Shows what would be profiled",
		Long:  "Shows what would be profiled. The source is opened only where a pattern needs its catalog.",
	}
	form := outputFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		settings, err := a.loadConfig()
		if err != nil {
			return err
		}
		p, source, err := a.buildPlan(c.Context(), settings)
		if err != nil {
			return err
		}
		if source != nil {
			defer source.Close()
		}
		return a.printPlan(p, *form)
	}
	return c
}

func (a *app) printPlan(p *plan.Plan, form output) error {
	for _, w := range p.Warnings {
		a.logger.Warn(w)
	}
	if form == outputJSON {
		return document.Write(a.Out, document.Plan(p))
	}
	terminal.Plan(a.Out, p)
	return nil
}
