package drift

import (
	"math"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// errorOf returns how far the value of a metric of a column may be from that of the whole table, in the
// metric's own unit: 0 where it is exact. It returns false where the bound of an estimate does not say so:
// that of an extreme is a share of the values that may lie beyond, at whatever distance.
func errorOf(c *metrics.ColumnProfile, n metrics.Name, value float64) (float64, bool) {
	bound, estimate := c.Estimates[n]
	if !estimate {
		return 0, true
	}
	switch n {
	case metrics.Min, metrics.Max:
		return 0, false
	case metrics.Mean: // in standard deviations
		deviation, ok := finite(c.Metrics[metrics.StdDev])
		return bound * deviation, ok
	case metrics.NullRatio:
		if value == 0 { // a share of the rows
			return bound, true
		}
	}
	return bound * math.Abs(value), true
}

// beyondErrors reports whether two values of a metric differ by more than both may be off together. Of
// exact values every change is.
func beyondErrors(n metrics.Name, before, now *metrics.ColumnProfile, baseline, current float64) bool {
	was, known := errorOf(before, n, baseline)
	is, alsoKnown := errorOf(now, n, current)
	return known && alsoKnown && math.Abs(current-baseline) > was+is
}
