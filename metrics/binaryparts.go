package metrics

import (
	"math"
	"slices"
)

// How the parts of an accumulator are written and read. What is read is checked as far as that measuring
// and merging it cannot fail.

func (a *numbers) write(w *binaryWriter) {
	w.bool(a.form.float)
	w.int(a.n)
	w.int(a.nan)
	w.bool(a.counts != nil)
	if a.counts != nil {
		a.counts.write(w)
		return
	}
	a.sketch.write(w, a.form)
	a.distinct.write(w)
	a.frequent.write(w)
}

func readNumbers(r *binaryReader, c *columnAccumulator, s Settings) *numbers {
	f := c.integerForm()
	if r.bool() {
		f = floatForm
	}
	a := newNumbers(f, c.column.Dynamic, s.ColumnBudget)
	a.n, a.nan = r.count(), r.count()
	if r.bool() {
		r.check(a.counts.read(r) == a.n-a.nan)
		return a
	}
	a.counts = nil
	a.sketch = readNumberSketch(r, a.size, f)
	a.distinct = readDistinctSketch(r, a.size)
	a.frequent = readFrequent(r, a.size, 0)
	r.check(a.sketch.n() == a.n-a.nan && a.n > a.nan)
	return a
}

func (a *texts) write(w *binaryWriter) {
	w.int(a.n)
	w.bool(a.counts != nil)
	if a.counts != nil {
		w.length(a.counts.distinct())
		a.counts.each(func(s []byte, n int64) {
			w.bytes(s)
			w.int(n)
		})
		return
	}
	a.sketch.write(w)
	a.distinct.write(w)
	a.frequent.write(w)
}

func readTexts(r *binaryReader, f *textForm, s Settings) *texts {
	a := newTexts(f, s.ColumnBudget)
	n := r.count()
	if r.bool() {
		for range r.length(2) {
			text, times := r.bytes(), r.count()
			if r.check(times > 0); r.failed {
				return a
			}
			a.n += times
			a.addText(text, times)
		}
		r.check(a.n == n && n > 0)
		return a
	}
	a.n, a.counts = n, nil
	a.sketch = readTextSketch(r, f, a.size)
	a.distinct = readDistinctSketch(r, a.size)
	a.frequent = readFrequent(r, a.size, a.room)
	r.check(n > 0 && a.sketch.lengths.n == n)
	return a
}

// write writes the words in rising order, each as its distance from the one before.
func (t *wordCounts) write(w *binaryWriter) {
	w.length(t.used)
	var before uint64
	for _, s := range t.sorted() {
		w.word(s.word - before)
		w.int(s.count)
		before = s.word
	}
}

// read adds what is read, and returns the number of values.
func (t *wordCounts) read(r *binaryReader) (total int64) {
	var word uint64
	for range r.length(2) {
		word += r.word()
		n := r.count()
		if r.check(n > 0 && t.add(word, n)); r.failed {
			return 0
		}
		total += n
		r.check(total <= mostCount)
	}
	return total
}

func (s *numberSketch) n() int64 { return s.finite + s.infinite.negative + s.infinite.positive }

func (s *numberSketch) write(w *binaryWriter, f *form) {
	w.int(s.finite)
	w.word(s.low)
	w.word(s.high)
	w.int(s.infinite.negative)
	w.int(s.infinite.positive)
	w.int(s.zeros)
	w.int(s.negatives)
	s.quantiles.write(w)
	w.int(int64(s.grid.exponent))
	w.int(s.grid.first)
	w.length(len(s.grid.counts))
	for _, n := range s.grid.counts {
		w.int(n)
	}
	if f.float {
		w.int(s.floats.n)
		w.bool(s.floats.huge)
		for _, x := range []float64{s.floats.sum.high, s.floats.sum.low, s.floats.squares.high, s.floats.squares.low} {
			w.float(x)
		}
		return
	}
	w.int(s.ints.n)
	for _, u := range slices.Concat(s.ints.sum[:], s.ints.squares[:]) {
		w.fixed(u)
	}
}

func readNumberSketch(r *binaryReader, size sketchSize, f *form) *numberSketch {
	s := newNumberSketch(size)
	s.finite, s.low, s.high = r.count(), r.word(), r.word()
	s.infinite = infinities{r.count(), r.count()}
	s.zeros, s.negatives = r.count(), r.count()
	r.check(s.zeros+s.negatives <= s.finite)
	r.check(s.infinite == infinities{} || f.endless)
	s.quantiles.read(r, s.n())
	s.grid.read(r, f)
	var total int64
	for _, n := range s.grid.counts {
		total += n
		r.check(total <= s.finite)
	}
	r.check(total == s.finite)
	if s.finite > 0 {
		r.check(s.low <= s.high && (!f.endless || s.low > f.lowest && s.high < f.highest))
	}
	if f.float {
		s.floats.n, s.floats.huge = r.count(), r.bool()
		r.check(s.floats.n == s.finite)
		s.floats.sum = twofold{r.float(), r.float()}
		s.floats.squares = twofold{r.float(), r.float()}
		for _, t := range []twofold{s.floats.sum, s.floats.squares} {
			r.check(!math.IsNaN(t.high-t.high) && !math.IsNaN(t.low-t.low)) // finite
		}
		return s
	}
	s.ints.n = r.count()
	for i := range s.ints.sum {
		s.ints.sum[i] = r.fixed()
	}
	for i := range s.ints.squares {
		s.ints.squares[i] = r.fixed()
	}
	return s
}

func (g *grid) read(r *binaryReader, f *form) {
	exponent, first := r.int(), r.int()
	n := r.length(1)
	least, greatest := int64(0), int64(63)
	if f.float {
		least, greatest = -1000, 1023
	}
	r.check(n <= g.cells && exponent >= least && exponent <= greatest && first > -reach && first < reach)
	if n == 0 || r.failed {
		return
	}
	g.start(int(exponent), first)
	g.counts = g.counts[:n]
	for i := range g.counts {
		g.counts[i] = r.count()
	}
}

func (s *quantileSketch) write(w *binaryWriter) {
	w.length(len(s.levels))
	for _, l := range s.levels {
		w.length(len(l.items))
		for _, word := range l.items {
			w.fixed(word)
		}
	}
	w.length(s.block.rate)
	w.length(s.block.seen)
	w.length(s.block.chosen)
	w.fixed(s.block.word)
	w.fixed(s.coin)
}

// mostLevels bounds the levels that are read: an item of a higher one would stand for too many words.
const mostLevels = 55

// read fills the sketch, which has to hold n words.
func (s *quantileSketch) read(r *binaryReader, n int64) {
	levels := r.length(1)
	r.check(levels > 0 && levels <= mostLevels)
	s.grow(levels)
	for h := range s.levels {
		l := &s.levels[h]
		for range r.length(8) {
			l.items = append(l.items, r.fixed())
		}
		s.size += len(l.items)
		n -= int64(len(l.items)) << h
		r.check(n >= 0)
	}
	s.block = block{rate: r.length(1), seen: r.length(1), chosen: r.length(1), word: r.fixed()}
	s.coin = r.fixed()
	r.check(s.block.rate <= max(levels-levelsKept, 0) && s.block.seen < 1<<s.block.rate && s.block.chosen < 1<<s.block.rate)
	r.check(n == int64(s.block.seen) && s.size < s.capacity && s.coin != 0)
}

func (s distinctSketch) write(w *binaryWriter) {
	data, err := s.MarshalBinary()
	if err != nil {
		panic(err) // a sketch in memory always has a binary form
	}
	w.bytes(data)
}

func readDistinctSketch(r *binaryReader, size sketchSize) distinctSketch {
	s := newDistinctSketch(size.registers)
	data := r.bytes()
	whole, err := s.MarshalBinary()
	// The library takes other forms too; a sketch of this precision has this beginning and length.
	r.check(err == nil && len(data) == len(whole) && slices.Equal(data[:min(len(data), 8)], whole[:8]))
	if !r.failed {
		r.check(s.UnmarshalBinary(data) == nil)
	}
	return s
}

func (f *frequent) write(w *binaryWriter) {
	w.int(f.lowered)
	w.length(f.used)
	for i, s := range f.slots {
		if s.count == 0 {
			continue
		}
		w.fixed(s.word)
		w.int(s.count)
		text, _ := f.text(uint64(i))
		w.bytes(text)
	}
}

func readFrequent(r *binaryReader, size sketchSize, room int) *frequent {
	f := newFrequent(size.frequent, room)
	f.lowered = r.count()
	n := r.length(10)
	r.check(n <= f.most)
	for range n {
		key, count, text := r.fixed(), r.count(), r.bytes()
		i := f.find(key)
		if r.check(count > 0 && f.slots[i].count == 0 && len(f.texts)+len(text) <= room); r.failed {
			return f
		}
		var where span
		if len(text) > 0 {
			where = span{len(f.texts), len(f.texts) + len(text)}
			f.texts = append(f.texts, text...)
		}
		f.put(i, wordSlot{key, count}, where)
	}
	return f
}

func (s *textSketch) write(w *binaryWriter) {
	s.texts.write(w)
	w.int(s.empty)
	w.int(s.lengths.n)
	w.int(s.lengths.sum)
	w.int(int64(s.lengths.low))
	w.int(int64(s.lengths.high))
	if s.numbers == nil {
		return
	}
	s.numbers.write(w, s.form.numbers)
	s.values.write(w)
	w.int(s.nan)
	w.int(s.unread)
}

func readTextSketch(r *binaryReader, f *textForm, size sketchSize) *textSketch {
	s := newTextSketch(f, size)
	s.texts.read(r, plainTextForm)
	r.check(s.texts.any)
	s.empty = r.count()
	s.lengths = lengths{r.count(), r.int(), int(r.count()), int(r.count())}
	if s.numbers == nil {
		return s
	}
	s.numbers = readNumberSketch(r, size, f.numbers)
	s.values.read(r, f)
	s.nan, s.unread = r.count(), r.count()
	r.check(s.values.any == (s.numbers.n() > 0) && s.numbers.n()+s.nan+s.unread == s.lengths.n)
	return s
}

func (e *extremes) write(w *binaryWriter) {
	w.bool(e.any)
	if e.any {
		w.bytes(e.low.text)
		w.bytes(e.high.text)
	}
}

func (e *extremes) read(r *binaryReader, f *textForm) {
	if r.bool() {
		e.extend(f.read(slices.Clone(r.bytes()), 0), f)
		e.extend(f.read(slices.Clone(r.bytes()), 0), f)
	}
}
