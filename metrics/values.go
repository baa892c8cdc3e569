package metrics

import (
	"maps"
	"slices"
)

// ofValues are the metrics that hold values of a column.
var ofValues = []Name{Min, Max, Histogram, Quantiles, TopValues}

// HoldsValues reports whether a metric holds values of its column. A mean does not, but where all values are one.
func HoldsValues(n Name) bool { return slices.Contains(ofValues, n) }

// TellsValues reports whether a value of a column can follow from a metric: one that holds values, or the mean, which
// of a single value is that value.
func TellsValues(n Name) bool { return n == Mean || HoldsValues(n) }

// Without returns the column without the metrics that are left out, and shares none with it.
func (c ColumnProfile) Without(leftOut func(Name) bool) ColumnProfile {
	c.Metrics, c.Estimates = maps.Clone(c.Metrics), maps.Clone(c.Estimates)
	maps.DeleteFunc(c.Metrics, func(n Name, _ Value) bool { return leftOut(n) })
	maps.DeleteFunc(c.Estimates, func(n Name, _ float64) bool { return leftOut(n) })
	return c
}
