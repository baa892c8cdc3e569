package baselinefile

import (
	"fmt"
	"math"
	"slices"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// Settle leaves out of the tables the columns whose metrics contradict each other, as after an edit by hand, so that
// nothing is compared with them: they stay among those that are not read. It returns a line for each.
func (f *File) Settle() (said []string) {
	for i := range f.Tables {
		t := &f.Tables[i]
		p := *t.Run.Profile
		p.Columns = slices.DeleteFunc(slices.Clone(p.Columns), func(c metrics.ColumnProfile) bool {
			why := contradiction(c, p.RowCount)
			if why == "" {
				why = checked{c}.misspread(t.Run.Reading != nil && t.Run.Reading.Sampling != nil)
			}
			if why == "" {
				return false
			}
			p.Unread = append(slices.Clip(p.Unread), metrics.Column{Name: c.Name, Type: c.Type, Kind: c.Kind, Nullable: c.Nullable})
			if t.LeftOut == nil {
				t.LeftOut = map[string]string{}
			}
			t.LeftOut[c.Name] = why
			said = append(said, fmt.Sprintf("table %q, column %q: %s; the column is left out, and not compared: mend it, or write the file anew with baselinr-pipes baseline export", t.ID(), c.Name, why))
			return true
		})
		run := *t.Run
		run.Profile, t.Run = &p, &run
	}
	return said
}

// contradiction says what cannot be true of a column, without values of the table; nothing where all may be. Estimates
// may contradict each other.
func contradiction(c metrics.ColumnProfile, rows int64) string {
	k := checked{c}
	count, counted := k.exact(metrics.Count)
	nulls, nullsKnown := k.exact(metrics.NullCount)
	least, most, bounded := k.bounds(metrics.Min, metrics.Max)
	if !c.Kind.Numeric() { // texts and points in time are in an order of their own
		bounded = false
	}
	values := count - nulls // that are no null
	said := func(format string, arguments ...any) string { return fmt.Sprintf(format, arguments...) }
	switch {
	case counted && c.Kind != "" && count != float64(rows): // of the Python tool's runs the rows are not always known
		return said("count is %v, and the table's row_count %d", count, rows)
	case counted && nullsKnown && nulls > count:
		return said("null_count %v is more than count %v", nulls, count)
	}
	if ratio, ok := k.exact(metrics.NullRatio); ok && counted && nullsKnown && count > 0 && c.Kind != "" && math.Abs(ratio-nulls/count) > 1e-6 {
		return said("null_ratio is %v, and null_count %v of %v", ratio, nulls, count)
	}
	if counted && nullsKnown {
		if n, ok := k.exact(metrics.DistinctCount); ok && n > values {
			return said("distinct_count %v is more than the %v values", n, values)
		}
		for _, name := range []metrics.Name{metrics.ZeroCount, metrics.NegativeCount, metrics.EmptyCount, metrics.NaNCount} {
			if n, ok := k.exact(name); ok && n > values {
				return said("%s %v is more than the %v values", name, n, values)
			}
		}
		if n, ok := k.binned(); ok && (n > values || n < values && c.Kind == metrics.KindInteger && c.OtherKindCount == 0) {
			return said("the bins of the histogram hold %v values, and there are %v", n, values)
		}
		if n, ok := k.listed(); ok && n > values {
			return said("top_values are %v values, and there are %v", n, values)
		}
	}
	if why := k.uniqueness(); why != "" {
		return why
	}
	if bounded {
		slack := 1e-9 * max(math.Abs(least), math.Abs(most))
		mean, known := k.exact(metrics.Mean)
		deviation, alsoKnown := k.exact(metrics.StdDev)
		switch {
		case least > most:
			return "min is greater than max"
		case known && (mean < least-slack || mean > most+slack):
			return "mean is not between min and max"
		case alsoKnown && deviation > most-least+slack:
			return "stddev is greater than max less min"
		}
	}
	if short, long, ok := k.bounds(metrics.MinLength, metrics.MaxLength); ok && short > long {
		return said("min_length %v is greater than max_length %v", short, long)
	}
	return k.falling()
}

// uniqueness says of the share of distinct values that it is more than all, or another than that of their number.
func (k checked) uniqueness() string {
	ratio, known := k.Metrics[metrics.UniqueRatio].Float64()
	if known && ratio*(1-k.Estimates[metrics.UniqueRatio]) > 1+1e-9 {
		return fmt.Sprintf("unique_ratio %v is more than 1", ratio)
	}
	ratio, known = k.exact(metrics.UniqueRatio)
	distinct, also := k.exact(metrics.DistinctCount)
	count, counted := k.exact(metrics.Count)
	if known && also && counted && count > 0 && k.Kind != "" && math.Abs(ratio-distinct/count) > 1e-6 {
		return fmt.Sprintf("unique_ratio is %v, and distinct_count %v of %v", ratio, distinct, count)
	}
	return ""
}

// misspread says of the distribution, which tests look at, that it holds other values than there are, or lies elsewhere.
// That of a sample holds fewer.
func (k checked) misspread(sampled bool) string {
	d := k.Distribution
	if d.Count() == 0 {
		return ""
	}
	n := float64(d.Count())
	count, counted := k.exact(metrics.Count)
	nulls, nullsKnown := k.exact(metrics.NullCount)
	least, most, bounded := k.bounds(metrics.Min, metrics.Max)
	bounded = bounded && k.Kind.Numeric()
	if counted && nullsKnown {
		values := count - nulls
		slack := d.RankError * values
		notNumbers, known := k.exact(metrics.NaNCount)
		// Infinite values, which it leaves out, are extremes that are not bounds.
		all := !sampled && k.OtherKindCount == 0 && (k.Kind == metrics.KindInteger || bounded && known)
		if n > values+slack || all && n < values-notNumbers-slack {
			return fmt.Sprintf("the distribution holds %v values, and there are %v", n, values)
		}
	}
	if !bounded {
		return ""
	}
	first, last := d.Knots[0].Value, d.Knots[len(d.Knots)-1].Value
	slack := 1e-6 * max(math.Abs(least), math.Abs(most)) // of numbers of single precision
	switch {
	case first < least-slack || last > most+slack:
		return "the distribution reaches beyond min or max"
	case !sampled && d.RankError == 0 && (first > least+slack || last < most-slack):
		return "the distribution does not reach from min to max"
	}
	return ""
}

// checked reads the metrics of a column.
type checked struct{ metrics.ColumnProfile }

// exact returns a finite number that is no estimate.
func (k checked) exact(n metrics.Name) (float64, bool) {
	if _, estimated := k.Estimates[n]; estimated {
		return 0, false
	}
	x, ok := k.Metrics[n].Float64()
	return x, ok && !math.IsInf(x, 0)
}

func (k checked) bounds(low, high metrics.Name) (from, to float64, known bool) {
	from, known = k.exact(low)
	to, also := k.exact(high)
	return from, to, known && also
}

// binned returns how many values the histogram holds.
func (k checked) binned() (n float64, known bool) {
	bins, known := k.Metrics[metrics.Histogram].Bins()
	_, estimated := k.Estimates[metrics.Histogram]
	for _, b := range bins {
		n += float64(b.Count)
	}
	return n, known && !estimated && len(bins) > 0
}

// listed returns how many values the most frequent ones are.
func (k checked) listed() (n float64, known bool) {
	list, known := k.Metrics[metrics.TopValues].ValueCounts()
	_, estimated := k.Estimates[metrics.TopValues]
	for _, v := range list {
		n += float64(v.Count)
	}
	return n, known && !estimated
}

// falling says of quantiles of numbers that one is less than the one before.
func (k checked) falling() string {
	set, ok := k.Metrics[metrics.Quantiles].QuantileSet()
	if !ok || !k.Kind.Numeric() {
		return ""
	}
	before := math.Inf(-1)
	for i, v := range set {
		x, number := v.Float64()
		if number && x < before {
			return fmt.Sprintf("the quantile p%02.0f is less than the one before", metrics.QuantileProbabilities[i]*100)
		}
		if number {
			before = x
		}
	}
	return ""
}
