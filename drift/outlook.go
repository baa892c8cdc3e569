package drift

import (
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// OutlookSettings say what a run is told by the runs before it, beside its drift.
type OutlookSettings struct {
	Learning   LearningSettings
	Anomalies  AnomalySettings
	Enrichment EnrichmentSettings
	Feedback   Feedback // whose mutes silence anomalies
}

// Wanted reports whether anything is.
func (s OutlookSettings) Wanted() bool {
	return s.Learning.Enabled || s.Anomalies.Enabled || s.Enrichment.Wanted()
}

// SeriesDays is how many days of earlier values are asked for: 0 where none are.
func (s OutlookSettings) SeriesDays() int {
	days := 0
	if s.Learning.Enabled {
		days = s.Learning.WindowDays
	}
	if s.Anomalies.Enabled {
		days = max(days, AnomalyDays)
	}
	return days
}

// Past is what the history holds of the runs of a table before one, without incidents and those from before the
// last run that was accepted.
type Past struct {
	Series       map[ColumnMetric][]Point // the oldest first, of runs that read the same rows
	Expectations map[ColumnMetric]Expectation

	Runs      []PastRun            // the newest first, as many as the enrichment asks for
	FirstSeen map[string]time.Time // by column, when a run first saw it
}

// Outlook is what the runs before a run tell of it, beside its drift.
type Outlook struct {
	Expectations []Expectation // what was learned; none where what was learned before is used
	Anomalies    []Anomaly     // those that count first, the most severe of them first
	Enrichment   *Enrichment   // nil where it is not asked for

	Unlearned bool // anomalies are asked for, but nothing is learned nor was before
}

// Of tells what the past says of a run.
//
// Expectations are learned from the runs before the one that is judged, never from itself.
func (s OutlookSettings) Of(past *Past, current *Run) *Outlook {
	o := &Outlook{Unlearned: s.Anomalies.Enabled && !s.Learning.Enabled && len(past.Expectations) == 0}
	since := func(days int) time.Time { return current.at().AddDate(0, 0, -days) }
	for i := range current.Profile.Columns {
		c := &current.Profile.Columns[i]
		judgement, judged := s.Anomalies.judgement(c.Name)
		for _, name := range learned {
			value, ok := finite(c.Metrics[name])
			if !ok {
				continue
			}
			of := ColumnMetric{c.Name, name}
			expectation, known := past.Expectations[of]
			if s.Learning.Enabled {
				if expectation, known = s.Learning.expect(of, from(past.Series[of], since(s.Learning.WindowDays))); known {
					expectation.ColumnType, expectation.At = c.Type, current.ProfiledAt
					o.Expectations = append(o.Expectations, expectation)
				}
			}
			if !known || !s.Anomalies.Enabled || !judged {
				continue
			}
			now := Point{current.at(), value}
			for _, a := range judgement.anomalies(expectation, from(past.Series[of], since(AnomalyDays)), now) {
				a.ID = AnomalyID(current.RunID, a)
				a.Muted = s.Feedback.mute(Finding{Column: a.Column, Metric: a.Metric}, current.ProfiledAt)
				o.Anomalies = append(o.Anomalies, a)
			}
		}
	}
	sortAnomalies(o.Anomalies)
	if s.Enrichment.Wanted() {
		o.Enrichment = s.Enrichment.of(past, current)
	}
	return o
}

// Finite returns a value as a finite number; false where it is none.
func Finite(v metrics.Value) (float64, bool) { return finite(v) }

// from returns the points from a time on.
func from(points []Point, since time.Time) []Point {
	for i, p := range points {
		if !p.At.Before(since) {
			return points[i:]
		}
	}
	return nil
}

// AnomalyCount returns how many anomalies count: those that are not muted.
func (o *Outlook) AnomalyCount() int {
	n := 0
	for _, a := range o.Anomalies {
		if a.Muted == nil {
			n++
		}
	}
	return n
}

// AnomalySeverity is that of the most severe anomaly that counts; None where there is none.
func (o *Outlook) AnomalySeverity() Severity {
	if len(o.Anomalies) == 0 || o.Anomalies[0].Muted != nil {
		return None
	}
	return o.Anomalies[0].Severity
}

// SameAnomaly are anomalies of one metric of one column, as several methods found it; of the number of rows, those
// of every column.
type SameAnomaly struct {
	Anomaly
	Methods []string
	Columns int
}

// Folded makes one of the anomalies of one metric: a value that six methods find is one thing to look into, and so is
// a number of rows, which every column has.
func (o *Outlook) Folded() []SameAnomaly {
	type subject struct {
		ColumnMetric
		muted bool
	}
	var list []SameAnomaly
	seen := map[subject]int{}
	columns := map[subject]map[string]bool{}
	for _, a := range o.Anomalies {
		of := subject{a.ColumnMetric, a.Muted != nil}
		if a.Metric == metrics.Count {
			of.Column = ""
		}
		i, ok := seen[of]
		if !ok {
			i = len(list)
			seen[of], columns[of] = i, map[string]bool{}
			list = append(list, SameAnomaly{Anomaly: a})
		}
		columns[of][a.Column] = true
		list[i].Columns = len(columns[of])
		if a.Column == list[i].Column {
			list[i].Methods = append(list[i].Methods, a.Method)
		}
	}
	return list
}

// FoldedCount returns how many there are of Folded that count.
func (o *Outlook) FoldedCount() int {
	n := 0
	if o != nil {
		for _, same := range o.Folded() {
			if same.Muted == nil {
				n++
			}
		}
	}
	return n
}
