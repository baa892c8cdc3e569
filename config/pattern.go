package config

import (
	"fmt"
	"regexp"
	"strings"
)

// Matcher returns what a pattern matches: a whole name, as a shell's wildcard or as a regular
// expression that has to match from the name's start. No pattern matches everything.
func Matcher(pattern string, kind PatternType) (func(string) bool, error) {
	switch {
	case pattern == "":
		return func(string) bool { return true }, nil
	case kind == PatternRegex:
		expression, err := regexp.Compile(pattern) // as it stands: what would be put around it could become part of it
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", pattern, err)
		}
		return func(name string) bool {
			at := expression.FindStringIndex(name) // the leftmost
			return at != nil && at[0] == 0
		}, nil
	default:
		expression, err := regexp.Compile("(?s)^" + wildcard(pattern) + "$") // any character: a name may have a line's end
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", pattern, err)
		}
		return expression.MatchString, nil
	}
}

// IsPattern reports whether a rule's name may match several columns.
func (r ColumnRule) IsPattern() bool {
	return r.PatternType == PatternRegex || strings.ContainsAny(r.Name, "*?[")
}

// Matcher returns whether the rule is about a column.
func (r ColumnRule) Matcher() (func(column string) bool, error) {
	if !r.IsPattern() {
		return func(column string) bool { return column == r.Name }, nil
	}
	return Matcher(r.Name, r.PatternType)
}

// wildcards of a shell: any text, any one character, one of a set.
var wildcards = regexp.MustCompile(`\*|\?|\[[^\]]+\]`)

// wildcard returns the regular expression that a shell's pattern stands for.
func wildcard(pattern string) string {
	var expression strings.Builder
	end := 0
	for _, at := range wildcards.FindAllStringIndex(pattern, -1) {
		expression.WriteString(regexp.QuoteMeta(pattern[end:at[0]]))
		switch sign := pattern[at[0]:at[1]]; sign {
		case "*":
			expression.WriteString(".*")
		case "?":
			expression.WriteString(".")
		default:
			expression.WriteString(strings.Replace(sign, "[!", "[^", 1))
		}
		end = at[1]
	}
	expression.WriteString(regexp.QuoteMeta(pattern[end:]))
	return expression.String()
}
