package config

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	generator "github.com/invopop/jsonschema"
)

// key is a key that is built.
type key struct {
	// path is as for ruleOf.
	path     string
	rule     *generator.Schema
	required bool
}

// container is the path of the mapping that holds the key.
func (k key) container() string {
	if end := strings.LastIndex(k.path, "."); end >= 0 {
		return k.path[:end]
	}
	return ""
}

// builtKeys lists the keys below s that are built, each before those within it.
func builtKeys(s *generator.Schema, at string) (keys []key) {
	s, _ = inner(s)
	switch {
	case s.Items != nil:
		return builtKeys(s.Items, at+"[]")
	case s.Properties == nil && s.AdditionalProperties != nil:
		return builtKeys(s.AdditionalProperties, path(at, "*"))
	case s.Properties == nil:
		return nil
	}
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		if !p.Value.Deprecated {
			rule, _ := inner(p.Value)
			keys = append(keys, key{path(at, p.Key), rule, slices.Contains(s.Required, p.Key)})
			keys = append(keys, builtKeys(p.Value, path(at, p.Key))...)
		}
	}
	return keys
}

// load loads a configuration of plain values, where every folder is empty and every file holds a line.
func load(t *testing.T, document map[string]any) (cfg *Config, said []Problem) {
	t.Helper()
	source, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	readFile := WithReadFile(func(string) ([]byte, error) { return []byte("A=1\n"), nil })
	exists := func(o *options) { o.stat = func(string) (fs.FileInfo, error) { return os.Stat(".") } }
	cfg, said, err = Parse(source, "f.yml", "", WithEnviron(exampleVariables), readFile, emptyFolders, exists)
	if problems, ok := err.(Problems); ok {
		said = append(said, problems...)
	}
	return cfg, said
}

func TestEveryKeyHasADescriptionADefaultAndAnExample(t *testing.T) {
	for _, k := range builtKeys(rules(), "") {
		if k.rule.Description == "" {
			t.Errorf("%s has no description: give its field the tag jsonschema_description", k.path)
		}
		if k.rule.Default == nil && k.rule.Comments == "" && !k.required {
			t.Errorf("%s has no default: give its field the tag absent, with what holds without the key", k.path)
		}
		if len(k.rule.Examples) == 0 {
			t.Errorf("%s has no example: give its field the tag example", k.path)
		}
	}
}

// idle are the keys that have no effect where they stand, as the page says, and may be warned of.
var idle = regexp.MustCompile(`^datasets\.datasets\[\]\.drift\.columns\[\]\.(metrics|profiling)`)

// schemas are the keys that have no effect on an engine without schemas.
var schemas = regexp.MustCompile(`^profiling\.tables\[\]\.(select_schema|schema|schema_pattern)$`)

// An example loads where its key stands, with what it needs beside it, and neither the loader nor the schema has
// anything against it.
func TestTheExampleOfEveryKeyLoads(t *testing.T) {
	s := compiled(t)
	for _, k := range builtKeys(rules(), "") {
		if len(k.rule.Examples) == 0 {
			continue // which is told
		}
		filled := document(t, k.path, k.rule.Examples[0].(example).value())
		if schemas.MatchString(k.path) {
			filled["source"].(map[string]any)["type"] = "postgres"
		}
		cfg, said := load(t, filled)
		if cfg == nil || len(said) > 0 && !idle.MatchString(k.path) {
			t.Errorf("%s: %v", k.path, said)
		}
		source, err := json.Marshal(filled)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, s, source); err != nil {
			t.Errorf("%s: %s\n%v", k.path, source, err)
		}
	}
}

// filledInLater are the keys whose defaults are no part of a Config: what has them, and the test that holds them.
var filledInLater = regexp.MustCompile(`^contracts\.|^datasets\.\w+$` + // TestTheDefaultsOfFoldersAreThoseOfTheSchema
	`|\.(profiling|drift|anomaly)\.enabled$` + // TestColumnsAreReadAndComparedUnlessTheirRuleSaysOtherwise
	`|\.test_params\.`) // TestTheDefaultsOfTestsAreThoseOfTheSchema in internal/cli

func TestTheLoaderFillsInTheDefaultsOfTheSchema(t *testing.T) {
	for _, k := range builtKeys(rules(), "") {
		if k.rule.Default == nil || filledInLater.MatchString(k.path) {
			continue
		}
		cfg, said := load(t, document(t, k.path, nil))
		if cfg == nil {
			t.Errorf("without %s: %v", k.path, said)
			continue
		}
		if diff := cmp.Diff(plainValue(t, k.rule.Default), valueAt(plainValue(t, cfg), k.path)); diff != "" {
			t.Errorf("without %s (-schema +loader):\n%s", k.path, diff)
		}
	}
}

// plainValue returns what JSON makes of a value.
func plainValue(t *testing.T, v any) (value any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &value)
	}
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// valueAt returns what plain values hold at a path; nil where they hold nothing.
func valueAt(v any, path string) any {
	for _, name := range strings.Split(path, ".") {
		name, isList := strings.CutSuffix(name, "[]")
		m, _ := v.(map[string]any)
		v = m[name]
		if items, ok := v.([]any); isList && ok && len(items) > 0 {
			v = items[0]
		}
	}
	return v
}

// Each key about folders, left out, does what its default does, and something else than its example.
func TestTheDefaultsOfFoldersAreThoseOfTheSchema(t *testing.T) {
	dir := t.TempDir()
	const contract = "kind: DataContract\napiVersion: v3.1.0\nid: ID\ndataset: [{name: ID, columns: [{name: a}]}]\n"
	for file, text := range map[string]string{
		"datasets/a.yml": "table: a\n", "datasets/b.yaml": "table: b\n", "datasets/within/c.yml": "table: c\n", "tables/d.yml": "table: d\n",
		"contracts/e.odcs.yaml": strings.ReplaceAll(contract, "ID", "e"), "contracts/within/f.odcs.yml": strings.ReplaceAll(contract, "ID", "f"),
		"contracts/contract_g.yaml": strings.ReplaceAll(contract, "ID", "g"), "odcs/h.odcs.yaml": strings.ReplaceAll(contract, "ID", "h"),
		"contracts/twice.odcs.yaml": "kind: DataContract\napiVersion: v3.1.0\nid: i\ndataset: [{name: i, columns: [{name: a}]}, {name: i, columns: [{name: a}]}]\n",
		"contracts/less.odcs.yaml":  "kind: DataContract\napiVersion: v3.1.0\ndataset: [{name: j}]\n",
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	outcome := func(section, key string, value any) any {
		keys := map[string]any{"exclude_patterns": []any{}}
		if section == "contracts" && key != "validate_on_load" {
			keys["exclude_patterns"] = []any{"twice.*"}
		}
		if value != nil {
			keys[key] = value
		}
		source, err := json.Marshal(map[string]any{
			"source": map[string]any{"type": "sqlite", "database": "a"}, "storage": map[string]any{"connection": map[string]any{"type": "sqlite", "database": "b"}}, section: keys,
		})
		if err != nil {
			t.Fatal(err)
		}
		cfg, _, err := Parse(source, "f.yml", dir, WithEnviron(nil))
		if err != nil {
			return err.Error()
		}
		return plainValue(t, cfg)
	}
	for _, k := range builtKeys(rules(), "") {
		section, name, _ := strings.Cut(k.path, ".")
		if k.rule.Default == nil || !regexp.MustCompile(`^(contracts|datasets)\.\w+$`).MatchString(k.path) {
			continue
		}
		absent := outcome(section, name, nil)
		if diff := cmp.Diff(outcome(section, name, k.rule.Default), absent); diff != "" {
			t.Errorf("without %s (-schema +loader):\n%s", k.path, diff)
		}
		if cmp.Equal(outcome(section, name, k.rule.Examples[0].(example).value()), absent) {
			t.Errorf("the example of %s changes nothing", k.path)
		}
	}
}

func TestColumnsAreReadAndComparedUnlessTheirRuleSaysOtherwise(t *testing.T) {
	for _, key := range []string{"profiling", "drift", "anomaly"} {
		for _, enabled := range []any{nil, true, false} {
			at := "datasets.datasets[].columns[]." + key + ".enabled"
			cfg, said := load(t, document(t, at, enabled))
			if cfg == nil {
				t.Fatal(said)
			}
			rule := cfg.Datasets.Datasets[0].Columns[0]
			got := map[string]bool{"profiling": rule.Reads(), "drift": rule.Compares(), "anomaly": rule.JudgesAnomalies()}[key]
			k, _ := ruleOf(t, at)
			if want := enabled != false; got != want || k.Default != true {
				t.Errorf("%s of %v: %t, want %t; the schema's default is %v", at, enabled, got, want, k.Default)
			}
		}
	}
}

func TestEditorsAreGivenDefaultsAndExamplesThatTheyCanWrite(t *testing.T) {
	type node struct {
		Properties  map[string]node
		AnyOf       []node
		Description string
		Default     any
		Examples    []any
	}
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var schema node
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	bins := schema.Properties["profiling"].Properties["histogram_bins"]
	if bins.Default != 10.0 || !cmp.Equal(bins.Examples, []any{20.0}) || !strings.HasSuffix(bins.Description, ". Default: 10.") {
		t.Errorf("histogram_bins: %+v", bins)
	}
	port := schema.Properties["source"].Properties["port"]
	if port.Default != nil || !strings.HasSuffix(port.Description, ". Default: the engine's usual one.") {
		t.Errorf("port: %+v", port)
	}
	tables := schema.Properties["profiling"].Properties["tables"]
	patterns := schema.Properties["contracts"].AnyOf[0].Properties["file_patterns"]
	if tables.Examples != nil || patterns.Default != nil {
		t.Errorf("a list of mappings %v, or of text in quotes %v", tables.Examples, patterns.Default)
	}
}
