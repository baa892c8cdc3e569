package report

import (
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// History is what the history holds of a table besides its last run: what findings are compared with, and how
// their metrics went.
type History struct {
	Baselines map[string]*drift.Run // by run ID
	Runs      []PastRun             // the newest last, which is the run itself
}

// PastRun is a completed run of a table.
type PastRun struct {
	RunID    string
	At       time.Time
	Incident bool // a user has said so: it is never learnt from
	Values   map[Figure]float64
}

// Figure is a metric of a column; without a column, of the table.
type Figure struct {
	Column string
	Metric metrics.Name
}
