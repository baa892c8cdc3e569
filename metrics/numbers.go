package metrics

import (
	"math"
	"slices"
)

// numbers accumulates 64-bit words that stand for ordered values: integers, floating-point numbers,
// booleans, points in time. While the distinct words fit the budget it counts each of them, and
// every metric is exact; then the counts flow into sketches, and so does all that follows.
type numbers struct {
	form   *form
	n      int64 // values, NaN included
	nan    int64
	counts *wordCounts // nil once there is a sketch
	sketch *numberSketch

	run      uint64 // the latest word, and how often in a row it has been seen but not yet counted
	runCount int64
}

func newNumbers(f *form, budget int) *numbers {
	return &numbers{form: f, counts: newWordCounts(budget)}
}

func (a *numbers) addInts(values []int64) {
	a.n += int64(len(values))
	for _, v := range values {
		a.addWord(uint64(v))
	}
}

func (a *numbers) addFloats(values []float64) {
	for _, v := range values {
		a.addFloat(v)
	}
}

func (a *numbers) addFloat(v float64) {
	a.n++
	switch {
	case v != v:
		a.nan++
	case v == 0:
		a.addWord(0) // negative zero equals zero
	default:
		a.addWord(math.Float64bits(v))
	}
}

func (a *numbers) addWord(w uint64) {
	if w == a.run {
		a.runCount++
		return
	}
	a.flushRun()
	a.run, a.runCount = w, 1
}

func (a *numbers) flushRun() {
	if a.runCount > 0 {
		a.addCount(a.run, a.runCount)
		a.runCount = 0
	}
}

func (a *numbers) addCount(w uint64, n int64) {
	if a.sketch == nil {
		if a.counts.add(w, n) {
			return
		}
		a.sketch = newNumberSketch(a.form)
		for _, s := range a.counts.entries() {
			a.sketch.add(s.word, s.count)
		}
		a.counts = nil
	}
	a.sketch.add(w, n)
}

// absorb adds the whole numbers that other counted to this accumulator of floating-point numbers.
func (a *numbers) absorb(other *numbers) {
	other.flushRun()
	a.n += other.n
	if other.sketch != nil {
		a.counts, a.sketch = nil, other.sketch
		a.sketch.toFloats()
		return
	}
	for _, s := range other.counts.entries() {
		a.addCount(floatWord(float64(int64(s.word))), s.count)
	}
}

func floatWord(x float64) uint64 {
	if x == 0 {
		return 0
	}
	return math.Float64bits(x)
}

func (a *numbers) count() int64 { return a.n }

func (a *numbers) distinct() (int64, float64) {
	a.flushRun()
	var nan int64 // NaN is one distinct value, as PostgreSQL and pandas count it
	if a.nan > 0 {
		nan = 1
	}
	if a.sketch != nil {
		return a.sketch.distinct.estimate() + nan, distinctError
	}
	return int64(a.counts.used) + nan, 0
}

func (a *numbers) top(n int) ([]ValueCount, float64) {
	a.flushRun()
	var entries []wordSlot
	var bound float64
	if a.sketch != nil {
		a.sketch.frequent.each(func(w uint64, n int64) { entries = append(entries, wordSlot{w, n}) })
		bound = a.sketch.frequent.bound(a.n)
	} else {
		entries = a.counts.entries()
	}
	slices.SortFunc(entries, func(x, y wordSlot) int {
		switch {
		case x.count != y.count:
			return int(max(min(y.count-x.count, 1), -1))
		case a.form.less(x.word, y.word):
			return -1
		}
		return 1
	})
	var top []ValueCount
	for _, e := range entries[:min(n, len(entries))] {
		top = append(top, ValueCount{a.form.value(e.word), e.count})
	}
	if a.nan > 0 {
		top = append(top, ValueCount{Float(math.NaN()), a.nan})
	}
	return top, bound
}

// within reports whether every value lies between low and high.
func (a *numbers) within(low, high int64) bool {
	a.flushRun()
	if a.sketch != nil {
		return false
	}
	for _, e := range a.counts.entries() {
		if int64(e.word) < low || int64(e.word) > high {
			return false
		}
	}
	return true
}

// measure fills the metrics that depend on the values.
func (a *numbers) measure(m *measures) {
	a.flushRun()
	m.set(NaNCount, Int(a.nan))
	if a.n == a.nan {
		nan := a.nan
		m.nothing()
		m.set(NaNCount, Int(nan))
		return
	}
	if a.sketch != nil {
		a.sketch.measure(m)
		return
	}
	entries := a.counts.entries()
	slices.SortFunc(entries, func(x, y wordSlot) int {
		if a.form.less(x.word, y.word) {
			return -1
		}
		return 1
	})
	m.set(Min, a.form.value(entries[0].word))
	m.set(Max, a.form.value(entries[len(entries)-1].word))
	points := make([]point, len(entries))
	for i, e := range entries {
		points[i] = point{a.form.number(e.word), e.count}
	}
	exact := exactNumbers{points: points, value: func(i int) Value { return a.form.value(entries[i].word) }}
	exact.measure(m)
}
