package baselinefile

import (
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// WithoutValues returns the file without what holds values of the tables: the least and the greatest, the most
// frequent, histograms, quantiles, distributions, and the values of partitions, of which a hash stands for those that the
// config gives.
// Counts, shares, deviations and lengths stay; and means, where those of them are not to go too.
func (f *File) WithoutValues(meansToo bool) *File {
	leftOut := metrics.HoldsValues
	if meansToo {
		leftOut = metrics.TellsValues
	}
	without := &File{NoValues: true}
	for _, t := range f.Tables {
		run, profile := *t.Run, *t.Run.Profile
		profile.Columns = slices.Clone(profile.Columns)
		for i := range profile.Columns {
			profile.Columns[i] = profile.Columns[i].Without(leftOut)
			profile.Columns[i].Distribution = nil
		}
		run.Profile = &profile
		if run.Reading != nil && run.Reading.Partition != nil {
			partition := run.Reading.Partition.Digested(run.RunID)
			run.Reading = &drift.Reading{Sampling: run.Reading.Sampling, Partition: &partition}
		}
		without.Tables = append(without.Tables, Table{Schema: t.Schema, Name: t.Name, Run: &run})
	}
	return without
}

// form says what a metric's value is.
type form int

const (
	single form = iota // any value that is no structure
	amount             // a number from 0 on
	bins
	quantiles
	counts
)

func formOf(name metrics.Name) form {
	switch name {
	case metrics.Histogram:
		return bins
	case metrics.Quantiles:
		return quantiles
	case metrics.TopValues:
		return counts
	case metrics.Min, metrics.Max, metrics.Mean, metrics.InferredType:
		return single
	}
	return amount
}

// valid reports whether the value is one that the metric can have. What is not, as in a history that somebody
// edited, is not exported, and refused in a file.
func valid(name metrics.Name, v metrics.Value) bool {
	if v.IsNull() {
		return true
	}
	switch formOf(name) {
	case bins:
		b, ok := v.Bins()
		return ok && validBins(b)
	case quantiles:
		_, ok := v.QuantileSet()
		return ok
	case counts:
		list, ok := v.ValueCounts()
		return ok && !slices.ContainsFunc(list, func(c metrics.ValueCount) bool { return c.Count < 0 || structured(c.Value) })
	case amount:
		x, number := v.Float64()
		return number && x >= 0 || v.String() == "NaN"
	}
	return !structured(v)
}

func structured(v metrics.Value) bool {
	_, b := v.Bins()
	_, q := v.QuantileSet()
	_, c := v.ValueCounts()
	return b || q || c
}

// validBins reports whether the bins follow each other.
func validBins(list metrics.Bins) bool {
	for i, b := range list {
		if b.Count < 0 || !(b.Start <= b.End) || i > 0 && b.Start < list[i-1].End {
			return false
		}
	}
	return true
}
