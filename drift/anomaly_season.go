package drift

import (
	"fmt"
	"math"
	"time"
)

// What the trend and the weekday are told by.
const (
	trendRuns    = 7 // runs whose mean is the trend
	residualRuns = 5 // earlier residuals, at least
	weekdayRuns  = 3 // of these on the same weekday
)

// unlikeSeason finds a value that is far from what the trend and the weekday tell. The trend of a run is the mean
// of the 7 before it, and its residual what it differs from that. The current residual is held against the
// earlier ones of the same weekday (in UTC) where there are 3, else against all, in the standard deviation of a
// prediction, s·√(1+1/n) (Hahn and Meeker, Statistical Intervals, 1991, section 4.7); s is that of the residuals
// around their weekdays' means.
//
// The Python tool takes a run into its own trend, but not the current one, and the weekdays' differences into
// the deviation: a rise by itself is an anomaly there, and a value that is odd for its weekday is none.
func (j AnomalyJudgement) unlikeSeason(v judgedValue) *found {
	if len(v.values) < trendRuns+residualRuns {
		return nil
	}
	trendAt := func(i int) float64 { // of the run that follows i others
		mean, _ := meanAndVariance(v.values[i-trendRuns : i])
		return mean
	}
	var residuals []float64
	byWeekday := map[time.Weekday][]float64{}
	for i := trendRuns; i < len(v.values); i++ {
		residual := v.values[i] - trendAt(i)
		residuals = append(residuals, residual)
		weekday := v.earlier[i].At.UTC().Weekday()
		byWeekday[weekday] = append(byWeekday[weekday], residual)
	}
	trend := trendAt(len(v.values))
	mean, variance := meanAndVariance(residuals)
	n, kind, of := len(residuals), "trend_anomaly", "the trend"
	if same := byWeekday[v.at.UTC().Weekday()]; j.Seasonal && len(same) >= weekdayRuns && len(byWeekday) > 1 {
		if within, ok := pooledVariance(byWeekday); ok {
			mean, _ = meanAndVariance(same)
			variance, n = within, len(same)
			kind, of = "seasonal_anomaly", "trend and weekday"
		}
	}
	spread := math.Sqrt(variance * (1 + 1/float64(n)))
	expected := trend + mean
	if !varies(spread, trend) || !apart(v.value, expected) {
		return nil
	}
	score := math.Abs(v.value-expected) / spread
	if score <= j.EWMA {
		return nil
	}
	return &found{
		kind: kind, method: Seasonality, expected: expected, score: score, threshold: j.EWMA, severity: graded(score, j.EWMA),
		reason: fmt.Sprintf("%s deviations from %s by %s (deviation %s, %d earlier runs); an anomaly from %s",
			short(score), beside(expected, v.value), of, short(spread), len(v.values), short(j.EWMA)),
		details: map[string]float64{"current_trend": trend, "current_residual": v.value - trend, "expected_residual": mean,
			"deviation_stddevs": score, "trend_window": trendRuns},
	}
}

// pooledVariance is the variance of values around their groups' means; false where no group has two.
func pooledVariance(groups map[time.Weekday][]float64) (float64, bool) {
	var squares, free float64
	for day := time.Sunday; day <= time.Saturday; day++ { // in one order: sums depend on it
		if n := float64(len(groups[day])); n > 1 {
			_, variance := meanAndVariance(groups[day])
			squares, free = squares+variance*(n-1), free+n-1
		}
	}
	return squares / max(free, 1), free > 0
}
