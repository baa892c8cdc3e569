package metrics

import "slices"

// frequent keeps the most frequent values of a stream, known by a 64-bit key: counters that, when
// there are too many, are all lowered by the same amount, and dropped where nothing is left (Misra and
// Gries 1982; lowered by the median, as Anderson et al. 2017 do). A count is too low by at most what
// was taken off in all.
type frequent struct {
	slots   []wordSlot // open addressing, linear probing; a count of 0 marks a free slot
	most    int        // values kept
	used    int
	lowered int64 // taken off every counter so far

	room  int    // bytes of texts; 0 where keys are words
	spans []span // where the text of each slot is
	texts []byte

	// memory that lower uses
	counts   []int64
	left     []wordSlot
	leftFrom []span
	spare    []byte
}

// span is a part of texts.
type span struct{ start, end int }

// newFrequent returns a summary of a number of values that is a power of two. The texts that keys stand
// for take room bytes at most; one of more than a 64th of that is not kept.
func newFrequent(most, room int) *frequent {
	f := &frequent{slots: make([]wordSlot, 2*most), most: most, room: room}
	if room > 0 {
		f.spans = make([]span, len(f.slots))
	}
	return f
}

// find returns the index of the key's slot, or of the free one where it belongs.
func (f *frequent) find(key uint64) uint64 {
	mask := uint64(len(f.slots) - 1)
	i := slotOf(key, mask)
	for f.slots[i].count != 0 && f.slots[i].word != key {
		i = (i + 1) & mask
	}
	return i
}

// add counts a key n times more, and returns the index of its slot.
func (f *frequent) add(key uint64, n int64) uint64 {
	i := f.find(key)
	if f.slots[i].count != 0 {
		f.slots[i].count += n
		return i
	}
	if f.used == f.most {
		f.lower()
		i = f.find(key)
	}
	f.put(i, wordSlot{key, n}, span{})
	return i
}

func (f *frequent) put(i uint64, s wordSlot, text span) {
	f.slots[i] = s
	if f.spans != nil {
		f.spans[i] = text
	}
	f.used++
}

// addText counts a text, whose key is its hash, n times more. Most values of a column of many are seen
// once and dropped: once some have been, only those that come back are worth keeping the text.
func (f *frequent) addText(hash uint64, text []byte, n int64) {
	i := f.add(hash, n)
	if f.spans == nil { // there is no room for texts at all
		return
	}
	if f.slots[i].count == 1 && f.lowered > 0 || f.spans[i] != (span{}) || len(text) > f.room/64 {
		return
	}
	if len(f.texts)+len(text) > f.room {
		f.lower() // its text is kept when it comes back
		return
	}
	f.texts = append(f.texts, text...)
	f.spans[i] = span{len(f.texts) - len(text), len(f.texts)}
}

// lower takes the same amount off every counter, which leaves half of them at most.
func (f *frequent) lower() {
	ones := 0
	f.counts = f.counts[:0]
	for i := range f.slots {
		if n := f.slots[i].count; n == 1 {
			ones++
		} else if n != 0 {
			f.counts = append(f.counts, n)
		}
	}
	by := int64(1)
	if rest := f.used/2 - ones; rest >= 0 {
		slices.Sort(f.counts)
		by = f.counts[rest]
	}
	f.lowered += by
	f.left, f.leftFrom = f.left[:0], f.leftFrom[:0]
	for i, s := range f.slots {
		if s.count <= by {
			continue
		}
		f.left = append(f.left, wordSlot{s.word, s.count - by})
		if f.spans != nil {
			f.leftFrom = append(f.leftFrom, f.spans[i])
		}
	}
	f.refill()
}

// refill makes the slots those of the values that are left, and the texts theirs.
func (f *frequent) refill() {
	clear(f.slots)
	clear(f.spans)
	f.used = 0
	texts := f.texts
	f.texts, f.spare = f.spare[:0], f.texts
	for i, s := range f.left {
		var text span
		if f.spans != nil {
			from := f.leftFrom[i]
			text.start = len(f.texts)
			f.texts = append(f.texts, texts[from.start:from.end]...)
			text.end = len(f.texts)
			if text.start == text.end {
				text = span{}
			}
		}
		f.put(f.find(s.word), s, text)
	}
}

// merge accumulates what other holds, and leaves other as it is.
func (f *frequent) merge(other *frequent) {
	f.lowered += other.lowered
	for i, s := range other.slots {
		if s.count == 0 {
			continue
		}
		if text, kept := other.text(uint64(i)); kept && f.spans != nil {
			f.addText(s.word, text, s.count)
		} else {
			f.add(s.word, s.count)
		}
	}
}

// mapKeys replaces each key by another.
func (f *frequent) mapKeys(to func(uint64) uint64) {
	old := slices.Clone(f.slots)
	clear(f.slots)
	f.used = 0
	for _, s := range old {
		if s.count != 0 {
			f.add(to(s.word), s.count)
		}
	}
}

// bound returns the largest error of a count as a fraction of n rows.
func (f *frequent) bound(n int64) float64 { return ratio(f.lowered, n) }

// each visits the values that are surely more frequent than any that was dropped, which had at most
// what was taken off: none where all are about equally rare. Each comes with the index of its slot, and
// its counter plus half of what was taken off, the middle of what its count may be.
func (f *frequent) each(visit func(i uint64, key uint64, count int64)) {
	for i, s := range f.slots {
		if s.count > f.lowered {
			visit(uint64(i), s.word, s.count+f.lowered/2)
		}
	}
}

// text returns the text of a slot, and false where it was not kept.
func (f *frequent) text(i uint64) ([]byte, bool) {
	if f.spans == nil || f.spans[i] == (span{}) {
		return nil, f.slots[i].word == hashBytes(nil)
	}
	return f.texts[f.spans[i].start:f.spans[i].end], true
}
