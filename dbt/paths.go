package dbt

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// projectPaths lists the files of the root project that the manifest names, and the folders that hold them,
// sorted. dbt looks for paths on the disk; these are those that can matter.
func (m *Manifest) projectPaths() []string {
	paths := set{}
	add := func(file string) {
		for ; file != "." && file != "/" && file != ""; file = path.Dir(file) {
			paths[file] = true
		}
	}
	for _, n := range m.nodes {
		if m.Project == "" || n.PackageName == m.Project {
			add(n.OriginalFilePath)
		}
		if owner, file := n.patch(); owner == m.Project || m.Project == "" {
			add(file)
		}
	}
	return slices.Sorted(maps.Keys(paths))
}

// patch returns the package and the path of the YAML file that describes the node.
func (n *node) patch() (owner, file string) {
	owner, file, _ = strings.Cut(n.PatchPath, "://")
	return owner, file
}

// pathMatcher matches the files that a pattern matches, those described in them, and those in folders that it
// matches. The pattern is relative to the project, a shell's, with ** for any folders.
func (m *Manifest) pathMatcher(pattern string) func(*node) bool {
	pattern = path.Clean(pattern)
	if pattern == "." {
		return func(*node) bool { return true }
	}
	matches, expression := set{}, glob(pattern)
	for _, p := range m.paths {
		if expression.MatchString(p) {
			matches[p] = true
		}
	}
	return func(n *node) bool {
		if _, patch := n.patch(); matches[patch] {
			return true
		}
		for file := n.OriginalFilePath; file != "." && file != "/" && file != ""; file = path.Dir(file) {
			if matches[file] {
				return true
			}
		}
		return false
	}
}

// glob returns the regular expression of a path's pattern: within a folder as fnmatch, and ** for any folders.
func glob(pattern string) *regexp.Regexp {
	var expression strings.Builder
	for i, part := range strings.Split(pattern, "/") {
		switch {
		case part == "**" && i == 0:
			expression.WriteString(`(?:[^/]+(?:/[^/]+)*)?`)
		case part == "**":
			expression.WriteString(`(?:/[^/]+)*`)
		case i == 0:
			expression.WriteString(translate(part, "[^/]"))
		default:
			expression.WriteString("/" + translate(part, "[^/]"))
		}
	}
	// A leading ** that stands for no folder leaves no slash before what follows.
	text := strings.Replace(expression.String(), `(?:[^/]+(?:/[^/]+)*)?/`, `(?:[^/]+/)*`, 1)
	return regexp.MustCompile(`(?s)\A` + text + `\z`)
}

// fnmatch reports whether the whole of text matches a shell's pattern, case counting, as Python's does.
func fnmatch(text, pattern string) bool {
	if !strings.ContainsAny(pattern, "*?[") {
		return text == pattern
	}
	return regexp.MustCompile(`(?s)\A` + translate(pattern, ".") + `\z`).MatchString(text)
}

// translate returns the regular expression of a shell's pattern: * is any text of the characters, ? one of
// them, [abc] one of a set, [!abc] one of none of it; a bracket that is not closed means itself.
func translate(pattern, character string) string {
	var expression strings.Builder
	runes := []rune(pattern)
	for i := 0; i < len(runes); i++ {
		switch runes[i] {
		case '*':
			expression.WriteString(character + "*")
		case '?':
			expression.WriteString(character)
		case '[':
			end := i + 1
			if end < len(runes) && runes[end] == '!' {
				end++
			}
			if end < len(runes) && runes[end] == ']' {
				end++ // a bracket that comes first is one of the set
			}
			for end < len(runes) && runes[end] != ']' {
				end++
			}
			class := ""
			if end < len(runes) {
				class = bracket(string(runes[i+1 : end]))
			}
			if class == "" {
				expression.WriteString(`\[`)
				continue
			}
			expression.WriteString(class)
			i = end
		default:
			expression.WriteString(regexp.QuoteMeta(string(runes[i])))
		}
	}
	return expression.String()
}

// bracket returns the set of characters as a regular expression; nothing where it is none.
func bracket(inside string) string {
	negated := strings.HasPrefix(inside, "!")
	inside = strings.TrimPrefix(inside, "!")
	inside = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, `^`, `\^`, `&`, `\&`).Replace(inside)
	if negated {
		inside = "^" + inside
	}
	if class := "[" + inside + "]"; regexpCompiles(class) {
		return class
	}
	return ""
}

func regexpCompiles(expression string) bool {
	_, err := regexp.Compile(expression)
	return err == nil
}
