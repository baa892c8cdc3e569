package drift

import (
	"fmt"
	"math"
	"slices"
)

const quartileRuns = 4

// beyondQuartiles finds a value beyond Tukey's fences, some interquartile ranges beyond the quartiles (Tukey,
// Exploratory Data Analysis, 1977, section 2D). Where the quartiles are equal there is no range to tell by.
func (j AnomalyJudgement) beyondQuartiles(v judgedValue) *found {
	if len(v.values) < quartileRuns {
		return nil
	}
	sorted := slices.Sorted(slices.Values(v.values))
	q1, q3 := interpolated(sorted, 0.25), interpolated(sorted, 0.75)
	iqr := q3 - q1
	if !varies(iqr, max(math.Abs(q1), math.Abs(q3))) {
		return nil
	}
	lower, upper := q1-j.IQR*iqr, q3+j.IQR*iqr
	var off float64
	side, quartile, beyond := "above the third quartile", q3, v.value-q3
	switch {
	case v.value > upper:
		off = (v.value - upper) / iqr
	case v.value < lower:
		off = (lower - v.value) / iqr
		side, quartile, beyond = "below the first quartile", q1, q1-v.value
	default:
		return nil
	}
	return &found{
		kind: "iqr_deviation", method: IQR, expected: v.expect.Mean, score: beyond / iqr, threshold: j.IQR, severity: graded(off, j.IQR),
		reason: fmt.Sprintf("%s interquartile ranges %s %s (range %s, %d earlier runs); an anomaly from %s",
			short(beyond/iqr), side, beside(quartile, v.value), short(iqr), len(v.values), short(j.IQR)),
		details: map[string]float64{"q1": q1, "q3": q3, "iqr": iqr, "lower_bound": lower, "upper_bound": upper, "current_value": v.value},
	}
}

// interpolated is the quantile of sorted values by linear interpolation, numpy's default (Hyndman and Fan 1996,
// definition 7).
func interpolated(sorted []float64, q float64) float64 {
	h := float64(len(sorted)-1) * q
	i := int(h)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (sorted[i+1]-sorted[i])*(h-float64(i))
}
