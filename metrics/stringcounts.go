package metrics

import "bytes"

// stringCounts counts how often each byte string occurs: open addressing with linear probing over
// one piece of memory that holds every string once.
type stringCounts struct {
	slots  []stringSlot
	data   []byte
	used   int
	budget int // bytes of slots and strings together
}

type stringSlot struct {
	hash       uint64
	start, len int
	count      int64
}

const stringSlotBytes = 32

func newStringCounts(budget int) *stringCounts {
	return &stringCounts{slots: make([]stringSlot, 64), budget: budget}
}

// add counts the string, whose hash is given, n times more; it returns false, and counts nothing,
// where the string is new and the table may hold no more.
func (t *stringCounts) add(s []byte, hash uint64, n int64) bool {
	mask := uint64(len(t.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		slot := &t.slots[i]
		if slot.count == 0 {
			full := (t.used+1)*4 > len(t.slots)*3
			size := len(t.slots) * stringSlotBytes
			if full {
				size *= 2
			}
			if size+len(t.data)+len(s) > t.budget {
				return false
			}
			if full {
				t.grow()
				return t.add(s, hash, n)
			}
			*slot = stringSlot{hash, len(t.data), len(s), n}
			t.data = append(t.data, s...)
			t.used++
			return true
		}
		if slot.hash == hash && bytes.Equal(t.data[slot.start:slot.start+slot.len], s) {
			slot.count += n
			return true
		}
	}
}

func (t *stringCounts) grow() {
	old := t.slots
	t.slots = make([]stringSlot, 2*len(old))
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

// each visits the strings with their hashes and counts, in no order that means anything. A string stays
// valid as long as the table is not added to.
func (t *stringCounts) each(visit func(s []byte, hash uint64, n int64)) {
	for _, s := range t.slots {
		if s.count != 0 {
			visit(t.data[s.start:s.start+s.len], s.hash, s.count)
		}
	}
}
