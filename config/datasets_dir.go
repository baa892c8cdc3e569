package config

import (
	"path/filepath"

	"github.com/invopop/jsonschema"
)

// datasets adds the settings of single tables that the files of datasets.datasets_dir hold.
func (l *loader) datasets(root *node) {
	const at = "datasets"
	e := root.get(at)
	if e == nil || e.value.kind != mapping {
		return
	}
	n := e.value
	asked := false
	for _, key := range []string{"datasets_dir", "auto_discover", "file_pattern", "recursive", "exclude_patterns"} {
		asked = asked || has(n, key)
	}
	if !asked || !switched(n, "auto_discover", true) {
		return
	}
	f := folder{
		dir: setting(n, "datasets_dir", "./datasets"), where: n, at: path(at, "datasets_dir"),
		include:   l.patterns(n, "file_pattern", at, "*.yml"),
		ignore:    l.patterns(n, "exclude_patterns", at),
		recursive: switched(n, "recursive", true),
	}
	if named := n.get("datasets_dir"); named != nil {
		f.where = named.value
	}
	items := n.get("datasets")
	if items != nil && items.value.kind != list && items.value.kind != null {
		return
	}
	if items == nil {
		items = &entry{"datasets", n.at, &node{kind: null, at: n.at}}
	}
	all := &node{kind: list, at: items.value.at, items: items.value.items}
	for _, file := range l.files(f) {
		if filepath.Clean(file) == filepath.Clean(l.name) {
			continue // the configuration itself lies in the folder
		}
		n := l.read(file)
		if n == nil {
			continue
		}
		if l.tooLarge(f) {
			return
		}
		for _, d := range l.datasetsOf(n, file) {
			own := d.own
			l.checker.own[index("datasets.datasets", len(all.items))] = own
			l.checker.tell(l.env.expand(d.node, datasetRule(), own)...)
			d.node.set("source_file", &node{kind: text, at: d.node.at, text: file, written: file})
			all.items = append(all.items, d.node)
		}
	}
	if len(all.items) > 0 {
		n.set("datasets", all)
	}
}

// foundDataset is a dataset of a file, with its path there.
type foundDataset struct {
	node *node
	own  string
}

// datasetsOf returns the datasets of a file: it is one itself, a list of them, or has them at datasets.
func (l *loader) datasetsOf(n *node, file string) (found []foundDataset) {
	at, items := "", n.items
	switch {
	case n.kind == mapping && n.get("datasets") != nil:
		for _, e := range n.entries {
			if e.key != "datasets" {
				l.checker.tell(Problem{SeverityError, file, e.at.line, e.at.column, path("", e.key), "unknown key", "a file with datasets has nothing beside them"})
			}
		}
		at, n = "datasets", n.get("datasets").value
		if items = n.items; n.kind == null {
			return nil
		}
	case n.kind == mapping:
		return []foundDataset{{n, ""}}
	}
	if n.kind != list {
		l.checker.tell(Problem{SeverityError, file, n.at.line, n.at.column, at, "wants the settings of tables, got " + n.kind.String(), "write table: NAME and its settings, or a list of such"})
		return nil
	}
	for i, item := range items {
		if item.kind != mapping {
			l.checker.tell(Problem{SeverityError, file, item.at.line, item.at.column, index(at, i), "wants a mapping of keys, got " + item.kind.String(), ""})
			continue
		}
		found = append(found, foundDataset{item, index(at, i)})
	}
	return found
}

// datasetRule is the rule of one dataset.
func datasetRule() *jsonschema.Schema {
	s, _ := rules().Properties.Get("datasets")
	s, _ = inner(s)
	s, _ = s.Properties.Get("datasets")
	s, _ = inner(s)
	return s.Items
}
