package dbt

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/internal/spelling"
)

// meant ends a message about a name that does not exist.
func meant(name string, names []string) string {
	if near := spelling.Nearest(name, names); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// Select returns the models, seeds, snapshots and sources that an expression selects, sorted by ID, and
// warnings about parts of it that select nothing. What selects nothing because a name in it is known nowhere
// is an error that says the nearest one. Tests and other nodes count where they lead to tables.
func (m *Manifest) Select(expression string) ([]Resource, []string, error) {
	s, err := parseExpression(expression)
	if err != nil {
		return nil, nil, err
	}
	e := &evaluation{Manifest: m}
	picked, err := s.pick(e)
	if err != nil {
		return nil, nil, err
	}
	var resources []Resource
	for _, id := range slices.Sorted(maps.Keys(picked)) {
		if n := m.nodes[id]; n.isTable() {
			resources = append(resources, n.resource(true))
		}
	}
	return resources, e.warnings, nil
}

// evaluation is one expression on its way through the manifest.
type evaluation struct {
	*Manifest
	warnings []string
}

func (e *evaluation) warn(text string) {
	if !slices.Contains(e.warnings, text) {
		e.warnings = append(e.warnings, text)
	}
}

// pick returns what a criterion selects, with the neighbours that its operators ask for.
func (c criterion) pick(e *evaluation) (set, error) {
	direct, err := e.direct(c)
	if err != nil {
		return nil, err
	}
	picked := set{}
	picked.add(direct)
	if c.childrensParents {
		descendants := reach(e.graph.children, direct, unlimited)
		picked.add(descendants)
		descendants.add(direct)
		picked.add(reach(e.graph.parents, descendants, unlimited))
	}
	if c.parents {
		picked.add(reach(e.graph.parents, direct, c.parentsDepth))
	}
	if c.children {
		picked.add(reach(e.graph.children, direct, c.childrenDepth))
	}
	return picked, nil
}

// direct returns what the criterion's method and value select.
func (e *evaluation) direct(c criterion) (set, error) {
	if c.method == "selector" {
		s, err := e.selector(fmt.Sprint(c.value), nil)
		if err != nil {
			return nil, err
		}
		return s.pick(e)
	}
	matches, err := e.matcher(c)
	if err != nil {
		return nil, err
	}
	direct := set{}
	for _, id := range e.ids {
		if matches(e.nodes[id]) {
			direct[id] = true
		}
	}
	if len(direct) > 0 {
		return direct, nil
	}
	for _, n := range e.disabled {
		if matches(n) {
			e.warn(fmt.Sprintf("%s selects only what is disabled, as %s is", c, n.resource(false)))
			return direct, nil
		}
	}
	if names := e.known(c); names != nil {
		return nil, fmt.Errorf("%s: the manifest has no such %s%s", c, noun(c), meant(fmt.Sprint(c.value), names))
	}
	e.warn(fmt.Sprintf("%s selects nothing", c))
	return direct, nil
}

// Ref returns the model, seed or snapshot that a name means, as dbt's ref() does: name or package.name, with
// .v1 behind it for a version that is not the latest. The root project goes before packages.
func (m *Manifest) Ref(name string) (Resource, error) {
	var found, disabled []*node
	var names []string
	for _, id := range m.ids {
		n := m.nodes[id]
		if !n.isTable() || n.ResourceType == "source" {
			continue
		}
		names = append(names, n.Name)
		if n.isNamed(name) {
			found = append(found, n)
		}
	}
	for _, n := range m.disabled {
		if n.isTable() && n.ResourceType != "source" && n.isNamed(name) {
			disabled = append(disabled, n)
		}
	}
	if len(found) == 0 && len(disabled) > 0 {
		return disabled[0].resource(false), nil
	}
	if len(found) == 0 {
		if source := m.sourceNamed(name); source != nil {
			return Resource{}, fmt.Errorf("%q is a source; write dbt_selector: source:%s.%s", name, source.SourceName, source.Name)
		}
		bare := name[strings.LastIndex(name, ".")+1:]
		hint := meant(name, names)
		if hint == "" {
			hint = meant(bare, names)
		}
		return Resource{}, fmt.Errorf("the manifest has no model, seed or snapshot %q%s", name, hint)
	}
	slices.SortStableFunc(found, func(a, b *node) int {
		return cmp.Compare(foreign(a, m.Project), foreign(b, m.Project))
	})
	if len(found) > 1 && foreign(found[0], m.Project) == foreign(found[1], m.Project) {
		return Resource{}, fmt.Errorf("%q means %s of package %s and %s of package %s; write %s.%s", name,
			found[0].resource(true), found[0].PackageName, found[1].resource(true), found[1].PackageName, found[0].PackageName, found[0].Name)
	}
	return found[0].resource(true), nil
}

func foreign(n *node, project string) int {
	if n.PackageName == project {
		return 0
	}
	return 1
}

// isNamed reports whether name means the node.
func (n *node) isNamed(name string) bool {
	if within, ok := strings.CutPrefix(name, n.PackageName+"."); ok && n.isNamedWithin(within) {
		return true
	}
	return n.isNamedWithin(name)
}

func (n *node) isNamedWithin(name string) bool {
	if !n.isVersioned() {
		return name == n.Name
	}
	v := version(n.Version)
	return name == n.Name+".v"+v || name == n.Name && v == version(n.LatestVersion)
}

func (m *Manifest) sourceNamed(name string) *node {
	for _, id := range m.ids {
		if n := m.nodes[id]; n.ResourceType == "source" && (n.Name == name || n.SourceName+"."+n.Name == name) {
			return n
		}
	}
	return nil
}

// Tags returns the tags of every table that the manifest knows, models, seeds, snapshots and sources; a table
// without any has an entry too.
func (m *Manifest) Tags() map[Relation][]string {
	tags := map[Relation][]string{}
	for _, id := range m.ids {
		n := m.nodes[id]
		if r := n.resource(true); n.isTable() && r.NoTable == "" {
			tags[r.Relation] = append(tags[r.Relation], n.tags()...)
		}
	}
	return tags
}
