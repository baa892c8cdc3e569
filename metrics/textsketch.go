package metrics

import (
	"bytes"
	"math"
)

// textSketch is what a texts accumulator keeps beyond its budget, besides the distinct and the frequent
// texts.
type textSketch struct {
	form    *textForm
	texts   extremes
	empty   int64
	lengths lengths

	// Where texts are read as numbers or points in time:
	numbers *numberSketch
	values  extremes // of them; a NaN is neither
	nan     int64
	unread  int64 // texts that are none
}

func newTextSketch(f *textForm, size sketchSize) *textSketch {
	s := &textSketch{form: f}
	if f.number != nil {
		s.numbers = newNumberSketch(size)
	}
	return s
}

// add accumulates a text, seen n times.
func (s *textSketch) add(text []byte, n int64) {
	s.lengths.add(s.form.length(text), n)
	if len(text) == 0 {
		s.empty += n
	}
	if !s.texts.any || bytes.Compare(text, s.texts.low.text) < 0 || bytes.Compare(text, s.texts.high.text) > 0 {
		s.texts.extend(textCount{text: text}, plainTextForm)
	}
	if s.numbers == nil {
		return
	}
	switch t := s.form.read(text, n); {
	case !t.read:
		s.unread += n
	case math.IsNaN(t.number):
		s.nan += n
	default:
		s.numbers.add(floatWord(t.number), n, s.form.numbers)
		s.values.extend(t, s.form)
	}
}

// merge accumulates what other holds.
func (s *textSketch) merge(other *textSketch) {
	s.texts.merge(other.texts, plainTextForm)
	s.empty += other.empty
	s.lengths.merge(other.lengths)
	if s.numbers == nil {
		return
	}
	s.numbers.merge(other.numbers)
	s.values.merge(other.values, s.form)
	s.nan += other.nan
	s.unread += other.unread
}

// measure fills the metrics that depend on the values.
func (s *textSketch) measure(m *measures, f *textForm) {
	s.lengths.measure(m)
	m.set(EmptyCount, Int(s.empty))
	extremes := s.texts
	if f.number != nil && s.values.any {
		s.numbers.measure(m, f.numbers)
		extremes = s.values
	}
	m.set(NaNCount, Int(s.nan))
	m.set(Min, f.value(extremes.low.text))
	m.set(Max, f.value(extremes.high.text))
}

// extremes holds the least and the greatest text of some, in the order of their form.
type extremes struct {
	any       bool
	low, high textCount // their memory is their own
}

func (e *extremes) extend(t textCount, f *textForm) {
	if !e.any || f.compare(t, e.low) < 0 {
		e.low = t.keepIn(e.low.text)
	}
	if !e.any || f.compare(t, e.high) > 0 {
		e.high = t.keepIn(e.high.text)
	}
	e.any = true
}

func (e *extremes) merge(other extremes, f *textForm) {
	if other.any {
		e.extend(other.low, f)
		e.extend(other.high, f)
	}
}

// keepIn returns the same with a copy of its text in the given memory.
func (t textCount) keepIn(memory []byte) textCount {
	t.text = append(memory[:0], t.text...)
	return t
}

// lengths accumulates the lengths of strings.
type lengths struct {
	n, sum    int64
	low, high int
}

func (l *lengths) add(length int, n int64) {
	l.merge(lengths{n, int64(length) * n, length, length})
}

func (l *lengths) merge(other lengths) {
	if other.n == 0 {
		return
	}
	if l.n == 0 || other.low < l.low {
		l.low = other.low
	}
	l.high = max(l.high, other.high)
	l.sum += other.sum
	l.n += other.n
}

func (l *lengths) measure(m *measures) {
	m.set(MinLength, Int(int64(l.low)))
	m.set(MaxLength, Int(int64(l.high)))
	m.set(AvgLength, Float(float64(l.sum)/float64(l.n)))
}
