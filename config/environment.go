package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"
)

// prefix begins the environment variables that override keys.
const prefix = "BASELINR_"

// FileVariable is the environment variable that names the configuration file.
const FileVariable = prefix + "CONFIG"

// environment is what a file may refer to: variables, and files that hold a secret.
type environment struct {
	variables map[string]string
	readFile  func(string) ([]byte, error)
	dir       string // where relative paths of files start
	budget    *budget
	keepUnset bool // a reference to what is not set stays as it is written
}

// newEnvironment reads NAME=value pairs.
func newEnvironment(pairs []string, o options, dir string) environment {
	env := environment{make(map[string]string, len(pairs)), o.readFile, dir, &budget{left: maxText}, o.keepUnset}
	for _, pair := range pairs {
		if name, value, ok := strings.Cut(pair, "="); ok {
			env.variables[name] = value
		}
	}
	return env
}

// override sets the keys of root that variables such as BASELINR_SOURCE__HOST name: two underscores
// go one level down, and case does not count. A name without them that is no key at the top belongs
// to somebody else and is left alone, unless it is a key misspelt.
func (env environment) override(root *node, rules *jsonschema.Schema) (problems []Problem) {
	names := make([]string, 0, len(env.variables))
	for name := range env.variables {
		if strings.HasPrefix(name, prefix) && name != FileVariable {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		keys := strings.Split(strings.ToLower(name[len(prefix):]), "__")
		if p := override(root, rules, name, keys, env.variables[name]); p != nil {
			p.File = name
			problems = append(problems, *p)
		}
	}
	return problems
}

// override sets the key below root that keys lead to.
func override(root *node, rules *jsonschema.Schema, name string, keys []string, value string) *Problem {
	at, n, rule := "", root, rules
	where := place{file: name}
	for depth, key := range keys {
		rule, _ = inner(rule)
		if rule.Type == "array" {
			i, err := strconv.Atoi(key)
			if n.kind == null && i == 0 {
				n.kind = list
			}
			if err != nil || i < 0 || n.kind != list || i > len(n.items) {
				n.broken = n.broken || n.kind == null
				return &Problem{Severity: SeverityError, Path: at, Message: fmt.Sprintf("%q is not an item of the list", key),
					Hint: "items count from 0; or give the whole list as [a, b]"}
			}
			at, rule = index(at, i), rule.Items
			if depth == len(keys)-1 {
				item, p := overridden(value, key, rule, where)
				if p != nil {
					p.Path = at
				} else {
					n.items = slices.Concat(n.items[:i], []*node{item}, n.items[min(i+1, len(n.items)):])
				}
				return p
			}
			if i == len(n.items) {
				n.items = append(n.items, &node{kind: mapping, at: where})
			}
			n = n.items[i]
			continue
		}
		next := property(rule, key)
		if next == nil {
			return unknownOverride(rule, keys, depth)
		}
		at, rule = path(at, key), next
		if n.kind == null {
			n.kind = mapping
		}
		if n.kind != mapping {
			return nil // the file has something else there, which the check will tell
		}
		e := n.get(key)
		if e == nil {
			e = &entry{key, where, &node{kind: null, at: where}}
			n.entries = append(n.entries, e)
		}
		if depth == len(keys)-1 {
			v, p := overridden(value, key, rule, where)
			if p != nil {
				p.Path = at
				v = &node{broken: true, at: where}
			}
			e.value = v
			return p
		}
		n = e.value
	}
	return nil
}

// overridden reads a variable's value as the rule of its key wants it.
func overridden(value, key string, rule *jsonschema.Schema, where place) (*node, *Problem) {
	rule, _ = inner(rule)
	collection := strings.HasPrefix(strings.TrimSpace(value), "[") || strings.HasPrefix(strings.TrimSpace(value), "{")
	switch {
	case rule.Type == "object" || rule.Type == "array" || rule.Type == "" && collection:
		n, problems := parseYAML([]byte(value), where.file)
		if len(problems) > 0 {
			return nil, &Problem{Severity: SeverityError, Message: "the value is not valid YAML", Hint: "write a list as [a, b], a mapping as {key: value}"}
		}
		if n == nil {
			n = &node{kind: null}
		}
		n.move(where)
		return n, nil
	case rule.Type == "" && !secretKey(key):
		return parseScalar(value, where), nil
	default:
		return &node{kind: text, at: where, text: value, written: value, untyped: true}, nil
	}
}

// move gives n and all below it one place.
func (n *node) move(to place) {
	n.at = to
	for _, item := range n.items {
		item.move(to)
	}
	for _, e := range n.entries {
		e.at = to
		e.value.move(to)
	}
}

// unknownOverride tells that keys[depth] is no key of rule; nil where the variable is nobody's typo.
func unknownOverride(rule *jsonschema.Schema, keys []string, depth int) *Problem {
	p := &Problem{
		Severity: SeverityError,
		Path:     strings.Join(keys[:depth+1], "."),
		Message:  "the variable names an unknown key",
		Hint:     "take it away; the keys are in `config schema`",
	}
	near := nearest(keys[depth], propertyNames(rule))
	if near != "" {
		fixed := slices.Clone(keys)
		fixed[depth] = near
		p.Hint = "did you mean " + prefix + strings.ToUpper(strings.Join(fixed, "__")) + "?"
	}
	if len(keys) > 1 {
		return p
	}
	if near == "" {
		return nil
	}
	p.Severity = SeverityWarning
	p.Message += "; ignored"
	return p
}

// reference finds ${NAME}, ${NAME:default} and ${NAME:-default}, and $${ that stands for itself.
var reference = regexp.MustCompile(`\$?\$\{([^}:]+)(?::([^}]*))?\}`)

// unsetVariable is what is said of a reference to a variable that is not set.
const unsetVariable = "the environment variable %q is not set"

// isUnsetVariable reports whether that is what p says.
func (p Problem) isUnsetVariable() bool {
	before, after, _ := strings.Cut(unsetVariable, "%q")
	return strings.HasPrefix(p.Message, before) && strings.HasSuffix(p.Message, after)
}

// fileReference is the name in ${file:/path}, which stands for what the file holds.
const fileReference = "file"

// expand replaces the references in every text at and below n. What is not set below a key that is
// not built is left alone: nothing reads it.
func (env environment) expand(n *node, rule *jsonschema.Schema, at string) []Problem {
	return env.expandWithin(n, rule, at, false)
}

func (env environment) expandWithin(n *node, rule *jsonschema.Schema, at string, ignored bool) (problems []Problem) {
	if rule != nil {
		rule, _ = inner(rule)
	}
	for i, item := range n.items {
		var of *jsonschema.Schema
		if rule != nil {
			of = rule.Items
		}
		problems = append(problems, env.expandWithin(item, of, index(at, i), ignored)...)
	}
	for _, e := range n.entries {
		var of *jsonschema.Schema
		if rule != nil {
			of = property(rule, e.key)
		}
		env := env
		env.keepUnset = env.keepUnset || e.value.at.line == 0 && secretKey(e.key) // a password of any characters, in a variable of its own
		problems = append(problems, env.expandWithin(e.value, of, path(at, e.key), ignored || of != nil && of.Deprecated)...)
	}
	if n.kind != text || !strings.Contains(n.text, "${") {
		return problems
	}
	expanded, fits := replaceReferences(n.text, env.budget.left, func(match, name, fallback string) (string, bool) {
		value, p := env.lookUp(match, name, fallback)
		n.untyped = true
		if p == nil {
			n.unset = n.unset || value == match
			return value, true
		}
		n.broken = true
		if !ignored {
			problems = append(problems, Problem{SeverityError, n.at.file, n.at.line, n.at.column, at, p.Message, p.Hint})
		}
		return match, true
	})
	n.text = expanded
	env.budget.take(len(expanded))
	if !fits {
		n.broken = true
		if env.budget.exhaust() {
			problems = append(problems, Problem{SeverityError, n.at.file, n.at.line, n.at.column, at,
				"the values are too large: " + tooMuchText + ", once references are replaced", "take large variables out of long texts"})
		}
	}
	return problems
}

// lookUp returns what a reference stands for.
func (env environment) lookUp(match, name, fallback string) (string, *Problem) {
	if name == fileReference && fallback != "" {
		return env.secretFile(fallback, fallback)
	}
	value, set := env.variables[name]
	fallback, shell := strings.CutPrefix(fallback, "-")
	switch {
	case set && (value != "" || !shell):
		return value, nil
	case strings.Contains(match, ":"):
		return fallback, nil
	case env.keepUnset:
		return match, nil
	}
	return "", &Problem{
		Message: fmt.Sprintf(unsetVariable, name),
		Hint:    fmt.Sprintf("set it, or give a default: ${%s:default}", name),
	}
}

// replaceReferences replaces the references in text; $${ becomes ${. It ends, with false, where the result would
// have more than most bytes, or where with says so.
func replaceReferences(text string, most int, with func(match, name, fallback string) (string, bool)) (string, bool) {
	var b strings.Builder
	add := func(part string) bool {
		if b.Len()+len(part) > most {
			return false
		}
		b.WriteString(part)
		return true
	}
	for {
		at := reference.FindStringSubmatchIndex(text)
		if at == nil {
			return b.String() + text, b.Len()+len(text) <= most
		}
		match, fallback := text[at[0]:at[1]], ""
		if at[4] >= 0 {
			fallback = text[at[4]:at[5]]
		}
		value, goOn := match[1:], true
		if !strings.HasPrefix(match, "$$") {
			value, goOn = with(match, text[at[2]:at[3]], fallback)
		}
		if !goOn || !add(text[:at[0]]) || !add(value) {
			return "", false
		}
		text = text[at[1]:]
	}
}
