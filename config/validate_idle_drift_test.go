package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestComparisonsThatNothingUsesAreTold(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"the thresholds of a strategy that is not used", `drift_detection: {strategy: statistical, absolute_threshold: {low_threshold: 1}, standard_deviation: {low_threshold: 1}}`,
			`3:62: drift_detection.absolute_threshold: has no effect: no table is compared by absolute_threshold; write strategy: absolute_threshold, or take it away`},
		{"the settings of strategies that others use", `
drift_detection: {absolute_threshold: {low_threshold: 1}, standard_deviation: {low_threshold: 0.5}, statistical: {min_rows: 10}, ml_based: {min_runs: 9}}
datasets:
  datasets:
    - {table: a, drift: {strategy: standard_deviation}}
    - {table: b, columns: [{name: c, drift: {strategy: ml_based}}]}
    - {table: c, drift: {columns: [{name: c, drift: {strategy: statistical}}]}}
`, ""},
		{"of a dataset", `
datasets:
  datasets:
    - {table: a, drift: {strategy: statistical, absolute_threshold: {low_threshold: 1}}}
    - {table: b, drift: {standard_deviation: {low_threshold: 1}}}
    - {table: c, drift: {absolute_threshold: {low_threshold: 1}}}
`, `6:69: datasets.datasets[0].drift.absolute_threshold: has no effect: none of its tables is compared by absolute_threshold; write strategy: absolute_threshold, or take it away
7:46: datasets.datasets[1].drift.standard_deviation: has no effect: none of its tables is compared by standard_deviation; write strategy: standard_deviation, or take it away`},
		{"of a dataset that a closer one makes use of", `
datasets:
  datasets:
    - {schema: s, drift: {standard_deviation: {low_threshold: 0.5}}}
    - {table: a, drift: {strategy: standard_deviation}}
`, ""},
		{"parameters of tests that no list has", `
drift_detection: {strategy: statistical, statistical: {tests: [psi], test_params: {psi: {threshold: 0.1}, top_k: {k: 5}, z_score: {z_threshold: 2}}}}
datasets: {datasets: [{table: a, drift: {statistical: {tests: [z_score]}}}]}
`, `4:114: drift_detection.statistical.test_params.top_k: has no effect: top_k is not in the list of tests; add it to statistical.tests`},
		{"windows that no baseline looks at", `
drift_detection: {baselines: {strategy: moving_average, windows: {moving_average: 5, prior_period: 30, min_runs: 3}}}
`, `4:100: drift_detection.baselines.windows.prior_period: has no effect: no baseline in use looks at it; it is of prior_period, auto`},
		{"the window of the strategy standard_deviation", `
drift_detection: {strategy: standard_deviation, baselines: {windows: {moving_average: 20, min_runs: 5}}}
`, ""},

		{"thresholds by types that are switched off", `
drift_detection: {enable_type_specific_thresholds: false, type_specific_thresholds: {numeric: {mean: {low: 1}}}}
`, `4:85: drift_detection.type_specific_thresholds: has no effect with enable_type_specific_thresholds: false; take one of the two away`},
		{"thresholds by types for another strategy", `
drift_detection: {strategy: statistical, type_specific_thresholds: {numeric: {mean: {low: 1}}}}
`, `4:68: drift_detection.type_specific_thresholds: has no effect: no table is compared by absolute_threshold; write strategy: absolute_threshold, or take it away`},
		{"thresholds by types of what is not compared, not measured or not rising", `
profiling: {metrics: [count, mean, min, unique_ratio]}
drift_detection:
  type_specific_thresholds:
    numeric:
      mean: {low: 1, medium: 2, high: 3}
      min: {low: 20}
      stddev: {low: 1}
      top_values: {low: 1}
    categorical:
      mean: {low: 1}
      unique_ratio: {low: 1}
      distinct_percent: {low: 1}
    unknown: {default: {low: 1}}
`, `9:12: drift_detection.type_specific_thresholds.numeric.min: the thresholds do not rise: low 20, medium 15, high 30; a severity whose threshold lies above a higher one's is never given
10:15: drift_detection.type_specific_thresholds.numeric.stddev: has no effect: no list of metrics has stddev; add it to profiling.metrics
11:19: drift_detection.type_specific_thresholds.numeric.top_values: has no effect: top_values is not compared; compared are count, null_ratio, unique_ratio, mean, stddev, min, max
13:13: drift_detection.type_specific_thresholds.categorical.mean: has no effect: mean of categorical columns is not compared; take it away
15:7: drift_detection.type_specific_thresholds.categorical.distinct_percent: distinct_percent: has no effect, here or in baselinr; write unique_ratio`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { expectWarnings(t, tt.text, tt.want) })
	}
}

func TestUnknownFamiliesAndMetricsOfThresholdsAreErrors(t *testing.T) {
	_, problems, _ := parse(t, least+`
drift_detection:
  type_specific_thresholds:
    numerics: {mean: {low: 1}}
    blob: {default: {low: 1}}
    numeric:
      uniqueratio: {low: 1}
`)
	want := []string{
		`f.yml:6:5: drift_detection.type_specific_thresholds.numerics: unknown family of types; did you mean "numeric"?`,
		`f.yml:7:5: drift_detection.type_specific_thresholds.blob: unknown family of types; one of numeric, categorical, timestamp, boolean, unknown`,
		`f.yml:9:7: drift_detection.type_specific_thresholds.numeric.uniqueratio: unknown metric; did you mean "unique_ratio"?`,
	}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
