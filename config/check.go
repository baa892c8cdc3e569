package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"
)

// checker holds the tree against the rules, and collects what is wrong.
type checker struct {
	problems, warnings []Problem
	root               *node
	ignoring           bool // within a key that is not built yet

	// foreign are the problems of other files than the configuration's own, by paths in those.
	foreign, foreignWarnings []Problem
	// own gives the path that a key of the tree has in the file that it came from.
	own   map[string]string
	nodes int // how many values all files hold
}

// maxProblems is how many problems are told of one configuration.
const maxProblems = 1000

// tell collects problems of other files.
func (c *checker) tell(problems ...Problem) {
	if len(c.foreign) <= maxProblems {
		c.foreign = append(c.foreign, problems...)
	}
}

// add collects problems by their severity.
func (c *checker) add(problems ...Problem) {
	for _, p := range problems {
		if len(c.problems) > maxProblems || len(c.warnings) > maxWarnings {
			return
		}
		if p.Severity == SeverityWarning {
			c.warnings = append(c.warnings, p)
		} else {
			c.problems = append(c.problems, p)
		}
	}
}

// fail adds an error at a place.
func (c *checker) fail(where place, at, message, hint string) {
	c.add(Problem{SeverityError, where.file, where.line, where.column, at, message, hint})
}

// warn adds a warning at a place.
func (c *checker) warn(where place, at, message, hint string) {
	c.add(Problem{SeverityWarning, where.file, where.line, where.column, at, message, hint})
}

// value holds n against s and returns it as encoding/json knows values, without what is wrong or
// not built yet; false where nothing is left.
func (c *checker) value(n *node, s *jsonschema.Schema, at string) (any, bool) {
	if n.broken {
		return nil, false
	}
	s, nullable := inner(s)
	if n.unset && (s.Type != "" && s.Type != "string" || s.Enum != nil) {
		return nil, false // what it will be is not known
	}
	if nullable && (n.kind == null || n.untyped && n.text == "") {
		return nil, false
	}
	if s.Type != "" && n.kind == null {
		c.fail(n.at, at, "wants "+wanted(s)+", got nothing", "give it a value, or take the key away")
		return nil, false
	}
	switch s.Type {
	case "object":
		if n.kind == mapping {
			return c.object(n, s, at), true
		}
	case "array":
		if n.kind == list {
			return c.array(n, s, at), true
		}
	case "":
		return free(n), true
	default:
		if n.kind != list && n.kind != mapping {
			return c.scalar(n, s, at)
		}
	}
	c.fail(n.at, at, "wants "+wanted(s)+", got "+n.kind.String(), shapeHint(n, s, at))
	return nil, false
}

// shapeHint says how a value of another shape is written.
func shapeHint(n *node, s *jsonschema.Schema, at string) string {
	switch {
	case s.Type == "array" && n.kind != mapping:
		items, _ := inner(s.Items)
		if names := effectiveKeys(items); len(names) > 0 {
			return fmt.Sprintf("write a list of mappings, as in [{%s: …}]", names[0])
		}
		return "write a list, as in [a, b]"
	case s.Type == "object" && n.kind == list && at != "":
		for _, name := range effectiveKeys(s) {
			if p, _ := inner(property(s, name)); p.Type == "array" && p.Items.Type == "object" {
				return "put the list below " + path(at, name)
			}
		}
	}
	if at == "" {
		return "" // which is no configuration at all
	}
	return keysHint(s)
}

// keysHint lists the keys of a mapping.
func keysHint(s *jsonschema.Schema) string {
	if names := effectiveKeys(s); len(names) > 0 {
		return "the keys here are " + strings.Join(names, ", ")
	}
	return ""
}

// effectiveKeys are the names of a mapping's keys that have an effect.
func effectiveKeys(s *jsonschema.Schema) (names []string) {
	for _, name := range propertyNames(s) {
		if p, _ := s.Properties.Get(name); !p.Deprecated {
			names = append(names, name)
		}
	}
	return names
}

// wanted names the kind of values that s takes.
func wanted(s *jsonschema.Schema) string {
	kinds := map[string]kind{"object": mapping, "array": list, "string": text, "integer": integer, "number": number, "boolean": boolean}
	return kinds[s.Type].String()
}

func (c *checker) object(n *node, s *jsonschema.Schema, at string) map[string]any {
	values := make(map[string]any, len(n.entries))
	var meant []string // the keys that unknown ones were probably meant to be
	for _, e := range n.entries {
		if e.key == "schema_" && property(s, e.key) == nil && property(s, "schema") != nil && n.get("schema") == nil {
			e.key = "schema" // the reference takes its internal name too
		}
		below := path(at, e.key)
		p := property(s, e.key)
		if s.PropertyNames != nil {
			c.obsoleteMetric(&node{kind: text, at: e.at, text: e.key}, below)
		}
		switch {
		case s.PropertyNames != nil && !slices.Contains(s.PropertyNames.Enum, any(e.key)):
			c.unknownName(e, s.PropertyNames, below)
		case p == nil && s.PatternProperties != nil && strings.HasPrefix(e.key, extension):
		case p == nil && len(c.problems) > maxProblems: // enough is told
		case p == nil:
			c.fail(e.at, below, "unknown key", unknownKeyHint(e.key, at, s))
			meant = append(meant, nearest(strings.ToLower(e.key), propertyNames(s)))
		case p.Deprecated && !c.ignoring:
			message, hint := "not built yet; ignored", ""
			if p.Description == withoutEffect {
				message, hint = "has no effect, here or in baselinr", misplacedHint(e.key, at)
			}
			c.warn(e.at, below, message, hint)
			c.ignoring = true
			c.value(e.value, p, below)
			c.ignoring = false
		default:
			if v, ok := c.value(e.value, p, below); ok {
				values[e.key] = v
			}
		}
	}
	for _, key := range s.Required {
		if n.get(key) == nil && !c.ignoring && !slices.Contains(meant, key) {
			p, _ := s.Properties.Get(key)
			c.fail(n.at, path(at, key), "the key is missing", "add it: "+lowerFirst(p.Description))
		}
	}
	return values
}

// unknownName tells a key that is none of the names that it may be.
func (c *checker) unknownName(e *entry, names *jsonschema.Schema, at string) {
	var known []string
	for _, name := range names.Enum {
		if name := name.(string); obsoleteMetrics[name] == "" {
			known = append(known, name)
		}
	}
	hint := "one of " + strings.Join(known, ", ")
	if near := nearest(strings.ToLower(e.key), known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	c.fail(e.at, at, "unknown "+names.Title, hint)
}

func lowerFirst(s string) string {
	s = strings.TrimSuffix(s, ".")
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// unknownKeyHint says what an unknown key below at was probably meant to be.
func unknownKeyHint(key, at string, s *jsonschema.Schema) string {
	if near := nearest(strings.ToLower(key), propertyNames(s)); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if strings.HasPrefix(at, "profiling.tables[") && slices.Contains([]string{"partition", "sampling", "columns"}, key) {
		return "settings of single tables stand below datasets.datasets[].profiling"
	}
	if elsewhere := find(rules(), key, ""); elsewhere != "" {
		return "did you mean " + elsewhere + "?"
	}
	return keysHint(s)
}

// misplacedHint says where a key below at, which the reference's examples have and ignore, has an effect.
func misplacedHint(key, at string) string {
	switch {
	case at == "contracts":
		return "write it below profiling"
	case key == "exclude_schemas":
		return "write it below profiling.discovery_options"
	}
	return ""
}

// find returns the path of a built key named key, wherever it is.
func find(s *jsonschema.Schema, key, at string) string {
	s, _ = inner(s)
	if s.Type == "array" {
		return find(s.Items, key, at+"[]")
	}
	if s.Properties == nil {
		return ""
	}
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		if p.Value.Deprecated {
			continue
		}
		if p.Key == key {
			return path(at, key)
		}
		// Not path: the brackets of a list are part of at here, and no name needs quotes.
		if found := find(p.Value, key, strings.TrimPrefix(at+"."+p.Key, ".")); found != "" {
			return found
		}
	}
	return ""
}

func (c *checker) array(n *node, s *jsonschema.Schema, at string) []any {
	values := make([]any, 0, len(n.items))
	names := map[string]bool{}
	for i, item := range n.items {
		if s.Items.Title == "metric" && c.obsoleteMetric(item, index(at, i)) {
			continue
		}
		v, ok := c.value(item, s.Items, index(at, i))
		if ok && s.Items.Enum != nil && item.kind == text && !c.ignoring {
			if names[item.text] {
				c.warn(item.at, index(at, i), presentable(item.written)+": is in the list already", "take it away")
			}
			names[item.text] = true
		}
		switch {
		case ok:
			values = append(values, v)
		case s.Items.Type == "object":
			values = append(values, map[string]any{}) // so that those after it keep their index
		}
	}
	return values
}

// obsoleteMetrics are names that the reference's examples have and it does not compute, with what they became.
var obsoleteMetrics = map[string]string{"null_percent": "null_ratio", "distinct_percent": "unique_ratio"}

// obsoleteMetric reports whether a metric is one that has no effect in the reference, and warns.
func (c *checker) obsoleteMetric(n *node, at string) bool {
	now := obsoleteMetrics[n.text]
	if now == "" || n.kind != text || n.broken {
		return false
	}
	if !c.ignoring {
		c.warn(n.at, at, fmt.Sprintf("%s: has no effect, here or in baselinr", n.text), "write "+now)
	}
	return true
}

// free turns a value without rules into what encoding/json knows.
func free(n *node) any {
	switch n.kind {
	case mapping:
		values := make(map[string]any, len(n.entries))
		for _, e := range n.entries {
			if !e.value.broken {
				values[e.key] = free(e.value)
			}
		}
		return values
	case list:
		values := make([]any, len(n.items))
		for i, item := range n.items {
			values[i] = free(item)
		}
		return values
	case null:
		return nil
	case boolean:
		return strings.EqualFold(n.text, "true")
	case integer, number:
		if i, ok := parseInteger(n.text); ok {
			return json.Number(strconv.FormatInt(i, 10))
		}
		if f, ok := parseNumber(n.text); ok {
			return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
		}
	}
	return n.text
}
