package profiler

import (
	"context"
	"fmt"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Check returns what a run of the tables would fail at or warn of, as far as that shows before a row is read:
// tables and columns that are not there, and rights that are missing. It sends a statement a table.
func Check(ctx context.Context, source warehouse.Warehouse, tables []plan.Table, s Settings) (problems []string, err error) {
	described, err := describe(ctx, source, tables, s)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		r, err := prepare(t, described, s)
		if r != nil {
			problems = append(problems, r.warnings...)
		}
		if err == nil {
			probe := r.scan
			probe.Probe = true
			_, err = source.Scan(ctx, probe, func(*metrics.Batch) error { return nil })
		}
		switch {
		case ctx.Err() != nil:
			return problems, ctx.Err()
		case err != nil:
			problems = append(problems, fmt.Sprintf("table %q: %v", t.ID(), err))
		}
	}
	return problems, nil
}
