package config

import (
	"errors"
	"io/fs"
	"strings"
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

// shown returns the folder as it is written, without what the environment made of that.
func (f folder) shown() string {
	if f.where.kind == text {
		return presentable(f.where.written)
	}
	return presentable(f.dir)
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
		l.checker.warn(f.where.at, f.at, "no such folder: "+f.shown(), "a relative path starts at the configuration's folder")
	case errors.Is(err, errTooMany):
		l.checker.fail(f.where.at, f.at, "the folder "+f.shown()+" is too large: "+strings.TrimPrefix(err.Error(), errTooMany.Error()+": "),
			"name a folder of these files alone, or narrower patterns")
	case err != nil:
		l.checker.fail(f.where.at, f.at, "the folder "+f.shown()+" cannot be read: "+because(err), "name a folder that this user can read")
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
	values, bytes := n.size()
	l.checker.nodes += values
	l.env.budget.take(bytes)
	return n
}

// tooLarge reports, once, that all files together hold more than is read.
func (l *loader) tooLarge(f folder) bool {
	if l.checker.nodes <= maxNodes && l.env.budget.left >= 0 {
		return false
	}
	l.checker.fail(f.where.at, f.at, "the files of "+f.shown()+" are too large: together they hold more than a configuration may", "split the configuration")
	return true
}
