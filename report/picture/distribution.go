// Package picture holds what pictures of a column's values are made of: the values of two runs, as shares on one
// grid. What draws them is HTML's and Dagster's.
package picture

import (
	"math"
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// Distribution are the values of a column in a run and in its baseline, on one grid of bins of equal width, as
// shares: runs of other sizes look alike.
type Distribution struct {
	Current        []float64
	Baseline       []float64 // nil where it is not known
	CurrentValues  float64   // how many there are
	BaselineValues float64
	Low, High      float64 // the ends of the grid
	Outer          bool    // the outer bins hold what lies beyond the grid
	Temporal       bool    // the values are points in time, in seconds since 1970
}

// DistributionOf returns the distributions of a column in at most so many bins, but for few whole numbers, which have
// one each. It returns nil where the run has none, or where there is nothing to see.
func DistributionOf(now, before drift.Sample, bins int) *Distribution {
	current, ok := now.Distributions()
	if !ok {
		return nil
	}
	baseline, known := before.Distributions()
	column := now.Runs[0].Column
	edges, low, high, outer := grid(current, baseline, column.Kind == metrics.KindInteger || column.Kind == metrics.KindBoolean, bins)
	if edges == nil {
		return nil
	}
	d := &Distribution{
		Current: sharesOf(current, edges), CurrentValues: current.Count(), Low: low, High: high, Outer: outer, Temporal: column.Kind.Temporal(),
	}
	if known {
		d.Baseline, d.BaselineValues = sharesOf(baseline, edges), baseline.Count()
	}
	return d
}

// Tallest is the largest share of a bin.
func (d *Distribution) Tallest() float64 {
	tallest := 0.0
	for _, s := range slices.Concat(d.Current, d.Baseline) {
		tallest = max(tallest, s)
	}
	return tallest
}

// Sample is a column in runs, those that have it.
func Sample(column string, runs ...*drift.Run) drift.Sample {
	var s drift.Sample
	for _, r := range runs {
		i := slices.IndexFunc(r.Profile.Columns, func(c metrics.ColumnProfile) bool { return c.Name == column })
		if i >= 0 {
			s.Runs = append(s.Runs, drift.SampleRun{
				Column: &r.Profile.Columns[i], RowCount: r.Profile.RowCount, RowsRead: r.Profile.RowsRead, At: r.ProfiledAt,
			})
		}
	}
	return s
}

// grid returns the bounds of bins of equal width that cover both distributions, and their ends as a reader sees
// them: whole numbers have bins of their own, around them, where they are few. It returns nil where all values are the same. Where few values lie far out, as one wrong one does, the
// grid covers the others, and the outer bins hold what lies beyond.
func grid(a, b drift.Mixture, whole bool, bins int) (edges []float64, low, high float64, outer bool) {
	const beyond = 0.01
	knots := append(append(drift.Mixture{}, a...), b...).Knots()
	if len(knots) == 0 {
		return nil, 0, 0, false
	}
	low, high = knots[0], knots[len(knots)-1]
	if low == high {
		return nil, 0, 0, false
	}
	coreLow, coreHigh := high, low
	for _, m := range []drift.Mixture{a, b} {
		if m.Count() > 0 {
			coreLow, coreHigh = min(coreLow, quantile(m, beyond)), max(coreHigh, quantile(m, 1-beyond))
		}
	}
	if core := coreHigh - coreLow; core > 0 && !math.IsInf(core, 0) {
		if low < coreLow-core/2 {
			low, outer = coreLow, true
		}
		if high > coreHigh+core/2 {
			high, outer = coreHigh, true
		}
	}
	if whole && high-low <= float64(bins+bins/4) {
		low, high = math.Floor(low), math.Ceil(high)
		for x := low; x <= high+1; x++ {
			edges = append(edges, x-0.5)
		}
		return edges, low, high, outer
	}
	for i := range bins + 1 {
		share := float64(i) / float64(bins)
		edges = append(edges, low*(1-share)+high*share)
	}
	return edges, low, high, outer
}

// quantile returns the first knot up to which the share p of the values lies.
func quantile(m drift.Mixture, p float64) float64 {
	knots := m.Knots()
	for _, k := range knots {
		if m.UpTo(k).Likely >= p {
			return k
		}
	}
	return knots[len(knots)-1]
}

// sharesOf returns the share of the values in each bin; what lies beyond the grid is in the outer ones.
func sharesOf(m drift.Mixture, edges []float64) []float64 {
	shares := make([]float64, len(edges)-1)
	below := 0.0
	for i := range shares {
		upTo := 1.0
		if i < len(shares)-1 {
			upTo = m.Below(edges[i+1]).Likely
		}
		shares[i] = max(upTo-below, 0)
		below = upTo
	}
	return shares
}
