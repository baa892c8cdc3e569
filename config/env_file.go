package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// dotenv reads the text of a file of environment variables: NAME=value, one a line, with # comments and
// an optional "export". Between single quotes a value stands as it is; between double quotes it may hold \n,
// \t, \" and \\; a quoted value may go over lines. Outside single quotes, ${NAME} is replaced by another
// variable. What env has already goes first, in references too.
type dotenv struct {
	file     string
	env      environment
	lines    map[string]assignment
	values   map[string]string // those that are resolved
	problems []Problem
}

// assignment is one variable of the file.
type assignment struct {
	value   string
	line    int
	literal bool
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

// addDotenv adds the variables of a file to env.
func (env environment) addDotenv(source []byte, file string) []Problem {
	d := dotenv{file: file, env: env, lines: map[string]assignment{}, values: map[string]string{}}
	d.parse(strings.TrimPrefix(strings.ReplaceAll(string(source), "\r\n", "\n"), "\ufeff"))
	for _, name := range slices.Sorted(maps.Keys(d.lines)) {
		if _, set := env.variables[name]; !set {
			d.resolve(name, nil)
		}
	}
	maps.Copy(env.variables, d.values)
	return d.problems
}

func (d *dotenv) fail(line int, message, hint string) {
	d.problems = append(d.problems, Problem{Severity: SeverityError, File: d.file, Line: line, Message: message, Hint: hint})
}

func (d *dotenv) parse(text string) {
	for line := 1; text != ""; {
		row, rest, _ := strings.Cut(text, "\n")
		begin := line
		line++
		name, value, ok := strings.Cut(row, "=")
		name = strings.TrimSpace(name)
		if name == "" && !ok || strings.HasPrefix(name, "#") {
			text = rest
			continue
		}
		name = strings.TrimSpace(strings.TrimPrefix(name, "export "))
		if !ok || !variableName.MatchString(name) {
			d.fail(begin, "not a variable", "write NAME=value") // the line is not shown: it could be a secret's
			text = rest
			continue
		}
		a := assignment{line: begin}
		value = strings.TrimSpace(value)
		if value != "" && (value[0] == '"' || value[0] == '\'') {
			_, quoted, _ := strings.Cut(text, value[:1])
			end := closing(quoted, value[0])
			if end < 0 {
				d.fail(begin, name+": a quote that does not end", "close it, or put the value between single quotes")
				return
			}
			a.value, a.literal = quoted[:end], value[0] == '\''
			line += strings.Count(a.value, "\n")
			if !a.literal {
				a.value = unescape.Replace(a.value)
			}
			_, rest, _ = strings.Cut(quoted[end:], "\n")
		} else {
			if i := strings.Index(value, " #"); i >= 0 {
				value = strings.TrimSpace(value[:i])
			}
			a.value = value
		}
		d.lines[name] = a
		text = rest
	}
}

// unescape replaces what a backslash begins between double quotes; \$ keeps a reference from being one.
var unescape = strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t", `\"`, `"`, `\\`, `\`, `\$`, `$$`)

// closing returns the index of the quote that ends text; -1 where there is none.
func closing(text string, quote byte) int {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] == quote:
			return i
		}
	}
	return -1
}

// resolve returns a variable's value with its references replaced; through are the variables whose
// values are being made.
func (d *dotenv) resolve(name string, through []string) string {
	if value, set := d.env.variables[name]; set {
		return value
	}
	if value, done := d.values[name]; done {
		return value
	}
	a := d.lines[name]
	value := a.value
	if !a.literal {
		through = append(through[:len(through):len(through)], name)
		var fits bool
		value, fits = replaceReferences(a.value, min(maxSecretSize, d.env.budget.left), func(match, other, fallback string) (string, bool) {
			return d.replace(match, other, fallback, name, through), true
		})
		if !fits {
			d.fail(a.line, name+": the value is too large once its references are replaced", "")
		}
		d.env.budget.take(len(value))
	}
	d.values[name] = value
	return value
}

// replace returns what a reference, to other, in the value of the variable name stands for.
func (d *dotenv) replace(match, other, fallback, name string, through []string) string {
	line := d.lines[name].line
	_, set := d.env.variables[other]
	_, here := d.lines[other]
	fallback, shell := strings.CutPrefix(fallback, "-")
	switch {
	case !set && slices.Contains(through, other):
		circle := append(through[slices.Index(through, other):], other)
		d.fail(line, "the variables refer to each other in a circle: "+strings.Join(circle, ", "), "write one of them out")
		return ""
	case !set && len(through) >= maxDepth:
		d.fail(line, fmt.Sprintf("%s: the variables refer to each other over more than %d steps", name, maxDepth), "write one of them out")
		return ""
	case set || here:
		if value := d.resolve(other, through); value != "" || !shell {
			return value
		}
		return fallback
	case strings.Contains(match, ":"):
		return fallback
	}
	d.fail(line, fmt.Sprintf("%s: the variable %q is not set", name, other), fmt.Sprintf("set it, or give a default: ${%s:default}", other))
	return ""
}
