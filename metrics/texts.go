package metrics

import (
	"bytes"
	"cmp"
	"math"
	"slices"
)

// texts accumulates byte strings: texts, binaries, and the texts of decimals and of points in time.
// As numbers do, it counts every distinct string while they fit the budget, and then sketches.
type texts struct {
	form   *textForm
	n      int64
	unread int64 // texts that form.number did not take for a number
	counts *stringCounts
	sketch *textSketch
}

func newTexts(f *textForm, budget int) *texts {
	return &texts{form: f, counts: newStringCounts(budget)}
}

func (a *texts) add(list *Strings) {
	a.n += int64(list.Len())
	var previous []byte
	var run int64
	for i := range list.Len() {
		s := list.At(i)
		if run > 0 && bytes.Equal(s, previous) {
			run++
			continue
		}
		if run > 0 {
			a.addCount(previous, run)
		}
		previous, run = s, 1
	}
	a.addCount(previous, run)
}

func (a *texts) addCount(s []byte, n int64) {
	hash := hashBytes(s)
	if a.sketch == nil {
		if a.counts.add(s, hash, n) {
			return
		}
		a.sketch = newTextSketch(a.form)
		for _, slot := range a.counts.entries() {
			a.unread += a.sketch.add(a.counts.text(slot), slot.hash, slot.count)
		}
		a.counts = nil
	}
	a.unread += a.sketch.add(s, hash, n)
}

func (a *texts) count() int64 { return a.n }

func (a *texts) distinct() (int64, float64) {
	if a.sketch != nil {
		return a.sketch.distinct.estimate(), distinctError
	}
	return int64(a.counts.used), 0
}

func (a *texts) top(n int) ([]ValueCount, float64) {
	type entry struct {
		text   []byte
		count  int64
		number float64 // what the text stands for; a NaN comes last
	}
	var entries []entry
	add := func(text []byte, count int64) {
		e := entry{text: text, count: count}
		if a.form.number != nil {
			if x, ok := a.form.number(text); ok && !math.IsNaN(x) {
				e.number = x
			} else {
				e.number = math.Inf(1)
			}
		}
		entries = append(entries, e)
	}
	var bound float64
	if a.sketch != nil {
		a.sketch.frequent.each(func(item string, count int64) { add([]byte(item), count) })
		bound = a.sketch.frequent.bound(a.n)
	} else {
		for _, s := range a.counts.entries() {
			add(a.counts.text(s), s.count)
		}
	}
	slices.SortFunc(entries, func(x, y entry) int {
		if x.count != y.count {
			return cmp.Compare(y.count, x.count)
		}
		if x.number != y.number {
			return cmp.Compare(x.number, y.number)
		}
		return a.form.compare(x.text, y.text)
	})
	var top []ValueCount
	for _, e := range entries[:min(n, len(entries))] {
		top = append(top, ValueCount{a.form.value(e.text), e.count})
	}
	return top, bound
}

// readAll reports whether every text is a number, or a point in time, as the form reads it.
func (a *texts) readAll() bool {
	if a.form.number == nil {
		return false
	}
	if a.sketch != nil {
		return a.unread == 0
	}
	for _, s := range a.counts.entries() {
		if _, ok := a.form.number(a.counts.text(s)); !ok {
			return false
		}
	}
	return true
}

func (a *texts) measure(m *measures) {
	if a.sketch != nil {
		a.sketch.measure(m)
		return
	}
	entries := a.counts.entries()
	var lengths lengths
	var empty int64
	for _, s := range entries {
		lengths.add(a.form.length(a.counts.text(s)), s.count)
		if s.len == 0 {
			empty += s.count
		}
	}
	lengths.measure(m)
	m.set(EmptyCount, Int(empty))
	if a.form.number != nil && m.kind != KindText {
		a.measureNumbers(m, entries)
		return
	}
	low, high := a.counts.text(entries[0]), a.counts.text(entries[0])
	for _, s := range entries[1:] {
		text := a.counts.text(s)
		if bytes.Compare(text, low) < 0 {
			low = text
		}
		if bytes.Compare(text, high) > 0 {
			high = text
		}
	}
	m.set(Min, a.form.value(low))
	m.set(Max, a.form.value(high))
}

// measureNumbers fills the metrics of texts that stand for numbers or points in time; NaN is apart.
func (a *texts) measureNumbers(m *measures, entries []stringSlot) {
	type number struct {
		point
		text []byte
	}
	numbers := make([]number, 0, len(entries))
	var nan int64
	for _, s := range entries {
		text := a.counts.text(s)
		switch x, ok := a.form.number(text); {
		case !ok: // the column's kind says there is none
		case math.IsNaN(x):
			nan += s.count
		default:
			numbers = append(numbers, number{point{x, s.count}, text})
		}
	}
	if len(numbers) == 0 {
		m.nothing()
		m.set(NaNCount, Int(nan))
		return
	}
	m.set(NaNCount, Int(nan))
	slices.SortFunc(numbers, func(x, y number) int {
		switch {
		case x.number < y.number:
			return -1
		case x.number > y.number:
			return 1
		}
		return a.form.compare(x.text, y.text)
	})
	exact := exactNumbers{value: func(i int) Value { return a.form.value(numbers[i].text) }}
	for _, n := range numbers {
		exact.points = append(exact.points, n.point)
	}
	m.set(Min, exact.value(0))
	m.set(Max, exact.value(len(numbers)-1))
	exact.measure(m)
}

// lengths accumulates the lengths of strings.
type lengths struct {
	n, sum    int64
	low, high int
}

func (l *lengths) add(length int, n int64) {
	if l.n == 0 || length < l.low {
		l.low = length
	}
	l.high = max(l.high, length)
	l.sum += int64(length) * n
	l.n += n
}

func (l *lengths) measure(m *measures) {
	m.set(MinLength, Int(int64(l.low)))
	m.set(MaxLength, Int(int64(l.high)))
	m.set(AvgLength, Float(float64(l.sum)/float64(l.n)))
}

// textSketch is what a texts accumulator turns into beyond its budget.
type textSketch struct {
	form      *textForm
	low, high []byte
	any       bool
	empty     int64
	nan       int64
	lengths   lengths
	distinct  distinctSketch
	frequent  *frequent[string]
	numbers   *numbersOnly // nil where texts are no numbers
}

func newTextSketch(f *textForm) *textSketch {
	s := &textSketch{form: f, distinct: newDistinctSketch(), frequent: newFrequent[string]()}
	if f.number != nil {
		s.numbers = newNumbersOnly()
	}
	return s
}

// add returns how many of the n texts were not read as a number, though the form asks for numbers.
func (s *textSketch) add(text []byte, hash uint64, n int64) (unread int64) {
	s.distinct.add(hash)
	s.frequent.add(string(text), n)
	s.lengths.add(s.form.length(text), n)
	if len(text) == 0 {
		s.empty += n
	}
	if s.numbers != nil {
		switch x, ok := s.form.number(text); {
		case !ok:
			unread = n
		case math.IsNaN(x):
			s.nan += n
			return 0 // neither the least nor the greatest
		default:
			s.numbers.add(x, n)
		}
	}
	if !s.any || s.less(text, s.low) {
		s.low = append(s.low[:0], text...)
	}
	if !s.any || s.less(s.high, text) {
		s.high = append(s.high[:0], text...)
	}
	s.any = true
	return unread
}

// less orders texts as numbers where they are such, else as bytes.
func (s *textSketch) less(a, b []byte) bool {
	if s.form.number != nil {
		x, xok := s.form.number(a)
		y, yok := s.form.number(b)
		if xok && yok && x != y {
			return x < y
		}
	}
	return s.form.compare(a, b) < 0
}

func (s *textSketch) measure(m *measures) {
	s.lengths.measure(m)
	m.set(EmptyCount, Int(s.empty))
	m.set(NaNCount, Int(s.nan))
	if s.any {
		m.set(Min, s.form.value(s.low))
		m.set(Max, s.form.value(s.high))
	} else {
		m.set(Min, Value{})
		m.set(Max, Value{})
	}
	if s.numbers != nil {
		s.numbers.measure(m, s.form.near)
	}
}
