package metrics

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestMomentsOfTwoHalvesMergeToThoseOfTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 2, 200).Draw(t, "values")
		cut := rapid.IntRange(0, len(values)).Draw(t, "cut")
		var whole, left, right Moments
		for i, v := range values {
			whole.Add(v, 1)
			if i < cut {
				left.Add(v, 1)
			} else {
				right.Add(v, 1)
			}
		}
		left.Merge(right)
		a, _ := whole.Mean()
		b, _ := left.Mean()
		if math.Abs(a-b) > 1e-12*1e6 {
			t.Fatalf("mean %v of the whole, %v merged", a, b)
		}
		a, _ = whole.StdDev()
		b, _ = left.StdDev()
		if math.Abs(a-b) > 1e-9*max(a, 1) {
			t.Fatalf("standard deviation %v of the whole, %v merged", a, b)
		}
	})
}

func TestAGridLosesNoValueInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e300, 1e300), 1, 100).Draw(t, "values")
		var g grid
		low, high := math.Inf(1), math.Inf(-1)
		for _, v := range values {
			g.add(v, 1)
			low, high = min(low, v), max(high, v)
		}
		bins, _ := g.bins(rapid.IntRange(1, 50).Draw(t, "bins"), low, high)
		var total int64
		for _, b := range bins {
			if b.Count < 0 {
				t.Fatalf("a bin of %d", b.Count)
			}
			total += b.Count
		}
		if total != int64(len(values)) {
			t.Fatalf("%d values in the bins, want %d", total, len(values))
		}
	})
}

func TestDecimalsAreOrderedExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		decimal := rapid.StringMatching(`-?[0-9]{1,25}(\.[0-9]{1,10})?`)
		a, b := decimal.Draw(t, "a"), decimal.Draw(t, "b")
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		if got := compareDecimals([]byte(a), []byte(b)); got != x.Cmp(y) {
			t.Fatalf("compareDecimals(%s, %s) = %d", a, b, got)
		}
	})
}

func TestAValueReadsBackFromItsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Float(rapid.Float64().Draw(t, "float"))
		x, _ := want.Float64()
		if y, _ := Parse(Mean, want.String()).Float64(); x != y {
			t.Fatalf("%v reads back as %v from %q", x, y, want.String())
		}
	})
}
