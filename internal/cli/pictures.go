package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/store"
)

// mostDrawn is how many runs the pictures of a table are drawn against: a window may be of hundreds.
const mostDrawn = 8

// keepBaselines keeps the runs that a table was compared with for its pictures, and reads what the comparison did not
// look at. A history that fails takes the baselines off the pictures, and nothing else.
func (r *runner) keepBaselines(ctx context.Context, subject store.Subject, history []*drift.Run, t *report.Table) {
	wanted := []string{t.Drift.BaselineRunID}
	for _, f := range t.Drift.Findings {
		for _, id := range f.BaselineRuns {
			if len(wanted) < mostDrawn && !slices.Contains(wanted, id) {
				wanted = append(wanted, id)
			}
		}
	}
	kept := map[string]*drift.Run{}
	var partly []*drift.Run
	for _, run := range history {
		if !slices.Contains(wanted, run.RunID) {
			continue
		}
		kept[run.RunID] = run
		if !slices.ContainsFunc(run.Profile.Columns, drawable) {
			partly = append(partly, run)
		}
	}
	if err := r.store.Complete(ctx, subject.Name, partly, drift.Figures()...); err != nil {
		r.app.logger.Warn(fmt.Sprintf("the pictures of %s lack the baseline: %v", t.Plan.ID(), err))
		return
	}
	t.Baselines = kept
}

// drawable reports whether the values of a column can be drawn.
func drawable(c metrics.ColumnProfile) bool {
	return c.Distribution != nil || !c.Metrics[metrics.TopValues].IsNull() || !c.Metrics[metrics.Histogram].IsNull()
}
