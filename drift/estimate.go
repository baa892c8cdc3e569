package drift

import (
	"fmt"
	"math"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// figure is the value of a metric, and how far that of the whole table may be from it.
type figure struct {
	value   float64
	error   float64 // in the metric's own unit: 0 where it is exact
	bounded bool    // the error is known
}

// average returns a metric's mean over the runs of the sample, and false where a run has no such finite number.
func (s Sample) average(n metrics.Name) (figure, bool) {
	mean := figure{bounded: true}
	for _, r := range s.Runs {
		value, ok := finite(r.Column.Metrics[n])
		if !ok {
			return figure{}, false
		}
		off, bounded := errorOf(r.Column, n, value)
		mean.value += value / float64(len(s.Runs))
		mean.error += off / float64(len(s.Runs))
		mean.bounded = mean.bounded && bounded
	}
	return mean, len(s.Runs) > 0
}

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
func beyondErrors(was, is figure) bool {
	return was.bounded && is.bounded && math.Abs(is.value-was.value) > was.error+is.error
}

// certainty tells how sure a change beyond the errors of two values is.
func certainty(was, is figure) string {
	if off := was.error + is.error; off > 0 {
		return fmt.Sprintf("by estimates that together are off by %s at most", short(off))
	}
	return "both exact"
}
