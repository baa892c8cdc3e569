package config

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	generator "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// compiled returns Schema, compiled by an independent validator.
func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	source, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("config.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate holds YAML or JSON text against s, as an editor does.
func validate(t testing.TB, s *jsonschema.Schema, source []byte) error {
	t.Helper()
	var value any
	if err := yaml.Unmarshal(source, &value); err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	value, err = jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}

func TestTheSchemaAcceptsTheFilesThatTheLoaderAccepts(t *testing.T) {
	s := compiled(t)
	for _, file := range []string{"smallest.yml", "everything.yml", "anchors.yml", "not_built.yml", "datasets.yml", "datasets_dir.yml", "contracts.yml", "selection.yml", "selection_useless.yml"} {
		source, err := os.ReadFile(filepath.Join("testdata", "cases", file))
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, s, source); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestTheSchemaAndTheLoaderRefuseTheSame(t *testing.T) {
	s := compiled(t)
	for _, text := range []string{
		"unknown: 1", "environment: 1", "environment: ''", "profiling: {histogram_bins: 0}", "profiling: {histogram_bins: '7'}",
		"profiling: {histogram_bins: 7.5}", "profiling: {metrics: [men]}", "profiling: {metrics: count}", "profiling: {tables: [{}]}",
		"profiling: {tables: [{table: a, pattern: b}]}", "profiling: {tables: [{select_schema: no}]}",
		"profiling: {tables: [{pattern: a, pattern_type: glob}]}", "profiling: {tables: [{pattern: a, table_types: [tabel]}]}",
		"profiling: {tables: [{pattern: a, min_rows: 0}]}", "profiling: {tables: [{pattern: a, select_all_schemas: true}]}",
		"profiling: {discovery_options: {discovery_limit_action: stop}}", "profiling: {discovery_options: {max_tables_per_pattern: 0}}", "profiling: {default_sample_ratio: 0}",
		"drift_detection: {absolute_threshold: {low: 1}}", "execution: {max_workers: 0}", "retry: ~", "hooks: {hook: []}",
		"llm: {temperature: 3}", "execution: {mode: fast}", "x: 1",
		"retry: {enabled: 'true'}", "profiling: {tables: [{table: a, schema: b, schema_: b}]}", "profiling: ~\ncontracts: {}",
		"datasets: {datasets: [{table: a, profiling: {partition: {strategy: specific_values, values: [[1]]}}}]}",
	} {
		if _, problems, _ := parse(t, least+text); len(problems) == 0 {
			t.Errorf("%s: the loader accepts it", text)
		}
		if err := validate(t, s, []byte(least+text)); err == nil {
			t.Errorf("%s: the schema accepts it", text)
		}
	}
	for _, source := range []string{"{type: sqlite}", "{type: postgres, filepath: a}", "{database: a}", "{type: oracle, database: a}"} {
		text := "source: " + source + least[strings.Index(least, "\n"):]
		if _, problems, _ := parse(t, text); len(problems) == 0 {
			t.Errorf("%s: the loader accepts it", source)
		}
		if err := validate(t, s, []byte(text)); err == nil {
			t.Errorf("%s: the schema accepts it", source)
		}
	}
}

// referenceKeys are all the keys of the reference's two forms of file, derived from its schemas;
// [] stands for the items of a list.
func referenceKeys(t *testing.T) (keys []string) {
	t.Helper()
	f, err := os.Open("testdata/reference_keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		keys = append(keys, lines.Text())
	}
	if len(keys) < 400 {
		t.Fatalf("only %d keys", len(keys))
	}
	return keys
}

// ignoredKey is the warning of a key that is accepted and ignored.
var ignoredKey = regexp.MustCompile(`: (not built yet|has no effect)`)

// idleKey is the warning of a key that has no effect in a file that has nothing else.
var idleKey = regexp.MustCompile(`: has no effect(:| below)`)

// Whatever key of the reference a file sets, it loads; where the key is not built yet there is one
// warning, which names it or what contains it; and the schema has it.
func TestEveryKeyOfTheReferenceLoadsAndIsInTheSchema(t *testing.T) {
	s := compiled(t)
	for _, key := range referenceKeys(t) {
		rule, deprecated := ruleOf(t, key)
		root := document(t, key, sample(rule))
		source, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		_, problems, warnings := parse(t, string(source), exampleVariables...)
		warnings = slices.DeleteFunc(warnings, idleKey.MatchString)
		if len(problems) > 0 {
			t.Errorf("%s: %s\n%v", key, source, problems)
		}
		switch {
		case deprecated == "" && len(warnings) > 0:
			t.Errorf("%s: %v", key, warnings)
		case deprecated != "" && (len(warnings) != 1 || !ignoredKey.MatchString(warnings[0]) || !strings.Contains(strings.ReplaceAll(warnings[0], "[0]", "[]"), deprecated+": ")):
			t.Errorf("%s: want one warning about %s, got %v", key, deprecated, warnings)
		}
		if err := validate(t, s, source); err != nil {
			t.Errorf("%s: %s\n%v", key, source, err)
		}
	}
}

func TestEveryKeyOfTheSchemaHasADescription(t *testing.T) {
	var walk func(s *generator.Schema, at string)
	walk = func(s *generator.Schema, at string) {
		s, _ = inner(s)
		if s.Items != nil {
			walk(s.Items, at+"[]")
		}
		if s.Properties == nil {
			return
		}
		for p := s.Properties.Oldest(); p != nil; p = p.Next() {
			if within, _ := inner(p.Value); p.Value.Description == "" && within.Description == "" {
				t.Errorf("%s.%s has no description", at, p.Key)
			}
			if !p.Value.Deprecated {
				walk(p.Value, at+"."+p.Key)
			}
		}
	}
	walk(rules(), "")
}
