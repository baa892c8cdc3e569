package config

import (
	"fmt"
	"math"
	"slices"
)

// idleColumns warns of rules of a dataset's columns, and of keys of theirs, that are never asked.
func (c *checker) idleColumns(d *Dataset, othersChoose bool, at string) {
	reading, where := d.Columns, at+".columns"
	if d.Profiling != nil && len(d.Profiling.Columns) > 0 {
		if len(reading) > 0 {
			c.warn(c.nearestPlace(where), where, "has no effect beside profiling.columns", "write all rules in one of the two")
		}
		reading, where = d.Profiling.Columns, at+".profiling.columns"
	}
	c.idleRules(reading, where)
	if d.Drift == nil {
		return
	}
	if othersChoose {
		reading = nil // which rules say what is read, only the plan knows
	}
	c.idleDriftRules(d.Drift.Columns, reading, at+".drift.columns")
}

// idleRules warns of rules that others leave nothing to: the first that matches a column decides what is read and
// measured of it, and the first with drift how it is compared.
func (c *checker) idleRules(rules []ColumnRule, at string) {
	var reading, comparing precedence
	for i, r := range rules {
		at, before, compared := index(at, i), reading.covering(r), comparing.covering(r)
		alone := before < 0 && reading.complete && !r.IsPattern() || i == 0 // no rule before it matches a column of its own
		reading.add(i, r)
		if r.Drift != nil {
			comparing.add(i, r)
		}
		switch {
		case before >= 0 && (r.Drift == nil || compared >= 0):
			c.idleRule(at, rules, before)
			continue
		case before >= 0:
			for _, key := range []string{"metrics", "profiling"} {
				c.idleKey(path(at, key), "has no effect: "+decides(rules, before))
			}
		case !r.Reads():
			if len(r.Metrics) > 0 {
				c.idleKey(path(at, "metrics"), "has no effect: profiling.enabled is false, so that the columns are not read")
			}
			if r.Drift != nil && r.Compares() && alone {
				c.idleKey(path(at, "drift"), "has no effect: profiling.enabled is false, so that the columns are not compared")
			}
		}
		c.idleColumnDrift(r.Drift, path(at, "drift"))
	}
}

// decides says that an earlier rule comes first.
func decides(rules []ColumnRule, before int) string {
	return fmt.Sprintf("columns[%d], %q, matches its columns before it", before, presentable(rules[before].Name))
}

// idleRule warns of a rule that another before it leaves nothing to.
func (c *checker) idleRule(at string, rules []ColumnRule, before int) {
	c.warn(c.nearestPlace(at), at, "has no effect: "+decides(rules, before), "put it before that one, or take it away")
}

// idleDriftRules warns of rules of a dataset's drift.columns, which say only how columns are compared, and of
// those for columns that the rules for reading leave out.
func (c *checker) idleDriftRules(rules, reading []ColumnRule, at string) {
	var comparing, deciding precedence
	for i, r := range reading {
		deciding.add(i, r)
	}
	for i, r := range rules {
		at := index(at, i)
		if r.Drift == nil && r.Anomaly != nil {
			continue // a rule for anomalies may stand here too
		}
		if r.Drift == nil {
			c.warn(c.nearestPlace(at), at, "has no effect: the rule has no drift", "say below drift how the columns are compared; what is read and measured stands in profiling.columns")
			continue
		}
		for _, key := range []string{"metrics", "profiling"} {
			c.idleKey(path(at, key), "has no effect below drift.columns")
		}
		before := comparing.covering(r)
		comparing.add(i, r)
		if before >= 0 {
			c.idleRule(at, rules, before)
			continue
		}
		first := deciding.covering(r)
		if first >= 0 && (first == 0 || !r.IsPattern()) && !reading[first].Reads() && r.Compares() {
			c.warn(c.nearestPlace(at), at, fmt.Sprintf("has no effect: the rule for %q leaves the columns out", presentable(reading[first].Name)), "take one of the two away")
		}
		c.idleColumnDrift(r.Drift, path(at, "drift"))
	}
}

// idleColumnDrift warns of settings for the comparison of columns that are not compared.
func (c *checker) idleColumnDrift(d *ColumnDrift, at string) {
	if d == nil || d.Enabled == nil || *d.Enabled {
		return
	}
	for _, key := range []string{"strategy", "thresholds", "baselines"} {
		c.idleKey(path(at, key), "has no effect beside enabled: false")
	}
}

// idleKey warns of a key where the file has it.
func (c *checker) idleKey(at, message string) {
	if n := c.root.find(at); n != nil && n.kind != null {
		c.warn(n.at, at, message, "take one of the two away")
	}
}

// precedence tells which of the rules that were added matches the columns of another first.
type precedence struct {
	first    map[ruleName]int // the first rule of a name
	patterns []pattern
	missing  int  // the first pattern that was left out
	complete bool // none was left out, and some rule was added
}

// ruleName is what a rule says of its columns' names.
type ruleName struct {
	name string
	kind PatternType
}

// pattern is a rule that may match several columns.
type pattern struct {
	index   int
	matches func(string) bool
	all     bool // certainly every column
}

// mostPatterns is how many patterns are looked at, so that a list of thousands stays quick.
const mostPatterns = 100

// add adds the rule of an index, which is larger than those before.
func (p *precedence) add(i int, r ColumnRule) {
	if p.first == nil {
		p.first, p.missing, p.complete = map[ruleName]int{}, math.MaxInt, true
	}
	if _, ok := p.first[nameOf(r)]; !ok {
		p.first[nameOf(r)] = i
	}
	if !r.IsPattern() || p.missing < i {
		return
	}
	matches, err := r.Matcher()
	switch {
	case err != nil: // it matches nothing
	case len(p.patterns) == mostPatterns:
		p.missing, p.complete = i, false
	default:
		p.patterns = append(p.patterns, pattern{i, matches, r.everyColumn()})
	}
}

// covering returns the index of the first rule that matches every column that r does, which of two patterns is
// certain only where their words say so; -1 where there is none, or where a pattern that was left out may be.
func (p *precedence) covering(r ColumnRule) int {
	best, ok := p.first[nameOf(r)]
	if !ok {
		best = math.MaxInt
	}
	for _, other := range p.patterns {
		if other.index < best && (other.all || !r.IsPattern() && other.matches(r.Name)) {
			best = other.index
		}
	}
	if best == math.MaxInt || best > p.missing {
		return -1
	}
	return best
}

func nameOf(r ColumnRule) ruleName { return ruleName{r.Name, r.PatternType} }

// everyColumn reports whether the rule is certainly about every column.
func (r ColumnRule) everyColumn() bool {
	if r.PatternType == PatternRegex {
		return slices.Contains([]string{".*", "^.*", ".*$", "^.*$"}, r.Name)
	}
	return r.Name == "*"
}
