package drift

import (
	"fmt"
	"math"
)

const medianRuns = 3

// farFromMedian finds a value by its modified z-score, 0.6745 times its distance from the median in median
// absolute deviations (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993, eq. 3.3). Where more than
// half of the earlier values are equal, the deviation is 0 and tells nothing.
func (j AnomalyJudgement) farFromMedian(v judgedValue) *found {
	if len(v.values) < medianRuns {
		return nil
	}
	centre := median(v.values)
	off := make([]float64, len(v.values))
	for i, x := range v.values {
		off[i] = math.Abs(x - centre)
	}
	mad := median(off)
	if !varies(mad, centre) {
		return nil
	}
	z := 0.6745 * (v.value - centre) / mad
	if math.Abs(z) <= j.MAD {
		return nil
	}
	return &found{
		kind: "mad_deviation", method: MAD, expected: v.expect.Mean, score: math.Abs(z), threshold: j.MAD, severity: graded(math.Abs(z), j.MAD),
		reason: fmt.Sprintf("a modified z-score of %s from the median %s (median deviation %s, %d earlier runs); an anomaly from %s",
			short(z), beside(centre, v.value), short(mad), len(v.values), short(j.MAD)),
		details: map[string]float64{"median": centre, "mad": mad, "modified_z_score": z, "current_value": v.value},
	}
}
