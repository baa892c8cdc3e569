package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/baselinr/baselinr-pipes/config"
)

// canonical gives all tables that mean the same the same form: metrics once each, in the order of their
// names' list, and defaults that are spelled out as those that are not.
func (t *Table) canonical() {
	t.Metrics = ordered(t.Metrics)
	if len(t.Columns) > 0 {
		t.Columns = slices.Clone(t.Columns)
		for i := range t.Columns {
			c := &t.Columns[i]
			c.Metrics = ordered(c.Metrics)
			if c.PatternType == "" {
				c.PatternType = config.PatternWildcard
			}
			if c.Reads() {
				c.Profiling = nil
			} else {
				c.Metrics = nil // of columns that are not read
			}
		}
	}
	if p := t.Partition; p != nil {
		same := *p
		same.MetadataFallback = same.MetadataFallback || same.Key != "" // it is for partitions without a key
		same.Values = sortedValues(same.Values)
		t.Partition = &same
	}
}

// ordered returns metrics once each, in the order of [config.MetricNames].
func ordered(names []string) []string {
	if len(names) == 0 {
		return names
	}
	names = slices.Clone(names)
	slices.SortFunc(names, func(a, b string) int {
		return slices.Index(config.MetricNames, a) - slices.Index(config.MetricNames, b)
	})
	return slices.Compact(names)
}

// sortedValues returns values once each: numbers by size, then the others by their text.
func sortedValues(values []any) []any {
	values = slices.Clone(values)
	slices.SortStableFunc(values, func(a, b any) int {
		x, isNumber := a.(float64)
		y, areNumbers := b.(float64)
		if isNumber && areNumbers {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(fmt.Sprintf("%T %[1]v", a), fmt.Sprintf("%T %[1]v", b))
	})
	return slices.CompactFunc(values, func(a, b any) bool { return a == b })
}
