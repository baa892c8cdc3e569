package config

import (
	"fmt"
	"slices"
)

// idleColumns warns of rules of a dataset's columns, and of keys of theirs, that are never asked.
func (c *checker) idleColumns(d *Dataset, beside []*Dataset, at string) {
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
	if slices.ContainsFunc(beside, (*Dataset).choosesColumns) {
		reading = nil // which rules say what is read, only the plan knows
	}
	c.idleDriftRules(d.Drift.Columns, reading, at+".drift.columns")
}

// choosesColumns reports whether a dataset says which columns are read.
func (d *Dataset) choosesColumns() bool {
	return len(d.Columns) > 0 || d.Profiling != nil && len(d.Profiling.Columns) > 0
}

// idleRules warns of rules that others leave nothing to: the first that matches a column decides what is read and
// measured of it, and the first with drift how it is compared.
func (c *checker) idleRules(rules []ColumnRule, at string) {
	for i, r := range rules {
		at, earlier := index(at, i), rules[:i]
		before := slices.IndexFunc(earlier, func(e ColumnRule) bool { return e.covers(r) })
		compared := slices.IndexFunc(earlier, func(e ColumnRule) bool { return e.Drift != nil && e.covers(r) })
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
			if r.Drift != nil && r.Compares() && !slices.ContainsFunc(earlier, r.meets) {
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
	for i, r := range rules {
		at := index(at, i)
		if r.Drift == nil {
			c.warn(c.nearestPlace(at), at, "has no effect: the rule has no drift", "say below drift how the columns are compared; what is read and measured stands in profiling.columns")
			continue
		}
		for _, key := range []string{"metrics", "profiling"} {
			c.idleKey(path(at, key), "has no effect below drift.columns")
		}
		if before := slices.IndexFunc(rules[:i], func(e ColumnRule) bool { return e.Drift != nil && e.covers(r) }); before >= 0 {
			c.idleRule(at, rules, before)
			continue
		}
		first := slices.IndexFunc(reading, r.meets)
		if first >= 0 && r.Compares() && !reading[first].Reads() && reading[first].covers(r) {
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

// covers reports whether a rule matches every column that another does, which is certain only where their words
// say so.
func (r ColumnRule) covers(other ColumnRule) bool {
	all := []string{"*"}
	if r.PatternType == PatternRegex {
		all = []string{".*", "^.*", ".*$", "^.*$"}
	}
	return slices.Contains(all, r.Name) || r.Name == other.Name && r.PatternType == other.PatternType || !other.IsPattern() && r.matches(other.Name)
}

// meets reports whether a column may match both rules: of two patterns that is not known.
func (r ColumnRule) meets(other ColumnRule) bool {
	return r.IsPattern() && other.IsPattern() || !other.IsPattern() && r.matches(other.Name) || !r.IsPattern() && other.matches(r.Name)
}

// matches reports whether the rule is about a column; a pattern that is none is about no column.
func (r ColumnRule) matches(column string) bool {
	matches, err := r.Matcher()
	return err == nil && matches(column)
}
