package drift

import (
	"math"
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// Sample is what is kept of a column's values: those of one run, or of several runs taken together.
type Sample struct {
	Runs []SampleRun
}

// SampleRun is a column in one run.
type SampleRun struct {
	Column   *metrics.ColumnProfile
	RowCount int64 // of the table
	RowsRead int64 // fewer where a sample was read
	At       time.Time

	Partitions int  // of a window; 0 for a run
	OfTime     bool // it is a run of a partition of time
}

// columns are those of a run by name.
type columns map[string]*metrics.ColumnProfile

func (r *Run) columns() columns {
	byName := make(columns, len(r.Profile.Columns))
	for i := range r.Profile.Columns {
		byName[r.Profile.Columns[i].Name] = &r.Profile.Columns[i]
	}
	return byName
}

// finder finds columns of runs.
type finder map[*Run]columns

// sample returns the column in the runs that have it.
func (f finder) sample(runs []*Run, column string) Sample {
	var s Sample
	for _, r := range runs {
		if f[r] == nil {
			f[r] = r.columns()
		}
		if c, ok := f[r][column]; ok {
			s.Runs = append(s.Runs, SampleRun{c, r.Profile.RowCount, r.Profile.RowsRead, r.asOf(), r.Partitions, r.Slice.OfTime()})
		}
	}
	return s
}

// read returns a count of rows as it was before it was extrapolated to the whole table: tests are about
// the rows that were read.
func (r SampleRun) read(count float64) float64 {
	if r.RowCount <= r.RowsRead || r.RowCount == 0 {
		return count
	}
	return math.Round(count / float64(r.RowCount) * float64(r.RowsRead))
}

// Rows returns the number of rows that were read.
func (s Sample) Rows() float64 {
	var n float64
	for _, r := range s.Runs {
		n += float64(r.RowsRead)
	}
	return n
}

// Nulls returns how many of the rows that were read hold nothing, and false where that was not measured.
func (s Sample) Nulls() (float64, bool) {
	var nulls float64
	for _, r := range s.Runs {
		if n, ok := r.Column.Metrics[metrics.NullCount].Float64(); ok {
			nulls += r.read(n)
			continue
		}
		ratio, ok := r.Column.Metrics[metrics.NullRatio].Float64()
		if !ok {
			return 0, false
		}
		nulls += math.Round(ratio * float64(r.RowsRead))
	}
	return nulls, len(s.Runs) > 0
}

// Values returns the number of rows that were read and hold a value; all rows where nulls were not counted.
func (s Sample) Values() float64 {
	nulls, _ := s.Nulls()
	return s.Rows() - nulls
}

// Distributions returns the distributions of the runs, and false where one has none.
func (s Sample) Distributions() (Mixture, bool) {
	var m Mixture
	for _, r := range s.Runs {
		d := r.distribution()
		if d.Count() == 0 {
			return nil, false
		}
		m = append(m, d)
	}
	return m, len(m) > 0
}

// Mixture is the distribution of the values of several runs taken together.
type Mixture []*metrics.Distribution

// Count returns the number of values.
func (m Mixture) Count() float64 {
	var n float64
	for _, d := range m {
		n += float64(d.Count())
	}
	return n
}

// Knots returns the values at which one of the distributions is known, rising, each once.
func (m Mixture) Knots() []float64 {
	var knots []float64
	for _, d := range m {
		for _, k := range d.Knots {
			knots = append(knots, k.Value)
		}
	}
	slices.Sort(knots)
	return slices.Compact(knots)
}

// UpTo returns the share of the values that are less than or equal to x.
func (m Mixture) UpTo(x float64) metrics.Share { return m.share(x, (*metrics.Distribution).UpTo) }

// Below returns the share of the values that are less than x.
func (m Mixture) Below(x float64) metrics.Share { return m.share(x, (*metrics.Distribution).Below) }

func (m Mixture) share(x float64, of func(*metrics.Distribution, float64) metrics.Share) metrics.Share {
	var s metrics.Share
	for _, d := range m {
		one := of(d, x)
		s.Least, s.Likely, s.Most = s.Least+one.Least, s.Likely+one.Likely, s.Most+one.Most
	}
	n := m.Count()
	return metrics.Share{Least: s.Least / n, Likely: s.Likely / n, Most: s.Most / n}
}
