package metrics

import (
	"math"
	"slices"
)

// Extrapolate turns the profile of rows that were sampled with equal probability from a table of total
// rows into an estimate of the whole table: counts are scaled, everything else is left as it was
// measured, and what is now an estimate is marked with its bound, which holds with three standard
// errors (99.7 %). NullCount has to have been measured. A sample of all rows is left as it is.
//
// A bound is, where the name of the metric does not say otherwise below,
//
//   - of counts and null_ratio: relative, or a share of the rows where the estimate is 0;
//   - of distinct_count and unique_ratio: relative, and certain;
//   - of min, max, min_length and max_length: the share of the values that may lie beyond;
//   - of mean and avg_length: in standard deviations of the values;
//   - of stddev: relative, for values whose tails the sample shows;
//   - of quantiles: a share of the values, in rank;
//   - of histogram and top_values: a share of the rows.
func (p *TableProfile) Extrapolate(total int64) {
	read := p.RowsRead
	p.RowCount = max(total, read) // rows may have come since they were counted
	if read == p.RowCount {
		return
	}
	s := sample{read: float64(read), total: float64(p.RowCount)}
	for i := range p.Columns {
		s.extrapolate(&p.Columns[i])
	}
}

// sample is the size of a sample and of what it was taken from.
type sample struct{ read, total float64 }

// scaled are the metrics that count rows.
var scaled = []Name{NullCount, ZeroCount, NegativeCount, EmptyCount, NaNCount}

func (s sample) extrapolate(c *ColumnProfile) {
	if c.Estimates == nil {
		c.Estimates = map[Name]float64{}
	}
	nulls, _ := c.Metrics[NullCount].Float64()
	values := s.read - nulls
	mark := func(n Name, bound float64) {
		if v, ok := c.Metrics[n]; ok && !v.IsNull() {
			c.Estimates[n] = bound + c.Estimates[n]
		}
	}
	mark(NullRatio, s.countBound(nulls))
	for _, n := range scaled {
		if k, ok := c.Metrics[n].Float64(); ok {
			c.Metrics[n] = s.scale(int64(k))
			mark(n, s.countBound(k))
		}
	}
	if _, ok := c.Metrics[Count]; ok {
		c.Metrics[Count] = Int(int64(s.total))
	}
	c.OtherKindCount = s.scaleCount(c.OtherKindCount)
	s.markDistinct(c, mark)
	for _, n := range []Name{Min, Max, MinLength, MaxLength} {
		mark(n, s.beyond(values))
	}
	for _, n := range []Name{Mean, AvgLength} {
		mark(n, s.meanBound(values))
	}
	mark(StdDev, s.deviationBound(values, c.Kurtosis))
	mark(Quantiles, s.shareBound(values))
	s.scaleHistogram(c, mark)
	s.scaleTopValues(c, mark)
	if s.read == 0 {
		s.nothingRead(c)
	}
}

// nothingRead leaves no figure but the row count, which is all that an empty sample tells.
func (s sample) nothingRead(c *ColumnProfile) {
	for n := range c.Metrics {
		if n != Count {
			c.Metrics[n] = Value{}
		}
	}
	clear(c.Estimates)
	c.Distribution = nil
}

func (s sample) scaleCount(k int64) int64 {
	if s.read == 0 {
		return 0
	}
	return int64(math.Round(float64(k) / s.read * s.total))
}

func (s sample) scale(k int64) Value { return Int(s.scaleCount(k)) }

// standardErrors is how many standard errors a bound allows for.
const standardErrors = 3

// effective returns the number of rows that, drawn with replacement, would tell as much as n drawn
// without from as large a share of the table as the whole sample: the finite population correction
// (Cochran 1977, eq. 2.12).
func (s sample) effective(n float64) float64 { return n / (1 - s.read/s.total) }

// interval returns between what shares the share of rows lies of which k in the sample have a property
// (Wilson 1927): unlike that of Wald, the interval holds for rare properties too.
func (s sample) interval(k float64) (low, high float64) {
	n, z2 := s.effective(s.read), float64(standardErrors*standardErrors)
	share := k / s.read
	center := (share + z2/(2*n)) / (1 + z2/n)
	half := standardErrors / (1 + z2/n) * math.Sqrt(share*(1-share)/n+z2/(4*n*n))
	return max(center-half, 0), min(center+half, 1)
}

// countBound is the bound of a count of k rows in the sample.
func (s sample) countBound(k float64) float64 {
	if s.read == 0 {
		return 1
	}
	low, high := s.interval(k)
	if k == 0 {
		return high
	}
	// What has been read is certain.
	low, high = max(low, k/s.total), min(high, (k+s.total-s.read)/s.total)
	share := k / s.read
	return max((share-low)/low, (high-share)/share)
}

// markDistinct marks the distinct counts, which stay those of the sample: each row that was not read may
// hold a value more. The share of distinct values falls with the number of rows, by no more than all.
func (s sample) markDistinct(c *ColumnProfile, mark func(Name, float64)) {
	unread := s.total - s.read
	for _, n := range []Name{DistinctCount, ApproxDistinctCount} {
		if d, ok := c.Metrics[n].Float64(); ok {
			mark(n, unread/(d+unread))
		}
	}
	if ratio, ok := c.Metrics[UniqueRatio].Float64(); ok {
		if ratio == 0 {
			mark(UniqueRatio, unread/s.total)
			return
		}
		most := (ratio*s.read + unread) / s.total
		mark(UniqueRatio, max(s.total/s.read-1, (most-ratio)/ratio))
	}
}

// beyond is the share of values below the least of n, or above the greatest, that is exceeded with a
// probability of 0.135 %, that of three standard errors on one side: (1−x)^n = 0.00135.
func (s sample) beyond(n float64) float64 {
	if n <= 0 {
		return 1
	}
	return 1 - math.Pow(0.00135, 1/s.effective(n))
}

// meanBound is three standard errors of the mean of n values, in standard deviations of the values.
func (s sample) meanBound(n float64) float64 {
	if n <= 0 {
		return 1
	}
	return standardErrors / math.Sqrt(s.effective(n))
}

// shareBound is three standard errors of a share of n values, at the share where it is greatest, 1/2.
func (s sample) shareBound(n float64) float64 { return min(s.meanBound(n)/2, 1) }

func (s sample) scaleHistogram(c *ColumnProfile, mark func(Name, float64)) {
	bins, ok := c.Metrics[Histogram].Bins()
	if !ok {
		return
	}
	bins = slices.Clone(bins)
	for i := range bins {
		bins[i].Count = s.scaleCount(bins[i].Count)
	}
	c.Metrics[Histogram] = Structured(bins)
	mark(Histogram, s.shareBound(s.read))
}

func (s sample) scaleTopValues(c *ColumnProfile, mark func(Name, float64)) {
	values, ok := c.Metrics[TopValues].ValueCounts()
	if !ok {
		return
	}
	values = slices.Clone(values)
	for i := range values {
		values[i].Count = s.scaleCount(values[i].Count)
	}
	c.Metrics[TopValues] = Structured(values)
	mark(TopValues, s.shareBound(s.read))
}

// Keep leaves the metrics that wanted names for each column, and no other.
func (p *TableProfile) Keep(wanted func(column string) []Name) {
	for i, c := range p.Columns {
		names := wanted(c.Name)
		for n := range c.Metrics {
			if !slices.Contains(names, n) {
				delete(c.Metrics, n)
				delete(c.Estimates, n)
			}
		}
		if !slices.Contains(names, Histogram) && !slices.Contains(names, Quantiles) {
			p.Columns[i].Distribution = nil
		}
	}
}
