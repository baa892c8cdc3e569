package notify

import (
	"fmt"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// Sample is a made-up run to try hooks with: one table drifted, one changed its columns, one failed.
func Sample(id, environment string, at time.Time) *Run {
	const baseline = "00000000-0000-0000-0000-000000000000"
	change := func(from, to float64) *float64 {
		x := (to - from) / from * 100
		return &x
	}
	return &Run{
		ID: id, Test: true, Environment: environment, StartedAt: at, Seconds: 1,
		Tables: []Table{
			{ID: "example.orders", Schema: "example", Name: "orders", RunID: id, ProfiledAt: at, RowCount: 1000, Drift: &drift.Report{
				Strategy: drift.AbsoluteThreshold, BaselineRunID: baseline,
				Findings: []drift.Finding{
					{Column: "amount", Metric: metrics.Mean, Test: drift.AbsoluteThreshold, Baseline: 20, Current: 50, ChangePercent: change(20, 50), Severity: drift.High,
						Reason: fmt.Sprintf("%s went from 20 to 50, +150.0 %%: a made-up finding of %s severity", metrics.Mean, drift.High)},
				},
			}},
			{ID: "example.customers", Schema: "example", Name: "customers", RunID: id, ProfiledAt: at, RowCount: 100, Drift: &drift.Report{
				Strategy: drift.AbsoluteThreshold, BaselineRunID: baseline,
				SchemaChanges: []drift.SchemaChange{{Type: drift.ColumnAdded, Column: "email", NewType: "text", Severity: drift.Low}},
			}},
			{ID: "example.returns", Schema: "example", Name: "returns", Failure: &Failure{Kind: "no_such_table", Message: `a made-up failure: table "example.returns": no such table`}},
		},
	}
}
