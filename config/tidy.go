package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
	"go.yaml.in/yaml/v3"
)

// absentParts are the parts of the reference that this program does not have, by the paths of their keys.
var absentParts = map[string]string{
	"llm":                       "language models",
	"rca":                       "root cause analysis",
	"visualization":             "drawings of lineage",
	"smart_selection":           "recommendation of tables",
	"quality_scoring":           "quality scores",
	"validation":                "data rules",
	"lineage":                   "lineage",
	"monitoring":                "metrics server",
	"profiling.extract_lineage": "lineage",

	"datasets.datasets[].validation":                     "data rules",
	"datasets.datasets[].validation.rules":               "data rules",
	"datasets.datasets[].columns[].validation":           "data rules",
	"datasets.datasets[].profiling.columns[].validation": "data rules",
}

// droppable are the sections and lists that say nothing when they are empty. Others do: an empty contracts names the
// usual folder, an empty partition every row.
var droppable = []string{
	"profiling", "profiling.tables", "profiling.discovery_options", "datasets", "datasets.datasets",
	"datasets.datasets[].columns", "datasets.datasets[].profiling", "datasets.datasets[].profiling.columns",
	"datasets.datasets[].columns[].profiling", "datasets.datasets[].profiling.columns[].profiling",
	"drift_detection", "drift_detection.absolute_threshold", "drift_detection.baselines",
	"retry", "execution", "execution.warehouse_limits", "incremental", "source.extra_params", "storage.connection.extra_params",
}

// tidier walks the tree of a file and collects what to change of its text.
type tidier struct {
	file     string
	text     lines
	document yaml.Node
	aliased  map[*yaml.Node]int // how often an anchor is referred to
	ends     []int              // where the collections around a node end at the latest

	edits []edit
	notes []Problem
	noted []*yaml.Node // what each note is about
}

// countAliases counts the references to each anchor at and below n.
func (t *tidier) countAliases(n *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		t.aliased[n.Alias]++
	}
	for _, item := range n.Content {
		t.countAliases(item)
	}
}

// anchored returns the name of an anchor at or below n that something outside of n refers to; "" where none is.
func (t *tidier) anchored(n *yaml.Node) string {
	if len(t.aliased) == 0 {
		return ""
	}
	within := map[*yaml.Node]int{}
	var count func(*yaml.Node)
	count = func(n *yaml.Node) {
		if n.Kind == yaml.AliasNode {
			within[n.Alias]++
		}
		for _, item := range n.Content {
			count(item)
		}
	}
	count(n)
	var find func(*yaml.Node) string
	find = func(n *yaml.Node) string {
		if n.Anchor != "" && t.aliased[n] > within[n] {
			return n.Anchor
		}
		for _, item := range n.Content {
			if name := find(item); name != "" {
				return name
			}
		}
		return ""
	}
	return find(n)
}

func (t *tidier) note(n *yaml.Node, at, message, hint string) {
	t.notes = append(t.notes, Problem{SeverityWarning, t.file, n.Line, n.Column, at, message, hint})
	t.noted = append(t.noted, n)
}

// untold returns the warnings that no note tells better, with what becomes of their keys.
func (t *tidier) untold(warnings []Problem) (untold []Problem) {
	noted := make(map[string]bool, len(t.notes))
	for _, n := range t.notes {
		noted[n.Path] = true
	}
	for _, w := range warnings {
		if w.File == t.file && noted[w.Path] {
			continue
		}
		if (strings.HasPrefix(w.Message, "not built yet; ignored") || strings.HasPrefix(w.Message, "has no effect, here")) && w.Hint == "" {
			w.Hint = "it stays in the file"
		}
		untold = append(untold, w)
	}
	return untold
}

// value tidies n, which is no alias, by its rules. It stands at the path at, and kind is that path without the numbers
// of items. It reports whether nothing is left of it, which can be where it may be taken out whole.
func (t *tidier) value(n *yaml.Node, s *jsonschema.Schema, at, kind string, mayGo bool) (empty bool) {
	if n.Anchor != "" && t.aliased[n] > 0 {
		return false // others may mean something else by it
	}
	s, _ = inner(s)
	switch {
	case n.Kind == yaml.MappingNode && s.Properties != nil:
		return t.mapping(n, s, at, kind, mayGo)
	case n.Kind == yaml.MappingNode:
		return len(n.Content) == 0 && mayGo
	case n.Kind == yaml.SequenceNode && s.Type == "array":
		return t.list(n, s, at, kind) && mayGo
	case n.Kind == yaml.ScalarNode && s.Type == "boolean" && n.Style == 0:
		word := strings.ToLower(n.Value)
		if !slices.Contains(oldBooleans[:4], word) {
			return false
		}
		plain := fmt.Sprint(word == "yes" || word == "on")
		if t.replace(n, n.Value, plain) {
			t.note(n, at, "written "+plain, "")
		}
	}
	return false
}

func (t *tidier) mapping(n *yaml.Node, s *jsonschema.Schema, at, kind string, mayGo bool) (empty bool) {
	edits, notes := len(t.edits), len(t.notes)
	all := make([]element, len(n.Content)/2)
	merged := false
	for i := range all {
		all[i] = element{start: t.text.offset(n.Content[2*i]), note: stays}
		merged = merged || n.Content[2*i].ShortTag() == "!!merge"
	}
	left := len(all)
	for i := range all {
		key, value := n.Content[2*i], n.Content[2*i+1]
		name := key.Value
		p, known := s.Properties.Get(name)
		if !known && name == "schema_" {
			name = "schema"
			p, known = s.Properties.Get(name)
		}
		if key.Kind != yaml.ScalarNode || !known {
			continue
		}
		at, kind, before := path(at, name), strings.TrimPrefix(kind+"."+name, "."), len(t.edits)
		if (kind == "contracts" || kind == "datasets.datasets_dir") && value.ShortTag() != "!!null" {
			t.note(key, at, "the files of its folder stay as they are", "")
		}
		anchor := t.anchored(value)
		why := useless(p, kind)
		if why == "" && !merged && anchor == "" && isIdleNull(key, value, p) {
			why = "null, as if it were absent"
		}
		if why == "" && value.Kind != yaml.AliasNode {
			mayGo := slices.Contains(droppable, kind) && !merged && anchor == "" && (len(value.Content) > 0 || !commented(key, value))
			t.ends = append(t.ends, t.end(all, i))
			if t.value(value, p, at, kind, mayGo) {
				why = "empty"
			}
			t.ends = t.ends[:len(t.ends)-1]
		}
		switch {
		case why == "":
			if name != key.Value && t.replace(key, key.Value, name) {
				t.note(key, at, "written "+name, "")
			}
		case anchor != "":
			t.note(key, at, why+"; it stays in the file", "other keys refer to its anchor &"+anchor)
		default:
			t.edits = t.edits[:before]
			all[i].note, all[i].comments = len(t.notes), lineComments(key)+lineComments(value)
			left--
			t.note(key, at, "taken out: "+why, "")
		}
	}
	switch {
	case left == len(all):
		return left == 0 && mayGo
	case left == 0 && mayGo:
		return true
	case left == 0: // what is empty would mean something else
		t.edits, t.notes, t.noted = t.edits[:edits], t.notes[:notes], t.noted[:notes]
	default:
		t.remove(n, all)
	}
	return false
}

// useless says why the key of a path means nothing whatever its value; "" where it means something.
func useless(p *jsonschema.Schema, kind string) string {
	switch part := absentParts[kind]; {
	case part != "":
		return "baselinr-pipes has no " + part
	case p.Deprecated && p.Description == withoutEffect:
		return "no effect, here or in baselinr"
	}
	return ""
}

// isIdleNull reports whether a value is null, which is as if the key were absent, and nothing is written beside it.
func isIdleNull(key, value *yaml.Node, p *jsonschema.Schema) bool {
	_, nullable := inner(p)
	return nullable && !p.Deprecated && value.Kind == yaml.ScalarNode && value.ShortTag() == "!!null" && !commented(key, value)
}

func (t *tidier) list(n *yaml.Node, s *jsonschema.Schema, at, kind string) (empty bool) {
	all := make([]element, len(n.Content))
	for i, item := range n.Content {
		all[i] = element{start: t.text.offset(item), note: stays}
		if n.Style&yaml.FlowStyle == 0 {
			all[i].start = t.text.dash(all[i].start)
		}
	}
	left, notes := len(all), len(t.notes)
	for i, item := range n.Content {
		now := obsoleteMetrics[item.Value]
		switch {
		case s.Items.Title == "metric" && now != "" && item.Kind == yaml.ScalarNode && item.Anchor == "":
			all[i].note, all[i].comments = len(t.notes), lineComments(item)
			left--
			t.note(item, index(at, i), "taken out: "+item.Value+" has no effect, here or in baselinr", "write "+now+" to measure the like")
		case item.Kind != yaml.AliasNode:
			t.ends = append(t.ends, t.end(all, i))
			t.value(item, s.Items, index(at, i), kind+"[]", false)
			t.ends = t.ends[:len(t.ends)-1]
		}
	}
	switch {
	case left == len(all):
		return left == 0
	case left == 0: // an empty list would say the same less clearly
		t.notes, t.noted = t.notes[:notes], t.noted[:notes]
	default:
		t.remove(n, all)
	}
	return false
}

// end returns where element i of a collection ends at the latest.
func (t *tidier) end(all []element, i int) int {
	if i+1 < len(all) {
		return all[i+1].start
	}
	return t.ends[len(t.ends)-1]
}

// commented reports whether a comment belongs to one of the nodes, or stands below them.
func commented(nodes ...*yaml.Node) bool {
	return slices.ContainsFunc(nodes, func(n *yaml.Node) bool {
		return n.HeadComment+n.LineComment+n.FootComment != "" || commented(n.Content...)
	})
}

// lineComments counts the comments at the ends of lines, at and below n.
func lineComments(n *yaml.Node) (sum int) {
	if n.LineComment != "" {
		sum++
	}
	for _, below := range n.Content {
		sum += lineComments(below)
	}
	return sum
}
