package config

import (
	"slices"
	"strings"
	"testing"

	generator "github.com/invopop/jsonschema"
)

// ruleOf returns the rule of the value at a path, in which [] stands for the items of a list and * for any key, and
// the outermost key on the way that is not built yet.
func ruleOf(t *testing.T, key string) (rule *generator.Schema, deprecated string) {
	t.Helper()
	rule = rules()
	names := strings.Split(key, ".")
	for i, name := range names {
		name, isList := strings.CutSuffix(name, "[]")
		p := property(rule, name)
		if p == nil {
			t.Fatalf("%s: no rule for %s", key, name)
		}
		if p.Deprecated && deprecated == "" {
			deprecated = strings.Join(append(slices.Clone(names[:i]), name), ".")
		}
		if rule, _ = inner(p); isList {
			rule, _ = inner(rule.Items)
		}
	}
	return rule, deprecated
}

// document returns a configuration that has value at a path as of ruleOf, with all that it needs beside it; without
// the key, and with the rest, where value is nil.
func document(t *testing.T, key string, value any) map[string]any {
	t.Helper()
	root := map[string]any{
		"source":  map[string]any{"type": "sqlite", "database": "a"},
		"storage": map[string]any{"connection": map[string]any{"type": "sqlite", "database": "b"}},
	}
	parent, container, rule, names := root, root, rules(), strings.Split(key, ".")
	families := []string{"numeric", "mean"}
	for i, name := range names {
		name, isList := strings.CutSuffix(name, "[]")
		rule, _ = inner(property(rule, name))
		if name == "*" {
			name, families = families[0], families[1:]
		}
		if i == len(names)-1 {
			if value != nil {
				container[name] = value
			}
			accompany(parent, container, key, name)
			break
		}
		next, _ := container[name].(map[string]any)
		if next == nil {
			next = map[string]any{}
		}
		container[name] = next
		if isList {
			rule, _ = inner(rule.Items)
			container[name] = []any{next}
			for _, required := range rule.Required {
				p, _ := rule.Properties.Get(required)
				next[required] = sample(p)
			}
		}
		parent, container = container, next
	}
	profiling, _ := root["profiling"].(map[string]any)
	if tables, ok := profiling["tables"].([]any); ok && len(tables) > 0 && strings.HasPrefix(key, "profiling.tables[].") {
		accompanyTable(tables[0].(map[string]any), strings.TrimPrefix(key, "profiling.tables[]."))
	}
	if hooks, _ := root["hooks"].(map[string]any); hooks["hooks"] != nil {
		if entries := hooks["hooks"].([]any); len(entries) > 0 && strings.HasPrefix(key, "hooks.hooks[].") {
			accompanyHook(entries[0].(map[string]any), strings.TrimPrefix(key, "hooks.hooks[]."))
		}
	}
	return root
}

// exampleVariables are the environment variables that examples refer to.
var exampleVariables = []string{"SHOP_PASSWORD=a", "SLACK_WEBHOOK_URL=https://example.com/", "WEBHOOK_SECRET=a"}

// sample makes a value that s accepts: its example, where it has one.
func sample(s *generator.Schema) any {
	s, _ = inner(s)
	if len(s.Examples) > 0 {
		return s.Examples[0].(example).value()
	}
	switch s.Type {
	case "object":
		value := map[string]any{}
		for _, key := range s.Required {
			p, _ := s.Properties.Get(key)
			value[key] = sample(p)
		}
		if _, ok := value["type"]; ok && s.Required != nil {
			value["database"] = "a"
		}
		return value
	case "array":
		return []any{}
	case "boolean":
		return true
	case "integer", "number":
		if s.Minimum != "" {
			return s.Minimum
		}
		return 1
	}
	if s.Enum != nil {
		return s.Enum[0]
	}
	return "a"
}

// accompany adds to the mapping that holds a key, and to what holds the mapping, what the key needs to have an effect.
func accompany(parent, container map[string]any, key, name string) {
	within := strings.TrimSuffix(strings.TrimSuffix(key, name), ".")
	switch {
	case name == "pattern_type" && container["name"] != nil:
		container["name"] = "^note"
	case strings.HasSuffix(within, ".partition"):
		if strategy, ok := map[string]string{"recent_n": "recent_n", "values": "specific_values", "key": "latest"}[name]; ok {
			container["strategy"] = strategy
		}
	case strings.HasSuffix(within, ".sampling"):
		if container["method"] == "stratified" {
			parent["partition"] = map[string]any{"key": "day"}
		}
		if name != "enabled" {
			container["enabled"] = true
		}
	case strings.HasSuffix(within, "baselines") && name == "run":
		container["strategy"] = "pinned"
	case (within == "source" || strings.HasSuffix(within, "connection")) && !slices.Contains([]string{"type", "database", "filepath"}, name):
		container["type"] = "postgres"
	}
}

// accompanyTable gives an entry of profiling.tables what its key needs.
func accompanyTable(entry map[string]any, key string) {
	switch key {
	case "dbt_ref", "dbt_selector":
		entry["dbt_manifest_path"] = "manifest.json"
	case "dbt_manifest_path", "dbt_project_path":
		entry["dbt_ref"] = "orders"
	case "select_schema":
		entry["schema"] = "sales"
	}
	if !slices.ContainsFunc(selections, func(k string) bool { return entry[k] != nil }) {
		entry["pattern"] = "a"
	}
}

// accompanyHook gives a hook the type that a key has an effect on, and what that type needs.
func accompanyHook(hook map[string]any, key string) {
	name, _, _ := strings.Cut(key, ".")
	if types, ok := keyTypes[name]; ok {
		hook["type"] = string(types[0])
	}
	switch hook["type"] {
	case "slack":
		setDefaultValue(hook, "webhook_url", "https://example.com/")
	case "webhook":
		setDefaultValue(hook, "url", "https://example.com/")
	case "custom":
		hook["enabled"] = false
	}
	if connection, ok := hook["connection"].(map[string]any); ok {
		setDefaultValue(connection, "type", "sqlite")
		setDefaultValue(connection, "database", "c")
	}
}

func setDefaultValue(m map[string]any, key string, value any) {
	if m[key] == nil {
		m[key] = value
	}
}
