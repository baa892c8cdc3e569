package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestQuantilesStayWithinTheirBound sorts the stream for the truth. The bound is three standard errors;
// the seeds are fixed, so that a run says the same each time.
func TestQuantilesStayWithinTheirBound(t *testing.T) {
	for _, size := range []sketchSize{sizeFor(0), sizeFor(DefaultColumnBudget)} {
		for _, n := range []int{100, 50_000, 700_000} {
			for _, parts := range []int{1, 16} {
				random := rand.New(rand.NewPCG(uint64(n), uint64(parts)))
				words := make([]uint64, n)
				for i := range words {
					words[i] = floatWord(math.Exp(random.NormFloat64()))
				}
				sketch := newQuantileSketch(size.quantiles)
				for part := range parts {
					one := newQuantileSketch(size.quantiles)
					for chunk := range slices.Chunk(words[part*n/parts:(part+1)*n/parts], chunk) {
						one.addAll(chunk)
					}
					sketch.merge(one)
				}
				sorted := slices.Sorted(slices.Values(words))
				for i, word := range sketch.quantiles(QuantileProbabilities[:]) {
					at, found := slices.BinarySearch(sorted, word)
					if off := math.Abs(float64(at)/float64(n) - QuantileProbabilities[i]); !found || off > sketch.bound()+1/float64(n) {
						t.Errorf("capacity %d, %d words in %d parts: %s is off by %v of the ranks, bound %v", size.quantiles, n, parts, quantileName(i), off, sketch.bound())
					}
				}
			}
		}
	}
}

func TestAQuantileSketchHoldsTheWeightOfTheWholeStream(t *testing.T) {
	sketch := newQuantileSketch(256)
	random := rand.New(rand.NewPCG(1, 2))
	var want int64
	for range 5000 {
		n := random.Int64N(1<<random.IntN(12)) + 1
		sketch.add(random.Uint64(), n)
		sketch.addAll([]uint64{random.Uint64(), random.Uint64()})
		want += n + 2
	}
	got := int64(sketch.block.seen)
	for h, l := range sketch.levels {
		got += int64(len(l.items)) << h
	}
	if got != want {
		t.Errorf("%d words, want %d", got, want)
	}
}
