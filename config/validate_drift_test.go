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
		{"a run beside a strategy that looks at several", `
drift_detection: {strategy: standard_deviation, baselines: {strategy: pinned, run: abc}}
`, `4:71: drift_detection.baselines.strategy: but for changes of the schema, a baseline with strategy: pinned has no effect on the strategy standard_deviation, which holds a metric against its values in the last runs; write strategy: absolute_threshold or statistical to compare with one run`},
		{"of a dataset and of a column", `
drift_detection: {baselines: {strategy: pinned, run: abc}}
datasets:
  datasets:
    - {table: a, drift: {strategy: ml_based}}
    - {table: b, columns: [{name: x, drift: {strategy: ml_based}}, {name: y, drift: {strategy: statistical}}]}
    - {table: c, drift: {strategy: ml_based, baselines: {strategy: last_run}}}
`, `7:36: datasets.datasets[0].drift.strategy: but for changes of the schema, a baseline with strategy: pinned has no effect on the strategy ml_based, which holds a metric against its values in the last runs; write strategy: absolute_threshold or statistical to compare with one run
8:56: datasets.datasets[1].columns[0].drift.strategy: a baseline with strategy: pinned has no effect on the strategy ml_based, which holds a metric against its values in the last runs; write strategy: absolute_threshold or statistical to compare with one run`},
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
