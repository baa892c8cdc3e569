package plan

import (
	"slices"

	"github.com/baselinr/baselinr-pipes/config"
)

// histogram is the metric that is computed in bins.
const histogram = "histogram"

// signed returns the settings of a table as they are signed: without those that nothing of the table makes use of,
// so that two configs that mean the same have one signature.
func (s settings) signed(t Table) settings {
	measured := func(r config.ColumnRule) bool { return slices.Contains(r.Metrics, histogram) }
	if !slices.Contains(t.Metrics, histogram) && !slices.ContainsFunc(t.Columns, measured) {
		s.HistogramBins = 0
	}
	return s
}

// signedColumns returns the rules of what is read and measured, without those that change nothing.
func (t Table) signedColumns() []config.ColumnRule {
	rules := effective(t.Columns)
	for i := range rules {
		r := &rules[i]
		r.Drift = nil // which DriftColumns have
		if slices.Equal(r.Metrics, t.Metrics) {
			r.Metrics = nil
		}
	}
	for len(rules) > 0 && rules[len(rules)-1].Reads() && len(rules[len(rules)-1].Metrics) == 0 {
		rules = rules[:len(rules)-1] // as a column without a rule is
	}
	return rules
}

// mostPatterns is how many patterns of columns are held against the names after them.
const mostPatterns = 100

// effective returns rules without those whose every column an earlier one matches, as far as their words say so.
func effective(rules []config.ColumnRule) []config.ColumnRule {
	var kept []config.ColumnRule
	type name struct {
		text string
		kind config.PatternType
	}
	seen, patterns := map[name]bool{}, []func(string) bool{}
	for _, r := range rules {
		key := name{r.Name, r.PatternType}
		if !r.IsPattern() {
			key.kind = ""
		}
		if seen[key] || !r.IsPattern() && slices.ContainsFunc(patterns, func(matches func(string) bool) bool { return matches(r.Name) }) {
			continue
		}
		seen[key] = true
		kept = append(kept, r)
		if !r.IsPattern() {
			continue
		}
		if r.Name == "*" && r.PatternType != config.PatternRegex {
			break
		}
		if len(patterns) == mostPatterns {
			continue
		}
		if matches, err := r.Matcher(); err == nil {
			patterns = append(patterns, matches)
		}
	}
	return kept
}

// signedDrift returns how runs of the table are compared, without the settings of strategies and baselines by which
// no column is.
func (t Table) signedDrift() (config.Drift, []config.ColumnRule) {
	rules := withoutFiles(effective(t.DriftColumns))
	return t.Drift.InUse(rules), rules
}
