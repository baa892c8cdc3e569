package config

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/invopop/jsonschema"
)

// folder is what a mapping says of files to read: the folder, patterns, and whether it holds others.
type folder struct {
	dir       string
	where     *node // what names the folder
	at        string
	include   []string
	ignore    []string
	recursive bool
}

// loader adds to a configuration what other files hold.
type loader struct {
	options
	checker *checker
	env     environment
	name    string // of the configuration's file
}

// setting returns the text at key, or fallback where there is none; the check tells what is no text.
func setting(n *node, key, fallback string) string {
	if e := n.get(key); e != nil && e.value.kind == text && !e.value.broken && e.value.text != "" {
		return e.value.text
	}
	return fallback
}

// switched returns the boolean at key, or fallback where there is none.
func switched(n *node, key string, fallback bool) bool {
	if e := n.get(key); e != nil && !e.value.broken {
		if value, ok := truth(e.value); ok {
			return value
		}
	}
	return fallback
}

// patterns returns the patterns at key, which may be one text or a list, and tells those that are none.
func (l *loader) patterns(n *node, key, at string, fallback ...string) []string {
	e := n.get(key)
	if e == nil || e.value.kind == null || e.value.broken {
		return fallback
	}
	items, below := e.value.items, func(i int) string { return index(path(at, key), i) }
	if e.value.kind != list {
		items, below = []*node{e.value}, func(int) string { return path(at, key) }
	}
	var patterns []string
	for i, item := range items {
		switch {
		case item.kind != text || item.broken:
		case badPattern(item.text):
			l.checker.fail(item.at, below(i), "not a pattern: a [ that does not end", "* is any text, ? one character, [abc] one of a set, ** any folders")
		default:
			patterns = append(patterns, item.text)
		}
	}
	return patterns
}

// files returns the files that f finds, as the configuration's own path is written. A folder that is not
// there is none, as in the reference, with a warning.
func (l *loader) files(f folder) []string {
	dir := l.env.resolve(f.dir)
	s := searcher{readDir: l.readDir, stat: l.stat, include: f.include, ignore: f.ignore, recursive: f.recursive}
	err := s.search(dir, "")
	switch {
	case errors.Is(err, fs.ErrNotExist) && s.entries == 0:
		l.checker.warn(f.where.at, f.at, "no such folder: "+presentable(f.dir), "a relative path starts at the configuration's folder")
	case errors.Is(err, errTooMany):
		l.checker.fail(f.where.at, f.at, "the folder "+presentable(f.dir)+" is too large: "+strings.TrimPrefix(err.Error(), errTooMany.Error()+": "),
			"name a folder of these files alone, or narrower patterns")
	case err != nil:
		l.checker.fail(f.where.at, f.at, "the folder "+presentable(f.dir)+" cannot be read: "+because(err), "name a folder that this user can read")
	}
	return s.files
}

// because returns the reason in an error of the file system, without its path.
func because(err error) string {
	var reason *fs.PathError
	if errors.As(err, &reason) {
		return reason.Err.Error()
	}
	return err.Error()
}

// read parses a file into a tree; nil where it holds nothing, or has been told to be wrong. The nodes of all
// files count together.
func (l *loader) read(file string) *node {
	source, err := l.readFile(file)
	if err != nil {
		p := unreadable(file, err)
		p.Hint = "give this user the right to read it, or leave it out with exclude_patterns"
		l.checker.tell(p)
		return nil
	}
	n, problems := parserOf(file)(source, file)
	l.checker.tell(problems...)
	if n == nil || n.kind == null {
		return nil
	}
	l.checker.nodes += n.count()
	return n
}

// tooLarge reports, once, that all files together hold more than is read.
func (l *loader) tooLarge(f folder) bool {
	if l.checker.nodes <= maxNodes {
		return false
	}
	l.checker.fail(f.where.at, f.at, "the files of "+presentable(f.dir)+" are too large: together they hold more than a configuration may", "split the configuration")
	return true
}

// count returns how many values a tree has.
func (n *node) count() int {
	sum := 1
	for _, item := range n.items {
		sum += item.count()
	}
	for _, e := range n.entries {
		sum += e.value.count()
	}
	return sum
}

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

// set puts a value at key, in place of what is there.
func (n *node) set(key string, value *node) {
	if e := n.get(key); e != nil {
		e.value = value
		return
	}
	n.entries = append(n.entries, &entry{key, value.at, value})
}

// datasetRule is the rule of one dataset.
func datasetRule() *jsonschema.Schema {
	s, _ := rules().Properties.Get("datasets")
	s, _ = inner(s)
	s, _ = s.Properties.Get("datasets")
	s, _ = inner(s)
	return s.Items
}
