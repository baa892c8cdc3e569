package cli

import (
	"context"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// openSource opens the database whose tables are profiled.
func openSource(ctx context.Context, c *config.Config) (warehouse.Warehouse, error) {
	e, err := engineOf(c.Source, "source")
	if err != nil {
		return nil, usageError{err}
	}
	return e.openSource(ctx, c.Source)
}

// openStore opens the history, whose tables are created or upgraded first, unless the config forbids it.
// With write, a missing SQLite file is made too.
func openStore(ctx context.Context, c *config.Config, write bool) (*store.Store, error) {
	e, err := engineOf(c.Storage.Connection, "storage.connection")
	if err != nil {
		return nil, usageError{err}
	}
	history, err := e.openHistory(ctx, c.Storage.Connection, write && c.Storage.CreateTables)
	if err != nil {
		return nil, err
	}
	s := store.New(history, store.Tables{Runs: c.Storage.RunsTable, Results: c.Storage.ResultsTable})
	if err := s.Ready(ctx, c.Storage.CreateTables); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// buildPlan returns the plan of a config; source is opened where a pattern needs the catalog, and is nil
// where it was not.
func buildPlan(ctx context.Context, c *config.Config) (p *plan.Plan, source warehouse.Warehouse, err error) {
	e, err := engineOf(c.Source, "source")
	if err != nil {
		return nil, nil, usageError{err}
	}
	p, err = plan.Build(ctx, c, e.defaultSchema(c.Source), func(ctx context.Context) (plan.Catalog, error) {
		var err error
		source, err = e.openSource(ctx, c.Source)
		return source, err
	})
	if err != nil && source != nil {
		source.Close()
	}
	return p, source, err
}
