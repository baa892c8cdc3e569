package drift

import (
	"fmt"
	"math"
	"strconv"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// compared are the metrics whose change is judged, as in the Python tool.
var compared = []metrics.Name{
	metrics.Count, metrics.NullRatio, metrics.UniqueRatio,
	metrics.Mean, metrics.StdDev, metrics.Min, metrics.Max,
}

// absoluteThreshold judges each compared metric of a column by its change in percent of the
// baseline's absolute value: a change has the severity whose threshold it reaches. A change from zero
// has no percentage, and no severity. A change that the errors of estimates may explain is no finding.
func absoluteThreshold(settings Settings, before, now *metrics.ColumnProfile) []Finding {
	var findings []Finding
	family := familyOf(before.Type)
	for _, name := range compared {
		if settings.TypeSpecific && family.meaningless(name) {
			continue
		}
		if ofNumbers(name) && !holdsNumbers(now) {
			continue // a text or a binary whose least value happens to read as a number
		}
		baseline, hasBaseline := finite(before.Metrics[name])
		current, hasCurrent := finite(now.Metrics[name])
		if !hasBaseline || !hasCurrent || baseline == 0 {
			continue
		}
		change := (current - baseline) / math.Abs(baseline) * 100
		thresholds := settings.thresholds(family, name)
		severity := thresholds.Severity(math.Abs(change))
		if severity == None || !beyondErrors(name, before, now, baseline, current) {
			continue
		}
		findings = append(findings, Finding{
			Column: now.Name, Metric: name, Test: AbsoluteThreshold,
			Baseline: baseline, Current: current, ChangePercent: &change, Severity: severity,
			Reason: fmt.Sprintf("%s went from %s to %s, %+.1f %%; %s from %s %%",
				name, short(baseline), short(current), change, severity, short(thresholds.of(severity))),
		})
	}
	return findings
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

// thresholds returns what a metric of a column of the family is judged by.
func (s Settings) thresholds(f Family, n metrics.Name) Thresholds {
	if s.TypeSpecific {
		if t, ok := s.ByType[f][n]; ok {
			return t
		}
		if t, ok := s.ByType[f][DefaultMetric]; ok {
			return t
		}
	}
	return s.Thresholds
}

// of returns the threshold of a severity.
func (t Thresholds) of(s Severity) float64 {
	switch s {
	case High:
		return t.High
	case Medium:
		return t.Medium
	default:
		return t.Low
	}
}

// short writes a number with four digits that count, and whole numbers in full.
func short(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}
