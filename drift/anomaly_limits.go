package drift

import (
	"fmt"
	"math"
)

// beyondLimits finds a value outside the control limits of what was learned. Outside three standard deviations
// every breach is high; where nothing had varied, a change is graded by the yardstick.
//
// The limits of few runs are themselves uncertain: a value outside counts where it is as rare as three deviations
// of many runs, by the distance that standard_deviation judges by. In the Python tool, which has the limits alone,
// one in twenty values lies outside those of five runs.
func beyondLimits(v judgedValue) *found {
	e := v.expect
	limit := e.UpperLimit
	if v.value < e.LowerLimit {
		limit = e.LowerLimit
	} else if v.value <= e.UpperLimit {
		return nil
	}
	if !apart(v.value, limit) {
		return nil
	}
	off := math.Abs(v.value - e.Mean)
	f := &found{kind: "control_limit_breach", method: ControlLimits, expected: e.Mean, threshold: 3, severity: High,
		details: map[string]float64{"lower_control_limit": e.LowerLimit, "upper_control_limit": e.UpperLimit, "current_value": v.value}}
	if varies(e.StdDev, e.Mean) {
		n := float64(max(e.Samples, 2))
		if f.score = normalAsRare(off/(e.StdDev*math.Sqrt(1+1/n)), n-1); f.score <= f.threshold {
			return nil
		}
		f.reason = fmt.Sprintf("outside the control limits %s to %s (mean %s, deviation %s, %d earlier runs)",
			beside(e.LowerLimit, v.value), beside(e.UpperLimit, v.value), beside(e.Mean, v.value), short(e.StdDev), e.Samples)
		return f
	}
	f.score, f.threshold = off/yardstick(e.Mean), 0
	f.severity = graded(f.score, 1)
	f.reason = fmt.Sprintf("and was %s in all of %d earlier runs", beside(e.Mean, v.value), e.Samples)
	return f
}
