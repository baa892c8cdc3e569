package cli

import (
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/report/terminal"
	"github.com/baselinr/baselinr-pipes/store"
)

func (a *app) migrateCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Creates or upgrades the history tables",
		Long:  "Creates or upgrades the history tables. It may be run twice, and by several processes at once.",
	}
	form := outputFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error { return a.migrateApply(c.Context(), *form) }

	for _, sub := range []struct {
		name, short string
		run         func(context.Context, output) error
	}{
		{"apply", "Creates or upgrades the history tables", a.migrateApply},
		{"status", "Lists the steps, and which are pending", a.migrateStatus},
		{"validate", "Checks that the history has every table and column; exits with code 1 where not", a.migrateValidate},
	} {
		command := &cobra.Command{Use: sub.name, Short: sub.short}
		form := outputFlag(command)
		command.RunE = func(c *cobra.Command, _ []string) error { return sub.run(c.Context(), *form) }
		c.AddCommand(command)
	}
	return c
}

// openHistory opens the history as it is.
func (a *app) openHistory(ctx context.Context, create bool) (*store.Store, error) {
	c, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	e, err := engineOf(c.Storage.Connection, "storage.connection")
	if err != nil {
		return nil, usageError{err}
	}
	return e.openHistoryOf(ctx, c, create)
}

type migrationsDocument struct {
	Version    int               `json:"version"`
	Migrations []store.Migration `json:"migrations"`
}

func (a *app) migrateApply(ctx context.Context, form output) error {
	history, err := a.openHistory(ctx, true)
	if err != nil {
		return err
	}
	defer history.Close()
	applied, err := history.Migrate(ctx)
	if err != nil {
		return err
	}
	if form == outputJSON {
		return document.Write(a.Out, migrationsDocument{document.Version, append([]store.Migration{}, applied...)})
	}
	for _, m := range applied {
		fmt.Fprintf(a.Out, "applied %d: %s\n", m.Version, m.Description)
	}
	if len(applied) == 0 {
		fmt.Fprintln(a.Out, "the history tables are up to date")
	}
	return nil
}

func (a *app) migrateStatus(ctx context.Context, form output) error {
	history, err := a.openHistory(ctx, false)
	if err != nil {
		return err
	}
	defer history.Close()
	list, err := history.Migrations(ctx)
	if err != nil {
		return err
	}
	if form == outputJSON {
		return document.Write(a.Out, migrationsDocument{document.Version, list})
	}
	t := terminal.NewTable(a.Out, "version", "description", "applied at (UTC)")
	for _, m := range list {
		at := "pending"
		if m.AppliedAt != nil {
			at = m.AppliedAt.UTC().Format("2006-01-02 15:04:05")
		}
		t.AppendRow(table.Row{m.Version, m.Description, at})
	}
	t.Render()
	return nil
}

func (a *app) migrateValidate(ctx context.Context, form output) error {
	history, err := a.openHistory(ctx, false)
	if err != nil {
		return err
	}
	defer history.Close()
	problems, err := history.Validate(ctx)
	if err != nil {
		return err
	}
	if form == outputJSON {
		err = document.Write(a.Out, struct {
			Version  int      `json:"version"`
			Valid    bool     `json:"valid"`
			Problems []string `json:"problems"`
		}{document.Version, len(problems) == 0, append([]string{}, problems...)})
	} else {
		for _, p := range problems {
			fmt.Fprintln(a.Out, p)
		}
		if len(problems) == 0 {
			fmt.Fprintln(a.Out, "the history has every table and column")
		}
	}
	if err == nil && len(problems) > 0 {
		return fmt.Errorf("the history lacks %d things", len(problems))
	}
	return err
}
