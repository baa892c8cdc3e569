package config

import "testing"

func TestBaselinesThatNothingComparesWithAreTold(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"a run that is written beside another strategy", `
drift_detection: {baselines: {strategy: last_run, run: abc}}
`, `4:56: drift_detection.baselines.run: has no effect with strategy: last_run; write strategy: pinned`},
		{"a run that is written for a column", `
datasets: {datasets: [{table: a, columns: [{name: x, drift: {baselines: {run: abc}}}]}]}
`, `4:79: datasets.datasets[0].columns[0].drift.baselines.run: has no effect with strategy: last_run; write strategy: pinned`},
		{"a run that is inherited, and that nobody asked for", `
drift_detection: {baselines: {strategy: pinned, run: abc}}
datasets:
  datasets:
    - {table: a, columns: [{name: x, drift: {baselines: {strategy: last_run}}}]}
    - {table: b, drift: {baselines: {strategy: moving_average}, columns: [{name: y, drift: {baselines: {strategy: last_run}}}]}}
`, ""},
	} {
		t.Run(test.name, func(t *testing.T) { expectWarnings(t, test.text, test.want) })
	}
}
