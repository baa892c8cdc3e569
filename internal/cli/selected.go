package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/profiler"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// selected returns the tables of the plan that are profiled: those that the flags name, else those that
// the launcher names, else all; and those that the launcher names and that have left the plan.
func selected(p *plan.Plan, ids []string, step *dagsterStep) (tables, left []plan.Table, err error) {
	if len(ids) == 0 && step != nil && step.extra != nil {
		for _, id := range slices.Sorted(maps.Keys(step.extra.AssetKeys)) {
			if t, ok := p.Find(id); ok {
				tables = append(tables, t)
			} else {
				left = append(left, plan.Table{TableRef: warehouse.TableRef{Name: id}, EstimatedRows: -1, EstimatedBytes: -1})
			}
		}
		return tables, left, nil
	}
	if len(ids) == 0 {
		return p.Tables, nil, nil
	}
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		if _, ok := p.Find(id); !ok {
			return nil, nil, fmt.Errorf("--table %s: the plan has no such table; it has %s", id, someIDs(p.Tables))
		}
		wanted[id] = true
	}
	for _, t := range p.Tables {
		if wanted[t.ID()] {
			tables = append(tables, t)
		}
	}
	return tables, nil, nil
}

// failLeft reports the tables that have left the plan. The profiler never sees them: a table that was taken out of
// the config may well be there still, and is none of this run's business.
func (r *runner) failLeft(ctx context.Context) error {
	if len(r.left) == 0 {
		return nil
	}
	var results []profiler.Result
	for _, t := range r.left {
		err := fmt.Errorf("table %s is no longer in the plan; reload the code location", t.ID())
		r.app.logger.Error(err.Error())
		results = append(results, profiler.Result{Table: t, Err: err})
	}
	return r.finish(ctx, results)
}
