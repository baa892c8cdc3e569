package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"
	"go.yaml.in/yaml/v3"

	"github.com/baselinr/baselinr-pipes/drift"
)

// describe adds to s, the schema of the type t, what the tags of its fields say beside the description:
//
//	absent:"the engine's usual one"   what holds without the key, in words, where its default is no value or too long a one
//	example:"{retries: 5}"            a value of the key, as it is written in YAML
//
// In descriptions and in absent, what stands in single quotes is code. The words of absent are the schema's comment.
func describe(s *jsonschema.Schema, t reflect.Type) {
	s, _ = inner(s)
	switch t.Kind() {
	case reflect.Pointer:
		describe(s, t.Elem())
	case reflect.Slice:
		if s.Items != nil {
			describe(s.Items, t.Elem())
		}
	case reflect.Map:
		if s.AdditionalProperties != nil {
			describe(s.AdditionalProperties, t.Elem())
		}
	case reflect.Struct:
		if s.Properties != nil {
			describeFields(s, t)
		}
	}
}

func describeFields(s *jsonschema.Schema, t reflect.Type) {
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			describeFields(s, field.Type)
			continue
		}
		key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		p, ok := s.Properties.Get(key)
		if !ok {
			continue // no key of the file
		}
		describe(p, field.Type)
		p, _ = inner(p)
		p.Comments = field.Tag.Get("absent")
		if text, ok := field.Tag.Lookup("example"); ok {
			p.Examples = []any{example{text}}
		}
	}
}

// example is a value as it is written in YAML.
type example struct{ text string }

// value returns what the text means.
func (e example) value() (value any) {
	if err := yaml.Unmarshal([]byte(e.text), &value); err != nil {
		panic(fmt.Sprintf("config: the example %q: %v", e.text, err)) // examples are part of the program
	}
	return value
}

// MarshalJSON writes the value.
func (e example) MarshalJSON() ([]byte, error) { return json.Marshal(e.value()) }

// setElsewhere gives the keys that Default has no place for the values that hold without them.
func setElsewhere(root *jsonschema.Schema) {
	var patterns []any
	for _, p := range contractPatterns {
		patterns = append(patterns, p)
	}
	at(root, "contracts", "file_patterns").Default = patterns
	setTestDefaults(root)
}

// setTestDefaults gives the parameters of single tests the values that the tests have.
func setTestDefaults(root *jsonschema.Schema) {
	of := drift.DefaultParameters()
	for _, statistical := range [][]string{{"drift_detection", "statistical"}, {"datasets", "datasets", "", "drift", "statistical"}} {
		parameters := at(root, append(statistical, "test_params")...)
		for test, sizes := range of.Effects {
			for key, value := range map[string]any{
				"threshold": sizes.Low, "z_threshold": sizes.Low, "entropy_threshold": sizes.Low,
				"similarity_threshold": 1 - sizes.Low, "buckets": of.Buckets[test], "k": of.TopK,
			} {
				if p, ok := at(parameters, test).Properties.Get(key); ok {
					p.Default = value
				}
			}
		}
	}
}
