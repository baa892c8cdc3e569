package metrics

import (
	"math"
	"slices"
)

// numbers accumulates values that words stand for: integers, floating-point numbers, booleans, points
// in time. While the distinct words fit the budget it counts each of them, and every metric is exact;
// then the counts flow into sketches, and so does all that follows.
type numbers struct {
	form   *form
	mixed  bool // a column in which whole and other numbers may meet
	size   sketchSize
	n      int64       // values, NaN included
	nan    int64       // which have no word
	counts *wordCounts // nil once there are sketches

	sketch   *numberSketch
	distinct distinctSketch
	frequent *frequent
}

func newNumbers(f *form, mixed bool, budget int) *numbers {
	return &numbers{form: f, mixed: mixed, size: sizeFor(budget), counts: newWordCounts(budget)}
}

// chunk is how many words are handed from loop to loop: few enough to stay in the nearest cache.
const chunk = 256

func (a *numbers) addInts(values []int64) {
	a.n += int64(len(values))
	var words [chunk]uint64
	for len(values) > 0 {
		part := values[:min(len(values), chunk)]
		for i, v := range part {
			words[i] = intWord(v)
		}
		if a.form.float { // whole numbers in a column that holds others too
			a.addWholes(words[:len(part)])
		} else {
			a.addWords(words[:len(part)])
		}
		values = values[len(part):]
	}
}

// addWholes accumulates the words of whole numbers, which it changes, as floating-point numbers. Wide ones are
// distinct although the nearest floating-point numbers are not, which only the distinct sketch can tell.
func (a *numbers) addWholes(words []uint64) {
	wide := slices.ContainsFunc(words, isWide)
	if wide {
		if a.counts != nil {
			a.toSketch()
		}
		for _, w := range words {
			a.distinct.InsertHash(hashWhole(w))
		}
	}
	for i, w := range words {
		words[i] = intToFloatWord(w)
	}
	if wide {
		a.sketchValues(words)
	} else {
		a.addWords(words)
	}
}

// isWide reports whether the whole number that a word stands for is no floating-point number.
func isWide(w uint64) bool {
	i := wordInt(w)
	f := float64(i)
	return f == -float64(math.MinInt64) || int64(f) != i
}

// hashWhole gives a whole number the hash of the equal floating-point number where there is one, so that
// 1 and 1.0 count as one value.
func hashWhole(w uint64) uint64 {
	if isWide(w) {
		return hashWord(w)
	}
	return hashWord(intToFloatWord(w))
}

func (a *numbers) addFloats(values []float64) {
	a.n += int64(len(values))
	var words [chunk]uint64
	for len(values) > 0 {
		part := values[:min(len(values), chunk)]
		n := 0
		for _, v := range part {
			if v != v {
				a.nan++
				continue
			}
			words[n] = floatWord(v)
			n++
		}
		a.addWords(words[:n])
		values = values[len(part):]
	}
}

func (a *numbers) addWords(words []uint64) {
	if a.counts != nil {
		words = a.counts.addAll(words)
		if len(words) == 0 {
			return
		}
		a.toSketch()
	}
	a.sketchWords(words)
}

// addWord counts a word n times more.
func (a *numbers) addWord(w uint64, n int64) {
	if a.counts != nil {
		if a.counts.add(w, n) {
			return
		}
		a.toSketch()
	}
	a.sketchWord(w, n)
}

// toSketch turns the counts into sketches.
func (a *numbers) toSketch() {
	counts := a.counts
	a.counts = nil
	a.sketch = newNumberSketch(a.size)
	a.distinct = newDistinctSketch(a.size.registers)
	a.frequent = newFrequent(a.size.frequent, 0)
	counts.each(a.sketchWord)
}

func (a *numbers) sketchWord(w uint64, n int64) {
	a.distinct.InsertHash(a.hash(w))
	a.frequent.add(w, n)
	a.sketch.add(w, n, a.form)
}

// sketchWords does as sketchWord does for each, but faster.
func (a *numbers) sketchWords(words []uint64) {
	for _, w := range words {
		a.distinct.InsertHash(a.hash(w))
	}
	a.sketchValues(words)
}

// sketchValues accumulates words whose hashes the distinct sketch has seen.
func (a *numbers) sketchValues(words []uint64) {
	for _, w := range words {
		a.frequent.add(w, 1)
	}
	a.sketch.addAll(words, a.form)
}

// hash returns what the distinct sketch knows a word of the accumulator's form by.
func (a *numbers) hash(w uint64) uint64 {
	if a.mixed && !a.form.float {
		return hashWhole(w)
	}
	return hashWord(w)
}

// toFloats turns an accumulator of whole numbers into one of floating-point numbers.
func (a *numbers) toFloats() {
	if a.form.float {
		return
	}
	if a.counts != nil && a.counts.contains(isWide) {
		a.toSketch()
	}
	a.form = floatForm
	if a.counts == nil {
		a.sketch.toFloats()
		a.frequent.mapKeys(intToFloatWord)
		return
	}
	whole := a.counts
	a.counts = &wordCounts{slots: make([]wordSlot, len(whole.slots)), limit: whole.limit}
	whole.each(func(w uint64, n int64) { a.counts.add(intToFloatWord(w), n) })
}

// merge accumulates what other, of the same form, holds; other must not be used afterwards.
func (a *numbers) merge(other *numbers) {
	a.n += other.n
	a.nan += other.nan
	if other.counts != nil {
		other.counts.each(a.addWord)
		return
	}
	if a.counts != nil {
		a.toSketch()
	}
	a.sketch.merge(other.sketch)
	a.distinct.merge(other.distinct)
	a.frequent.merge(other.frequent)
}

func (a *numbers) count() int64 { return a.n }

// bytes estimates the memory that the accumulator takes.
func (a *numbers) bytes() int {
	if a.counts != nil {
		return len(a.counts.slots) * wordSlotBytes
	}
	return a.size.bytes()
}

func (a *numbers) distinctCount() (int64, float64) {
	nan := min(a.nan, 1) // NaN is one distinct value, as PostgreSQL and pandas count it
	if a.counts == nil {
		return a.distinct.estimate() + nan, a.distinct.bound()
	}
	return int64(a.counts.used) + nan, 0
}

func (a *numbers) top(n int) ([]ValueCount, float64) {
	best := newRanking(n, func(x, y wordSlot) bool {
		return x.count > y.count || x.count == y.count && x.word < y.word
	})
	var bound float64
	if a.counts == nil {
		a.frequent.each(func(_, word uint64, n int64) { best.offer(wordSlot{word, n}) })
		bound = a.frequent.bound(a.n)
	} else {
		a.counts.each(func(w uint64, n int64) { best.offer(wordSlot{w, n}) })
	}
	var top []ValueCount
	for _, e := range best.items {
		top = append(top, ValueCount{a.form.value(e.word), e.count})
	}
	if a.nan > 0 {
		top = append(top, ValueCount{Float(math.NaN()), a.nan})
	}
	return top, bound
}

// within reports whether every value lies between low and high.
func (a *numbers) within(low, high int64) bool {
	if a.counts == nil {
		return false
	}
	return !a.counts.contains(func(w uint64) bool { return wordInt(w) < low || wordInt(w) > high })
}

// measure fills the metrics that depend on the values.
func (a *numbers) measure(m *measures) {
	if a.n == a.nan {
		m.nothing()
		m.set(NaNCount, Int(a.nan))
		return
	}
	m.set(NaNCount, Int(a.nan))
	if a.counts == nil {
		low, high := a.sketch.extremes(a.form)
		m.set(Min, a.form.value(low))
		m.set(Max, a.form.value(high))
		a.sketch.measure(m, a.form)
		return
	}
	entries := a.counts.sorted()
	m.set(Min, a.form.value(entries[0].word))
	m.set(Max, a.form.value(entries[len(entries)-1].word))
	exact := exactNumbers{value: func(i int) Value { return a.form.value(entries[i].word) }}
	var ints intSums
	var floats floatSums
	for _, e := range entries {
		number := a.form.number(e.word)
		exact.points = append(exact.points, point{number, e.count})
		switch {
		case !a.form.float:
			ints.add(wordInt(e.word), e.count)
		case !math.IsInf(number, 0):
			floats.add(number, e.count)
		}
	}
	if a.form.float {
		exact.measure(m, floats.spread())
	} else {
		exact.measure(m, ints.spread())
	}
}
