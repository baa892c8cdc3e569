package metrics

import (
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/cespare/xxhash/v2"
)

// The binary form of an accumulator: a version, the content, and the XXH64 of both. Whole numbers are
// varints, floating-point numbers 8 bytes, texts and lists follow their length; all of it little endian.
// A form of another version is refused, never guessed at.
const binaryVersion = 1

// ErrBinary is wrapped by errors about bytes that are no accumulator's.
var ErrBinary = errors.New("metrics: not an accumulator of this version")

var (
	_ encoding.BinaryMarshaler   = (*TableAccumulator)(nil)
	_ encoding.BinaryUnmarshaler = (*TableAccumulator)(nil)
)

// MarshalBinary implements encoding.BinaryMarshaler. What it returns reads back as an accumulator that
// gives the same profile, and that goes on accumulating and merging as the first one does.
func (t *TableAccumulator) MarshalBinary() ([]byte, error) {
	w := &binaryWriter{data: []byte{binaryVersion}}
	w.int(t.rows)
	w.int(int64(t.settings.ColumnBudget))
	w.int(int64(t.settings.TableBudget))
	w.int(int64(t.settings.HistogramBins))
	w.int(int64(t.settings.TopValues))
	w.int(int64(t.settings.TypeSample))
	w.length(len(t.settings.Metrics))
	for _, m := range t.settings.Metrics {
		w.text(string(m))
	}
	w.length(len(t.columns))
	for _, c := range t.columns {
		c.write(w)
	}
	return binary.LittleEndian.AppendUint64(w.data, xxhash.Sum64(w.data)), nil
}

// UnmarshalBinary implements encoding.BinaryUnmarshaler. Its errors wrap ErrBinary.
func (t *TableAccumulator) UnmarshalBinary(data []byte) error {
	if len(data) < 9 || data[0] != binaryVersion {
		return fmt.Errorf("%w: no version %d", ErrBinary, binaryVersion)
	}
	content, sum := data[:len(data)-8], binary.LittleEndian.Uint64(data[len(data)-8:])
	if xxhash.Sum64(content) != sum {
		return fmt.Errorf("%w: it was cut off or changed", ErrBinary)
	}
	return t.unmarshal(content[1:])
}

// What bounds the settings that are read, so that no bytes make a reader ask for much memory.
const (
	mostBudget = 1 << 32
	mostListed = 100_000
)

func (t *TableAccumulator) unmarshal(content []byte) error {
	r := &binaryReader{data: content}
	read := TableAccumulator{rows: r.count()}
	read.settings.ColumnBudget = int(r.upTo(mostBudget))
	read.settings.TableBudget = int(r.upTo(mostBudget))
	read.settings.HistogramBins = int(r.upTo(mostListed))
	read.settings.TopValues = int(r.upTo(mostListed))
	read.settings.TypeSample = int(r.upTo(mostListed))
	for range r.length(1) {
		read.settings.Metrics = append(read.settings.Metrics, Name(r.text()))
	}
	n := r.length(1)
	settings := read.settings.forColumns(n)
	for range n {
		read.columns = append(read.columns, readColumn(r, settings, read.rows))
	}
	r.check(len(r.data) == 0)
	r.check(read.settings.HistogramBins > 0)
	if r.failed {
		return fmt.Errorf("%w: its content contradicts itself", ErrBinary)
	}
	*t = read
	return nil
}

func (c *columnAccumulator) write(w *binaryWriter) {
	w.text(c.column.Name)
	w.text(c.column.Type)
	w.text(string(c.column.Kind))
	w.bool(c.column.Nullable)
	w.bool(c.column.Dynamic)
	w.int(c.nulls)
	w.length(len(c.sample.values))
	for _, like := range c.sample.values {
		w.data = append(w.data, byte(like))
	}
	w.bool(c.numbers != nil)
	if c.numbers != nil {
		c.numbers.write(w)
	}
	for _, t := range []*texts{c.texts, c.blobs} {
		w.bool(t != nil)
		if t != nil {
			t.write(w)
		}
	}
}

func readColumn(r *binaryReader, s Settings, rows int64) *columnAccumulator {
	c := newColumnAccumulator(Column{Name: r.text(), Type: r.text(), Kind: Kind(r.text()), Nullable: r.bool(), Dynamic: r.bool()}, s)
	c.nulls = r.count()
	n := r.length(1)
	r.check(n <= sampleSize)
	for range n {
		c.sample.values = append(c.sample.values, looks(r.byte()))
	}
	values := c.nulls
	if r.bool() {
		c.numbers = readNumbers(r, c, s)
		values += c.numbers.n
	}
	if r.bool() {
		c.texts = readTexts(r, textFormOf(c.column), s)
		values += c.texts.n
	}
	if r.bool() {
		c.blobs = readTexts(r, blobForm, s)
		values += c.blobs.n
	}
	r.check(values == rows)
	return c
}

// binaryWriter appends values to their binary form.
type binaryWriter struct{ data []byte }

func (w *binaryWriter) int(i int64)     { w.data = binary.AppendVarint(w.data, i) }
func (w *binaryWriter) word(u uint64)   { w.data = binary.AppendUvarint(w.data, u) }
func (w *binaryWriter) length(n int)    { w.word(uint64(n)) }
func (w *binaryWriter) float(f float64) { w.fixed(math.Float64bits(f)) }
func (w *binaryWriter) fixed(u uint64)  { w.data = binary.LittleEndian.AppendUint64(w.data, u) }

func (w *binaryWriter) bool(b bool) {
	if b {
		w.data = append(w.data, 1)
	} else {
		w.data = append(w.data, 0)
	}
}

func (w *binaryWriter) bytes(b []byte) {
	w.length(len(b))
	w.data = append(w.data, b...)
}

func (w *binaryWriter) text(s string) {
	w.length(len(s))
	w.data = append(w.data, s...)
}

// binaryReader reads what binaryWriter wrote. After a failure it returns zeros.
type binaryReader struct {
	data   []byte
	failed bool
}

// check fails the reading where a condition does not hold.
func (r *binaryReader) check(holds bool) {
	if !holds {
		r.failed, r.data = true, nil
	}
}

func (r *binaryReader) int() int64 {
	i, n := binary.Varint(r.data)
	return i * r.advance(n)
}

func (r *binaryReader) word() uint64 {
	u, n := binary.Uvarint(r.data)
	return u * uint64(r.advance(n))
}

// advance passes n bytes, of a number that has been read, and returns 1; or 0 where that failed.
func (r *binaryReader) advance(n int) int64 {
	if r.check(n > 0); r.failed {
		return 0
	}
	r.data = r.data[n:]
	return 1
}

// mostCount bounds counts, so that no sum of some of them overflows.
const mostCount = 1 << 55

// count reads a number of rows or values.
func (r *binaryReader) count() int64 { return r.upTo(mostCount) }

// upTo reads a whole number that is neither negative nor above most.
func (r *binaryReader) upTo(most int64) int64 {
	i := r.int()
	if r.check(i >= 0 && i <= most); r.failed {
		return 0
	}
	return i
}

// length reads the length of a list whose items take at least size bytes each.
func (r *binaryReader) length(size int) int {
	n := r.word()
	if r.check(n <= uint64(len(r.data)/size)); r.failed {
		return 0
	}
	return int(n)
}

func (r *binaryReader) byte() byte {
	if r.check(len(r.data) > 0); r.failed {
		return 0
	}
	b := r.data[0]
	r.data = r.data[1:]
	return b
}

func (r *binaryReader) bool() bool {
	b := r.byte()
	r.check(b <= 1)
	return b == 1 && !r.failed
}

func (r *binaryReader) fixed() uint64 {
	if r.check(len(r.data) >= 8); r.failed {
		return 0
	}
	u := binary.LittleEndian.Uint64(r.data)
	r.data = r.data[8:]
	return u
}

func (r *binaryReader) float() float64 { return math.Float64frombits(r.fixed()) }

// bytes returns a part of what is read.
func (r *binaryReader) bytes() []byte {
	n := r.length(1)
	b := r.data[:n:n]
	r.data = r.data[n:]
	return b
}

func (r *binaryReader) text() string { return string(r.bytes()) }
