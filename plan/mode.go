package plan

import (
	"fmt"
	"slices"

	"github.com/baselinr/baselinr-pipes/config"
)

// modeOf is how a config's tables are measured, and why.
func modeOf(c *config.Config) (mode config.Mode, reason string) {
	engine := c.Source.Type
	switch c.Execution.Mode {
	case config.ModePushdown:
		if !slices.Contains(config.EnginesPushdown, engine) {
			return config.ModeStream, fmt.Sprintf("execution.mode is pushdown, which is not built for %s", engine)
		}
		return config.ModePushdown, "execution.mode is pushdown"
	case config.ModeStream:
		return config.ModeStream, "execution.mode is stream"
	}
	if slices.Contains(config.EnginesPushedByDefault, engine) {
		return config.ModePushdown, fmt.Sprintf("execution.mode is auto, and %s aggregates for less than it ships rows", engine)
	}
	return config.ModeStream, fmt.Sprintf("execution.mode is auto, and rows of %s cost little to read", engine)
}

// Pushed reports whether the engine computes the table's profile.
func (t Table) Pushed() bool { return t.Mode == config.ModePushdown }

// byGroups are the metrics that a second statement is sent for.
var byGroups = []string{"distinct_count", "unique_ratio", "approx_distinct_count", "quantiles", histogram, "top_values", "data_type_inferred"}

// asksGroups reports whether a second statement may be sent.
func (t Table) asksGroups() bool {
	asked := func(names []string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(byGroups, n) })
	}
	return asked(t.Metrics) || slices.ContainsFunc(t.Columns, func(r config.ColumnRule) bool { return asked(r.Metrics) })
}
