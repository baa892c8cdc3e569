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
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// changesWithin is how long the history, and then the source, may take to say what changed: with a plan's patience
// before, less than Dagster gives a sensor.
const changesWithin = 8 * time.Second

// findDue finds out which tables of a plan are due, by the history and the source's counters. Where the history fails, no
// table is, and a warning of the plan says so; where the source does, only time makes tables due.
func (a *app) findDue(ctx context.Context, c *config.Config, p *plan.Plan) {
	late := fmt.Errorf("history: %w: no answer within %v", warehouse.ErrTimeout, changesWithin)
	var states []store.State
	err := warehouse.Within(ctx, changesWithin, late, func(ctx context.Context) error {
		history, err := a.openStore(ctx, c, false)
		if errors.Is(err, warehouse.ErrNoDatabase) {
			return nil // no table has been profiled yet
		}
		if err != nil {
			return err
		}
		defer history.Close()
		states, err = history.States(ctx)
		return err
	})
	if err != nil {
		p.Warnings = append(p.Warnings, "--changes: which tables are due is not known: "+err.Error())
		return
	}
	versions := a.versions(ctx, c, p)
	byName := map[string][]store.State{}
	for _, s := range states {
		byName[s.Table.Name] = append(byName[s.Table.Name], s)
	}
	now := a.now()
	for i, t := range p.Tables {
		p.Tables[i].Again = t.Due(c.Incremental, seen(byName[t.Name], c, p, t), versions[t.TableRef], now)
	}
}

// seen finds the last profile of a table among those of its name. The Python tool leaves out the schema of a table that its config names
// without one, and mostly the database.
func seen(states []store.State, c *config.Config, p *plan.Plan, t plan.Table) *plan.Seen {
	var last *plan.Seen
	for _, s := range states {
		if s.Table.Schema != t.Schema && (s.Table.Schema != "" || t.Schema != p.DefaultSchema) ||
			s.Database != "" && s.Database != databaseOf(c, t) {
			continue
		}
		if last == nil || last.At.Before(s.ProfiledAt) {
			last = &plan.Seen{At: s.ProfiledAt, Version: s.Version}
		}
	}
	return last
}

// databaseOf is the database of a table, as the history's states name it.
func databaseOf(c *config.Config, t plan.Table) string {
	if t.Database != "" {
		return t.Database
	}
	return c.Source.Database
}

// versions asks the source for the versions of the rows of a plan's tables. What it does not know, each says.
func (a *app) versions(ctx context.Context, c *config.Config, p *plan.Plan) map[warehouse.TableRef]warehouse.Version {
	if why := noVersions(c, p); why != "" {
		return everyTable(p, why)
	}
	var versions map[warehouse.TableRef]warehouse.Version
	late := fmt.Errorf("source: %w: no answer within %v", warehouse.ErrTimeout, changesWithin)
	err := warehouse.Within(ctx, changesWithin, late, func(ctx context.Context) error {
		source, err := a.openSource(ctx, c)
		if err != nil {
			return err
		}
		defer source.Close()
		versions, err = versionsOf(ctx, source, p)
		return err
	})
	if err != nil {
		p.Warnings = append(p.Warnings, "--changes: whether data changed is not known: "+err.Error())
		return everyTable(p, "the source failed")
	}
	return versions
}

// noVersions says why nothing is asked of the source; empty where it is.
func noVersions(c *config.Config, p *plan.Plan) string {
	history := c.Storage.Connection
	switch {
	case !c.Incremental.ChangeDetection.Enabled:
		return "incremental.change_detection.enabled is false"
	case p.Discovery != nil && p.Discovery.From == plan.FromLastKnown:
		return "the source failed"
	case c.Source.Type == sqlite.Type && history.Type == sqlite.Type && apart(c.Source).Filepath == apart(history).Filepath:
		return "the history is kept in the same file, which every run changes"
	}
	return ""
}

func everyTable(p *plan.Plan, why string) map[warehouse.TableRef]warehouse.Version {
	versions := make(map[warehouse.TableRef]warehouse.Version, len(p.Tables))
	for _, t := range p.Tables {
		versions[t.TableRef] = warehouse.Version{Why: why}
	}
	return versions
}

// versionsOf asks an open source for the versions of the rows of a plan's tables.
func versionsOf(ctx context.Context, source warehouse.Warehouse, p *plan.Plan) (map[warehouse.TableRef]warehouse.Version, error) {
	versioner, ok := source.(warehouse.Versioner)
	if !ok {
		return everyTable(p, source.Type()+" is not asked for changes yet"), nil
	}
	refs := make([]warehouse.TableRef, len(p.Tables))
	for i, t := range p.Tables {
		refs[i] = t.TableRef
	}
	found, err := versioner.Versions(ctx, refs)
	if err != nil {
		return nil, err
	}
	versions := everyTable(p, "the source has no such table")
	for ref, v := range found {
		versions[ref] = v
	}
	return versions, nil
}

// noteVersions reads, before the first scan, the versions that the profiles of a run will be of. A change between
// the two counts as one after the profile: a table is then read once too often, never too seldom.
func (r *runner) noteVersions(ctx context.Context, source warehouse.Warehouse) {
	if !r.config.Incremental.Enabled {
		return
	}
	if noVersions(r.config, r.plan) != "" {
		r.versions = map[warehouse.TableRef]warehouse.Version{}
		return
	}
	versions, err := versionsOf(ctx, source, r.plan)
	if err != nil {
		r.app.logger.Warn(fmt.Sprintf("which version of their rows the profiles are of is not recorded: %v", err))
		versions = map[warehouse.TableRef]warehouse.Version{}
	}
	r.versions = versions
}
