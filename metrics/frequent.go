package metrics

import "slices"

// frequent keeps the most frequent values of a stream, known by a 64-bit key: counters that, when
// there are too many, are all lowered by the same amount, and dropped where nothing is left (Misra and
// Gries 1982; lowered by the median, as Anderson et al. 2017 do). A count is too low by at most what
// was taken off in all.
type frequent struct {
	slots   []frequentSlot // open addressing, linear probing
	most    int            // values kept
	used    int
	lowered int64 // taken off every counter so far

	room  int // bytes of texts
	texts []byte

	counts []int64 // memory that lower uses
	left   []frequentSlot
	spare  []byte
}

type frequentSlot struct {
	key        uint64
	count      int64 // 0 marks a free slot
	start, end int   // where its text is
}

// newFrequent returns a summary of a number of values that is a power of two. The texts that keys stand
// for take room bytes at most; one of more than a 64th of that is not kept.
func newFrequent(most, room int) *frequent {
	return &frequent{slots: make([]frequentSlot, 2*most), most: most, room: room}
}

// find returns the slot of the key, or the free one where it belongs.
func (f *frequent) find(key uint64) *frequentSlot {
	mask := uint64(len(f.slots) - 1)
	for i := slotOf(key, mask); ; i = (i + 1) & mask {
		if s := &f.slots[i]; s.count == 0 || s.key == key {
			return s
		}
	}
}

// add counts a key n times more.
func (f *frequent) add(key uint64, n int64) *frequentSlot {
	slot := f.find(key)
	if slot.count != 0 {
		slot.count += n
		return slot
	}
	if f.used == f.most {
		f.lower()
		slot = f.find(key)
	}
	*slot = frequentSlot{key: key, count: n}
	f.used++
	return slot
}

// addText counts a text, whose key is its hash, n times more. Most values of a column of many are seen
// once and dropped: once some have been, only those that come back are worth keeping the text.
func (f *frequent) addText(hash uint64, text []byte, n int64) {
	slot := f.add(hash, n)
	if slot.count == 1 && f.lowered > 0 || slot.start != slot.end || len(text) > f.room/64 {
		return
	}
	if len(f.texts)+len(text) > f.room {
		f.lower() // its text is kept when it comes back
		return
	}
	slot.start = len(f.texts)
	f.texts = append(f.texts, text...)
	slot.end = len(f.texts)
}

// lower takes the same amount off every counter, which leaves half of them at most.
func (f *frequent) lower() {
	f.counts = f.counts[:0]
	for i := range f.slots {
		if n := f.slots[i].count; n != 0 {
			f.counts = append(f.counts, n)
		}
	}
	slices.Sort(f.counts)
	f.lowerBy(f.counts[len(f.counts)/2])
}

func (f *frequent) lowerBy(n int64) {
	f.lowered += n
	f.left = f.left[:0]
	for i := range f.slots {
		if s := f.slots[i]; s.count > n {
			s.count -= n
			f.left = append(f.left, s)
		}
	}
	clear(f.slots)
	f.used = len(f.left)
	texts := f.texts
	f.texts, f.spare = f.spare[:0], f.texts
	for _, s := range f.left {
		start := len(f.texts)
		f.texts = append(f.texts, texts[s.start:s.end]...)
		s.start, s.end = start, len(f.texts)
		*f.find(s.key) = s
	}
}

// merge accumulates what other holds, and leaves other as it is.
func (f *frequent) merge(other *frequent) {
	f.lowered += other.lowered
	for i := range other.slots {
		s := &other.slots[i]
		switch {
		case s.count == 0:
		case s.start == s.end:
			f.add(s.key, s.count)
		default:
			f.addText(s.key, other.texts[s.start:s.end], s.count)
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
			f.add(to(s.key), s.count)
		}
	}
}

// bound returns the largest error of a count as a fraction of n rows.
func (f *frequent) bound(n int64) float64 { return ratio(f.lowered, n) }

// each visits the values that are surely more frequent than any that was dropped, which had at most
// what was taken off: none where all are about equally rare. Each comes with its counter plus half of
// what was taken off, the middle of what its count may be.
func (f *frequent) each(visit func(s frequentSlot, count int64)) {
	for _, s := range f.slots {
		if s.count > f.lowered {
			visit(s, s.count+f.lowered/2)
		}
	}
}

// text returns the text of a slot, and false where it was not kept.
func (f *frequent) text(s frequentSlot) ([]byte, bool) {
	if s.start == s.end {
		return nil, s.key == hashBytes(nil)
	}
	return f.texts[s.start:s.end], true
}
