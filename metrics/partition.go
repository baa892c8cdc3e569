package metrics

import (
	"strings"
	"time"
)

// PartitionKey says how the values of a column divide a table's rows into partitions.
type PartitionKey struct {
	column Column
	byDay  bool
	next   [inBlobs + 1]int // the part of the vector that comes next
	words  map[int64]Value  // of whole numbers, as they were told before
}

// NewPartitionKey returns how the column's values divide rows. ByDay makes a partition of each day, in UTC, where
// values are points in time, and of texts that begin with a date: 2013-06-01, and behind it nothing, a space or a
// T. Else each value is a partition.
func NewPartitionKey(c Column, byDay bool) *PartitionKey {
	return &PartitionKey{column: c, byDay: byDay, words: map[int64]Value{}}
}

// Values appends, for each row of the column's vector, of which every row was marked, the partition that it
// belongs to: a text, and nothing for a row without a key.
func (k *PartitionKey) Values(v *Vector, values []Value) []Value {
	k.next = [inBlobs + 1]int{}
	for _, at := range v.order.places {
		values = append(values, k.value(v, at, k.next[at]))
		k.next[at]++
	}
	return values
}

func (k *PartitionKey) value(v *Vector, at place, i int) Value {
	switch at {
	case inInts:
		return k.ofInt(v.Ints[i])
	case inFloats:
		return Text(formatFloat(v.Floats[i]))
	case inTexts:
		return k.ofText(v.Texts.At(i))
	case inBlobs:
		return Text(hexValue(v.Blobs.At(i)).String())
	}
	return Value{}
}

// mostWords bounds what is remembered of whole numbers; points in time have as many as there are rows.
const mostWords = 1 << 12

func (k *PartitionKey) ofInt(x int64) Value {
	if k.byDay && !k.column.Dynamic && k.column.Kind == KindTimestamp && x != Infinity && x != NegativeInfinity {
		x = floorDiv(x, secondsPerDay*1_000_000)
	}
	if value, ok := k.words[x]; ok {
		return value
	}
	form := integerForm
	switch {
	case k.column.Dynamic:
	case k.byDay && k.column.Kind == KindTimestamp:
		form = dateForm
	default:
		form = formOf(k.column.Kind)
	}
	value := Text(form.value(intWord(x)).String())
	if len(k.words) >= mostWords {
		clear(k.words)
	}
	k.words[x] = value
	return value
}

func (k *PartitionKey) ofText(text []byte) Value {
	const date = len("2013-06-01")
	if k.byDay && len(text) > date && (text[date] == ' ' || text[date] == 'T') && IsDay(string(text[:date])) {
		text = text[:date]
	}
	return Text(strings.Clone(textValue(text).String()))
}

// IsDay reports whether a text is a date, as 2013-06-01: whether a partition is of a day.
func IsDay(text string) bool {
	if len(text) != len(time.DateOnly) || text[4] != '-' {
		return false
	}
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

func floorDiv(x, by int64) int64 {
	if q := x / by; x%by >= 0 {
		return q
	}
	return x/by - 1
}
