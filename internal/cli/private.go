package cli

import (
	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/report"
)

// private reports whether no value of a table may be told outside the history.
func private(c *config.Config) bool { return c.Privacy == config.PrivacyNoValues }

// told is a table as it is told outside the history.
func (r *runner) told(t report.Table) report.Table {
	if private(r.config) {
		return t.WithoutValues()
	}
	return t
}

// toldError is an error as a log tells it.
func (r *runner) toldError(err error) string {
	if private(r.config) {
		return report.NewFailure(err).WithoutValues().Message
	}
	return err.Error()
}

// toldDrift is a comparison as it is told outside the history.
func toldDrift(c *config.Config, r *drift.Report) *drift.Report {
	if private(c) {
		return r.WithoutValues()
	}
	return r
}

// withoutValues takes away what tells values of the table.
func withoutValues(h *report.History) {
	for _, run := range h.Runs {
		for figure := range run.Values {
			if metrics.TellsValues(figure.Metric) {
				delete(run.Values, figure)
			}
		}
	}
}
