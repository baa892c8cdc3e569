package metrics

import (
	"bytes"
	"encoding/binary"
)

// textCounts counts how often each text occurs. One of up to seven bytes is packed into a word; the
// others are known by their hash, and stand in one piece of memory.
type textCounts struct {
	short  wordCounts
	slots  []textSlot // of the long ones: open addressing with linear probing
	used   int
	data   []byte
	budget int // bytes of all of these
}

type textSlot struct {
	hash       uint64
	start, len int
	count      int64
}

const textSlotBytes = 32

// shortText is the length up to which a text fits a word.
const shortText = 7

func newTextCounts(budget int) *textCounts {
	return &textCounts{short: wordCounts{slots: make([]wordSlot, 64)}, slots: make([]textSlot, 16), budget: budget}
}

// pack puts a short text into a word: its bytes, then its length. Words order as their texts do.
func pack(s []byte) uint64 {
	var word uint64
	if cap(s) >= 8 { // whatever follows the text in memory is cut off
		word = binary.BigEndian.Uint64(s[:8])
	} else {
		var bytes [8]byte
		copy(bytes[:], s)
		word = binary.BigEndian.Uint64(bytes[:])
	}
	rest := 64 - 8*len(s)
	return word>>rest<<rest | uint64(len(s))
}

// unpack puts the text of a word into memory, and returns the part that it takes.
func unpack(memory *[8]byte, word uint64) []byte {
	binary.BigEndian.PutUint64(memory[:], word)
	return memory[:word&0xff]
}

// distinct returns the number of texts.
func (t *textCounts) distinct() int { return t.short.used + t.used }

// addShort counts a packed text n times more; it returns false, and counts nothing, where the text is
// new and the table may hold no more.
func (t *textCounts) addShort(word uint64, n int64) bool {
	slot := t.short.find(word)
	if slot.count == 0 {
		more := 0
		if t.short.crowded() {
			more = len(t.short.slots) * wordSlotBytes
		}
		if t.bytes()+more > t.budget {
			return false
		}
		t.short.insert(slot, word, n)
		return true
	}
	slot.count += n
	return true
}

// addLong does as addShort does, with a longer text and its hash.
func (t *textCounts) addLong(s []byte, hash uint64, n int64) bool {
	slot := t.find(s, hash)
	if slot.count != 0 {
		slot.count += n
		return true
	}
	crowded := (t.used+1)*4 > len(t.slots)*3
	more := len(s)
	if crowded {
		more += len(t.slots) * textSlotBytes
	}
	if t.bytes()+more > t.budget {
		return false
	}
	if crowded {
		t.grow()
		slot = t.find(s, hash)
	}
	*slot = textSlot{hash, len(t.data), len(s), n}
	t.data = append(t.data, s...)
	t.used++
	return true
}

func (t *textCounts) bytes() int {
	return len(t.short.slots)*wordSlotBytes + len(t.slots)*textSlotBytes + len(t.data)
}

// find returns the slot of a long text, or the free one where it belongs.
func (t *textCounts) find(s []byte, hash uint64) *textSlot {
	mask := uint64(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		slot := &t.slots[i]
		if slot.count == 0 || slot.hash == hash && bytes.Equal(t.text(slot), s) {
			return slot
		}
	}
}

func (t *textCounts) text(slot *textSlot) []byte { return t.data[slot.start : slot.start+slot.len] }

func (t *textCounts) grow() {
	old := t.slots
	t.slots = make([]textSlot, 2*len(old))
	mask := uint64(len(t.slots) - 1)
	for _, s := range old {
		if s.count == 0 {
			continue
		}
		i := s.hash & mask
		for t.slots[i].count != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = s
	}
}

// each visits the texts with their counts, in no order that means anything. A text stays valid as long
// as the table is not added to.
func (t *textCounts) each(visit func(s []byte, n int64)) {
	unpacked := make([][8]byte, t.short.used)
	t.short.each(func(word uint64, n int64) {
		visit(unpack(&unpacked[0], word), n)
		unpacked = unpacked[1:]
	})
	for i := range t.slots {
		if s := &t.slots[i]; s.count != 0 {
			visit(t.text(s), s.count)
		}
	}
}
