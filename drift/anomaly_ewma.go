package drift

import (
	"fmt"
	"math"
)

// farFromAverage finds a value by its distance from the learned moving average, in the standard deviations of the
// earlier values. Where these did not vary, the yardstick is what it is held against.
//
// The Python tool divides by the threshold twice before it grades: with its default a finding is medium from 8
// deviations, not from 4.
func (j AnomalyJudgement) farFromAverage(v judgedValue) *found {
	if v.expect.EWMA == nil {
		return nil
	}
	average, deviation := *v.expect.EWMA, v.expect.StdDev
	off := v.value - average
	if !apart(v.value, average) {
		return nil
	}
	f := &found{kind: "ewma_outlier", method: EWMA, expected: average,
		details: map[string]float64{"ewma_value": average, "expected_stddev": deviation, "deviation": off, "current_value": v.value}}
	if !varies(deviation, v.expect.Mean) {
		f.score, f.threshold = math.Abs(off)/yardstick(v.expect.Mean), 1
		f.reason = fmt.Sprintf("and the moving average of %d earlier runs, which did not vary, %s", v.expect.Samples, beside(average, v.value))
	} else {
		f.score, f.threshold = math.Abs(off)/deviation, j.EWMA
		f.reason = fmt.Sprintf("%s deviations from the moving average %s (deviation %s, %d earlier runs); an anomaly from %s",
			short(f.score), beside(average, v.value), short(deviation), v.expect.Samples, short(j.EWMA))
	}
	if f.score <= f.threshold {
		return nil
	}
	f.severity = graded(f.score, f.threshold)
	return f
}
