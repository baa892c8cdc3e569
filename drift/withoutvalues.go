package drift

import (
	"slices"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// WithoutValues returns the report without what tells values of the table: of findings about values their figures,
// and their reasons in other words; what stays are counts, shares, lengths, deviations, percentages and scores.
func (r *Report) WithoutValues() *Report {
	without := *r
	without.Findings = slices.Clone(r.Findings)
	for i := range without.Findings {
		without.Findings[i] = without.Findings[i].withoutValues()
	}
	if r.Discreet != "" {
		without.Note = r.Discreet
	}
	without.NotComputed = slices.Clone(r.NotComputed)
	for i, s := range without.NotComputed {
		if s.Discreet != "" {
			without.NotComputed[i].Why = s.Discreet
		}
	}
	return &without
}

func (f Finding) withoutValues() Finding {
	if f.Discreet != "" {
		f.Reason = f.Discreet
	}
	if f.OfValues {
		f.Baseline, f.Current, f.Withheld = 0, 0, true
	}
	f.Bounds = nil
	if f.Test == Freshness {
		f.Score = nil // the age of the newest value
	}
	return f
}

// Figures are the finding's values before and now; nothing where they are withheld.
func (f Finding) Figures() (baseline, current metrics.Value) {
	if f.Withheld {
		return metrics.Value{}, metrics.Value{}
	}
	return metrics.Float(f.Baseline), metrics.Float(f.Current)
}

// WithoutValues returns the outlook without what tells values of the table.
func (o *Outlook) WithoutValues() *Outlook {
	if o == nil {
		return nil
	}
	without := *o
	without.Expectations = nil
	without.Anomalies = slices.Clone(o.Anomalies)
	for i := range without.Anomalies {
		a := &without.Anomalies[i]
		if metrics.TellsValues(a.Metric) {
			a.Expected, a.Actual, a.Withheld, a.Details = 0, 0, true, nil
			a.Reason = string(a.Metric) + " is not what earlier runs let expect, by the method " + a.Method
		}
	}
	return &without
}

// Figures are what was expected and what is; nothing where they are withheld.
func (a Anomaly) Figures() (expected, actual metrics.Value) {
	if a.Withheld {
		return metrics.Value{}, metrics.Value{}
	}
	return metrics.Float(a.Expected), metrics.Float(a.Actual)
}

// WithoutValues returns the reading without values of a partition key.
func (r Reading) WithoutValues() Reading {
	if r.Partition != nil {
		partition := *r.Partition
		partition.Values = []metrics.Value{}
		r.Partition = &partition
	}
	return r
}
