package drift

import (
	"fmt"
	"math"
	"slices"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// compared are the metrics whose change is judged, as in the Python tool.
var compared = []metrics.Name{
	metrics.Count, metrics.NullRatio, metrics.UniqueRatio,
	metrics.Mean, metrics.StdDev, metrics.Min, metrics.Max,
}

// ComparedMetrics lists the metrics whose change is judged.
func ComparedMetrics() []metrics.Name { return slices.Clone(compared) }

// absoluteThreshold judges each compared metric of a column by its change in percent of the
// baseline's absolute value: a change has the severity whose threshold it reaches. A change from zero
// has no percentage, and no severity. A change that the errors of estimates may explain is no finding.
// A mean near zero is judged in percent of the standard deviation.
func (s Settings) absoluteThreshold(j Judgement, byType bool, from Baseline, before, now Sample) []Finding {
	var findings []Finding
	current := now.Runs[0].Column
	family := familyOf(before.Runs[0].Column.Type)
	for _, name := range compared {
		if byType && family.meaningless(name) || ofNumbers(name) && !holdsNumbers(current) {
			continue // the latter: a text or a binary whose least value happens to read as a number
		}
		if ofRows(name) && now.empty() {
			continue
		}
		was, known := before.average(name)
		is, alsoKnown := now.average(name)
		if !known || !alsoKnown {
			continue
		}
		if name == metrics.UniqueRatio && was.value < 1 && otherSizes(before, now) {
			continue
		}
		each := ""
		if ofLength(name) && otherLengths(before, now) {
			if name != metrics.Count || before.Runs[0].Partitions == 0 || now.Runs[0].Partitions == 0 {
				continue
			}
			each = " a partition"
			was.value, is.value = was.value/float64(before.Runs[0].Partitions), is.value/float64(now.Runs[0].Partitions)
		}
		scale, of := before.scale(name, was.value)
		if scale == 0 {
			continue
		}
		change := (is.value - was.value) / scale * 100
		thresholds := j.Thresholds
		if byType {
			thresholds = s.byType(thresholds, family, name)
		}
		severity := thresholds.Severity(math.Abs(change))
		if severity == None || !beyondErrors(was, is) {
			continue
		}
		judged := fmt.Sprintf("%s %%%s (%s from %s %% on), %s, against %s",
			percent(change, thresholds.of(severity)), of, severity, short(thresholds.of(severity)), certainty(was, is), from.Reason)
		finding := Finding{
			Column: current.Name, Metric: name, Test: AbsoluteThreshold,
			Baseline: was.value, Current: is.value, ChangePercent: &change, Severity: severity,
			BaselineMethod: from.Method, BaselineRunID: from.RunID(), BaselineRuns: from.runIDs(),
			Reason: fmt.Sprintf("%s%s went %s, %s", name, each, fromTo(was.value, is.value), judged),
		}
		if metrics.TellsValues(name) {
			finding.OfValues, finding.Discreet = true, fmt.Sprintf("%s%s changed, %s", name, each, judged)
		}
		findings = append(findings, finding)
	}
	return findings
}

// ofLength reports whether a metric follows from how many rows there are.
func ofLength(n metrics.Name) bool { return n == metrics.Count || n == metrics.UniqueRatio }

// ofRows reports whether a metric is a share of the rows, which of none is nothing.
func ofRows(n metrics.Name) bool { return n == metrics.NullRatio || n == metrics.UniqueRatio }

// empty reports whether a run read no row, of which its column tells nothing but that.
func (s Sample) empty() bool {
	r := s.Runs[0]
	n, known := finite(r.Column.Metrics[metrics.Count])
	return r.RowCount == 0 && known && n == 0
}

// otherLengths reports whether windows of different numbers of partitions are compared, or a window with runs.
func otherLengths(before, now Sample) bool {
	return slices.ContainsFunc(before.Runs, func(r SampleRun) bool { return r.Partitions != now.Runs[0].Partitions })
}

// otherSizes reports whether partitions of time with different numbers of rows are compared. Their shares of distinct
// values then differ by that alone, but for columns whose values are all distinct.
func otherSizes(before, now Sample) bool {
	current := now.Runs[0]
	return current.OfTime && slices.ContainsFunc(before.Runs, func(r SampleRun) bool { return r.RowCount != current.RowCount })
}

// nearZero is the size, in standard deviations of the values, below which a mean is too near zero for its own
// percentage, which then depends on where zero happens to lie. Of the least value of a column, such as that of
// amounts, that is no reason: zero is where they begin.
const nearZero = 0.1

// scale returns what a change of a metric is in percent of, and what to call it where that is not the
// baseline's value.
func (s Sample) scale(n metrics.Name, value float64) (scale float64, of string) {
	size := math.Abs(value)
	if n != metrics.Mean {
		return size, ""
	}
	deviation, known := s.average(metrics.StdDev)
	if !known || size >= nearZero*deviation.value {
		return size, ""
	}
	return deviation.value, " of the standard deviation " + short(deviation.value) + ", since the baseline is near 0"
}

// holdsNumbers reports whether a column's values are numbers. A run of the Python tool does not tell the
// kind of its columns; their declared type does.
func holdsNumbers(c *metrics.ColumnProfile) bool {
	if c.Kind == "" {
		return familyOf(c.Type) == Numeric
	}
	return c.Kind.Numeric()
}

// ofNumbers reports whether the metric is judged for columns of numbers alone.
func ofNumbers(n metrics.Name) bool {
	switch n {
	case metrics.Mean, metrics.StdDev, metrics.Min, metrics.Max:
		return true
	}
	return false
}

// finite returns a value that is a finite number. Texts of points in time are none; those of exact
// decimals are.
func finite(v metrics.Value) (float64, bool) {
	x, ok := v.Float64()
	return x, ok && !math.IsInf(x, 0)
}

// byType returns what a metric of a column of the family is judged by, in place of thresholds.
func (s Settings) byType(thresholds Thresholds, f Family, n metrics.Name) Thresholds {
	if t, ok := s.ByType[f][n]; ok {
		return t
	}
	if t, ok := s.ByType[f][DefaultMetric]; ok {
		return t
	}
	return thresholds
}
