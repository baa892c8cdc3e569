package metrics

import (
	"cmp"
	"slices"
)

// wordCounts counts how often each 64-bit word occurs: open addressing with linear probing. A slot
// with count 0 is free.
type wordCounts struct {
	slots []wordSlot
	used  int
	limit int // words that it may hold
}

type wordSlot struct {
	word  uint64
	count int64
}

const wordSlotBytes = 16

// newWordCounts returns a table that grows to at most budget bytes.
func newWordCounts(budget int) *wordCounts {
	most := 64
	for most*2*wordSlotBytes <= budget {
		most *= 2
	}
	return &wordCounts{slots: make([]wordSlot, 64), limit: most * 3 / 4}
}

// add counts the word n times more; it returns false, and counts nothing, where the word is new and
// the table may hold no more.
func (t *wordCounts) add(word uint64, n int64) bool {
	mask := uint64(len(t.slots) - 1)
	for i := hashWord(word) & mask; ; i = (i + 1) & mask {
		slot := &t.slots[i]
		if slot.count == 0 {
			if t.used >= t.limit {
				return false
			}
			if (t.used+1)*4 > len(t.slots)*3 {
				t.grow()
				return t.add(word, n)
			}
			*slot = wordSlot{word, n}
			t.used++
			return true
		}
		if slot.word == word {
			slot.count += n
			return true
		}
	}
}

func (t *wordCounts) grow() {
	old := t.slots
	t.slots = make([]wordSlot, 2*len(old))
	t.used = 0
	for _, s := range old {
		if s.count != 0 {
			t.add(s.word, s.count)
		}
	}
}

// each visits the words and their counts, in no order that means anything.
func (t *wordCounts) each(visit func(word uint64, n int64)) {
	for _, s := range t.slots {
		if s.count != 0 {
			visit(s.word, s.count)
		}
	}
}

// sorted returns the words and their counts by rising word.
func (t *wordCounts) sorted() []wordSlot {
	out := make([]wordSlot, 0, t.used)
	t.each(func(word uint64, n int64) { out = append(out, wordSlot{word, n}) })
	slices.SortFunc(out, func(a, b wordSlot) int { return cmp.Compare(a.word, b.word) })
	return out
}
