package metrics

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// quantileSketch estimates quantiles of a stream of words: a KLL sketch (Karnin, Lang and Liberty
// 2016, "Optimal Quantile Approximation in Streams"). An item of level h stands for 2^h words. A level
// that is full is sorted, and every other item of it, the first or the second of each pair by the toss
// of a coin, moves one level up. In a long stream the lowest levels give way to a sampler, which takes
// one word of each block at random. The coin is a generator with a fixed seed: the same stream gives
// the same sketch. An estimate is always a value of the stream.
type quantileSketch struct {
	k          int // capacity of the highest level, which sets the error
	levels     []level
	capacities []int // of the levels
	size       int   // items of all levels
	capacity   int   // of all levels
	block      block
	coin       uint64
}

type level struct {
	items  []uint64
	sorted bool
}

// block is the part of the stream from which the sampler takes one word.
type block struct {
	rate   int    // it is 2^rate words long
	seen   int    // words so far
	chosen int    // which word is taken
	word   uint64 // the chosen one, or the latest before it
}

const (
	levelShrink  = 2.0 / 3.0 // capacity of a level, as a share of that of the level above
	levelMinimum = 16        // items that a level holds at least
	levelsKept   = 9         // levels above the sampler
)

func newQuantileSketch(k int) *quantileSketch {
	s := &quantileSketch{k: k, coin: 0x9e3779b97f4a7c15}
	s.grow(1)
	return s
}

// bound is what the rank of an estimate may be off by, as a fraction of all words: three standard errors.
// The sampler's is at most ½·√(2^rate/n), where 2^rate/n is about 3/(512·k); that of the levels, in
// simulations of up to 10 million words, a half of it.
func (s *quantileSketch) bound() float64 { return 4 / float64(s.k) }

// toss returns random bits: xorshift64 (Marsaglia 2003).
func (s *quantileSketch) toss() uint64 {
	s.coin ^= s.coin << 13
	s.coin ^= s.coin >> 7
	s.coin ^= s.coin << 17
	return s.coin
}

// grow makes room for n levels.
func (s *quantileSketch) grow(n int) {
	for len(s.levels) < n {
		s.levels = append(s.levels, level{})
	}
	s.capacities = make([]int, len(s.levels))
	s.capacity = 0
	share := float64(s.k)
	for h := len(s.levels) - 1; h >= 0; h-- {
		s.capacities[h] = max(int(math.Ceil(share)), levelMinimum)
		s.capacity += s.capacities[h]
		share *= levelShrink
	}
}

// addAll accumulates words.
func (s *quantileSketch) addAll(words []uint64) {
	for len(words) > 0 {
		if s.block.rate > 0 {
			words = s.sample(words)
			continue
		}
		n := min(len(words), s.capacity-s.size)
		bottom := &s.levels[0]
		bottom.items = append(bottom.items, words[:n]...)
		bottom.sorted = false
		s.size += n
		words = words[n:]
		s.compress()
	}
}

// sample takes words to the end of the block and returns the rest.
func (s *quantileSketch) sample(words []uint64) []uint64 {
	b := &s.block
	n := min(len(words), 1<<b.rate-b.seen)
	if b.seen <= b.chosen {
		b.word = words[min(b.chosen-b.seen, n-1)]
	}
	b.seen += n
	if b.seen == 1<<b.rate {
		rate, word := b.rate, b.word
		s.startBlock()
		s.put(rate, word)
	}
	return words[n:]
}

// startBlock begins a block, whose length grows with the number of levels.
func (s *quantileSketch) startBlock() {
	rate := max(len(s.levels)-levelsKept, 0)
	s.block = block{rate: rate, chosen: int(s.toss() >> 32 & (1<<rate - 1))}
}

// add accumulates a word, seen n times.
func (s *quantileSketch) add(word uint64, n int64) {
	for n>>(len(s.levels)-1) > 0 {
		top := len(s.levels) - 1
		s.put(top, word)
		n -= 1 << top
	}
	for ; n > 0; n &= n - 1 {
		s.put(bits.TrailingZeros64(uint64(n)), word)
	}
}

func (s *quantileSketch) put(h int, word uint64) {
	l := &s.levels[h]
	l.sorted = len(l.items) == 0 || l.sorted && l.items[len(l.items)-1] <= word
	l.items = append(l.items, word)
	s.size++
	s.compress()
}

// compress halves the lowest full levels until there is room.
func (s *quantileSketch) compress() {
	for s.size >= s.capacity {
		for h := range s.levels {
			if len(s.levels[h].items) >= s.capacities[h] {
				s.halve(h)
				break
			}
		}
	}
}

func (s *quantileSketch) halve(h int) {
	if h == len(s.levels)-1 {
		s.grow(h + 2)
		if s.block.rate == 0 {
			s.startBlock()
		}
	}
	l, above := &s.levels[h], &s.levels[h+1]
	if !l.sorted {
		slices.Sort(l.items)
	}
	kept := len(l.items) % 2 // the least one of an odd number stays
	half := l.items[kept:]
	first := int(s.toss() >> 63)
	for i := first; i < len(half); i += 2 {
		half[i/2] = half[i]
	}
	half = half[:len(half)/2]
	if above.sorted = above.sorted || len(above.items) == 0; above.sorted {
		above.items = mergeSorted(above.items, half)
	} else {
		above.items = append(above.items, half...)
	}
	l.items, l.sorted = l.items[:kept], true
	s.size -= len(half)
}

// mergeSorted merges b into a, both of which are sorted.
func mergeSorted(a, b []uint64) []uint64 {
	i, j := len(a)-1, len(b)-1
	a = append(a, b...)
	for at := len(a) - 1; j >= 0; at-- {
		if i >= 0 && a[i] > b[j] {
			a[at] = a[i]
			i--
		} else {
			a[at] = b[j]
			j--
		}
	}
	return a
}

// merge accumulates what other holds, and leaves other as it is.
func (s *quantileSketch) merge(other *quantileSketch) {
	if len(other.levels) > len(s.levels) {
		s.grow(len(other.levels))
	}
	for h, l := range other.levels {
		mine := &s.levels[h]
		mine.items = append(mine.items, l.items...)
		mine.sorted = false
		s.size += len(l.items)
	}
	s.compress()
	s.add(other.block.word, int64(other.block.seen))
}

// weightedWord is a word that stands for as many words of the stream.
type weightedWord struct {
	word   uint64
	weight int64
}

// sorted returns the words that are kept, by rising word.
func (s *quantileSketch) sorted() []weightedWord {
	items := make([]weightedWord, 0, s.size+1)
	for h, l := range s.levels {
		for _, word := range l.items {
			items = append(items, weightedWord{word, 1 << h})
		}
	}
	if s.block.seen > 0 {
		items = append(items, weightedWord{s.block.word, int64(s.block.seen)})
	}
	slices.SortFunc(items, func(a, b weightedWord) int { return cmp.Compare(a.word, b.word) })
	return items
}

// quantiles returns, for each probability in rising order, the least word whose rank is at least that
// share of all words; there is at least one.
func (s *quantileSketch) quantiles(probabilities []float64) []uint64 {
	items := s.sorted()
	var total int64
	for _, item := range items {
		total += item.weight
	}
	words := make([]uint64, len(probabilities))
	i, upTo := 0, items[0].weight
	for q, p := range probabilities {
		rank := max(int64(math.Ceil(p*float64(total))), 1)
		for upTo < rank && i < len(items)-1 {
			i++
			upTo += items[i].weight
		}
		words[q] = items[i].word
	}
	return words
}

// mapWords replaces each word by another; the order of words stays.
func (s *quantileSketch) mapWords(to func(uint64) uint64) {
	for _, l := range s.levels {
		for i, word := range l.items {
			l.items[i] = to(word)
		}
	}
	s.block.word = to(s.block.word)
}
