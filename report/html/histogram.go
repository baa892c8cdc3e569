package html

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/report/picture"
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
	From, To          string // the ends of the grid; empty where values are private
	Describes         string // what the picture shows, in words
	Outer             bool   // the outer bins hold what lies beyond the grid
}

// histogramBins is how many bins a histogram has, but for few whole numbers.
const histogramBins = 32

// histogramOf draws the distributions of a column, each by its shares: runs of other sizes look alike. It returns
// nil where the run has none, or where there is nothing to see. No values are told where they are private.
func histogramOf(now, before drift.Sample, private bool) *histogram {
	d := picture.DistributionOf(now, before, histogramBins)
	if d == nil {
		return nil
	}
	tallest := d.Tallest()
	write := func(x float64) string { return number(x) }
	if d.Temporal {
		write = moment(d.High - d.Low)
	}
	h := &histogram{Current: outline(d.Current, tallest), Tallest: percent(tallest), Outer: d.Outer}
	between := ""
	if !private {
		h.From, h.To = write(d.Low), write(d.High)
		between = fmt.Sprintf(" between %s and %s", h.From, h.To)
	}
	h.Describes = fmt.Sprintf("Shares of the values of %s%s: %s values now", now.Runs[0].Column.Name, between, number(d.CurrentValues))
	if d.Baseline != nil {
		h.Baseline = outline(d.Baseline, tallest)
		h.Describes += fmt.Sprintf(", %s in the baseline", number(d.BaselineValues))
	}
	return h
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
