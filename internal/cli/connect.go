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

// connect looks whether a run of the config could do its work: read the tables that it names, write the history, and
// find what they are compared with. It changes nothing, and tries nothing twice. Its error joins all that a run would
// fail at or warn of, but a pattern that matches nothing, which is a note, and what is wrong with the config itself.
func (a *app) connect(ctx context.Context, c *config.Config) (notes []string, wrong config.Problems, err error) {
	p, source := a.checkSource(ctx, c)
	if errors.As(source, &wrong) {
		source = nil
	}
	more, history := a.checkHistory(ctx, c, p)
	return append(p.Warnings, more...), wrong, errors.Join(source, history)
}

// checkSource returns the plan, whose warnings are notes; it is empty where none can be made.
func (a *app) checkSource(ctx context.Context, c *config.Config) (*plan.Plan, error) {
	none := &plan.Plan{}
	e, err := engineOf(c.Source, "source")
	if err != nil {
		return none, usageError{err}
	}
	source, err := e.openSource(ctx, c.Source)
	if err != nil {
		return none, fmt.Errorf("source: %w", err)
	}
	defer source.Close()
	p, err := plan.Build(ctx, c, e.defaultSchema(c.Source), func(context.Context) (plan.Catalog, error) {
		return patientCatalog{source, warehouse.Retry{}}, nil
	})
	if err != nil {
		return none, err
	}
	problems, err := profiler.Check(ctx, source, p.Tables, a.profilerSettings(c))
	if err != nil {
		return p, err
	}
	errs := make([]error, len(problems))
	for i, problem := range problems {
		errs[i] = errors.New("source: " + problem)
	}
	return p, errors.Join(errs...)
}

// checkHistory returns notes, as where the first run will make the history.
func (a *app) checkHistory(ctx context.Context, c *config.Config, p *plan.Plan) (notes []string, err error) {
	e, err := engineOf(c.Storage.Connection, "storage.connection")
	if err != nil {
		return nil, usageError{err}
	}
	history, err := e.openHistoryOf(ctx, c, false)
	switch {
	case errors.Is(err, warehouse.ErrNoDatabase) && c.Storage.CreateTables && e.mayCreate != nil:
		if err := e.mayCreate(c.Storage.Connection); err != nil {
			return nil, fmt.Errorf("history: %w", err)
		}
		notes = append(notes, fmt.Sprintf("the history %q does not exist yet; the first run makes it", c.Storage.Connection.File()))
		history, err = nil, nil
	case err != nil:
		return nil, err
	default:
		defer history.Close()
		err = history.Rehearse(ctx, c.Storage.CreateTables)
	}
	note, baselines := a.checkBaselines(ctx, history, c, p)
	if note != "" {
		notes = append(notes, note)
	}
	return notes, errors.Join(err, baselines)
}
