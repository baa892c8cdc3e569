package html

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// The size of a picture, in its own units: the plot lies between left and right, top and bottom.
const (
	width, height = 360, 150
	left, right   = 8, 352
	top, bottom   = 18, 122
)

// histogram is the picture of two distributions on one grid.
type histogram struct {
	Current, Baseline string // paths; Baseline is empty where it is not known
	Tallest           string // what the top of the plot stands for
	From, To          string // the ends of the grid
	Describes         string // what the picture shows, in words
	Outer             bool   // the outer bins hold what lies beyond the grid
}

// histogramOf draws the distributions of a column, each by its shares: runs of other sizes look alike. It returns
// nil where the run has none, or where there is nothing to see.
func histogramOf(now, before drift.Sample) *histogram {
	current, ok := now.Distributions()
	if !ok {
		return nil
	}
	baseline, known := before.Distributions()
	column := now.Runs[0].Column
	edges, low, high, outer := grid(current, baseline, column.Kind == metrics.KindInteger || column.Kind == metrics.KindBoolean)
	if edges == nil {
		return nil
	}
	shares := [][]float64{sharesOf(current, edges)}
	if known {
		shares = append(shares, sharesOf(baseline, edges))
	}
	tallest := 0.0
	for _, list := range shares {
		for _, s := range list {
			tallest = max(tallest, s)
		}
	}
	write := func(x float64) string { return number(x) }
	if column.Kind.Temporal() {
		write = moment(high - low)
	}
	h := &histogram{
		Current: outline(shares[0], tallest), Tallest: percent(tallest), Outer: outer,
		From: write(low), To: write(high),
	}
	h.Describes = fmt.Sprintf("Shares of the values of %s between %s and %s: %s values now", column.Name, h.From, h.To, number(current.Count()))
	if known {
		h.Baseline = outline(shares[1], tallest)
		h.Describes += fmt.Sprintf(", %s in the baseline", number(baseline.Count()))
	}
	return h
}

// grid returns the bounds of bins of equal width that cover both distributions, and their ends as a reader sees
// them: whole numbers have bins of their own, around them, where they are few. It returns nil where all values are the same. Where few values lie far out, as one wrong one does, the
// grid covers the others, and the outer bins hold what lies beyond.
func grid(a, b drift.Mixture, whole bool) (edges []float64, low, high float64, outer bool) {
	const bins, mostWhole, beyond = 32, 40, 0.01
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
	if whole && high-low <= mostWhole {
		low, high = math.Floor(low), math.Ceil(high)
		for x := low; x <= high+1; x++ {
			edges = append(edges, x-0.5)
		}
		return edges, low, high, outer
	}
	for i := range bins + 1 {
		share := float64(i) / bins
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

// outline is the path around the bars of a histogram.
func outline(shares []float64, tallest float64) string {
	var path strings.Builder
	step := float64(right-left) / float64(len(shares))
	fmt.Fprintf(&path, "M%d %d", left, bottom)
	for i, s := range shares {
		y := bottom - s/max(tallest, math.SmallestNonzeroFloat64)*(bottom-top)
		fmt.Fprintf(&path, "V%.1fH%.1f", y, left+float64(i+1)*step)
	}
	fmt.Fprintf(&path, "V%dZ", bottom)
	return path.String()
}

// moment returns what writes a point in time as exactly as a span of so many seconds asks for.
func moment(span float64) func(float64) string {
	layout := "2006-01-02 15:04:05"
	const day = 24 * 60 * 60
	if span > 3*day {
		layout = "2006-01-02"
	}
	return func(x float64) string {
		if math.Abs(x) > 1e12 { // beyond the years that a calendar writes well
			return number(x)
		}
		return time.Unix(int64(math.Round(x)), 0).UTC().Format(layout)
	}
}
