package plan_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report/document"
)

// planned returns the plan of a file, whose name says whether it is YAML or JSON.
func planned(t *testing.T, name, text string) *plan.Plan {
	t.Helper()
	c, _, err := config.Parse([]byte(text), name, "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Build(t.Context(), c, "public", func(context.Context) (plan.Catalog, error) {
		t.Fatal("the catalog was asked for")
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// head is what every file here begins with.
const head = "source: {type: postgres, database: shop}\nstorage: {connection: {type: sqlite, database: h}}\n"

func TestFilesThatMeanTheSameHaveTheSameSignature(t *testing.T) {
	want := planned(t, "a.yml", head+`
profiling:
  tables: [{table: orders}, {schema: sales, table: leads}]
  metrics: [count, mean]
datasets:
  datasets:
    - table: orders
      profiling:
        partition: {key: day, strategy: latest}
        sampling: {enabled: true}
        columns: [{name: id, metrics: [count, max]}, {name: note, profiling: {enabled: false}}]
`)
	for name, text := range map[string]string{
		"order.yml": `
datasets:
  datasets:
    - profiling:
        columns: [{metrics: [max, count, max], name: id}, {profiling: {enabled: false}, metrics: [mean], name: note}]
        sampling: {fraction: 0.010, enabled: yes}
        partition: {strategy: latest, key: day}
      table: orders
profiling:
  metrics: [mean, count, mean]
  tables: [{table: leads, schema: sales}, {schema: public, table: orders}, {table: orders}]
storage: {connection: {database: h, type: sqlite}}
source: {database: shop, type: postgres}
`,
		"json.json": `{"source": {"type": "postgres", "database": "shop"}, "storage": {"connection": {"type": "sqlite", "database": "h"}},
 "profiling": {"metrics": ["count", "mean"], "tables": [{"table": "orders"}, {"schema": "sales", "table": "leads"}]},
 "datasets": {"datasets": [{"table": "orders", "profiling": {
   "partition": {"key": "day", "strategy": "latest"}, "sampling": {"enabled": true, "fraction": 1e-2},
   "columns": [{"name": "id", "metrics": ["count", "max"]}, {"name": "note", "profiling": {"enabled": false}}]}}]}}`,
		"defaults.yml": head + `
environment: development
profiling:
  tables: [{table: orders, pattern_type: wildcard, select_schema: false}, {schema: sales, table: leads}]
  metrics: [count, mean]
  compute_histograms: true
  histogram_bins: 10
  max_distinct_values: 1000
  default_sample_ratio: 1
  table_discovery: true
  discovery_options: {max_tables_per_pattern: 1000, discovery_limit_action: warn, tag_provider: auto}
datasets:
  datasets:
    - table: orders
      profiling:
        partition: {key: day, strategy: latest, metadata_fallback: false}
        sampling: {enabled: true, method: random, fraction: 0.01, max_rows: null}
        columns:
          - {name: id, pattern_type: wildcard, metrics: [count, max], profiling: {enabled: true}}
          - {name: note, profiling: {enabled: false}}
    - table: leads
      profiling: {partition: {strategy: all}, sampling: {enabled: false}}
drift_detection:
  strategy: absolute_threshold
  absolute_threshold: {low_threshold: 5.0, medium_threshold: 15, high_threshold: 30}
  baselines: {strategy: last_run}
  enable_type_specific_thresholds: true
`,
	} {
		if got := planned(t, name, text); got.Signature() != want.Signature() {
			t.Errorf("%s:\n%s", name, cmp.Diff(want.Tables, got.Tables))
		}
	}
}

// written is a plan as plan -o json writes it.
func written(t *testing.T, p *plan.Plan) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := document.Write(&b, document.Plan(p)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestADifferenceNamesWhatChanged(t *testing.T) {
	tables := head + "profiling: {tables: [{table: a}, {table: b}], metrics: [count]}\n"
	dataset := func(settings string) string {
		return tables + "datasets: {datasets: [{table: a, profiling: " + settings + "}]}\n"
	}
	for _, test := range []struct{ name, before, after, want string }{
		{"nothing", tables, tables, ""},
		{"a table more", head + "profiling: {tables: [{table: a}], metrics: [count]}\n", tables, "+public.b"},
		{"a table less", tables, head + "profiling: {tables: [{table: b}], metrics: [count]}\n", "-public.a"},
		{"metrics", tables, dataset("{metrics: [count, mean]}"), "public.a metrics"},
		{"a sample", tables, dataset("{sampling: {enabled: true}}"), "public.a sampling"},
		{"another share", dataset("{sampling: {enabled: true, fraction: 0.5}}"), dataset("{sampling: {enabled: true}}"), "public.a sampling"},
		{"partitions", tables, dataset("{partition: {key: d, strategy: latest}}"), "public.a partition"},
		{"values of partitions", dataset("{partition: {key: d, strategy: specific_values, values: [1, 2.50]}}"), dataset("{partition: {key: d, strategy: specific_values, values: [1, 2.5]}}"), ""},
		{"columns and metrics", tables, dataset("{columns: [{name: x, profiling: {enabled: false}}], metrics: [max]}"), "public.a metrics columns"},
		{"the drift strategy", tables, tables + "drift_detection: {strategy: statistical}\n", "public.a drift_strategy public.b drift_strategy"},
		{"a threshold", tables, tables + "drift_detection: {absolute_threshold: {low_threshold: 1}}\n", "public.a drift_settings public.b drift_settings"},
		{"a column's threshold", tables, tables + "datasets: {datasets: [{table: a, drift: {columns: [{name: x, drift: {thresholds: {low: 1}}}]}}]}\n", "public.a drift_settings"},
		{"bins", head + "profiling: {tables: [{table: a}], metrics: [histogram]}\n", head + "profiling: {tables: [{table: a}], metrics: [histogram], histogram_bins: 30}\n", "public.a settings"},
		{"the environment", tables, tables + "environment: production\n", "environment"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, err := plan.Read(written(t, planned(t, "a.yml", test.before)))
			if err != nil {
				t.Fatal(err)
			}
			d := planned(t, "b.yml", test.after).Difference(before)
			var got []string
			for _, c := range d.Changes {
				got = append(got, c.Setting)
			}
			for _, id := range d.Added {
				got = append(got, "+"+id)
			}
			for _, id := range d.Removed {
				got = append(got, "-"+id)
			}
			for _, changed := range d.Changed {
				got = append(got, changed.ID)
				for _, c := range changed.Changes {
					got = append(got, c.Setting)
				}
			}
			if strings.Join(got, " ") != test.want || d.Same() != (test.want == "") {
				t.Errorf("%s, same %v; want %s", got, d.Same(), test.want)
			}
		})
	}
}

func TestWhatIsNoPlanIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "not a plan: not JSON",
		"source: a":        "not a plan: not JSON",
		"[]":               "not a plan: the file is of the wrong type: array",
		"{}":               "not a plan: it has no version",
		`{"version": 2}`:   "a plan of version 2, where this program knows version 1",
		`{"version": "1"}`: "not a plan: version is of the wrong type: string",
		`{"version": 1, "run_id": "x", "tables": []}`:                                             "not a plan: it lacks tables, a signature or a source",
		`{"version": 1, "signature": "x", "source": {"type": "sqlite"}, "tables": [{"id": "a"}]}`: "not a plan: tables[0] lacks an id or a signature",
	} {
		if _, err := plan.Read([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
