package metrics

import (
	"encoding/json"
	"fmt"
	"sort"
)

// Distribution tells how a column's finite numbers, or points in time in seconds since 1970-01-01 UTC, are
// spread: at each of its knots it is known how many of the values that were read lie below, and how many up
// to it. Between two knots it is only known that the number grows. It is small enough to be kept with every
// run, so that two runs can be compared by their distributions without their tables.
type Distribution struct {
	Knots []Knot // by rising value, from the least to the greatest that was kept

	// Complete says that every value is a knot, so that the distribution is known everywhere.
	Complete bool

	// RankError is by how much of all values, as a fraction, each count may be off: 0 for counts that
	// are exact, the error of the quantile sketch otherwise.
	RankError float64
}

// Knot is a point of a distribution.
type Knot struct {
	Value   float64
	Below   int64 // values that are less
	Through int64 // values that are less or equal
}

// mostKnots is how many knots a distribution has at most. Two neighbours that are not heavy values
// themselves have at most a 126th of all values between them.
const mostKnots = 128

// Count returns the number of values.
func (d *Distribution) Count() int64 {
	if d == nil || len(d.Knots) == 0 {
		return 0
	}
	return d.Knots[len(d.Knots)-1].Through
}

// Share is how much of something there is up to a number, or below it: between Least and Most, and Likely,
// which takes the values between two knots as spread evenly.
type Share struct{ Least, Likely, Most float64 }

// UpTo returns how many of the values are less than or equal to x.
func (d *Distribution) UpTo(x float64) Share {
	return d.share(x, func(k Knot) int64 { return k.Through })
}

// Below returns how many of the values are less than x.
func (d *Distribution) Below(x float64) Share {
	return d.share(x, func(k Knot) int64 { return k.Below })
}

// share returns how many values lie up to x, where count tells it of a knot at x.
func (d *Distribution) share(x float64, count func(Knot) int64) Share {
	i := sort.Search(len(d.Knots), func(i int) bool { return d.Knots[i].Value >= x }) // the first one from x on
	switch {
	case i == len(d.Knots):
		return d.about(d.Count())
	case d.Knots[i].Value == x:
		return d.about(count(d.Knots[i]))
	case i == 0:
		return d.about(0)
	}
	before, after := d.Knots[i-1], d.Knots[i]
	if d.Complete {
		return d.about(before.Through)
	}
	least, most := d.about(before.Through), d.about(after.Below)
	at := (x - before.Value) / (after.Value - before.Value)
	return Share{least.Least, least.Likely + at*(most.Likely-least.Likely), most.Most}
}

// about is a count with the error of all of them.
func (d *Distribution) about(count int64) Share {
	n := float64(d.Count())
	e := d.RankError * n
	return Share{max(float64(count)-e, 0), float64(count), min(float64(count)+e, n)}
}

// newDistribution returns the distribution of points, by rising number; those at infinities are left out.
func newDistribution(points []point, rankError float64) *Distribution {
	if points = joinEqual(finite(points)); len(points) == 0 {
		return nil
	}
	d := &Distribution{RankError: rankError, Complete: len(points) <= mostKnots && rankError == 0}
	if len(points) <= mostKnots {
		var through int64
		for _, p := range points {
			d.Knots = append(d.Knots, Knot{p.number, through, through + p.count})
			through += p.count
		}
		return d
	}
	var total int64
	for _, p := range points {
		total += p.count
	}
	var through int64
	taken := int64(0) // steps of the total whose knot is taken
	const steps = mostKnots - 2
	for i, p := range points {
		below := through
		through += p.count
		if step := int64(float64(through) / float64(total) * steps); i == 0 || i == len(points)-1 || step > taken {
			d.Knots = append(d.Knots, Knot{p.number, below, through})
			taken = step
		}
	}
	return d
}

// joinEqual joins neighbours of one number: exact decimals of many digits may be equal as numbers.
func joinEqual(points []point) []point {
	joined := make([]point, 0, len(points))
	for _, p := range points {
		if n := len(joined); n > 0 && joined[n-1].number == p.number {
			joined[n-1].count += p.count
			continue
		}
		joined = append(joined, p)
	}
	return joined
}

// storedDistribution is a distribution in its JSON form: lists are shorter than a list of objects.
type storedDistribution struct {
	Values    []float64 `json:"values"`
	Through   []int64   `json:"through"`
	Below     []int64   `json:"below,omitempty"` // left out where it follows from Through
	Complete  bool      `json:"complete,omitempty"`
	RankError float64   `json:"rank_error,omitempty"`
}

// MarshalJSON writes the values and the counts as lists.
func (d Distribution) MarshalJSON() ([]byte, error) {
	s := storedDistribution{Complete: d.Complete, RankError: d.RankError}
	follows, before := true, int64(0)
	for _, k := range d.Knots {
		follows = follows && k.Below == before
		before = k.Through
		s.Values, s.Through, s.Below = append(s.Values, k.Value), append(s.Through, k.Through), append(s.Below, k.Below)
	}
	if follows {
		s.Below = nil
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON writes, and fails for what is no distribution: one whose values or
// counts do not rise, or whose lists differ in length.
func (d *Distribution) UnmarshalJSON(data []byte) error {
	var s storedDistribution
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	n := len(s.Values)
	if len(s.Through) != n || s.Below != nil && len(s.Below) != n {
		return fmt.Errorf("distribution: lists of %d values and %d counts", n, len(s.Through))
	}
	*d = Distribution{Complete: s.Complete, RankError: s.RankError}
	var before Knot
	for i, v := range s.Values {
		k := Knot{v, before.Through, s.Through[i]}
		if s.Below != nil {
			k.Below = s.Below[i]
		}
		if i > 0 && k.Value <= before.Value || k.Below < before.Through || k.Through < k.Below {
			return fmt.Errorf("distribution: value %d of %d does not rise", i+1, n)
		}
		d.Knots = append(d.Knots, k)
		before = k
	}
	return nil
}
