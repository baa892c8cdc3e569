package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// lineNumber finds the line that the YAML parser's message names.
var lineNumber = regexp.MustCompile(`^line (\d+): `)

// parserError finds the messages of the parser proper, which counts lines from 0 where its scanner
// counts from 1.
var parserError = regexp.MustCompile(`^did not find expected (<|node|'|key)|^found (undefined tag handle|duplicate|incompatible)`)

// unknownAnchor finds the name of an alias without its anchor.
var unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced`)

// syntaxProblem tells a syntax error with the line it is on, secrets masked.
func syntaxProblem(source []byte, name string, err error) Problem {
	p := Problem{Severity: SeverityError, File: name, Line: 1}
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := lineNumber.FindStringSubmatch(message); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		message = strings.TrimPrefix(message, m[0])
		if parserError.MatchString(message) {
			p.Line++
		}
	}
	if m := unknownAnchor.FindStringSubmatch(message); m != nil {
		// The name is not told: it could be a password without quotes.
		message, p.Hint = "an alias (*name) without its anchor (&name)", "a value that begins with * needs quotes"
		if before, _, ok := strings.Cut(string(source), "*"+m[1]); ok {
			p.Line = strings.Count(before, "\n") + 1
		}
	}
	lines := strings.Split(string(source), "\n")
	for i, line := range lines {
		indent := line[:indentation(line)]
		if tab := strings.IndexByte(indent, '\t'); tab >= 0 && strings.TrimSpace(line) != "" {
			p.Line, p.Column = i+1, tab+1
			message, p.Hint = "a tab in the indentation, which YAML forbids", "indent with spaces"
			break
		}
	}
	p.Message = "not valid YAML: " + message
	if p.Line <= len(lines) {
		if p.Hint == "" && strings.Contains(lines[p.Line-1], "${") {
			p.Hint = "a value with ${…} needs quotes within [ ] and { }"
		}
		if shown := showLine(lines, p.Line-1); shown != "" {
			p.Message += fmt.Sprintf(": %s", strconv.Quote(shown))
		}
	}
	return p
}

// keyBefore finds a line's keys: words before a colon.
var keyBefore = regexp.MustCompile(`["']?([A-Za-z0-9_.\-]+)["']?\s*:`)

// showLine returns the i-th line as a message may show it: what follows a key that names a secret is
// masked, and so is a line that stands below such a key.
func showLine(lines []string, i int) string {
	line := strings.TrimSpace(lines[i])
	indent, keyed := indentation(lines[i]), keyBefore.MatchString(line)
	for above := i - 1; above >= 0 && (indent > 0 || !keyed); above-- {
		keys := keyBefore.FindAllStringSubmatch(lines[above], -1)
		if keys == nil || keyed && indentation(lines[above]) >= indent {
			continue
		}
		if secretKey(keys[len(keys)-1][1]) {
			return redacted
		}
		indent, keyed = min(indent, indentation(lines[above])), true
	}
	for _, m := range keyBefore.FindAllStringSubmatchIndex(line, -1) {
		if secretKey(line[m[2]:m[3]]) {
			line = line[:m[1]] + " " + redacted
			break
		}
	}
	return presentable(line)
}

// indentation counts the white space before a line's text.
func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }
