package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/profiler"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// connect looks whether a run of the config could do its work: read the tables that it names, and write the
// history. It changes nothing, and tries nothing twice. Its error joins all that a run would fail at or warn
// of, but a pattern that matches nothing, which is a note, and what is wrong with the config itself.
func (a *app) connect(ctx context.Context, c *config.Config) (notes []string, wrong config.Problems, err error) {
	notes, source := a.checkSource(ctx, c)
	if errors.As(source, &wrong) {
		source = nil
	}
	note, history := a.checkHistory(ctx, c)
	if note != "" {
		notes = append(notes, note)
	}
	return notes, wrong, errors.Join(source, history)
}

func (a *app) checkSource(ctx context.Context, c *config.Config) (notes []string, err error) {
	e, err := engineOf(c.Source, "source")
	if err != nil {
		return nil, usageError{err}
	}
	source, err := e.openSource(ctx, c.Source)
	if err != nil {
		return nil, fmt.Errorf("source: %w", err)
	}
	defer source.Close()
	p, err := plan.Build(ctx, c, e.defaultSchema(c.Source), func(context.Context) (plan.Catalog, error) {
		return patientCatalog{source, warehouse.Retry{}}, nil
	})
	if err != nil {
		return nil, err
	}
	problems, err := profiler.Check(ctx, source, p.Tables, a.profilerSettings(c))
	if err != nil {
		return p.Warnings, err
	}
	errs := make([]error, len(problems))
	for i, problem := range problems {
		errs[i] = errors.New("source: " + problem)
	}
	return p.Warnings, errors.Join(errs...)
}

// checkHistory returns a note where the first run will make the history.
func (a *app) checkHistory(ctx context.Context, c *config.Config) (note string, err error) {
	e, err := engineOf(c.Storage.Connection, "storage.connection")
	if err != nil {
		return "", usageError{err}
	}
	history, err := e.openHistoryOf(ctx, c, false)
	if errors.Is(err, warehouse.ErrNoDatabase) && c.Storage.CreateTables && e.mayCreate != nil {
		if err := e.mayCreate(c.Storage.Connection); err != nil {
			return "", fmt.Errorf("history: %w", err)
		}
		return fmt.Sprintf("the history %q does not exist yet; the first run makes it", c.Storage.Connection.File()), nil
	}
	if err != nil {
		return "", err
	}
	defer history.Close()
	return "", history.Rehearse(ctx, c.Storage.CreateTables)
}
