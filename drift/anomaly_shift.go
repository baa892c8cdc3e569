package drift

import (
	"fmt"
	"math"
)

const shiftRuns = 5 // earlier runs, at least

// shifted finds that the last runs, the current one among them, are at another level than those before, by
// Welch's test of two means (Welch 1947, with the degrees of freedom of Satterthwaite 1946). Its severity is the
// distance of the means in the earlier runs' deviations.
//
// The Python tool leaves the current run out, and takes the normal distribution for Student's: with three runs it
// calls every fifth series shifted.
func (j AnomalyJudgement) shifted(v judgedValue) *found {
	before := len(v.values) - (j.ShiftRuns - 1)
	if len(v.values) < shiftRuns || before < 2 || j.ShiftRuns < 2 {
		return nil
	}
	recent := append(append([]float64{}, v.values[before:]...), v.value)
	mean, variance := meanAndVariance(v.values[:before])
	now, varianceNow := meanAndVariance(recent)
	if !apart(mean, now) {
		return nil
	}
	p := 0.0
	share, shareNow := variance/float64(before), varianceNow/float64(len(recent))
	if varies(math.Sqrt(share+shareNow), mean) {
		t := math.Abs(now-mean) / math.Sqrt(share+shareNow)
		free := (share + shareNow) * (share + shareNow) / (share*share/float64(before-1) + shareNow*shareNow/float64(len(recent)-1))
		p = studentTwoTails(t, free)
	}
	if p >= j.Sensitivity {
		return nil
	}
	unit, of := math.Sqrt(variance), "deviations"
	if !varies(unit, mean) {
		unit, of = yardstick(mean), "twentieths"
	}
	score := math.Abs(now-mean) / unit
	return &found{
		kind: "regime_shift", method: RegimeShift, expected: v.expect.Mean, score: score, threshold: j.Sensitivity, p: &p, severity: graded(score, 1),
		reason: fmt.Sprintf("and the mean of the last %d runs %s, %s %s from that of the %d before, %s (p = %s); an anomaly below %s",
			len(recent), beside(now, mean), short(score), of, before, beside(mean, now), short(p), short(j.Sensitivity)),
		details: map[string]float64{"recent_mean": now, "baseline_mean": mean, "mean_shift": math.Abs(now - mean), "window_size": float64(j.ShiftRuns)},
	}
}
