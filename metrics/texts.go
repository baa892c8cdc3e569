package metrics

import (
	"bytes"
	"cmp"
	"math"
	"slices"
)

// texts accumulates byte strings: texts, binaries, and the texts of decimals and of points in time.
// As numbers does, it counts every distinct string while they fit the budget, and then sketches.
type texts struct {
	form   *textForm
	size   sketchSize
	room   int // bytes of the texts that the frequent summary keeps
	n      int64
	counts *textCounts // nil once there are sketches
	read   []textCount // what the counts hold, once asked for

	sketch   *textSketch
	distinct distinctSketch
	frequent *frequent
	short    [8]byte // memory of the short text that is at hand
}

// leastRoom is for the frequent texts of a table of very many columns.
const leastRoom = 4 << 10

func newTexts(f *textForm, budget int) *texts {
	return &texts{form: f, size: sizeFor(budget), room: max(budget/4, leastRoom), counts: newTextCounts(budget)}
}

// add counts texts, runs of equal short ones at once.
func (a *texts) add(list *Strings) {
	a.n += int64(list.Len())
	a.read = nil
	var run uint64 // a packed text
	var times int64
	start := 0
	for _, end := range list.ends {
		s := list.data[start:end]
		start = end
		if len(s) > shortText {
			a.addLong(s, 1)
			continue
		}
		if word := pack(s); word != run || times == 0 {
			a.addShort(run, times)
			run, times = word, 0
		}
		times++
	}
	a.addShort(run, times)
}

func (a *texts) addShort(word uint64, n int64) {
	if n == 0 || a.counts != nil && a.counts.addShort(word, n) {
		return
	}
	if a.counts != nil {
		a.toSketch()
	}
	s := unpack(&a.short, word)
	a.sketchText(s, hashBytes(s), n)
}

func (a *texts) addLong(s []byte, n int64) {
	hash := hashBytes(s)
	if a.counts != nil {
		if a.counts.addLong(s, hash, n) {
			return
		}
		a.toSketch()
	}
	a.sketchText(s, hash, n)
}

func (a *texts) addText(s []byte, n int64) {
	if len(s) <= shortText {
		a.addShort(pack(s), n)
	} else {
		a.addLong(s, n)
	}
}

// toSketch turns the counts into sketches.
func (a *texts) toSketch() {
	counts := a.counts
	a.counts = nil
	a.sketch = newTextSketch(a.form, a.size)
	a.distinct = newDistinctSketch(a.size.registers)
	a.frequent = newFrequent(a.size.frequent, a.room)
	counts.each(func(s []byte, n int64) { a.sketchText(s, hashBytes(s), n) })
}

func (a *texts) sketchText(s []byte, hash uint64, n int64) {
	a.distinct.InsertHash(hash)
	a.frequent.addText(hash, s, n)
	a.sketch.add(s, n)
}

// merge accumulates what other, of the same form, holds; other must not be used afterwards.
func (a *texts) merge(other *texts) {
	a.n += other.n
	a.read = nil
	if other.counts != nil {
		other.counts.each(a.addText)
		return
	}
	if a.counts != nil {
		a.toSketch()
	}
	a.sketch.merge(other.sketch)
	a.distinct.merge(other.distinct)
	a.frequent.merge(other.frequent)
}

func (a *texts) count() int64 { return a.n }

// bytes estimates the memory that the accumulator takes.
func (a *texts) bytes() int {
	if a.counts != nil {
		return a.counts.bytes()
	}
	return a.size.bytes() + a.room
}

func (a *texts) distinctCount() (int64, float64) {
	if a.counts == nil {
		return a.distinct.estimate(), a.distinct.bound()
	}
	return int64(a.counts.distinct()), 0
}

// textCount is a text, the number of rows that hold it, and what it stands for.
type textCount struct {
	text   []byte
	count  int64
	number float64
	read   bool // as a number, NaN included
}

// read returns the text with what it stands for.
func (f *textForm) read(text []byte, n int64) textCount {
	t := textCount{text: text, count: n}
	if f.number != nil {
		t.number, t.read = f.number(text)
	}
	return t
}

// compare orders texts by what they stand for, those that stand for no number last.
func (f *textForm) compare(a, b textCount) int {
	x, y := a.isNumber(), b.isNumber()
	switch {
	case x && y && a.number != b.number:
		return cmp.Compare(a.number, b.number)
	case x && !y:
		return -1
	case y && !x:
		return 1
	case x && f.order != nil:
		return f.order(a.text, b.text)
	}
	return bytes.Compare(a.text, b.text)
}

func (t textCount) isNumber() bool { return t.read && !math.IsNaN(t.number) }

func (a *texts) top(n int) ([]ValueCount, float64) {
	best := newRanking(n, func(x, y textCount) bool {
		return x.count > y.count || x.count == y.count && a.form.compare(x, y) < 0
	})
	var bound float64
	if a.counts == nil {
		bound = a.frequent.bound(a.n)
		a.frequent.each(func(i, _ uint64, n int64) {
			if text, kept := a.frequent.text(i); kept {
				best.offer(a.form.read(text, n))
			} else { // too long a text, which is missing in the list
				bound = max(bound, ratio(n, a.n))
			}
		})
	} else {
		for _, t := range a.readings() {
			best.offer(t)
		}
	}
	var top []ValueCount
	for _, t := range best.items {
		top = append(top, ValueCount{a.form.value(t.text), t.count})
	}
	return top, bound
}

// readings returns every text with what it stands for, which is found out once for each.
func (a *texts) readings() []textCount {
	if a.read == nil {
		a.read = make([]textCount, 0, a.counts.distinct())
		a.counts.each(func(text []byte, n int64) { a.read = append(a.read, a.form.read(text, n)) })
	}
	return a.read
}

// toPlain lets the texts stand for nothing but themselves.
func (a *texts) toPlain() { a.form, a.read = plainTextForm, nil }

// readAll reports whether every text is a number, or a point in time, as the form reads it.
func (a *texts) readAll() bool {
	if a.form.number == nil {
		return false
	}
	if a.counts == nil {
		return a.sketch.unread == 0
	}
	return !slices.ContainsFunc(a.readings(), func(t textCount) bool { return !t.read })
}

// measure fills the metrics that depend on the values.
func (a *texts) measure(m *measures) {
	if a.counts == nil {
		a.sketch.measure(m, a.form)
		return
	}
	entries := a.readings()
	var lengths lengths
	var empty int64
	for _, t := range entries {
		lengths.add(a.form.length(t.text), t.count)
		if len(t.text) == 0 {
			empty += t.count
		}
	}
	lengths.measure(m)
	m.set(EmptyCount, Int(empty))
	if a.form.number != nil {
		a.measureNumbers(m, entries)
		return
	}
	low, high := entries[0].text, entries[0].text
	for _, t := range entries[1:] {
		if bytes.Compare(t.text, low) < 0 {
			low = t.text
		}
		if bytes.Compare(t.text, high) > 0 {
			high = t.text
		}
	}
	m.set(Min, a.form.value(low))
	m.set(Max, a.form.value(high))
}

// measureNumbers fills the metrics of texts that stand for numbers or points in time; NaN is apart.
func (a *texts) measureNumbers(m *measures, entries []textCount) {
	var nan int64
	var sums floatSums
	numbers := make([]textCount, 0, len(entries))
	for _, t := range entries {
		switch {
		case t.isNumber():
			numbers = append(numbers, t)
			if !math.IsInf(t.number, 0) {
				sums.add(t.number, t.count)
			}
		case t.read:
			nan += t.count
		}
	}
	if len(numbers) == 0 {
		m.nothing()
		m.set(NaNCount, Int(nan))
		return
	}
	m.set(NaNCount, Int(nan))
	slices.SortFunc(numbers, a.form.compare)
	exact := exactNumbers{value: func(i int) Value { return a.form.value(numbers[i].text) }}
	for _, t := range numbers {
		exact.points = append(exact.points, point{t.number, t.count})
	}
	m.set(Min, exact.value(0))
	m.set(Max, exact.value(len(numbers)-1))
	exact.measure(m, sums.spread())
}
