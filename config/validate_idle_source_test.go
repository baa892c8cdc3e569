package config

import (
	"strings"
	"testing"
)

func TestWhatIsUselessOfOneEngineOrListIsTold(t *testing.T) {
	const sqlite = "source: {type: sqlite, database: a}\nstorage: {connection: {type: sqlite, database: b}}\n"
	postgres := strings.Replace(sqlite, "sqlite", "postgres", 1)
	for _, tt := range []struct{ name, text, want string }{
		{"limits of another engine", sqlite + "execution: {warehouse_limits: {postgres: 3}}",
			"f.yml:3:32: execution.warehouse_limits.postgres: has no effect: the source is sqlite; take it away"},
		{"limits of several engines", sqlite + "execution: {warehouse_limits: {postgres: 3, sqlite: 2}}", ""},
		{"a metric twice", sqlite + "profiling: {metrics: [count, mean, count]}",
			"f.yml:3:36: profiling.metrics[2]: count: is in the list already; take it away"},
		{"schemas of SQLite", sqlite + "profiling: {table_discovery: true, tables: [{table: a, schema: s}, {pattern: 'b*', schema: s}, {table: c, schema: main}]}",
			"f.yml:3:64: profiling.tables[0].schema: has no effect: SQLite has no schemas (and 1 more like it); take it away, or name the tables"},
		{"a pattern of schemas of SQLite", sqlite + "profiling: {table_discovery: true, tables: [{pattern: a, schema_pattern: 's*'}]}",
			"f.yml:3:74: profiling.tables[0].schema_pattern: has no effect: SQLite has no schemas; take it away, or name the tables"},
		{"schemas of PostgreSQL", postgres + "profiling: {tables: [{table: a, schema: s}]}", ""},
		{"a secret that config show printed", strings.Replace(postgres, "database: a", "database: a, password: '***', extra_params: {api_token: '***', options: '***'}", 1),
			"f.yml:1:49: source.password: is ***, which config show prints in place of a secret; write the secret itself, or ${NAME} and keep it in the environment\n" +
				"f.yml:1:82: source.extra_params.api_token: is ***, which config show prints in place of a secret; write the secret itself, or ${NAME} and keep it in the environment"},
		{"windows of a column that its baseline does not look at", sqlite +
			"datasets: {datasets: [{table: a, profiling: {columns: [{name: x, drift: {baselines: {strategy: last_run, windows: {moving_average: 3}}}}]}}]}",
			"f.yml:3:132: datasets.datasets[0].profiling.columns[0].drift.baselines.windows.moving_average: has no effect: no baseline in use looks at it; it is of moving_average, auto, standard_deviation"},
		{"windows of a column that it looks at", sqlite +
			"datasets: {datasets: [{table: a, drift: {baselines: {strategy: moving_average}}, columns: [{name: x, drift: {baselines: {windows: {moving_average: 3}}}}]}]}", ""},
		{"the version of YAML", "# a\n%YAML 1.2\n---\n" + sqlite, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, warnings, err := Parse([]byte(tt.text), "f.yml", "", WithEnviron(nil))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range warnings {
				got = append(got, w.String())
			}
			if strings.Join(got, "\n") != tt.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "\n"), tt.want)
			}
		})
	}
}

func TestAWholeNumberThatIsTooLargeIsToldAsSuch(t *testing.T) {
	for _, number := range []string{"99999999999999999999", "1.0e+17", "9007199254740993"} {
		_, _, err := Parse([]byte(least+"profiling: {discovery_options: {cache_ttl_seconds: "+number+"}}"), "f.yml", "", WithEnviron(nil))
		want := "f.yml:3:52: profiling.discovery_options.cache_ttl_seconds: must be at most 9007199254740991, got " + number
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestAnOverrideThatIsNoYAMLHasItsPath(t *testing.T) {
	_, _, err := Parse([]byte(least), "f.yml", "", WithEnviron([]string{"BASELINR_PROFILING__TABLES__0={a: ["}))
	if err == nil || !strings.HasPrefix(err.Error(), "BASELINR_PROFILING__TABLES__0: profiling.tables[0]: the value is not valid YAML") {
		t.Errorf("got %v", err)
	}
}
