package report

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// WithoutValues returns the table as it is told where no value of it may be: without metrics from which values
// follow, figures and reasons that hold them, and values of its partition key. Distributions stay, for their shape:
// what draws them tells nothing of where they lie (Private).
func (t Table) WithoutValues() Table {
	t.Private = true
	t.Reading = t.Reading.WithoutValues()
	if t.Profile != nil {
		profile := *t.Profile
		profile.Columns = slices.Clone(profile.Columns)
		for i, c := range profile.Columns {
			profile.Columns[i] = c.Without(metrics.TellsValues)
		}
		t.Profile = &profile
	}
	if t.Drift != nil {
		t.Drift = t.Drift.WithoutValues()
	}
	t.Outlook = t.Outlook.WithoutValues()
	t.Error = t.Error.WithoutValues()
	return t
}

// serverState is how errors name the kind of a message of a server's own.
var serverState = regexp.MustCompile(`\(SQLSTATE [0-9A-Z]{5}\)`)

// WithoutValues returns the failure without a message of the server of which it is not known that it holds no value:
// a cast that fails, as in a view, quotes what it could not read.
func (f *Failure) WithoutValues() *Failure {
	if f == nil || f.Kind != unsorted {
		return f
	}
	state := serverState.FindString(f.Message)
	if state == "" {
		return f // in words of our own
	}
	return &Failure{Kind: f.Kind, Message: fmt.Sprintf(
		"the server's error %s; its message may hold values of the table, and privacy: no_values keeps it back: the server's log has it", state)}
}
