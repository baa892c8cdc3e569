package plan

import (
	"fmt"
	"strings"

	"github.com/baselinr/baselinr-pipes/config"
)

// Selection says which columns of a table are read, and what is measured of each.
type Selection struct {
	rules   []columnRule
	metrics []string
}

// columnRule is a rule of the config, ready to be asked.
type columnRule struct {
	config.ColumnRule
	matches func(column string) bool
	used    bool
}

// Selection returns the table's selection of columns.
func (t Table) Selection() (*Selection, error) {
	s := &Selection{metrics: t.Metrics}
	for _, r := range t.Columns {
		matches, err := matcher(r.Name, r.PatternType)
		if err != nil {
			return nil, fmt.Errorf("columns: %w", err)
		}
		if !isPattern(r) {
			matches = func(column string) bool { return column == r.Name }
		}
		s.rules = append(s.rules, columnRule{ColumnRule: r, matches: matches})
	}
	return s, nil
}

// Of returns what is measured of a column, and whether it is read at all. The first rule that matches
// the column decides.
func (s *Selection) Of(column string) (metrics []string, read bool) {
	for i := range s.rules {
		r := &s.rules[i]
		if !r.matches(column) {
			continue
		}
		r.used = true
		switch {
		case !r.Reads():
			return nil, false
		case len(r.Metrics) > 0:
			return r.Metrics, true
		}
		return s.metrics, true
	}
	return s.metrics, true
}

// Unmatched returns the names, no patterns, that no column asked about so far had.
func (s *Selection) Unmatched() []string {
	var names []string
	for _, r := range s.rules {
		if !r.used && !isPattern(r.ColumnRule) {
			names = append(names, r.Name)
		}
	}
	return names
}

// isPattern reports whether a rule's name may match several columns.
func isPattern(r config.ColumnRule) bool {
	return r.PatternType == config.PatternRegex || strings.ContainsAny(r.Name, "*?[")
}
