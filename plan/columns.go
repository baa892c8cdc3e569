package plan

import (
	"fmt"
	"slices"

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
	matched bool // a column, if perhaps one that an earlier rule decides on
}

// Selection returns the table's selection of columns.
func (t Table) Selection() (*Selection, error) {
	s := &Selection{metrics: t.Metrics}
	for _, r := range t.Columns {
		matches, err := r.Matcher()
		if err != nil {
			return nil, fmt.Errorf("columns: %w", err)
		}
		s.rules = append(s.rules, columnRule{ColumnRule: r, matches: matches})
	}
	return s, nil
}

// Of returns what is measured of a column, and whether it is read at all. The first rule that matches
// the column decides.
func (s *Selection) Of(column string) (metrics []string, read bool) {
	var deciding *columnRule
	for i := range s.rules {
		if r := &s.rules[i]; r.matches(column) {
			r.matched = true
			if deciding == nil {
				deciding = r
			}
		}
	}
	switch {
	case deciding == nil:
		return s.metrics, true
	case !deciding.Reads():
		return nil, false
	case len(deciding.Metrics) > 0:
		return deciding.Metrics, true
	}
	return s.metrics, true
}

// UnmatchedDrift returns the rules, of those that say only how columns are compared, that match none of the columns.
func (t Table) UnmatchedDrift(columns []string) (rules []config.ColumnRule, err error) {
	for _, r := range t.DriftColumns {
		alike := func(other config.ColumnRule) bool { return other.Name == r.Name && other.PatternType == r.PatternType }
		matches, err := r.Matcher()
		if err != nil {
			return nil, fmt.Errorf("drift.columns: %w", err)
		}
		if !slices.ContainsFunc(columns, matches) && !slices.ContainsFunc(t.Columns, alike) {
			rules = append(rules, r)
		}
	}
	return rules, nil
}

// Unmatched returns the rules that no column asked about so far matched.
func (s *Selection) Unmatched() []config.ColumnRule {
	var rules []config.ColumnRule
	for _, r := range s.rules {
		if !r.matched {
			rules = append(rules, r.ColumnRule)
		}
	}
	return rules
}
