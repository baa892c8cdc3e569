package config

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Convert returns the tidiest configuration, in YAML, that means what the file at path means: without the keys that
// mean nothing here, sections that are empty, and old spellings. All else stays as it is written, byte for byte:
// comments, the order of keys, anchors, references to the environment and to other files; JSON is laid out anew. The
// text of a file without such keys is returned as it is.
//
// The file is checked as [Load] does, and what is wrong with it is [Problems]; but a variable that is not set is no
// error, since its reference stays. The notes say what was taken out or written differently, and what of the rest
// has no effect.
func Convert(path string, opts ...Option) (converted []byte, notes []Problem, err error) {
	source, err := newOptions(opts).readFile(path)
	if err != nil {
		return nil, nil, Problems{unreadable(path, err)}
	}
	return convert(source, path, filepath.Dir(path), opts...)
}

// convert converts text; its arguments are those of [Parse].
func convert(source []byte, name, dir string, opts ...Option) (converted []byte, notes []Problem, err error) {
	_, warnings, err := Parse(source, name, dir, opts...)
	unset, err := onlyUnset(err)
	if err != nil {
		return nil, nil, err
	}
	notes = slices.Concat(warnings, unset)
	isJSON := strings.EqualFold(filepath.Ext(name), ".json")
	written := source
	var places *yaml.Node // of JSON, in the file itself
	if isJSON {
		root, _ := parseJSON(source, name)
		places = yamlOf(root)
		if written, err = layOut(yamlOf(root)); err != nil {
			return nil, nil, err
		}
	}
	t := newTidier(written, name)
	if t == nil {
		return nil, nil, Problems{{Severity: SeverityError, File: name, Message: "the file is not in UTF-8", Hint: "save it so"}}
	}
	t.value(t.document.Content[0], rules(), "", "", false)
	if isJSON {
		for i := range t.notes {
			t.notes[i].Line, t.notes[i].Column = placeOf(places, t.document.Content[0], t.noted[i])
		}
	}
	notes = append(t.untold(notes), t.notes...)
	if converted = t.applied(); len(t.edits) == 0 && !isJSON {
		converted = source
	}
	asYAML := strings.TrimSuffix(name, filepath.Ext(name)) + ".yml"
	_, _, err = Parse(converted, asYAML, dir, opts...)
	before, after := withoutVariables(source, name, dir, opts...), withoutVariables(converted, asYAML, dir, opts...)
	if stillUnset, err := onlyUnset(err); err != nil || len(stillUnset) != len(unset) || !sameMeaning(before, after) {
		return nil, nil, Problems{{Severity: SeverityError, File: name, Message: "the file cannot be converted: the result would mean something else", Hint: "please report this"}}
	}
	return converted, sorted(name, notes), nil
}

// onlyUnset parts the problems of variables that are not set, which become warnings, from the others.
func onlyUnset(err error) (unset []Problem, _ error) {
	var problems, others Problems
	if !errors.As(err, &problems) {
		return nil, err
	}
	for _, p := range problems {
		if !p.isUnsetVariable() {
			others = append(others, p)
			continue
		}
		p.Severity, p.Hint = SeverityWarning, "its reference stays in the file"
		unset = append(unset, p)
	}
	if len(others) > 0 {
		return nil, others
	}
	return unset, nil
}

// withoutVariables parses a file whose variables need not be set: references to those that are not are texts, and leave
// out what wants another type. It is nil where a configuration cannot be made of that.
func withoutVariables(source []byte, name, dir string, opts ...Option) *Config {
	c, _, err := Parse(source, name, dir, append(opts[:len(opts):len(opts)], func(o *options) { o.keepUnset = true })...)
	if err != nil {
		return nil
	}
	return c
}

// sameMeaning reports whether two configurations say the same. Either is nil where too much of it is not known.
func sameMeaning(a, b *Config) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return reflect.DeepEqual(meaning(*a), meaning(*b))
}

// meaning returns c without the places in its file, and without what is empty and says as much as if it were absent.
func meaning(c Config) Config {
	c.Path, c.Dir = "", ""
	c.Profiling.Tables = slices.Clone(c.Profiling.Tables)
	for i := range c.Profiling.Tables {
		c.Profiling.Tables[i].Origin = Origin{}
	}
	columns := func(rules []ColumnRule) []ColumnRule {
		rules = slices.Clone(rules)
		for i, r := range rules {
			if r.Profiling != nil && r.Profiling.Enabled == nil {
				rules[i].Profiling = nil
			}
		}
		return rules[:len(rules):len(rules)]
	}
	c.Datasets.Datasets = slices.Clone(c.Datasets.Datasets)
	for i := range c.Datasets.Datasets {
		c.Datasets.Datasets[i].Origin = Origin{}
	}
	for i, d := range c.Datasets.Datasets {
		d.Columns = columns(d.Columns)
		if p := d.Profiling; p != nil {
			said := *p
			said.Columns = columns(p.Columns)
			if d.Profiling = &said; said.Partition == nil && said.Sampling == nil && len(said.Columns) == 0 && said.Metrics == nil {
				d.Profiling = nil
			}
		}
		if len(d.Columns) == 0 {
			d.Columns = nil
		}
		if d.Profiling != nil && len(d.Profiling.Columns) == 0 {
			d.Profiling.Columns = nil
		}
		c.Datasets.Datasets[i] = d
	}
	if len(c.Datasets.Datasets) == 0 {
		c.Datasets.Datasets = nil
	}
	if len(c.Profiling.Tables) == 0 {
		c.Profiling.Tables = nil
	}
	if len(c.Execution.WarehouseLimits) == 0 {
		c.Execution.WarehouseLimits = nil
	}
	for _, connection := range []*Connection{&c.Source, &c.Storage.Connection} {
		if len(connection.ExtraParams) == 0 {
			connection.ExtraParams = nil
		}
	}
	return c
}

// yamlOf returns the tree of a JSON file as the YAML parser has it, its texts as they are written.
func yamlOf(n *node) *yaml.Node {
	y := &yaml.Node{Kind: yaml.ScalarNode, Line: n.at.line, Column: n.at.column, Value: n.written}
	switch n.kind {
	case null:
		y.Tag, y.Value = "!!null", "null"
	case text:
		y.SetString(n.written)
		if slices.Contains(oldBooleans, strings.ToLower(n.written)) {
			y.Style = yaml.DoubleQuotedStyle // text to every parser
		}
	case mapping:
		y.Kind, y.Value = yaml.MappingNode, ""
		for _, e := range n.entries {
			key := &yaml.Node{Line: e.at.line, Column: e.at.column}
			key.SetString(e.key)
			y.Content = append(y.Content, key, yamlOf(e.value))
		}
	case list:
		y.Kind, y.Value = yaml.SequenceNode, ""
		y.Style = yaml.FlowStyle
		for _, item := range n.items {
			y.Content = append(y.Content, yamlOf(item))
			if item.kind == list || item.kind == mapping {
				y.Style = 0 // only scalars share a line
			}
		}
	}
	return y
}

// oldBooleans are what YAML 1.1 reads as booleans, and YAML 1.2 as text.
var oldBooleans = []string{"yes", "no", "on", "off", "y", "n"}

// layOut writes a tree as YAML with an empty line between the keys at the top.
func layOut(root *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	for i := 0; i+1 < len(root.Content); i += 2 {
		if i > 0 {
			b.WriteByte('\n')
		}
		e := yaml.NewEncoder(&b)
		e.SetIndent(2)
		if err := e.Encode(&yaml.Node{Kind: yaml.MappingNode, Content: root.Content[i : i+2]}); err != nil {
			return nil, fmt.Errorf("config: %w", err)
		}
		if err := e.Close(); err != nil {
			return nil, fmt.Errorf("config: %w", err)
		}
	}
	return b.Bytes(), nil
}

// placeOf returns the place of the node of the tree like that stands in the tree of the same shape where n stands.
func placeOf(like, tree, n *yaml.Node) (line, column int) {
	if tree == n {
		return like.Line, like.Column
	}
	for i := range min(len(tree.Content), len(like.Content)) {
		if line, column = placeOf(like.Content[i], tree.Content[i], n); line > 0 {
			return line, column
		}
	}
	return 0, 0
}

// newTidier reads source, which has been found to be valid; nil where its places cannot be counted.
func newTidier(source []byte, name string) *tidier {
	source = bytes.TrimPrefix(source, []byte("\ufeff"))
	if !utf8.Valid(source) {
		return nil
	}
	t := &tidier{file: name, text: newLines(source), ends: []int{len(source)}, aliased: map[*yaml.Node]int{}}
	if yaml.Unmarshal(withoutVersion(source), &t.document) != nil || len(t.document.Content) == 0 {
		return nil
	}
	t.countAliases(&t.document)
	return t
}
