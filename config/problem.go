package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Severity says whether a problem stops the configuration from being used.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Problem is one thing that is wrong, or worth knowing, about a configuration. It never holds the
// text of a secret.
type Problem struct {
	Severity Severity `json:"severity"`
	// File is the file's path as it was given, or the environment variable that set the key.
	File string `json:"file"`
	// Line and Column count from 1; 0 means that the problem has no place in the file.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Path names the key, such as profiling.tables[2].pattern.
	Path    string `json:"path,omitempty"`
	Message string `json:"message"`
	// Hint says what to do about it.
	Hint string `json:"hint,omitempty"`
}

// String returns file:line:column: path: message; hint.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
		if p.Column > 0 {
			fmt.Fprintf(&b, ":%d", p.Column)
		}
	}
	if p.Path != "" {
		b.WriteString(": " + p.Path)
	}
	b.WriteString(": " + p.Message)
	if p.Hint != "" {
		b.WriteString("; " + p.Hint)
	}
	return b.String()
}

// Problems is the error of a configuration that cannot be used: every problem of it, by place.
type Problems []Problem

// Error returns one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// maxWarnings is how many warnings are kept before like ones are counted.
const maxWarnings = 100_000

// allProblems returns every problem once, by place.
func (c *checker) allProblems(name string) []Problem {
	all := sorted(name, append(c.inOwnFiles(c.problems), c.foreign...))
	all = slices.Compact(all)
	if len(all) > maxProblems {
		all = append(all[:maxProblems:maxProblems], Problem{Severity: SeverityError, File: name, Message: "more problems than are told", Hint: "mend these first"})
	}
	return all
}

// indices finds the numbers of items in a path.
var indices = regexp.MustCompile(`\[\d+\]`)

// allWarnings returns every warning by place. Those of other files that say the same of the same key are
// told once, with how many more there are.
func (c *checker) allWarnings(name string) []Problem {
	all := slices.Compact(sorted(name, slices.Concat(c.inOwnFiles(c.warnings), c.foreignWarnings)))
	type kind struct{ path, message string }
	first, more := map[kind]int{}, map[int]int{}
	kept := make([]Problem, 0, len(all))
	for _, w := range all {
		if w.File != name && w.Line > 0 {
			k := kind{indices.ReplaceAllString(w.Path, "[]"), w.Message}
			if i, told := first[k]; told {
				more[i]++
				continue
			}
			first[k] = len(kept)
		}
		kept = append(kept, w)
	}
	for i, n := range more {
		kept[i].Message += fmt.Sprintf(" (and %d more like it)", n)
	}
	return kept
}

// inOwnFiles gives problems the paths that their keys have in their own files.
func (c *checker) inOwnFiles(ps []Problem) []Problem {
	if len(c.own) == 0 {
		return ps
	}
	for i, p := range ps {
		for end := len(p.Path); end > 0; end = max(strings.LastIndexAny(p.Path[:end], ".["), 0) {
			if own, ok := c.own[p.Path[:end]]; ok {
				ps[i].Path = own + p.Path[end:]
				if own == "" {
					ps[i].Path = strings.TrimPrefix(p.Path[end:], ".")
				}
				break
			}
		}
	}
	return ps
}

// ByPlace returns problems in the order of their places, those of the configuration's own file first, each once.
func ByPlace(file string, ps []Problem) []Problem {
	return slices.Compact(sorted(file, slices.Clone(ps)))
}

// sorted orders problems by place: those of the file name first, then those of other files, then those
// without a line, such as the environment's.
func sorted(name string, ps []Problem) []Problem {
	rank := func(p Problem) int {
		switch {
		case p.Line == 0:
			return 2
		case p.File != name:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if order := rank(a) - rank(b); order != 0 {
			return order
		}
		if rank(a) != 1 {
			return cmp.Or(a.Line-b.Line, a.Column-b.Column, strings.Compare(a.File, b.File))
		}
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, a.Column-b.Column)
	})
	return ps
}
