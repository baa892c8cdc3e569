package drift

import (
	"math"
	"strings"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// distribution returns that of the run, or, where none was kept, as of runs of the Python tool, what its
// histogram tells.
func (r SampleRun) distribution() *metrics.Distribution {
	if r.Column.Distribution.Count() > 0 {
		return r.Column.Distribution
	}
	bins, ok := r.Column.Metrics[metrics.Histogram].Bins()
	if !ok {
		return nil
	}
	return r.ofBins(bins)
}

// ofBins returns what a histogram tells of a distribution: how many values lie below each bound. A value that
// equals a bound lies in the bin above it, so that the knots are just below the bounds; the last one is just above
// the greatest value.
func (r SampleRun) ofBins(bins metrics.Bins) *metrics.Distribution {
	d := &metrics.Distribution{}
	if len(bins) == 1 && bins[0].Start == bins[0].End {
		n := int64(r.read(float64(bins[0].Count)))
		d.Knots, d.Complete = []metrics.Knot{{Value: bins[0].Start, Through: n}}, true
		return d
	}
	var through int64
	for i, b := range bins {
		if b.Count < 0 || !(b.Start < b.End) || i > 0 && b.Start < bins[i-1].Start {
			return nil // no histogram
		}
		d.Knots = append(d.Knots, metrics.Knot{Value: math.Nextafter(b.Start, math.Inf(-1)), Below: through, Through: through})
		through += int64(r.read(float64(b.Count)))
	}
	if len(bins) > 0 {
		end := math.Nextafter(bins[len(bins)-1].End, math.Inf(1))
		d.Knots = append(d.Knots, metrics.Knot{Value: end, Below: through, Through: through})
	}
	d.RankError = min(r.errorOfCounts(metrics.Histogram)*float64(len(bins)), 1)
	return d
}

// mostInBin is the share of the values in one bin of a histogram above which too little is known of where
// they lie.
const mostInBin = 0.5

// widestBin returns the greatest share of values that one bin holds, of the runs of which no more is kept than
// a histogram.
func (s Sample) widestBin() float64 {
	var widest float64
	for _, r := range s.Runs {
		d := r.distribution()
		if r.Column.Distribution.Count() > 0 || d == nil || d.Complete {
			continue
		}
		for i := range d.Knots[1:] {
			widest = max(widest, float64(d.Knots[i+1].Below-d.Knots[i].Through)/float64(d.Count()))
		}
	}
	return widest
}

// binned reports whether no more than a histogram is kept of a run.
func (s Sample) binned() bool {
	for _, r := range s.Runs {
		if r.Column.Distribution.Count() == 0 {
			return true
		}
	}
	return false
}

// errorOfCounts returns by how much of the rows that were read the counts of a metric may be off. The bound
// of a sample includes three standard errors of shares of the whole table (metrics.Extrapolate), which are no
// error of what was read.
func (r SampleRun) errorOfCounts(n metrics.Name) float64 {
	bound := r.Column.Estimates[n]
	if r.RowsRead >= r.RowCount || r.RowsRead == 0 {
		return bound
	}
	read := float64(r.RowsRead)
	ofSample := min(1.5/math.Sqrt(read/(1-read/float64(r.RowCount))), 1)
	if bound -= ofSample; bound < 1e-12 {
		return 0
	}
	return bound
}

// isKey reports whether a run's column seems to hold a key: whole numbers that are all distinct, as far as
// they are counted. Its values say nothing but which rows there are.
func (s Sample) isKey() bool {
	for _, r := range s.Runs {
		if r.isKey() {
			return true
		}
	}
	return false
}

func (r SampleRun) isKey() bool {
	whole := r.Column.Kind == metrics.KindInteger ||
		r.Column.Kind == "" && strings.Contains(strings.ToLower(r.Column.Type), "int")
	ratio, ok := r.Column.Metrics[metrics.UniqueRatio].Float64()
	if !whole || !ok || r.RowsRead == 0 {
		return false
	}
	distinct := ratio * float64(r.RowsRead) / (Sample{Runs: []SampleRun{r}}).Values()
	const nearly = 0.95 // what a sketch of the distinct values may miss
	_, estimate := r.Column.Estimates[metrics.UniqueRatio]
	return distinct >= 1-1e-9 || estimate && distinct >= nearly
}
