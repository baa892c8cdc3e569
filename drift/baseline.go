package drift

import (
	"fmt"
	"time"
)

// Baseline is what a column is compared with: one earlier run, or several taken together.
type Baseline struct {
	Method string
	Reason string // what was chosen, and why, as a finding tells it
	Runs   []*Run // the newest first
}

// RunID is the ID of the run, and empty for several.
func (b Baseline) RunID() string {
	if len(b.Runs) != 1 {
		return ""
	}
	return b.Runs[0].RunID
}

// choose picks the baseline for a column among a table's earlier runs, the newest first, of which there is
// at least one.
func (s BaselineSettings) choose(history []*Run, _ *Run, _ string) Baseline {
	return Baseline{Method: LastRun, Runs: history[:1], Reason: "the last run, of " + day(history[0].ProfiledAt)}
}

// Depth is how many earlier runs the settings need, at most.
func (s Settings) Depth() int { return 1 }

// day writes when a run was, as far as a reader wants to know.
func day(t time.Time) string {
	if t.IsZero() {
		return "an unknown day"
	}
	return fmt.Sprint(t.UTC().Format("2006-01-02 15:04"))
}
