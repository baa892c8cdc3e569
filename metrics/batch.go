package metrics

// Batch carries the values of some rows from a warehouse to the accumulators, a vector a column.
// Its memory is the warehouse's, which fills it again; a visitor that needs it longer leaves that of an
// empty batch in its place.
type Batch struct {
	Rows    int
	Vectors []Vector
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	b.Rows = 0
	for i := range b.Vectors {
		b.Vectors[i].reset()
	}
}

// Vector holds one column's values of a batch, densely: metrics of a column depend on the values
// and on how many are null, never on which row they stand in. An engine with static types fills one
// of the slices; one with dynamic types, as SQLite, may fill several.
type Vector struct {
	Nulls  int
	Ints   []int64   // integers; booleans as 0 and 1; dates as days, times and timestamps as microseconds
	Floats []float64 // floating-point numbers
	Texts  Strings   // texts; decimals in canonical decimal form; UUIDs and JSON in their text form
	Blobs  Strings   // binaries

	order order // of the rows, where Mark was called for each
}

func (v *Vector) reset() {
	v.Nulls = 0
	v.Ints = v.Ints[:0]
	v.Floats = v.Floats[:0]
	v.Texts.reset()
	v.Blobs.reset()
	v.order.reset()
}

// Strings is a list of byte strings in one piece of memory.
type Strings struct {
	data []byte
	ends []int
}

// Append adds a copy of s.
func (l *Strings) Append(s []byte) {
	l.data = append(l.data, s...)
	l.ends = append(l.ends, len(l.data))
}

// AppendString adds a copy of s.
func (l *Strings) AppendString(s string) {
	l.data = append(l.data, s...)
	l.ends = append(l.ends, len(l.data))
}

// Len returns the number of strings.
func (l *Strings) Len() int { return len(l.ends) }

// Bytes returns the number of bytes of all strings together.
func (l *Strings) Bytes() int { return len(l.data) }

// At returns the i-th string; it stays valid until the list is appended to or reset.
func (l *Strings) At(i int) []byte {
	start := 0
	if i > 0 {
		start = l.ends[i-1]
	}
	return l.data[start:l.ends[i]]
}

// reset empties the list. It gives up memory of which little was used: otherwise a table of many columns,
// one of which has a large value now and another one later, would come to hold as much for each of them.
func (l *Strings) reset() {
	const worthKeeping = 64 << 10
	if cap(l.data) > worthKeeping && len(l.data) < cap(l.data)/8 {
		l.data = nil
	}
	l.data = l.data[:0]
	l.ends = l.ends[:0]
}
