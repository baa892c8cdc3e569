package metrics

import (
	"math"

	"github.com/axiomhq/hyperloglog"
)

// sketchSize says how large the sketches of a column are, and so how exact.
type sketchSize struct {
	registers uint8 // of the distinct sketch, as a power of two
	quantiles int   // capacity of the quantile sketch's highest level
	cells     int   // of the grid
	frequent  int   // values of the frequent summary
}

// sizeFor returns the size of the sketches that goes with a budget. There are but two, so that tables
// that gained a column since still merge.
func sizeFor(budget int) sketchSize {
	if budget < 256<<10 {
		return sketchSize{registers: 12, quantiles: 256, cells: 1 << 10, frequent: 256}
	}
	return sketchSize{registers: 14, quantiles: 1024, cells: 1 << 14, frequent: 1024}
}

// bytes is about the memory that sketches of the size take: a byte a register, and 8 for each word of the quantile
// sketch, whose levels hold three times the highest one's, and cell of the grid; twice as much for frequent values.
func (s sketchSize) bytes() int { return 1<<s.registers + 8*(3*s.quantiles+s.cells) + 64*s.frequent }

// distinctSketch estimates how many distinct hashes it has seen.
type distinctSketch struct {
	*hyperloglog.Sketch
	registers uint8
}

func newDistinctSketch(registers uint8) distinctSketch {
	sketch, err := hyperloglog.NewSketch(registers, false)
	if err != nil {
		panic(err) // the precisions above are allowed
	}
	return distinctSketch{sketch, registers}
}

func (s distinctSketch) estimate() int64 { return int64(s.Estimate()) }

// bound is the relative error of an estimate: three times the standard error 1.04/√m of a HyperLogLog
// with m registers (Flajolet et al. 2007).
func (s distinctSketch) bound() float64 { return 3 * 1.04 / math.Sqrt(math.Exp2(float64(s.registers))) }

// merge accumulates what other has seen.
func (s distinctSketch) merge(other distinctSketch) {
	if err := s.Merge(other.Sketch); err != nil {
		panic(err) // only of another precision, which mergeable rules out
	}
}

// numberSketch sketches the words of a column whose values are too many to count each.
type numberSketch struct {
	finite           int64  // words that stand for no infinity
	low, high        uint64 // of them
	infinite         infinities
	zeros, negatives int64 // infinities left out
	quantiles        *quantileSketch
	grid             *grid
	ints             intSums // of whole numbers
	floats           floatSums
}

func newNumberSketch(size sketchSize) *numberSketch {
	return &numberSketch{low: math.MaxUint64, quantiles: newQuantileSketch(size.quantiles), grid: newGrid(size.cells)}
}

// add accumulates a word, seen n times.
func (s *numberSketch) add(w uint64, n int64, f *form) {
	s.quantiles.add(w, n)
	switch {
	case f.endless && w == f.lowest:
		s.infinite.negative += n
		return
	case f.endless && w == f.highest:
		s.infinite.positive += n
		return
	case w == zeroWord:
		s.zeros += n
	case w < zeroWord:
		s.negatives += n
	}
	s.finite += n
	s.low, s.high = min(s.low, w), max(s.high, w)
	if f.float {
		s.grid.addFloat(wordFloat(w), n)
		s.floats.add(wordFloat(w), n)
	} else {
		s.grid.addInt(wordInt(w), n)
		if f.numeric {
			s.ints.add(wordInt(w), n)
		}
	}
}

// addAll accumulates words as add does, but faster.
func (s *numberSketch) addAll(words []uint64, f *form) {
	low, high := uint64(math.MaxUint64), uint64(0)
	var zeros, negatives int64
	for _, w := range words {
		low, high = min(low, w), max(high, w)
		if w < zeroWord {
			negatives++
		} else if w == zeroWord {
			zeros++
		}
	}
	if f.endless && (low == f.lowest || high == f.highest) {
		for _, w := range words {
			s.add(w, 1, f)
		}
		return
	}
	s.finite += int64(len(words))
	s.low, s.high = min(s.low, low), max(s.high, high)
	s.zeros += zeros
	s.negatives += negatives
	s.quantiles.addAll(words)
	if f.float {
		s.grid.addFloats(words)
		for _, w := range words {
			s.floats.add(wordFloat(w), 1)
		}
		return
	}
	s.grid.addInts(words)
	if f.numeric {
		for _, w := range words {
			s.ints.add(wordInt(w), 1)
		}
	}
}

// merge accumulates what other holds.
func (s *numberSketch) merge(other *numberSketch) {
	s.finite += other.finite
	s.low, s.high = min(s.low, other.low), max(s.high, other.high)
	s.infinite.negative += other.infinite.negative
	s.infinite.positive += other.infinite.positive
	s.zeros += other.zeros
	s.negatives += other.negatives
	s.quantiles.merge(other.quantiles)
	s.grid.merge(other.grid)
	s.ints.merge(&other.ints)
	s.floats.merge(&other.floats)
}

// toFloats turns a sketch of whole numbers into one of floating-point numbers.
func (s *numberSketch) toFloats() {
	s.low, s.high = intToFloatWord(s.low), intToFloatWord(s.high)
	s.quantiles.mapWords(intToFloatWord)
	s.floats = s.ints.toFloats()
	s.ints = intSums{}
}

// measure fills the metrics that depend on the numbers, of which there is at least one.
func (s *numberSketch) measure(m *measures, f *form) {
	sums := s.ints.spread()
	if f.float {
		sums = s.floats.spread()
	}
	sums.measure(m, s.infinite, s.low == s.high)
	if m.wants(StdDev) && s.finite > 0 {
		m.profile.Kurtosis = sums.kurtosis(s.grid.middles(f.number(s.low), f.number(s.high), f.edges))
	}
	m.set(ZeroCount, Int(s.zeros))
	m.set(NegativeCount, Int(s.negatives+s.infinite.negative))
	if m.wants(Quantiles) {
		var set QuantileSet
		for i, w := range s.quantiles.quantiles(QuantileProbabilities[:]) {
			set[i] = f.value(w)
		}
		m.estimate(Quantiles, Structured(set), s.quantiles.bound())
	}
	m.set(Histogram, Value{})
	if s.finite > 0 && m.wants(Histogram) {
		bins, bound := s.grid.bins(m.settings.HistogramBins, f.number(s.low), f.number(s.high), f.edges)
		m.estimate(Histogram, Structured(bins), bound)
	}
	if m.wantsDistribution() {
		var points []point
		for _, item := range s.quantiles.sorted() {
			points = append(points, point{f.number(item.word), item.weight})
		}
		m.distribution(points, s.quantiles.bound())
	}
}

// extremes returns the least and the greatest word, infinities included; there is at least one.
func (s *numberSketch) extremes(f *form) (low, high uint64) {
	low, high = s.low, s.high
	if s.infinite.negative > 0 || s.finite == 0 {
		low = f.lowest
	}
	if s.infinite.positive > 0 || s.finite == 0 {
		high = f.highest
	}
	if s.finite == 0 && s.infinite.negative == 0 {
		low = f.highest
	}
	if s.finite == 0 && s.infinite.positive == 0 {
		high = f.lowest
	}
	return low, high
}
