package metrics

import (
	"cmp"
	"slices"
)

// wordCounts counts how often each word occurs: open addressing with linear probing. A slot with count
// 0 is free.
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
	slot := t.find(word)
	if slot.count == 0 {
		if t.used >= t.limit {
			return false
		}
		t.insert(slot, word, n)
		return true
	}
	slot.count += n
	return true
}

// addAll counts words, runs of equal ones at once, and returns those that are left where the next one is
// new and the table may hold no more.
func (t *wordCounts) addAll(words []uint64) (left []uint64) {
	for len(words) > 0 {
		word, n := words[0], 1
		for n < len(words) && words[n] == word {
			n++
		}
		// Most words stand in the first slot that is looked at.
		slot := &t.slots[slotOf(word, uint64(len(t.slots)-1))]
		if slot.word == word && slot.count != 0 {
			slot.count += int64(n)
		} else if !t.add(word, int64(n)) {
			return words
		}
		words = words[n:]
	}
	return nil
}

// find returns the slot of the word, or the free one where it belongs.
func (t *wordCounts) find(word uint64) *wordSlot {
	mask := uint64(len(t.slots) - 1)
	for i := slotOf(word, mask); ; i = (i + 1) & mask {
		if s := &t.slots[i]; s.count == 0 || s.word == word {
			return s
		}
	}
}

// insert fills the free slot where a word belongs. The table grows when it is three quarters full.
func (t *wordCounts) insert(slot *wordSlot, word uint64, n int64) {
	if t.crowded() {
		old := t.slots
		t.slots = make([]wordSlot, 2*len(old))
		for _, s := range old {
			if s.count != 0 {
				*t.find(s.word) = s
			}
		}
		slot = t.find(word)
	}
	*slot = wordSlot{word, n}
	t.used++
}

// crowded reports whether one word more makes the table grow.
func (t *wordCounts) crowded() bool { return (t.used+1)*4 > len(t.slots)*3 }

// each visits the words and their counts, in no order that means anything.
func (t *wordCounts) each(visit func(word uint64, n int64)) {
	for _, s := range t.slots {
		if s.count != 0 {
			visit(s.word, s.count)
		}
	}
}

// contains reports whether one of the words is such.
func (t *wordCounts) contains(such func(word uint64) bool) bool {
	return slices.ContainsFunc(t.slots, func(s wordSlot) bool { return s.count != 0 && such(s.word) })
}

// sorted returns the words and their counts by rising word.
func (t *wordCounts) sorted() []wordSlot {
	out := make([]wordSlot, 0, t.used)
	t.each(func(word uint64, n int64) { out = append(out, wordSlot{word, n}) })
	slices.SortFunc(out, func(a, b wordSlot) int { return cmp.Compare(a.word, b.word) })
	return out
}
