package config

import (
	"regexp"
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
	container, rule, names := root, rules(), strings.Split(key, ".")
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
		container = next
	}
	accompany(root, key)
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

// companions say what a key needs to have an effect: where its path matches, the mapping at has the key with the value.
// In both, as in the path, [] stands for the items of a list; $1 and $2 are parts of the path.
var companions = []struct {
	path    *regexp.Regexp
	at, key string
	value   any
}{
	{regexp.MustCompile(`^(source|.*connection)\.(host|port|username|password|password_file|schema|extra_params)$`), "$1", "type", "postgres"},
	{regexp.MustCompile(`^(.*columns\[\])\.pattern_type$`), "$1", "name", "^note"},
	{regexp.MustCompile(`^(.*\.partition)\.key$`), "$1", "strategy", "latest"},
	{regexp.MustCompile(`^(.*\.partition)\.recent_n$`), "$1", "strategy", "recent_n"},
	{regexp.MustCompile(`^(.*\.partition)\.values$`), "$1", "strategy", "specific_values"},
	{regexp.MustCompile(`^(.*\.sampling)\.(method|fraction|max_rows)$`), "$1", "enabled", true},
	{regexp.MustCompile(`^(.*)\.sampling\.method$`), "$1", "partition", map[string]any{"key": "day"}},
	{regexp.MustCompile(`^(drift_detection|datasets\.datasets\[\]\.drift)\.(standard_deviation|statistical|ml_based)(\..*)?$`), "$1", "strategy", "$2"},
	{regexp.MustCompile(`^(.*\.statistical)\.test_params\.(\w+)(\.\w+)?$`), "$1", "tests", []any{"$2"}},
	{regexp.MustCompile(`^(.*\.baselines)\.windows(\.\w+)?$`), "$1", "strategy", "auto"},
	{regexp.MustCompile(`^(.*\.baselines)\.run$`), "$1", "strategy", "pinned"},
	{regexp.MustCompile(`^(.*\.baselines)\.file$`), "$1", "strategy", "file"},
	{regexp.MustCompile(`^(datasets\.datasets\[\]\.drift\.columns\[\])\.(name|pattern_type)$`), "$1", "drift", map[string]any{"enabled": false}},
}

// accompany adds to a document what the key at a path needs.
func accompany(root map[string]any, path string) {
	for _, c := range companions {
		if !c.path.MatchString(path) {
			continue
		}
		value := c.value
		switch v := value.(type) {
		case string:
			value = c.path.ReplaceAllString(path, v)
		case []any:
			value = []any{c.path.ReplaceAllString(path, v[0].(string))}
		}
		mappingAt(root, c.path.ReplaceAllString(path, c.at))[c.key] = value
	}
}

// mappingAt returns the mapping at a path of a document.
func mappingAt(root map[string]any, path string) map[string]any {
	for _, name := range strings.Split(path, ".") {
		name, isList := strings.CutSuffix(name, "[]")
		if isList {
			root = root[name].([]any)[0].(map[string]any)
		} else {
			root = root[name].(map[string]any)
		}
	}
	return root
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
