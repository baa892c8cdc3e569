package plan

import (
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
)

// planOf is the plan of a configuration for the table a.
func planOf(t *testing.T, keys string) *Plan {
	t.Helper()
	source := "source: {type: postgres, database: shop}\nstorage: {connection: {type: sqlite, filepath: h.db}}\n" + keys
	c, _, err := config.Parse([]byte(source), "f.yml", "", config.WithEnviron(nil))
	if err != nil {
		t.Fatal(err)
	}
	return build(t, *c, nil)
}

func TestFilesThatMeanTheSameHaveOneSignature(t *testing.T) {
	const named = "profiling: {tables: [{table: a}]}\n"
	dataset := func(settings string) string { return named + "datasets: {datasets: [{table: a, " + settings + "}]}" }
	values := func(list string) string {
		return dataset("profiling: {partition: {key: d, strategy: specific_values, values: " + list + "}}")
	}
	for name, same := range map[string][]string{
		"the order of partitions":        {values("[a, b, null, 2, 10, true]"), values("[10, b, a, true, 2, null]"), values("[a, a, b, 2, 10, null, true, true]")},
		"a rule that asks for nothing":   {named, dataset("columns: [{name: '*'}]"), dataset("columns: [{name: x}, {name: y, metrics: []}]")},
		"a second rule for a column":     {dataset("columns: [{name: x, metrics: [count]}]"), dataset("columns: [{name: x, metrics: [count]}, {name: x, metrics: [mean]}]"), dataset("columns: [{name: x, metrics: [count]}, {name: '*'}, {name: z, metrics: [mean]}]")},
		"bins without histograms":        {"profiling: {tables: [{table: a}], compute_histograms: false}", "profiling: {tables: [{table: a}], compute_histograms: false, histogram_bins: 30}"},
		"thresholds of another strategy": {named, named + "drift_detection: {standard_deviation: {low_threshold: 1.5}, statistical: {min_rows: 7}, ml_based: {min_runs: 20}}"},
		"windows of another baseline":    {named, named + "drift_detection: {baselines: {windows: {moving_average: 30, min_runs: 9, prior_period: 30}}}"},
		"the order of tests":             {named + "drift_detection: {strategy: statistical, statistical: {tests: [psi, ks_test]}}", named + "drift_detection: {strategy: statistical, statistical: {tests: [ks_test, psi, psi]}}"},
	} {
		for _, other := range same[1:] {
			if planOf(t, same[0]).Signature() != planOf(t, other).Signature() {
				t.Errorf("%s changes the signature:\n%s", name, other)
			}
		}
	}
	for name, two := range map[string][2]string{
		"another partition":               {values("[a]"), values("[b]")},
		"a number for a text":             {values("[1]"), values("['1']")},
		"a rule before one that measures": {dataset("columns: [{name: x}, {name: '*', metrics: [count]}]"), dataset("columns: [{name: '*', metrics: [count]}]")},
		"a rule that leaves out":          {named, dataset("columns: [{name: x, profiling: {enabled: false}}]")},
		"thresholds of one column's strategy": {dataset("columns: [{name: x, drift: {strategy: standard_deviation}}]"),
			dataset("columns: [{name: x, drift: {strategy: standard_deviation}}]") + "\ndrift_detection: {standard_deviation: {low_threshold: 1.5}}"},
		"bins of one column's histogram": {"profiling: {tables: [{table: a}], metrics: [count]}\ndatasets: {datasets: [{table: a, columns: [{name: x, metrics: [histogram]}]}]}",
			"profiling: {tables: [{table: a}], metrics: [count], histogram_bins: 30}\ndatasets: {datasets: [{table: a, columns: [{name: x, metrics: [histogram]}]}]}"},
	} {
		if planOf(t, two[0]).Signature() == planOf(t, two[1]).Signature() {
			t.Errorf("%s does not change the signature", name)
		}
	}
}
