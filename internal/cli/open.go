package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// openSource opens the database whose tables are profiled.
func (a *app) openSource(ctx context.Context, c *config.Config) (warehouse.Warehouse, error) {
	e, err := engineOf(c.Source, "source")
	if err != nil {
		return nil, usageError{err}
	}
	return warehouse.Try(ctx, a.retry(c), e.transient, func() (warehouse.Warehouse, error) {
		source, err := e.openSource(ctx, c.Source, warehouse.Scans(workers(c)), warehouse.StatementTimeout(seconds(c.Execution.StatementTimeout)))
		if err != nil {
			return nil, fmt.Errorf("source: %w", err)
		}
		return source, nil
	})
}

// retry is the config's retry, which says what is tried again and why.
func (a *app) retry(c *config.Config) warehouse.Retry {
	r := retrySettings(c)
	r.Again = func(err error, wait time.Duration) {
		a.logger.Warn(fmt.Sprintf("%v; trying again in %v", err, wait))
	}
	return r
}

// openStore opens the history, whose tables are created or upgraded first, unless the config forbids it.
// With write, a missing SQLite file is made too, and that the history can be written to is tried.
func (a *app) openStore(ctx context.Context, c *config.Config, write bool) (*store.Store, error) {
	e, err := engineOf(c.Storage.Connection, "storage.connection")
	if err != nil {
		return nil, usageError{err}
	}
	s, err := warehouse.Try(ctx, a.retry(c), e.transient, func() (*store.Store, error) { return e.openStore(ctx, c, write) })
	if err == nil {
		s.Damaged = func(text string) { a.logger.Warn(text) }
	}
	return s, err
}

// configAndHistory loads the config and opens its history, which must have been written to before.
func (a *app) configAndHistory(ctx context.Context) (*config.Config, *store.Store, error) {
	c, err := a.loadConfig()
	if err != nil {
		return nil, nil, err
	}
	history, err := a.openStore(ctx, c, false)
	return c, history, err
}

func (e engine) openStore(ctx context.Context, c *config.Config, write bool) (*store.Store, error) {
	s, err := e.openHistoryOf(ctx, c, write && c.Storage.CreateTables)
	switch {
	case !write && errors.Is(err, warehouse.ErrNoDatabase):
		return nil, fmt.Errorf("no table has been profiled yet; run baselinr-pipes profile first: %w", err)
	case err != nil:
		return nil, err
	}
	err = s.Ready(ctx, c.Storage.CreateTables)
	if err == nil && write {
		err = s.Rehearse(ctx, c.Storage.CreateTables) // before hours of scans
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// openHistoryOf opens the history as it is; with create, a missing SQLite file is made.
func (e engine) openHistoryOf(ctx context.Context, c *config.Config, create bool) (*store.Store, error) {
	h, err := e.openHistory(ctx, c.Storage.Connection, create)
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	return store.New(h, store.Tables{Runs: c.Storage.RunsTable, Results: c.Storage.ResultsTable}), nil
}

// buildPlan returns the plan of a config; source is opened where a pattern needs the catalog, and is nil
// where it was not.
func (a *app) buildPlan(ctx context.Context, c *config.Config, options ...plan.Option) (p *plan.Plan, source warehouse.Warehouse, err error) {
	e, err := engineOf(c.Source, "source")
	if err != nil {
		return nil, nil, usageError{err}
	}
	p, err = plan.Build(ctx, c, e.defaultSchema(c.Source), func(ctx context.Context) (plan.Catalog, error) {
		var err error
		if source, err = a.openSource(ctx, c); err != nil {
			return nil, err
		}
		var catalog plan.Catalog = patientCatalog{source, a.retry(c)}
		if known := a.cache(c); known != nil {
			catalog = known.Keeping(catalog, func(err error) {
				a.warnNotKept(err.Error())
			})
		}
		return catalog, nil
	}, options...)
	err = notValid(err)
	if err != nil && source != nil {
		source.Close()
	}
	if err == nil && source != nil {
		p.Discovery = &plan.Discovery{From: plan.FromCatalog}
	}
	return p, source, err
}

// notValid makes an error that lists a config's problems one of usage.
func notValid(err error) error {
	var problems config.Problems
	if errors.As(err, &problems) {
		return usageError{fmt.Errorf("the config is not valid:\n%w", problems)}
	}
	return err
}

// patientCatalog is a source whose catalog is read again where that fails for a passing reason.
type patientCatalog struct {
	warehouse.Warehouse
	retry warehouse.Retry
}

// Tables implements plan.Catalog.
func (c patientCatalog) Tables(ctx context.Context, schemas []string) ([]warehouse.Table, error) {
	return warehouse.Try(ctx, c.retry, c.Transient, func() ([]warehouse.Table, error) {
		tables, err := c.Warehouse.Tables(ctx, schemas)
		if err != nil {
			return nil, fmt.Errorf("source: reading the catalog: %w", err)
		}
		return tables, nil
	})
}

// TablesWithColumns implements plan.Catalog.
func (c patientCatalog) TablesWithColumns(ctx context.Context, schemas, columns []string) (map[warehouse.TableRef][]string, error) {
	return warehouse.Try(ctx, c.retry, c.Transient, func() (map[warehouse.TableRef][]string, error) {
		return c.Warehouse.TablesWithColumns(ctx, schemas, columns)
	})
}
