package dbt

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// selector returns the definition of a selector of the project's selectors.yml. The manifest holds it as dbt
// resolved it, so that the file itself is not needed. Within names the selectors that led here.
func (m *Manifest) selector(name string, within []string) (selection, error) {
	definition, ok := m.selectors[name]
	if !ok {
		if len(m.selectors) == 0 {
			return nil, fmt.Errorf("no selector %q: the manifest holds none; write them in selectors.yml and have dbt parse the project", name)
		}
		return nil, fmt.Errorf("no selector %q in the manifest%s", name, meant(name, slices.Sorted(maps.Keys(m.selectors))))
	}
	if slices.Contains(within, name) {
		return nil, fmt.Errorf("selector %q is defined by itself", name)
	}
	s, err := m.definition(definition, append(within, name))
	if err != nil && len(within) == 0 {
		return nil, fmt.Errorf("selector %q: %w", name, err)
	}
	return s, err
}

// definition reads what selectors.yml may hold: text, a union, an intersection, a method with its value.
func (m *Manifest) definition(d any, within []string) (selection, error) {
	switch d := d.(type) {
	case string:
		return parseCriterion(d)
	case map[string]any:
		if parts, ok := d["union"]; ok {
			include, exclude, err := m.parts(parts, within)
			return without(union(include), exclude), err
		}
		if parts, ok := d["intersection"]; ok {
			include, exclude, err := m.parts(parts, within)
			return without(intersection(include), exclude), err
		}
		return m.method(d, within)
	}
	return nil, fmt.Errorf("a definition is text, a union, an intersection, or a method and its value, not %T", d)
}

func without(s selection, exclude selection) selection {
	if exclude == nil {
		return s
	}
	return difference{s, exclude}
}

// parts reads the list of a union or an intersection, where one item may say what to exclude.
func (m *Manifest) parts(list any, within []string) (include []selection, exclude selection, err error) {
	items, ok := list.([]any)
	if !ok {
		return nil, nil, fmt.Errorf("a union and an intersection want a list")
	}
	for _, item := range items {
		if d, ok := item.(map[string]any); ok && d["exclude"] != nil && d["method"] == nil {
			if exclude != nil {
				return nil, nil, fmt.Errorf("exclude stands twice in one list; keep one")
			}
			if exclude, err = m.excluded(d["exclude"], within); err != nil {
				return nil, nil, err
			}
			continue
		}
		s, err := m.definition(item, within)
		if err != nil {
			return nil, nil, err
		}
		include = append(include, s)
	}
	return include, exclude, nil
}

func (m *Manifest) excluded(list any, within []string) (selection, error) {
	items, ok := list.([]any)
	if !ok {
		return nil, fmt.Errorf("exclude wants a list")
	}
	var all union
	for _, item := range items {
		s, err := m.definition(item, within)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// method reads {tag: nightly}, and {method: tag, value: nightly} with graph operators and exclude.
func (m *Manifest) method(d map[string]any, within []string) (selection, error) {
	if d["method"] == "selector" {
		return m.selector(fmt.Sprint(d["value"]), within) // as in dbt, without operators
	}
	if len(d) == 1 {
		for key, value := range d {
			d = map[string]any{"method": key, "value": value}
		}
	}
	name, named := d["method"].(string)
	value, valued := d["value"]
	if !named || !valued {
		return nil, fmt.Errorf("a definition wants a method and a value, not %s", strings.Join(slices.Sorted(maps.Keys(d)), ", "))
	}
	c := criterion{
		value:            value,
		childrensParents: truth(d["childrens_parents"]),
		parents:          truth(d["parents"]),
		children:         truth(d["children"]),
	}
	if c.childrensParents && c.children {
		return nil, fmt.Errorf("%s: childrens_parents and children contradict each other; keep one", c)
	}
	var err error
	if c.parentsDepth, err = depthOf(d["parents_depth"]); err != nil {
		return nil, err
	}
	if c.childrenDepth, err = depthOf(d["children_depth"]); err != nil {
		return nil, err
	}
	if err := c.setMethod(name); err != nil {
		return nil, err
	}
	if d["exclude"] == nil {
		return c, nil
	}
	exclude, err := m.excluded(d["exclude"], within)
	return without(c, exclude), err
}

func truth(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return v != ""
	case float64:
		return v != 0
	}
	return false
}

// depthOf reads a depth, which dbt writes as a number or as text; 0 is none, as in dbt.
func depthOf(v any) (int, error) {
	switch v := v.(type) {
	case string:
		return depth(v)
	case float64:
		if v != 0 {
			return strconv.Atoi(strconv.FormatFloat(v, 'f', -1, 64))
		}
	case json.Number:
		return depth(v.String())
	}
	return unlimited, nil
}
