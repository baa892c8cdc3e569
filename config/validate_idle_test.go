package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each file holds something legal that changes nothing, and the rest of it something like it that does.
func TestWhatIsLegalButUselessIsToldWithItsPlace(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a sample of every row", `datasets: {datasets: [{table: a, profiling: {sampling: {enabled: true, fraction: 1}}}]}`,
			`3:56: datasets.datasets[0].profiling.sampling: has no effect: every row is read; write a fraction below 1, or max_rows`},
		{"a sample of every row of a table that an entry for its schema samples", `
datasets:
  datasets:
    - {schema: s, profiling: {sampling: {enabled: true, fraction: 0.1}}}
    - {table: a, profiling: {sampling: {enabled: true, fraction: 1}}}
    - {schema: t, table: a, profiling: {metrics: [mean]}}
`, ""},
		{"a sample of every row, where the default is less", `
profiling: {default_sample_ratio: 0.5}
datasets: {datasets: [{table: a, profiling: {sampling: {enabled: true, fraction: 1}}}]}
`, ""},
		{"a sample with a limit", `datasets: {datasets: [{table: a, profiling: {sampling: {enabled: true, fraction: 1, max_rows: 10}}}]}`, ""},

		{"a histogram that is not computed", `
profiling: {compute_histograms: false, histogram_bins: 10, metrics: [mean, histogram]}
datasets: {datasets: [{table: a, columns: [{name: b, metrics: [histogram]}]}]}
`, `4:56: profiling.histogram_bins: has no effect with compute_histograms: false; take it away
4:76: profiling.metrics[1]: histogram: has no effect with profiling.compute_histograms: false; take one of the two away
5:64: datasets.datasets[0].columns[0].metrics[0]: histogram: has no effect with profiling.compute_histograms: false; take one of the two away`},
		{"histograms that no list asks for", `profiling: {compute_histograms: true, metrics: [mean]}`,
			`3:33: profiling.compute_histograms: has no effect: no list of metrics has histogram; add histogram to profiling.metrics`},
		{"histograms that a column's list asks for", `
profiling: {histogram_bins: 20, metrics: [mean]}
datasets: {datasets: [{table: a, columns: [{name: b, metrics: [histogram]}]}]}
`, ""},
		{"no histograms, and all metrics by default", `profiling: {compute_histograms: false}`, ""},

		{"rules after one of every column", `
datasets:
  datasets:
    - table: a
      columns:
        - {name: id}
        - {name: "*", profiling: {enabled: false}}
        - {name: b, metrics: [mean]}
        - {name: "c*", metrics: [mean], drift: {strategy: statistical}}
`, `10:11: datasets.datasets[0].columns[2]: has no effect: columns[1], "*", matches its columns before it; put it before that one, or take it away
11:33: datasets.datasets[0].columns[3].metrics: has no effect: columns[1], "*", matches its columns before it; take one of the two away`},
		{"a rule whose comparison an earlier rule without one leaves to it", `
datasets: {datasets: [{table: a, columns: [{name: "*_id", metrics: [count]}, {name: user_id, drift: {enabled: false}}]}]}
`, ""},
		{"a rule for a name that an earlier pattern matches", `
datasets: {datasets: [{table: a, columns: [{name: "u.*", pattern_type: regex}, {name: user_id, metrics: [mean]}, {name: item_id, metrics: [mean]}]}]}
`, `4:80: datasets.datasets[0].columns[1]: has no effect: columns[0], "u.*", matches its columns before it; put it before that one, or take it away`},
		{"two rules of one name, of which one is a pattern", `
datasets: {datasets: [{table: a, columns: [{name: "a.c", pattern_type: regex}, {name: "a.c", metrics: [mean]}, {name: "A.C", metrics: [mean]}]}]}
`, `4:80: datasets.datasets[0].columns[1]: has no effect: columns[0], "a.c", matches its columns before it; put it before that one, or take it away`},
		{"metrics and a comparison of columns that are not read", `
datasets: {datasets: [{table: a, columns: [{name: b, profiling: {enabled: false}, metrics: [mean], drift: {thresholds: {low: 1}}}]}]}
`, `4:92: datasets.datasets[0].columns[0].metrics: has no effect: profiling.enabled is false, so that the columns are not read; take one of the two away
4:107: datasets.datasets[0].columns[0].drift: has no effect: profiling.enabled is false, so that the columns are not compared; take one of the two away`},
		{"a column neither read nor compared", `
datasets: {datasets: [{table: a, columns: [{name: b, profiling: {enabled: false}, drift: {enabled: false}}]}]}
`, ""},
		{"the comparison of columns left out, of which an earlier rule reads one", `
datasets: {datasets: [{table: a, columns: [{name: id}, {name: "*", profiling: {enabled: false}, drift: {thresholds: {low: 1}}}]}]}
`, ""},
		{"thresholds of columns that are not compared", `
datasets: {datasets: [{table: a, columns: [{name: b, drift: {enabled: false, thresholds: {low: 1}}}]}]}
`, `4:90: datasets.datasets[0].columns[0].drift.thresholds: has no effect beside enabled: false; take one of the two away`},
		{"two lists of columns", `
datasets: {datasets: [{table: a, columns: [{name: b}], profiling: {columns: [{name: c}]}}]}
`, `4:43: datasets.datasets[0].columns: has no effect beside profiling.columns; write all rules in one of the two`},
		{"what is measured, told where only comparisons are", `
datasets: {datasets: [{table: a, drift: {columns: [{name: b, metrics: [mean]}, {name: c, metrics: [mean], drift: {enabled: false}}]}}]}
`, `4:52: datasets.datasets[0].drift.columns[0]: has no effect: the rule has no drift; say below drift how the columns are compared; what is read and measured stands in profiling.columns
4:99: datasets.datasets[0].drift.columns[1].metrics: has no effect below drift.columns; take one of the two away`},
		{"the comparison of a column that another list leaves out", `
datasets:
  datasets:
    - {table: a, columns: [{name: b, profiling: {enabled: false}}], drift: {columns: [{name: b, drift: {thresholds: {low: 1}}}, {name: c, drift: {thresholds: {low: 1}}}]}}
`, `6:87: datasets.datasets[0].drift.columns[0]: has no effect: the rule for "b" leaves the columns out; take one of the two away`},
		{"the same, where another entry says what is read", `
datasets:
  datasets:
    - {table: a, columns: [{name: b, profiling: {enabled: false}}], drift: {columns: [{name: b, drift: {thresholds: {low: 1}}}]}}
    - {schema: s, table: a, columns: [{name: b}]}
`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { expectWarnings(t, tt.text, tt.want) })
	}
}

func TestMistakesElsewhereHideNothingUseless(t *testing.T) {
	_, problems, warnings := parse(t, least+`
profiling: {compute_histograms: false, histogram_bins: 10}
drift_detection: {strategy: statistic}
datasets: {datasets: [{table: a, columns: [{name: "*"}, {name: b}]}]}
`)
	if len(problems) != 1 || len(warnings) != 2 {
		t.Errorf("problems %q, warnings %q", problems, warnings)
	}
}

// expectWarnings compares the warnings of a file, without their file's name, with lines.
func expectWarnings(t *testing.T, text, want string) {
	t.Helper()
	_, problems, warnings := parse(t, least+text)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got := strings.ReplaceAll(strings.Join(warnings, "\n"), "f.yml:", "")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
