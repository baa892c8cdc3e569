package config

import (
	"strconv"
	"strings"
	"unicode"
)

// kind is what a node of the tree holds.
type kind int

const (
	null kind = iota
	boolean
	integer
	number
	text
	list
	mapping
)

// String names a kind as messages do.
func (k kind) String() string {
	return [...]string{"nothing", "true or false", "a whole number", "a number", "text", "a list", "a mapping of keys"}[k]
}

// place is where something stands: in a file, or in an environment variable (line 0).
type place struct {
	file         string
	line, column int
}

// String returns file:line:column, as problems have it.
func (p place) String() string {
	return strings.TrimSuffix(Problem{File: p.file, Line: p.line, Column: p.column}.String(), ": ")
}

// node is one value of a configuration, whatever the language of its file.
type node struct {
	kind kind
	at   place
	// text is a scalar's text, ${…} expanded; written is its text before that. Messages quote
	// written, so that no value of the environment appears in them.
	text, written string
	// untyped is set where the text came from the environment: the key that it is for, not its
	// form, then says whether it is a number, a boolean or text.
	untyped bool
	// broken is set where the value cannot be known; its problem has been told.
	broken  bool
	unset   bool // the text holds a reference to what is not set, which stays
	entries []*entry
	items   []*node
}

// entry is one key of a mapping.
type entry struct {
	key   string
	at    place
	value *node
}

// get returns the entry of key, or nil.
func (n *node) get(key string) *entry {
	for _, e := range n.entries {
		if e.key == key {
			return e
		}
	}
	return nil
}

// set puts a value at key, in place of what is there.
func (n *node) set(key string, value *node) {
	if e := n.get(key); e != nil {
		e.value = value
		return
	}
	n.entries = append(n.entries, &entry{key, value.at, value})
}

// child returns the mapping at key, which is made where there is none; nil where something else is there.
func (n *node) child(key string) *node {
	e := n.get(key)
	if e == nil || e.value.kind == null {
		n.set(key, &node{kind: mapping, at: n.at})
		e = n.get(key)
	}
	if e.value.kind != mapping {
		return nil
	}
	return e.value
}

// size returns how many values a tree has, and how many bytes their text.
func (n *node) size() (values, bytes int) {
	values, bytes = 1, len(n.text)
	add := func(v, b int) { values, bytes = values+v, bytes+b }
	for _, item := range n.items {
		add(item.size())
	}
	for _, e := range n.entries {
		add(e.value.size())
	}
	return values, bytes
}

// path joins a path and a key as messages write them: profiling.tables[2].pattern.
func path(parent, key string) string {
	key = presentable(key)
	if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || strings.ContainsRune(".[]:\"", r) || !unicode.IsPrint(r) }) {
		key = strconv.Quote(key)
	}
	if parent == "" {
		return key
	}
	return parent + "." + key
}

// find returns the node at a path below n; nil where there is none.
func (n *node) find(at string) *node {
	if last, rest := n.follow(at); rest == "" {
		return last
	}
	return nil
}

// nearest returns the node at a path below n, or the last one on the way there.
func (n *node) nearest(at string) *node {
	last, _ := n.follow(at)
	return last
}

// follow goes along a path below n as far as there are nodes, and returns the last one and the rest of the path.
func (n *node) follow(at string) (last *node, rest string) {
	for at != "" {
		next, rest := n, ""
		if end := strings.IndexByte(at, ']'); at[0] == '[' && end > 0 {
			if i, err := strconv.Atoi(at[1:end]); err == nil && i >= 0 && i < len(n.items) {
				next, rest = n.items[i], at[end+1:]
			}
		}
		for _, e := range n.entries {
			after, ok := strings.CutPrefix(strings.TrimPrefix(at, "."), path("", e.key))
			if ok && (after == "" || after[0] == '.' || after[0] == '[') {
				next, rest = e.value, after
				break
			}
		}
		if next == n {
			return n, at
		}
		n, at = next, rest
	}
	return n, ""
}

// index returns the path of the i-th item of a list.
func index(parent string, i int) string { return parent + "[" + strconv.Itoa(i) + "]" }

// limits of what a file may hold once its aliases are written out; a file within reason has a few
// thousand nodes.
const (
	maxNodes = 1 << 19
	maxDepth = 100
)
