package drift

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// smallestSpread is the least standard deviation that a metric is taken to have, as a share of its size: below
// it lies the rounding of sums.
const smallestSpread = 1e-9

// seasonRuns is how many runs of a season's phase a chart needs.
const seasonRuns = 4

// past are the values of a metric in earlier runs, the newest first.
type past struct {
	values []float64
	at     []time.Time
}

// past returns the values of a metric in the runs that have it.
func (s Sample) past(n metrics.Name) past {
	var p past
	for _, r := range s.Runs {
		if x, ok := finite(r.Column.Metrics[n]); ok {
			p.values, p.at = append(p.values, x), append(p.at, r.At)
		}
	}
	return p
}

// distance is how far a value lies from its earlier ones.
type distance struct {
	centre, spread float64 // in the metric's unit
	size           float64 // in spreads, never negative
	of             string  // what the centre is of, for the reason
	far            string  // how far the value lies from it, for the reason
	constant       bool    // the earlier values do not vary, so that no number of deviations says anything
}

// deviation is the distance from the mean of earlier values in standard deviations of a prediction,
// s·√(1+1/n): the mean of few values is itself uncertain. (Hahn and Meeker, Statistical Intervals, 1991,
// section 4.7.) As t of n-1 degrees of freedom has longer tails than the normal distribution, the distance is
// that of the normal distribution with the same tail.
func deviation(earlier []float64, value float64) distance {
	n := float64(len(earlier))
	mean, s := meanAndDeviation(earlier)
	spread := floor(s*math.Sqrt(1+1/n), mean)
	d := distance{centre: mean, spread: spread, of: fmt.Sprintf("the mean of %d earlier runs", len(earlier))}
	t := math.Abs(value-mean) / spread
	d.size = normalAsRare(t, n-1)
	d.far = fmt.Sprintf("%s deviations of %s, after %d runs as rare as %s of a normal distribution, by chance %s",
		short(t), short(spread), len(earlier), short(d.size), rarity(normalTwoTails(d.size)))
	d.constant = s <= smallestSpread*math.Abs(mean)
	return d
}

// rarity says how often chance explains a distance. Few series are so nearly normal that a rarer one than in a million
// runs could be told.
func rarity(p float64) string {
	if p < 1e-6 {
		return "less than once in a million runs"
	}
	return fmt.Sprintf("once in %s runs", short(math.Round(1/p)))
}

// floor returns a spread that is not less than what rounding explains.
func floor(spread, centre float64) float64 {
	return max(spread, smallestSpread*math.Abs(centre), math.SmallestNonzeroFloat64*1e20)
}

// median returns the middle of values.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// robust returns the median and the median absolute deviation, times 1.4826 so that it is the standard deviation
// of a normal distribution (Rousseeuw and Croux 1993). Where more than half of the values are equal that is 0, and the
// mean absolute deviation from the median, times 1.2533, stands in for it (Iglewicz and Hoaglin 1993, section 3.3). The
// values are constant where that is 0 too.
func robust(values []float64) (centre, spread float64, constant bool) {
	centre = median(values)
	off, mean := make([]float64, len(values)), 0.0
	for i, x := range values {
		off[i] = math.Abs(x - centre)
		mean += off[i] / float64(len(values))
	}
	spread = 1.4826 * median(off)
	if spread <= smallestSpread*math.Abs(centre) {
		spread = math.Sqrt(math.Pi/2) * mean
	}
	return centre, floor(spread*math.Sqrt(1+1/float64(len(values))), centre), spread <= smallestSpread*math.Abs(centre)
}

// ewma is the distance of an exponentially weighted moving average, of the earlier values' residuals and the
// current one, from 0 in its own deviations: √(λ/(2-λ)·(1-(1-λ)^2n)) (Roberts 1959; Lucas and Saccucci 1990).
// Earlier residuals are cut off at 3 deviations, so that one outlier does not shift the average. A value that does not
// lie off the centre, on the side of the average, is at no distance.
func (c ChartSettings) ewma(earlier []float64, value float64) distance {
	centre, spread, constant := robust(earlier)
	z := 0.0
	for _, x := range slices.Backward(earlier) {
		z += c.Lambda * (min(max((x-centre)/spread, -3), 3) - z)
	}
	z += c.Lambda * ((value-centre)/spread - z)
	n := float64(len(earlier) + 1)
	sigma := math.Sqrt(c.Lambda / (2 - c.Lambda) * (1 - math.Pow(1-c.Lambda, 2*n)))
	size := math.Abs(z) / sigma
	if (value-centre)*z <= 0 {
		size = 0 // it is back, or on the other side: the average is off by earlier runs alone, which were found
	}
	return distance{centre, spread, size, fmt.Sprintf("the median of %d earlier runs", len(earlier)),
		fmt.Sprintf("which takes the moving average to %s, %s of its deviations off", short(centre+z*spread), short(size)), constant}
}

// chart is the distance in the chart of the season where enough runs share the phase, else in that of the
// moving average.
func (c ChartSettings) chart(p past, at time.Time, value float64) distance {
	if c.SeasonDays > 0 {
		var same []float64
		for i, x := range p.values {
			days := int(math.Round(at.Sub(p.at[i]).Hours() / 24))
			if days%c.SeasonDays == 0 {
				same = append(same, x)
			}
		}
		// Of runs of one phase alone, as weekly ones, the season tells nothing.
		if len(same) >= max(seasonRuns, c.MinRuns) && len(same) < len(p.values) {
			centre, spread, constant := robust(same)
			size := math.Abs(value-centre) / spread
			return distance{centre, spread, size, fmt.Sprintf("the median of the %d runs at the same phase of %d days", len(same), c.SeasonDays),
				short(size) + " robust deviations of " + short(spread), constant}
		}
	}
	return c.ewma(p.values, value)
}

// byDistance judges the compared metrics of a column by their distance from the earlier values. Thresholds in
// percent, as those by type, do not apply. Since says why there are no more earlier runs, where that is known.
func (s Settings) byDistance(j Judgement, byType bool, since string, before, now Sample) (findings []Finding, skipped []Skipped) {
	current := now.Runs[0].Column
	family := familyOf(current.Type)
	thresholds, needed := j.Deviations, max(j.Baseline.MinRuns, 3)
	if j.Strategy == ControlChart {
		thresholds, needed = j.Chart.Deviations, max(j.Chart.MinRuns, 3)
	}
	if n := len(before.Runs); n < needed {
		return nil, []Skipped{{Column: current.Name, Test: j.Strategy, Why: tooFew(n, needed) + since}}
	}
	for _, name := range compared {
		if byType && family.meaningless(name) || ofNumbers(name) && !holdsNumbers(current) {
			continue
		}
		if ofRows(name) && now.empty() {
			continue
		}
		p := before.past(name)
		is, known := now.average(name)
		if !known || len(p.values) < needed {
			continue
		}
		d := deviation(p.values, is.value)
		if j.Strategy == ControlChart {
			d = j.Chart.chart(p, now.Runs[0].At, is.value)
		}
		severity := thresholds.Severity(d.size)
		if severity == None {
			continue
		}
		first := day(p.at[len(p.at)-1])
		finding := Finding{
			Column: current.Name, Metric: name, Test: j.Strategy, Baseline: d.centre, Current: is.value, Severity: severity, BaselineMethod: j.Strategy,
		}
		discreet := fmt.Sprintf("%s changed by %s deviations", name, short(d.size))
		judged := fmt.Sprintf("(%s from %s on), against %s, since %s", severity, short(thresholds.of(severity)), d.of, first)
		if d.constant {
			d.far, discreet = "where it did not vary", string(name)+" changed, where it did not vary"
			judged = fmt.Sprintf("(%s), against %s, since %s", severity, d.of, first)
		} else {
			finding.Score, finding.Effect = &d.size, &d.size
		}
		finding.Reason = fmt.Sprintf("%s went %s, %s %s", name, fromTo(d.centre, is.value), d.far, judged)
		if metrics.TellsValues(name) {
			finding.OfValues, finding.Discreet = true, discreet+" "+judged
		}
		if d.centre != 0 {
			change := (is.value - d.centre) / math.Abs(d.centre) * 100
			finding.ChangePercent = &change
		}
		findings = append(findings, finding)
	}
	return findings, skipped
}

// tooFew says that a strategy needs more earlier runs than there are.
func tooFew(n, needed int) string {
	if n == 1 {
		return fmt.Sprintf("1 earlier run, %d needed", needed)
	}
	return fmt.Sprintf("%d earlier runs, %d needed", n, needed)
}

// sinceAccepted says that no earlier run counts, where one was accepted.
func (r *Run) sinceAccepted() string {
	if r.Accepted == nil {
		return ""
	}
	return fmt.Sprintf(": those before run %s count no more, since it was accepted", nameOf(r.Accepted.RunID, day(r.Accepted.At)))
}

// severalRuns reports whether the strategy holds a metric against its values in several runs, whatever the baseline.
func (j Judgement) severalRuns() bool {
	return j.Strategy == StandardDeviation || j.Strategy == ControlChart
}

// window returns the earlier runs that a strategy of distances looks at: those that read the same rows.
func (j Judgement) window(c candidates) []*Run { return c.alike[:min(len(c.alike), j.windowLength())] }

// windowLength is how many earlier runs the strategy looks at.
func (j Judgement) windowLength() int {
	switch j.Strategy {
	case StandardDeviation:
		return max(j.Baseline.MovingAverage, j.Baseline.MinRuns, 3)
	case ControlChart:
		return max(30, j.Chart.MinRuns*max(j.Chart.SeasonDays, 1))
	}
	return 1
}
