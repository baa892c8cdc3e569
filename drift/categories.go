package drift

import (
	"cmp"
	"slices"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// Categories are the most frequent values of a column.
type Categories struct {
	Listed   map[string]float64 // rows that hold each, of those that were read
	Rest     float64            // rows that hold another value
	Complete bool               // there is no other value
	Rarest   float64            // rows that hold a value that is not listed, at most
	Error    float64            // by how much of all values a count may be off
}

// Categories returns the most frequent values of the column, and false where none were measured. Of several
// runs those are listed that every run tells about.
func (s Sample) Categories() (Categories, bool) {
	all := Categories{Listed: map[string]float64{}, Complete: true}
	var each []Categories
	for _, r := range s.Runs {
		c, ok := r.categories()
		if !ok {
			return all, false
		}
		each = append(each, c)
		all.Complete = all.Complete && c.Complete
		all.Rarest += c.Rarest
		all.Error = max(all.Error, c.Error)
	}
	for i, c := range each {
		for value, n := range c.Listed {
			if known := !slices.ContainsFunc(each, func(o Categories) bool { _, ok := o.of(value); return !ok }); known {
				all.Listed[value] += n
			} else {
				each[i].Rest += n
			}
		}
		all.Rest += each[i].Rest
	}
	return all, len(each) > 0
}

func (r SampleRun) categories() (Categories, bool) {
	values, ok := r.Column.Metrics[metrics.TopValues].ValueCounts()
	if !ok {
		return Categories{}, false
	}
	c := Categories{Listed: map[string]float64{}}
	var listed float64
	for _, v := range values {
		n := r.read(float64(v.Count))
		c.Listed[v.Value.String()] += n
		listed += n
	}
	nulls, _ := (Sample{Runs: []SampleRun{r}}).Nulls()
	c.Rest = max(float64(r.RowsRead)-nulls-listed, 0)
	c.Error = r.errorOfCounts(metrics.TopValues) * float64(r.RowsRead) / max(listed+c.Rest, 1)
	c.Complete = c.Rest == 0 && c.Error == 0
	if c.Rest > 0 {
		c.Rarest = c.Rest
		for _, n := range c.Listed {
			c.Rarest = min(c.Rarest, n+c.Error*(listed+c.Rest))
		}
	}
	return c, true
}

// of returns how many rows hold the value, and false where that is not known.
func (c Categories) of(value string) (float64, bool) {
	n, listed := c.Listed[value]
	return n, listed || c.Complete
}

// Pair is the number of rows that hold a value in two samples.
type Pair struct {
	Value       string
	Before, Now float64
	Other       bool // every other value, whatever it is

	RoughBefore, RoughNow bool // the rows are not those counted, but the most that there may be
}

// Paired lists how many rows of each sample hold each value that is known of both, by falling number, and last,
// where there are any, all other values together. Where one sample lists a value and the other does not, it
// counts there as the rarest that is listed, which is the most that it can be, if even that is a change; else
// it is one of the others.
func Paired(before, now Categories) []Pair {
	var pairs []Pair
	rest := Pair{Other: true, Before: before.Rest, Now: now.Rest}
	for _, value := range before.top(len(before.Listed)) {
		if b, n, ok := settle(value, before, now, &rest.Before, &rest.Now); ok {
			_, known := now.of(value)
			pairs = append(pairs, Pair{Value: value, Before: b, Now: n, RoughNow: !known})
		}
	}
	for _, value := range now.top(len(now.Listed)) {
		if _, listed := before.Listed[value]; listed {
			continue
		}
		if n, b, ok := settle(value, now, before, &rest.Now, &rest.Before); ok {
			_, known := before.of(value)
			pairs = append(pairs, Pair{Value: value, Before: b, Now: n, RoughBefore: !known})
		}
	}
	slices.SortFunc(pairs, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(b.Before+b.Now, a.Before+a.Now), cmp.Compare(a.Value, b.Value))
	})
	rest.RoughBefore = slices.ContainsFunc(pairs, func(p Pair) bool { return p.RoughBefore })
	rest.RoughNow = slices.ContainsFunc(pairs, func(p Pair) bool { return p.RoughNow })
	if rest.Before+rest.Now > 0 {
		pairs = append(pairs, rest)
	}
	return pairs
}

// settle returns how many rows of both samples hold a value that one of them lists. Where the other does not
// tell, they are taken from its others; where that is no change, those of the one join its others instead, and
// settle returns false.
func settle(value string, listing, other Categories, listingRest, otherRest *float64) (inListing, inOther float64, ok bool) {
	inListing = listing.Listed[value]
	inOther, known := other.of(value)
	if known {
		return inListing, inOther, true
	}
	inOther = other.Rarest
	if inOther/other.total() >= inListing/listing.total() || inOther > *otherRest {
		*listingRest += inListing
		return 0, 0, false
	}
	*otherRest -= inOther
	return inListing, inOther, true
}

// total is the number of values.
func (c Categories) total() float64 {
	n := c.Rest
	for _, k := range c.Listed {
		n += k
	}
	return n
}
