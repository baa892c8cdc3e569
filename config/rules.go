package config

import (
	_ "embed"
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/invopop/jsonschema"

	"github.com/baselinr/baselinr-pipes/drift"
)

// accepted lists the keys that are accepted but not built yet; its head explains its notation.
//
//go:embed accepted.yml
var accepted []byte

// rules returns what a configuration may hold, as a JSON Schema without references. It is made once,
// and must not be changed. A value that may be null is a OneOf of its schema and null; a key that is
// accepted but not built is Deprecated; a secret is WriteOnly.
var rules = sync.OnceValue(func() *jsonschema.Schema {
	reflector := jsonschema.Reflector{Anonymous: true, DoNotReference: true, RequiredFromJSONSchemaTags: true}
	root := reflector.Reflect(Config{})
	describe(root, reflect.TypeFor[Config]())
	for _, key := range [][]string{{"source"}, {"storage", "connection"}} {
		name(root, "engine", EngineNames, append(key, "type")...)
	}
	name(root, "metric", MetricNames, "profiling", "metrics", "")
	name(root, "pattern type", []PatternType{PatternWildcard, PatternRegex}, "profiling", "tables", "", "pattern_type")
	nameDiscovery(root)
	nameDatasets(root)
	nameDrift(root, "drift_detection")
	nameThresholds(at(root, "drift_detection", "type_specific_thresholds"))
	name(root, "method", AnomalyMethods, "storage", "anomaly_enabled_methods", "")
	name(root, "change type", drift.ChangeTypes(), "schema_change", "suppression", "", "change_type")
	nameHooks(root)
	name(root, "privacy", []Privacy{PrivacyNoValues}, "privacy")
	name(root, "backoff strategy", []BackoffStrategy{BackoffExponential, BackoffFixed}, "retry", "backoff_strategy")
	name(root, "mode", []Mode{ModeAuto, ModeStream, ModePushdown}, "execution", "mode")

	setDefaults(root)
	setElsewhere(root)
	later, problems := parseYAML(accepted, "accepted.yml")
	if len(problems) > 0 {
		panic(Problems(problems)) // the file is part of the program
	}
	mergeAccepted(root, later, root)
	limitIntegers(root)
	root.PatternProperties = map[string]*jsonschema.Schema{"^" + extension: jsonschema.TrueSchema}
	return root
})

// extension begins keys at the top that belong to the user: a place for anchors.
const extension = "x-"

// maxInteger is the largest whole number that every reader of JSON and YAML has exactly.
const maxInteger = "9007199254740991"

// limitIntegers gives every whole number without limits those between which no reader rounds it.
func limitIntegers(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if s.Type == "integer" {
		if s.Maximum == "" && s.ExclusiveMaximum == "" {
			s.Maximum = maxInteger
		}
		if s.Minimum == "" && s.ExclusiveMinimum == "" {
			s.Minimum = "-" + maxInteger
		}
	}
	for _, choice := range s.OneOf {
		limitIntegers(choice)
	}
	limitIntegers(s.Items)
	limitIntegers(s.AdditionalProperties)
	if s.Properties != nil {
		for p := s.Properties.Oldest(); p != nil; p = p.Next() {
			limitIntegers(p.Value)
		}
	}
}

// inner returns what a schema says of a value that is not null, and whether it may be null.
func inner(s *jsonschema.Schema) (*jsonschema.Schema, bool) {
	if len(s.OneOf) == 2 && s.OneOf[1].Type == "null" {
		return s.OneOf[0], true
	}
	return s, false
}

// property returns the schema of key in the mapping s; nil where s knows no such key.
func property(s *jsonschema.Schema, key string) *jsonschema.Schema {
	if s.Properties != nil {
		if p, ok := s.Properties.Get(key); ok {
			return p
		}
	}
	if s.Type == "" {
		return jsonschema.TrueSchema
	}
	if s.AdditionalProperties == jsonschema.FalseSchema {
		return nil
	}
	return s.AdditionalProperties
}

// propertyNames lists the keys of the mapping s, those that are built first.
func propertyNames(s *jsonschema.Schema) (names []string) {
	if s.Properties == nil {
		return nil
	}
	for _, later := range []bool{false, true} {
		for p := s.Properties.Oldest(); p != nil; p = p.Next() {
			if p.Value.Deprecated == later {
				names = append(names, p.Key)
			}
		}
	}
	return names
}

// at returns the schema of the value at keys; "" stands for the items of a list.
func at(s *jsonschema.Schema, keys ...string) *jsonschema.Schema {
	for _, key := range keys {
		s, _ = inner(s)
		if key == "" {
			s = s.Items
		} else {
			s, _ = s.Properties.Get(key)
		}
	}
	s, _ = inner(s)
	return s
}

// partitionValues lets the list take single values only; what each is, its column says.
func partitionValues(list *jsonschema.Schema) {
	list.Items = &jsonschema.Schema{Not: &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "array"}, {Type: "object"}}}}
}

// name lets the text at keys ("" for the items of a list) be one of names only; noun is what
// messages call one.
func name[T ~string](s *jsonschema.Schema, noun string, names []T, keys ...string) {
	s = at(s, keys...)
	s.Title = noun
	s.Enum = nil
	for _, n := range names {
		s.Enum = append(s.Enum, string(n))
	}
}

// nameDiscovery lets the keys that select tables take their names only.
func nameDiscovery(root *jsonschema.Schema) {
	name(root, "table type", TableTypes, "profiling", "tables", "", "table_types", "")
	for _, key := range []string{"include_table_types", "exclude_table_types"} {
		name(root, "table type", TableTypes, "profiling", "discovery_options", key, "")
	}
	name(root, "action", []LimitAction{LimitWarn, LimitError, LimitSkip}, "profiling", "discovery_options", "discovery_limit_action")
	name(root, "tag provider", TagProviders, "profiling", "discovery_options", "tag_provider")
}

// nameDatasets lets the keys of datasets take their names only.
func nameDatasets(root *jsonschema.Schema) {
	dataset := []string{"datasets", "datasets", ""}
	below := func(keys ...string) []string { return append(dataset[:len(dataset):len(dataset)], keys...) }
	partitionValues(at(root, below("profiling", "partition", "values")...))
	name(root, "metric", MetricNames, below("profiling", "metrics", "")...)
	name(root, "partition strategy", PartitionStrategies, below("profiling", "partition", "strategy")...)
	name(root, "sampling method", SamplingMethods, below("profiling", "sampling", "method")...)
	nameDrift(root, below("drift")...)
	for _, columns := range [][]string{below("columns", ""), below("profiling", "columns", ""), below("drift", "columns", ""), below("anomaly", "columns", "")} {
		name(root, "method", AnomalyMethods, append(columns[:len(columns):len(columns)], "anomaly", "methods", "")...)
		compared := append(columns[:len(columns):len(columns)], "drift")
		name(root, "drift strategy", StrategyNames, append(compared, "strategy")...)
		name(root, "baseline strategy", BaselineNames, append(compared, "baselines", "strategy")...)
		name(root, "metric", MetricNames, append(columns[:len(columns):len(columns)], "metrics", "")...)
		name(root, "pattern type", []PatternType{PatternWildcard, PatternRegex}, append(columns[:len(columns):len(columns)], "pattern_type")...)
	}
}

// nameDrift lets the keys of a comparison take their names only.
func nameDrift(root *jsonschema.Schema, at ...string) {
	below := func(keys ...string) []string { return append(at[:len(at):len(at)], keys...) }
	name(root, "drift strategy", StrategyNames, below("strategy")...)
	name(root, "baseline strategy", BaselineNames, below("baselines", "strategy")...)
	name(root, "test", TestNames, below("statistical", "tests", "")...)
	name(root, "sensitivity", Sensitivities, below("statistical", "sensitivity")...)
}

// nameThresholds lets the keys of thresholds by type be families and metrics only.
func nameThresholds(byFamily *jsonschema.Schema) {
	families := &jsonschema.Schema{Title: "family of types"}
	for _, f := range drift.Families() {
		families.Enum = append(families.Enum, string(f))
	}
	byFamily.PropertyNames = families
	measured := &jsonschema.Schema{Title: "metric", Enum: []any{string(drift.DefaultMetric)}}
	for _, name := range slices.Concat(MetricNames, slices.Sorted(maps.Keys(obsoleteMetrics))) {
		measured.Enum = append(measured.Enum, name)
	}
	byFamily.AdditionalProperties.PropertyNames = measured
}

// nameHooks lets the keys of hooks take their names only.
func nameHooks(root *jsonschema.Schema) {
	hook := []string{"hooks", "hooks", ""}
	name(root, "hook type", HookTypes, append(hook[:len(hook):len(hook)], "type")...)
	name(root, "severity", []drift.Severity{drift.Low, drift.Medium, drift.High}, append(hook[:len(hook):len(hook)], "min_severity")...)
	name(root, "engine", EngineNames, append(hook[:len(hook):len(hook)], "connection", "type")...)
}

// setDefaults gives the schema the values of Default.
func setDefaults(root *jsonschema.Schema) {
	encoded, err := json.Marshal(Default())
	if err != nil {
		panic(err) // plain values always encode
	}
	var values map[string]any
	if err := json.Unmarshal(encoded, &values); err != nil {
		panic(err)
	}
	var set func(s *jsonschema.Schema, values map[string]any)
	set = func(s *jsonschema.Schema, values map[string]any) {
		for key, value := range values {
			p, _ := s.Properties.Get(key)
			p, _ = inner(p)
			switch value := value.(type) {
			case map[string]any:
				set(p, value)
			case nil:
			default:
				if value != "" {
					p.Default = value
				}
			}
		}
	}
	set(root, values)
}

// What the schema says of keys that are accepted and ignored.
const (
	notBuiltYet   = "Not built yet: accepted and ignored."
	withoutEffect = "Accepted and ignored: it has no effect in baselinr either."
)

// mergeAccepted adds the keys of the mapping later to s.
func mergeAccepted(s *jsonschema.Schema, later *node, root *jsonschema.Schema) {
	for _, e := range later.entries {
		key, nullable := strings.CutSuffix(e.key, "?")
		key, idle := strings.CutSuffix(key, "!")
		if known, ok := s.Properties.Get(key); ok {
			known, _ = inner(known)
			if e.value.kind == list {
				mergeAccepted(known.Items, e.value.items[0], root)
			} else {
				mergeAccepted(known, e.value, root)
			}
			continue
		}
		p := acceptedValue(e.value, root)
		if nullable {
			p = &jsonschema.Schema{OneOf: []*jsonschema.Schema{p, {Type: "null"}}}
		}
		p.Deprecated = true
		p.Description = notBuiltYet
		if idle {
			p.Description = withoutEffect
		}
		s.Properties.Set(key, p)
	}
}

// acceptedType splits int >0..10 into its type and range.
var acceptedType = regexp.MustCompile(`^(bool|int|number|text|any)(?: (>?)([0-9.]*?)\.\.([0-9.]*))?$`)

// acceptedValue reads the notation of accepted.yml.
func acceptedValue(n *node, root *jsonschema.Schema) *jsonschema.Schema {
	switch n.kind {
	case mapping:
		s := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties(), AdditionalProperties: jsonschema.FalseSchema}
		mergeAccepted(s, n, root)
		return s
	case list:
		return &jsonschema.Schema{Type: "array", Items: acceptedValue(n.items[0], root)}
	}
	notation := n.text
	switch {
	case notation == "@connection":
		s, _ := root.Properties.Get("source")
		connection := *s
		connection.Required = nil // what is ignored need not be whole
		return &connection
	case strings.HasPrefix(notation, "["):
		return &jsonschema.Schema{Type: "array", Items: acceptedValue(&node{kind: text, text: notation[1 : len(notation)-1]}, root)}
	case strings.HasPrefix(notation, "{"):
		return &jsonschema.Schema{Type: "object", AdditionalProperties: acceptedValue(&node{kind: text, text: notation[1 : len(notation)-1]}, root)}
	}
	m := acceptedType.FindStringSubmatch(notation)
	if m == nil {
		panic("accepted.yml: unknown type " + notation) // the file is part of the program
	}
	s := &jsonschema.Schema{Type: map[string]string{"bool": "boolean", "int": "integer", "number": "number", "text": "string", "any": ""}[m[1]]}
	if m[2] == ">" {
		s.ExclusiveMinimum = json.Number(m[3])
	} else {
		s.Minimum = json.Number(m[3])
	}
	s.Maximum = json.Number(m[4])
	return s
}
