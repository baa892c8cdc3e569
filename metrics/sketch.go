package metrics

import (
	"math"
	"slices"

	"github.com/axiomhq/hyperloglog"
	"github.com/caio/go-tdigest/v4"
)

// distinctError bounds the relative error of an estimated distinct count: three times the standard
// error 1.04/√m of a HyperLogLog with m = 2^14 registers (Flajolet et al. 2007).
const distinctError = 3 * 1.04 / 128

// distinctSketch estimates how many distinct hashes it has seen.
type distinctSketch struct{ hll *hyperloglog.Sketch }

func newDistinctSketch() distinctSketch { return distinctSketch{hyperloglog.NewNoSparse()} }

func (s distinctSketch) add(hash uint64) { s.hll.InsertHash(hash) }
func (s distinctSketch) estimate() int64 { return int64(s.hll.Estimate()) }

// quantileError bounds the error of an estimated quantile's rank, as a fraction of the rows.
const quantileError = 0.005

// quantileSketch estimates quantiles with a t-digest (Dunning and Ertl 2019).
type quantileSketch struct{ digest *tdigest.TDigest }

func newQuantileSketch() quantileSketch {
	// The seed is fixed: the same stream gives the same digest. New fails only for bad options.
	digest, err := tdigest.New(tdigest.Compression(400), tdigest.LocalRandomNumberGenerator(1))
	if err != nil {
		panic(err)
	}
	return quantileSketch{digest}
}

func (s quantileSketch) add(x float64, n int64) {
	if err := s.digest.AddWeighted(x, uint64(n)); err != nil {
		panic(err) // only a NaN, an infinity or a weight of 0, which the callers leave out
	}
}

// numbersOnly sketches the finite numbers of a column whose values are too many to count each.
type numbersOnly struct {
	infinities       momentsWithInfinities
	zeros, negatives int64
	low, high        float64
	finite           int64
	quantiles        quantileSketch
	grid             grid
}

func newNumbersOnly() *numbersOnly {
	return &numbersOnly{low: math.Inf(1), high: math.Inf(-1), quantiles: newQuantileSketch()}
}

func (s *numbersOnly) add(x float64, n int64) {
	s.infinities.add(x, n)
	switch {
	case x == 0:
		s.zeros += n
	case x < 0:
		s.negatives += n
	}
	if math.IsInf(x, 0) {
		return
	}
	s.finite += n
	s.low, s.high = min(s.low, x), max(s.high, x)
	s.quantiles.add(x, n)
	s.grid.add(x, n)
}

// measure fills the metrics that depend on the numbers; near turns a number of a sketch into a value.
func (s *numbersOnly) measure(m *measures, near func(float64) Value) {
	s.infinities.measure(m)
	m.set(ZeroCount, Int(s.zeros))
	m.set(NegativeCount, Int(s.negatives))
	var set QuantileSet
	for i, p := range QuantileProbabilities {
		set[i] = near(s.quantile(p))
	}
	m.estimate(Quantiles, Structured(set), quantileError)
	if s.finite == 0 {
		m.set(Histogram, Value{})
		return
	}
	if m.wants(Histogram) {
		bins, bound := s.grid.bins(m.settings.HistogramBins, s.low, s.high)
		m.estimate(Histogram, Structured(bins), bound)
	}
}

// quantile estimates the quantile at p among all numbers: the digest holds the finite ones, and the
// infinities stand before and after them.
func (s *numbersOnly) quantile(p float64) float64 {
	below, above := float64(s.infinities.negative), float64(s.infinities.positive)
	finite := float64(s.finite)
	switch rank := p * (below + finite + above); {
	case rank <= below:
		return math.Inf(-1)
	case rank > below+finite:
		return math.Inf(1)
	default:
		return min(max(s.quantiles.digest.Quantile((rank-below)/finite), s.low), s.high)
	}
}

// numberSketch is what a numbers accumulator turns into beyond its budget.
type numberSketch struct {
	form     *form
	low      uint64
	high     uint64
	any      bool
	distinct distinctSketch
	numbers  *numbersOnly
	frequent *frequent[uint64]
}

func newNumberSketch(f *form) *numberSketch {
	return &numberSketch{form: f, distinct: newDistinctSketch(), numbers: newNumbersOnly(), frequent: newFrequent[uint64]()}
}

func (s *numberSketch) add(w uint64, n int64) {
	if !s.any || s.form.less(w, s.low) {
		s.low = w
	}
	if !s.any || s.form.less(s.high, w) {
		s.high = w
	}
	s.any = true
	s.distinct.add(s.hash(w))
	s.numbers.add(s.form.number(w), n)
	s.frequent.add(w, n)
}

// hash gives a whole number the hash of the equal floating-point number where there is one, so that
// a column of SQLite that holds 1 and 1.0 counts one value.
func (s *numberSketch) hash(w uint64) uint64 {
	if s.form == integerForm {
		if f := float64(int64(w)); int64(f) == int64(w) {
			return hashWord(floatWord(f))
		}
	}
	return hashWord(w)
}

// toFloats turns a sketch of whole numbers into one of floating-point numbers.
func (s *numberSketch) toFloats() {
	s.form = floatForm
	s.low, s.high = floatWord(float64(int64(s.low))), floatWord(float64(int64(s.high)))
	whole := s.frequent
	s.frequent = newFrequent[uint64]()
	s.frequent.offset = whole.offset
	for w, n := range whole.counts {
		s.frequent.add(floatWord(float64(int64(w))), n)
	}
}

func (s *numberSketch) measure(m *measures) {
	m.set(Min, s.form.value(s.low))
	m.set(Max, s.form.value(s.high))
	s.numbers.measure(m, s.form.near)
}

// frequentItems bounds the items that a frequent summary keeps.
const frequentItems = 4096

// frequent keeps the most frequent items of a stream: counters that, when there are too many, are
// all lowered by their median (Anderson et al. 2017, "A High-Performance Algorithm for Identifying
// Frequent Items in Data Streams"). A count is too low by at most the sum of what was taken off.
type frequent[K comparable] struct {
	counts map[K]int64
	offset int64
}

func newFrequent[K comparable]() *frequent[K] {
	return &frequent[K]{counts: make(map[K]int64, frequentItems)}
}

func (f *frequent[K]) add(item K, n int64) {
	f.counts[item] += n
	if len(f.counts) > frequentItems {
		f.purge()
	}
}

func (f *frequent[K]) purge() {
	counts := make([]int64, 0, len(f.counts))
	for _, n := range f.counts {
		counts = append(counts, n)
	}
	slices.Sort(counts)
	median := counts[len(counts)/2]
	f.offset += median
	for item, n := range f.counts {
		if n <= median {
			delete(f.counts, item)
		} else {
			f.counts[item] = n - median
		}
	}
}

// bound returns the largest error of a count as a fraction of n rows.
func (f *frequent[K]) bound(n int64) float64 { return ratio(f.offset, n) }

// each visits the items that are surely more frequent than any that was dropped, which had at most
// what was taken off: none where all are about equally rare. Each comes with its counter plus half of
// what was taken off every counter, the middle of what its count may be.
func (f *frequent[K]) each(visit func(item K, count int64)) {
	for item, n := range f.counts {
		if f.offset == 0 || n > f.offset {
			visit(item, n+f.offset/2)
		}
	}
}
