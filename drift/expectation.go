package drift

import (
	"math"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// learned are the metrics of which expectations are learned and which are held against them, as in the Python
// tool.
var learned = []metrics.Name{metrics.Mean, metrics.StdDev, metrics.NullRatio, metrics.Count, metrics.UniqueRatio}

// LearnedMetrics lists the metrics of which expectations are learned.
func LearnedMetrics() []metrics.Name { return learned }

// LearningSettings say what is learned of a table's runs.
type LearningSettings struct {
	Enabled    bool    // learn; where not, a run is held against what was learned before
	WindowDays int     // how far back runs are learned from
	MinSamples int     // runs that an expectation needs, at least
	Lambda     float64 // weight of the newest run in the moving average
}

// DefaultLearning are the Python tool's settings.
func DefaultLearning() LearningSettings {
	return LearningSettings{WindowDays: 30, MinSamples: 5, Lambda: 0.2}
}

// ColumnMetric names a metric of a column.
type ColumnMetric struct {
	Column string
	Metric metrics.Name
}

// Point is the value of a metric in a run.
type Point struct {
	At    time.Time
	Value float64
}

// Expectation is what earlier runs let a metric be expected to be. What they do not tell is nil.
type Expectation struct {
	ColumnMetric
	ColumnType string

	Mean, Variance, StdDev, Min, Max float64
	LowerLimit, UpperLimit           float64 // the control limits
	EWMA                             *float64
	Lambda                           float64

	Distribution *LearnedDistribution

	Samples    int
	WindowDays int
	At         time.Time // of the run that it was learned before
}

// LearnedDistribution says how a metric's earlier values were spread.
type LearnedDistribution struct {
	Type       string             // normal or empirical
	Parameters map[string]float64 // mean, stddev; of an empirical one min, max, skewness besides
}

// What the Python tool needs to tell an average and a distribution.
const (
	ewmaSamples         = 10
	distributionSamples = 5
)

// expect learns what a metric is expected to be from its earlier values, the oldest first; false where they are
// too few.
//
// The control limits are Shewhart's, three standard deviations around the mean (Montgomery, Introduction to
// Statistical Quality Control, 2013, section 6.4), and where nothing varied the least and the greatest value. The
// moving average is Roberts's (1959), started at the oldest value.
func (s LearningSettings) expect(of ColumnMetric, points []Point) (Expectation, bool) {
	if len(points) < max(s.MinSamples, 1) {
		return Expectation{}, false
	}
	values := make([]float64, len(points))
	for i, p := range points {
		values[i] = p.Value
	}
	e := Expectation{ColumnMetric: of, Lambda: s.Lambda, Samples: len(values), WindowDays: s.WindowDays}
	e.Mean, e.Variance = meanAndVariance(values)
	e.StdDev = math.Sqrt(e.Variance)
	e.Min, e.Max = math.Inf(1), math.Inf(-1)
	for _, x := range values {
		e.Min, e.Max = min(e.Min, x), max(e.Max, x)
	}
	e.LowerLimit, e.UpperLimit = e.Min, e.Max
	if e.StdDev > 0 {
		e.LowerLimit, e.UpperLimit = e.Mean-3*e.StdDev, e.Mean+3*e.StdDev
	}
	if len(values) >= ewmaSamples {
		average := values[0]
		for _, x := range values[1:] {
			average = s.Lambda*x + (1-s.Lambda)*average
		}
		e.EWMA = &average
	}
	e.Distribution = e.distribution(values)
	if math.IsInf(e.Variance, 0) || math.IsNaN(e.Variance) {
		return Expectation{}, false // of values whose squares no number holds
	}
	return e, true
}

// meanAndVariance returns the mean and the variance (of a sample) of values; of equal ones exactly their value
// and 0.
func meanAndVariance(values []float64) (mean, variance float64) {
	n := float64(len(values))
	for _, x := range values {
		mean += (x - values[0]) / n
	}
	mean += values[0]
	if len(values) < 2 {
		return mean, 0
	}
	for _, x := range values {
		variance += (x - mean) * (x - mean) / (n - 1)
	}
	return mean, variance
}

// distribution tells the form of the values by the Python tool's rule of thumb: normal where their skewness is
// small and the median near the mean.
func (e Expectation) distribution(values []float64) *LearnedDistribution {
	if len(values) < distributionSamples {
		return nil
	}
	skewness := 0.0
	if n := float64(len(values)); e.StdDev > 0 {
		for _, x := range values {
			skewness += math.Pow((x-e.Mean)/e.StdDev, 3)
		}
		skewness *= n / ((n - 1) * (n - 2))
	}
	d := &LearnedDistribution{"normal", map[string]float64{"mean": e.Mean, "stddev": e.StdDev}}
	if math.Abs(skewness) >= 0.5 || math.Abs(e.Mean-median(values))/(math.Abs(e.Mean)+1e-10) >= 0.2 {
		d.Type = "empirical"
		d.Parameters["min"], d.Parameters["max"], d.Parameters["skewness"] = e.Min, e.Max, skewness
	}
	return d
}
