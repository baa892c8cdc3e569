package drift

import (
	"fmt"
	"math"
	"slices"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// bucket is how many values of two samples are alike: of one category, or between two numbers.
type bucket struct {
	name        string
	before, now float64

	// off is by how much the difference of the two shares may be overstated, where counts are estimates or
	// values lie between knots: what is not known is no evidence.
	off float64

	roughBefore, roughNow bool    // the counts are not exact
	bounds                *Bounds // of numbers
}

// buckets divide the values of two samples.
type buckets []bucket

func (b buckets) totals() (before, now float64) {
	for _, x := range b {
		before, now = before+x.before, now+x.now
	}
	return before, now
}

// shares are those of a bucket in both samples, and in both together.
type shares struct{ before, now, both float64 }

// least returns the shares with each difference as small as it may be; those of both samples together stay.
func (b buckets) least() []shares {
	n, m := b.totals()
	out := make([]shares, len(b))
	for i, x := range b {
		both := (x.before + x.now) / (n + m)
		if x.off == 0 {
			out[i] = shares{x.before / n, x.now / m, both}
			continue
		}
		difference := x.now/m - x.before/n
		difference = math.Copysign(max(math.Abs(difference)-x.off, 0), difference)
		out[i] = shares{both - difference*m/(n+m), both + difference*n/(n+m), both}
	}
	return out
}

// smallestExpected is how many values a bucket must be expected to hold in either sample for the
// chi-square distribution to hold (Cochran 1954, "Some Methods for Strengthening the Common χ² Tests").
const smallestExpected = 5

// pooled joins the buckets in which too few values are expected, and those with the smallest bucket where
// they are still too few.
func (b buckets) pooled() buckets {
	n, m := b.totals()
	least := smallestExpected * (n + m) / min(n, m) // values of both samples
	var large buckets
	rest := bucket{name: "the rare values"}
	for _, x := range b {
		if x.before+x.now < least {
			rest = rest.joined(x)
		} else {
			large = append(large, x)
		}
	}
	if rest.before+rest.now == 0 {
		return large
	}
	if rest.before+rest.now < least && len(large) > 0 {
		smallest := 0
		for i, x := range large {
			if x.before+x.now <= large[smallest].before+large[smallest].now {
				smallest = i
			}
		}
		large[smallest] = large[smallest].joined(rest)
		return large
	}
	return append(large, rest)
}

func (b bucket) joined(other bucket) bucket {
	return bucket{
		name: b.name, before: b.before + other.before, now: b.now + other.now, off: b.off + other.off,
		roughBefore: b.roughBefore || other.roughBefore, roughNow: b.roughNow || other.roughNow, bounds: b.bounds,
	}
}

// changed is the bucket whose share changed most, and the shares.
type changed struct {
	bucket
	was, is toldShare
}

// most returns the bucket whose share changed most.
func (b buckets) most() changed {
	n, m := b.totals()
	var c changed
	largest := -1.0
	for _, x := range b {
		if d := math.Abs(x.now/m - x.before/n); d > largest {
			largest, c = d, changed{x, toldShare{x.before / n, x.roughBefore}, toldShare{x.now / m, x.roughNow}}
		}
	}
	return c
}

// told returns what a finding tells of the buckets: of the one that changed most.
func (b buckets) told() result {
	c := b.most()
	return result{
		baseline: c.was.share, current: c.is.share, bounds: c.bounds,
		sentence: fmt.Sprintf("the share of %s went %s", c.name, sharesFromTo(c.was, c.is)),
		discreet: "the share of one value, or of those of one range, went " + sharesFromTo(c.was, c.is),
	}
}

// bucketsOf divides a column: numbers into n parts at quantiles of the baseline, others by value.
func bucketsOf(n int, before, now Sample) (buckets, error) {
	if holdsNumbers(now.Runs[0].Column) {
		return numericBuckets(n, before, now)
	}
	return categoricalBuckets(before, now)
}

// categoricalBuckets are the values that both samples tell about, and all others together. Those that are
// too rare are pooled.
func categoricalBuckets(before, now Sample) (buckets, error) {
	was, ok := before.Categories()
	if !ok {
		return nil, fmt.Errorf("the baseline holds no top values of the column")
	}
	is, ok := now.Categories()
	if !ok {
		return nil, fmt.Errorf("the run holds no top values of the column")
	}
	var b buckets
	for _, pair := range Paired(was, is) {
		x := bucket{
			name: fmt.Sprintf("%q", pair.Value), before: pair.Before, now: pair.Now, off: was.Error + is.Error,
			roughBefore: was.Error > 0 || pair.RoughBefore, roughNow: is.Error > 0 || pair.RoughNow,
		}
		if pair.Other {
			x.name = "all other values"
		}
		b = append(b, x)
	}
	if b = b.pooled(); len(b) == 0 || len(b) == 1 && !(was.Complete && is.Complete) {
		return nil, fmt.Errorf("no value is frequent enough to be known of both runs")
	}
	return b, nil
}

// numericBuckets part the numbers at quantiles of the baseline. A number that holds the share of a bucket or
// more has one of its own.
func numericBuckets(n int, before, now Sample) (buckets, error) {
	a, b, err := distributionsOf(before, now)
	if err != nil {
		return nil, err
	}
	knots := a.Knots()
	var cuts []cut
	for i, at := 1, 0; i < n; i++ {
		for at < len(knots)-1 && a.UpTo(knots[at]).Likely < float64(i)/float64(n) {
			at++
		}
		x := knots[at]
		heavy := a.UpTo(x).Likely-a.Below(x).Likely >= 1/float64(n)
		if last := len(cuts) - 1; last >= 0 && cuts[last].at == x {
			continue
		}
		if heavy {
			cuts = append(cuts, cut{x, true})
		}
		cuts = append(cuts, cut{x, false})
	}
	text := func(c cut) string { return c.text(a, b, now.Runs[0].Column.Kind) }
	parted := buckets{}
	var was, is metrics.Share
	for i := 0; i <= len(cuts); i++ {
		nextWas, nextIs := metrics.Share{Least: 1, Likely: 1, Most: 1}, metrics.Share{Least: 1, Likely: 1, Most: 1}
		x := bucket{}
		if i < len(cuts) {
			nextWas, nextIs = a.upToCut(cuts[i]), b.upToCut(cuts[i])
			x.name, x.bounds = span(cuts[:i], cuts[i], text)
		} else {
			x.name, x.bounds = above(cuts[i-1], text)
		}
		x.before, x.roughBefore = (nextWas.Likely-was.Likely)*a.Count(), doubt(was)+doubt(nextWas) > 0
		x.now, x.roughNow = (nextIs.Likely-is.Likely)*b.Count(), doubt(is)+doubt(nextIs) > 0
		x.off = doubt(was) + doubt(is) + doubt(nextWas) + doubt(nextIs)
		if x.before > 0 || x.now > 0 {
			parted = append(parted, x)
		}
		was, is = nextWas, nextIs
	}
	return parted, nil
}

// doubt is how far a share may be from Likely.
func doubt(s metrics.Share) float64 { return max(s.Likely-s.Least, s.Most-s.Likely) }

// distributed reports whether the values of a column are compared by their shares.
func distributed(c *metrics.ColumnProfile) bool { return holdsNumbers(c) || categorical(c) }

// categorical reports whether a column's values are neither numbers nor points in time.
func categorical(c *metrics.ColumnProfile) bool {
	if c.Kind == "" || c.Kind == metrics.KindUnknown {
		return slices.Contains([]Family{Categorical, Boolean}, familyOf(c.Type))
	}
	return !c.Kind.Numeric() && !c.Kind.Temporal()
}
