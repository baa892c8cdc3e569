package drift

import (
	"math"
	"slices"
	"sort"
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
			s.Runs = append(s.Runs, SampleRun{c, r.Profile.RowCount, r.Profile.RowsRead, r.ProfiledAt})
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

// Share is the share of values up to a number, or below it: between Least and Most, and Likely, which takes
// the values between two knots as spread evenly.
type Share struct{ Least, Likely, Most float64 }

// UpTo returns the share of the values that are less than or equal to x.
func (m Mixture) UpTo(x float64) Share { return m.share(x, true) }

// Below returns the share of the values that are less than x.
func (m Mixture) Below(x float64) Share { return m.share(x, false) }

func (m Mixture) share(x float64, equal bool) Share {
	var s Share
	for _, d := range m {
		one := shareOf(d, x, equal)
		s.Least, s.Likely, s.Most = s.Least+one.Least, s.Likely+one.Likely, s.Most+one.Most
	}
	n := m.Count()
	return Share{s.Least / n, s.Likely / n, s.Most / n}
}

// shareOf returns the same as numbers of values of one distribution.
func shareOf(d *metrics.Distribution, x float64, equal bool) Share {
	i := sort.Search(len(d.Knots), func(i int) bool { return d.Knots[i].Value >= x }) // the first one from x on
	n := float64(d.Count())
	exactly := func(count int64) Share {
		e := d.RankError * n
		return Share{max(float64(count)-e, 0), float64(count), min(float64(count)+e, n)}
	}
	switch {
	case i == len(d.Knots):
		return exactly(d.Count())
	case d.Knots[i].Value == x && equal:
		return exactly(d.Knots[i].Through)
	case d.Knots[i].Value == x:
		return exactly(d.Knots[i].Below)
	case i == 0:
		return exactly(0)
	}
	before, after := d.Knots[i-1], d.Knots[i]
	if d.Complete {
		return exactly(before.Through)
	}
	least, most := exactly(before.Through), exactly(after.Below)
	at := (x - before.Value) / (after.Value - before.Value)
	return Share{least.Least, least.Likely + at*(most.Likely-least.Likely), most.Most}
}
