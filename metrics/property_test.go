package metrics

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// scale is the size of the values that sums are rounded by.
func scale(values []float64) float64 {
	var most float64
	for _, v := range values {
		most = max(most, math.Abs(v))
	}
	return most
}

// smallest is what a deviation may be off by since squares below 1e-308 vanish.
const smallest = 1e-154

// truth computes mean and deviation with a thousand bits.
func truth(values []float64) (mean, deviation float64) {
	number := func(x float64) *big.Float { return new(big.Float).SetPrec(2000).SetFloat64(x) }
	sum, n := number(0), number(float64(len(values)))
	for _, v := range values {
		sum.Add(sum, number(v))
	}
	sum.Quo(sum, n)
	squares := number(0)
	for _, v := range values {
		d := number(v)
		d.Sub(d, sum)
		squares.Add(squares, d.Mul(d, d))
	}
	mean, _ = sum.Float64()
	squares.Quo(squares, number(float64(len(values)-1)))
	deviation, _ = squares.Sqrt(squares).Float64()
	return mean, deviation
}

func TestSumsOfTwoHalvesGiveTheMomentsOfTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		center := rapid.Float64Range(-1e9, 1e9).Draw(t, "center")
		values := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 {
			return center + rapid.Float64Range(-1, 1).Draw(t, "offset")
		}), 2, 200).Draw(t, "values")
		cut := rapid.IntRange(0, len(values)).Draw(t, "cut")
		var left, right floatSums
		for _, v := range values[:cut] {
			left.add(v, 1)
		}
		for _, v := range values[cut:] {
			right.add(v, 1)
		}
		left.merge(&right)
		mean, deviation := truth(values)
		got, _ := left.spread().mean().Float64()
		if math.Abs(got-mean) > 1e-15*scale(values) {
			t.Fatalf("mean %v, want %v", got, mean)
		}
		if got := left.spread().deviation(); math.Abs(got-deviation) > 1e-12*deviation+1e-15*scale(values)+smallest {
			t.Fatalf("standard deviation %v, want %v", got, deviation)
		}
	})
}

func TestSumsOfHugeNumbersDoNotOverflow(t *testing.T) {
	var s floatSums
	values := []float64{1, 1e200, 1e200, -1e307, 1e307}
	for _, v := range values {
		s.add(v, 1)
	}
	mean, deviation := truth(values)
	got, _ := s.spread().mean().Float64()
	if math.Abs(got-mean) > 1e-12*math.Abs(mean) || math.Abs(s.spread().deviation()/deviation-1) > 1e-12 {
		t.Errorf("mean %v and deviation %v, want %v and %v", got, s.spread().deviation(), mean, deviation)
	}
}

func TestEqualNumbersDoNotDeviate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-1e9, 1e9).Draw(t, "x")
		n := rapid.IntRange(2, 1000).Draw(t, "n")
		a := NewTableAccumulator([]Column{{Name: "c", Kind: KindFloat}}, DefaultSettings())
		if err := a.Add(&Batch{Rows: n, Vectors: []Vector{{Floats: slices.Repeat([]float64{x}, n)}}}); err != nil {
			t.Fatal(err)
		}
		for _, sketched := range []bool{false, true} {
			if sketched {
				a.columns[0].numbers.toSketch()
			}
			m := a.Profile().Columns[0].Metrics
			if mean, _ := m[Mean].Float64(); m[StdDev].String() != "0" || mean != x {
				t.Fatalf("sketched: %t: mean %s and deviation %s of %v", sketched, m[Mean], m[StdDev], x)
			}
		}
	})
}

func TestSumsOfWholeNumbersAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64(), 0, 50).Draw(t, "values")
		cut := rapid.IntRange(0, len(values)).Draw(t, "cut")
		sum, squares := new(big.Int), new(big.Int)
		var left, right intSums
		for i, v := range values {
			n := rapid.Int64Range(1, 1<<40).Draw(t, "times")
			x, times := big.NewInt(v), big.NewInt(n)
			sum.Add(sum, new(big.Int).Mul(x, times))
			squares.Add(squares, new(big.Int).Mul(new(big.Int).Mul(x, x), times))
			if i < cut {
				left.add(v, n)
			} else {
				right.add(v, n)
			}
		}
		left.merge(&right)
		got := left.spread()
		if got.sum.Cmp(new(big.Float).SetPrec(spreadBits).SetInt(sum)) != 0 || got.squares.Cmp(new(big.Float).SetPrec(spreadBits).SetInt(squares)) != 0 {
			t.Fatalf("sum %v and squares %v, want %v and %v", got.sum, got.squares, sum, squares)
		}
	})
}

func TestWordsOrderAsTheirValuesDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Float64().Draw(t, "a"), rapid.Float64().Draw(t, "b")
		if (a < b) != (floatWord(a) < floatWord(b)) || wordFloat(floatWord(a)) != a {
			t.Fatalf("words %x and %x of %v and %v", floatWord(a), floatWord(b), a, b)
		}
		i, j := rapid.Int64().Draw(t, "i"), rapid.Int64().Draw(t, "j")
		if (i < j) != (intWord(i) < intWord(j)) || wordInt(intWord(i)) != i {
			t.Fatalf("words %x and %x of %d and %d", intWord(i), intWord(j), i, j)
		}
	})
}

func TestAGridLosesNoValueInAnyOrderAndSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e300, 1e300), 1, 100).Draw(t, "values")
		cut := rapid.IntRange(0, len(values)).Draw(t, "cut")
		g, other := newGrid(1<<10), newGrid(1<<10)
		for i, v := range values {
			if i < cut {
				g.addFloats([]uint64{floatWord(v)})
			} else {
				other.addFloat(v, 1)
			}
		}
		g.merge(other)
		n := rapid.IntRange(1, 50).Draw(t, "bins")
		bins, bound := g.bins(n, slices.Min(values), slices.Max(values), floatForm.edges)
		exact := slices.Clone(bins)
		for b := range exact {
			exact[b].Count = 0
		}
		for _, v := range values {
			exact[binOf(exact, v)].Count++
		}
		var total int64
		for b := range bins {
			total += bins[b].Count
			if off := math.Abs(float64(bins[b].Count-exact[b].Count)) / float64(len(values)); off > bound {
				t.Fatalf("bin %d counts %d for %d, bound %v", b, bins[b].Count, exact[b].Count, bound)
			}
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
