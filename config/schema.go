package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/invopop/jsonschema"
	"go.yaml.in/yaml/v3"
)

// JSONSchema describes a secret to schema generators: text that is never read back.
func (Secret) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", WriteOnly: true}
}

// JSONSchema describes parameters to schema generators: any keys, any values.
func (Params) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "object", AdditionalProperties: jsonschema.TrueSchema}
}

// JSONSchema describes limits to schema generators: whole numbers from 1, by the names of engines.
func (WarehouseLimits) JSONSchema() *jsonschema.Schema {
	engines := &jsonschema.Schema{Title: "engine"}
	for _, name := range EngineNames {
		engines.Enum = append(engines.Enum, name)
	}
	return &jsonschema.Schema{Type: "object", PropertyNames: engines, AdditionalProperties: &jsonschema.Schema{Type: "integer", Minimum: "1"}}
}

// Schema returns the JSON Schema (draft 2020-12) of a configuration file, for editors. It allows what
// the loader does: ${NAME} wherever a value may stand, and YAML 1.1's words for booleans. Keys that
// are accepted but not built yet are deprecated in it.
func Schema() ([]byte, error) {
	s := editor(rules())
	s.Version = jsonschema.Version
	s.Title = "baselinr-pipes configuration"
	s.Description = "What baselinr-pipes profiles, where, and where it keeps the history."
	encoded, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("config schema: %w", err)
	}
	return append(encoded, '\n'), nil
}

// fromEnvironment is text that the environment completes, which no schema can check.
const fromEnvironment = `\$\{`

// words are YAML 1.1's booleans that a parser of YAML 1.2 hands on as text, in any case, as the loader takes them.
const words = `^([Yy][Ee][Ss]|[Oo][Nn]|` + noWords + `)$`

// noWords are those of them that mean false.
const noWords = `[Nn][Oo]|[Oo][Ff][Ff]`

// editor returns a copy of s that allows what the loader makes of a file before it holds it against
// the rules.
func editor(s *jsonschema.Schema) *jsonschema.Schema {
	kept, nullable := inner(s)
	value := *kept
	value.Description, value.Comments, value.Default, value.Examples, value.Deprecated = "", "", nil, nil, false
	var choices []*jsonschema.Schema
	switch value.Type {
	case "object":
		editorObject(&value)
	case "array":
		value.Items = editor(kept.Items)
	case "boolean":
		choices = append(choices, &jsonschema.Schema{Type: "string", Pattern: words + "|" + fromEnvironment})
	case "integer", "number":
		choices = append(choices, &jsonschema.Schema{Type: "string", Pattern: fromEnvironment})
	case "string":
		if value.Enum != nil {
			choices = append(choices, &jsonschema.Schema{Type: "string", Pattern: fromEnvironment})
		}
		if value.Title == "metric" {
			choices = append(choices, obsoleteMetricSchema())
		}
	case "":
		nullable = false // anything goes, null too
	}
	if nullable {
		choices = append(choices, &jsonschema.Schema{Type: "null"})
	}
	result := &value
	if len(choices) > 0 {
		result = &jsonschema.Schema{AnyOf: append([]*jsonschema.Schema{&value}, choices...)}
	}
	result.Description, result.Deprecated = kept.Description, kept.Deprecated
	if completes(kept.Default) {
		result.Default = kept.Default
	}
	if len(kept.Examples) > 0 && completes(kept.Examples[0].(example).value()) {
		result.Examples = kept.Examples
	}
	if told := defaultTold(kept); told != "" {
		result.Description += " Default: " + told + "." // editors show the description, not the default
	}
	if s != kept && s.Deprecated {
		result.Description, result.Deprecated = s.Description, true
	}
	return result
}

// completes reports whether an editor can complete a key to a value: yaml-language-server 1.25 writes a list's mappings as
// [object Object], and its text without the quotes that YAML needs.
func completes(value any) bool {
	switch value := value.(type) {
	case []any:
		return !slices.ContainsFunc(value, func(item any) bool {
			_, mapping := item.(map[string]any)
			written, err := yaml.Marshal(item)
			return mapping || err != nil || string(written) != fmt.Sprintln(item) || !completes(item)
		})
	case map[string]any:
		return !slices.ContainsFunc(slices.Collect(maps.Values(value)), func(v any) bool { return !completes(v) })
	default:
		return true
	}
}

// defaultTold says in words, or as a value, what holds without the key that s describes; nothing where it must be there.
func defaultTold(s *jsonschema.Schema) string {
	if s.Comments != "" || s.Default == nil {
		return s.Comments
	}
	if text, ok := s.Default.(string); ok {
		return text
	}
	encoded, err := json.Marshal(s.Default)
	if err != nil {
		panic(err) // plain values always encode
	}
	return string(encoded)
}

// editorObject writes the keys of a mapping out, with what they demand of each other.
func editorObject(s *jsonschema.Schema) {
	if s.AdditionalProperties != jsonschema.FalseSchema && s.AdditionalProperties != jsonschema.TrueSchema {
		s.AdditionalProperties = editor(s.AdditionalProperties)
	}
	if s.Properties == nil {
		return
	}
	properties := jsonschema.NewProperties()
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		properties.Set(p.Key, editor(p.Value))
	}
	s.Properties = properties
	if schema, ok := properties.Get("schema"); ok {
		also := *schema
		also.Description, also.Deprecated = "Another name of schema, which baselinr takes too.", true
		properties.Set("schema_", &also)
		s.Not = &jsonschema.Schema{Required: []string{"schema", "schema_"}}
	}
	if _, ok := properties.Get("select_schema"); ok {
		s.OneOf = selectionSchemas()
	}
	if _, ok := properties.Get("filepath"); ok && s.Required != nil {
		s.AllOf = connectionSchemas()
	}
}

// obsoleteMetricSchema takes the metrics that the loader warns of.
func obsoleteMetricSchema() *jsonschema.Schema {
	s := &jsonschema.Schema{Description: withoutEffect, Deprecated: true}
	for _, name := range slices.Sorted(maps.Keys(obsoleteMetrics)) {
		s.Enum = append(s.Enum, name)
	}
	return s
}

// selectionSchemas demands exactly one of the keys that select tables.
func selectionSchemas() (choices []*jsonschema.Schema) {
	for _, key := range selections {
		unset := &jsonschema.Schema{Enum: []any{nil}}
		if key == "select_schema" || key == "select_all_schemas" {
			no := &jsonschema.Schema{Type: "string", Pattern: "^(" + noWords + ")$"}
			unset = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Enum: []any{nil, false}}, no}}
		}
		choices = append(choices, having(key, &jsonschema.Schema{Not: unset}))
	}
	return choices
}

// connectionSchemas demands a database of every engine; SQLite may name its file either way.
func connectionSchemas() []*jsonschema.Schema {
	var servers []any
	for _, engine := range EngineNames {
		if engine != "sqlite" {
			servers = append(servers, engine)
		}
	}
	named := &jsonschema.Schema{Type: "string"}
	return []*jsonschema.Schema{{
		If:   having("type", &jsonschema.Schema{Enum: servers}),
		Then: having("database", named),
		Else: &jsonschema.Schema{AnyOf: []*jsonschema.Schema{having("filepath", named), having("database", named)}},
	}}
}

// having demands a key, and of its value that it fits s.
func having(key string, s *jsonschema.Schema) *jsonschema.Schema {
	properties := jsonschema.NewProperties()
	properties.Set(key, s)
	return &jsonschema.Schema{Required: []string{key}, Properties: properties}
}
