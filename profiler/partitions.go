package profiler

import (
	"errors"
	"fmt"
	"math"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// PartitionProfiles are what one scan accumulated of each partition by itself.
type PartitionProfiles struct {
	Key   string
	Every bool // every row of the table was read: what is not listed does not exist
	List  []PartitionProfile

	GaveUp error // why they are not listed, where they took too much memory
}

// divider tells which partition each row of a table belongs to.
type divider interface {
	// Values appends, for each row of the key's vector, the value of its partition, or nothing.
	Values(v *metrics.Vector, values []metrics.Value) []metrics.Value
}

// PartitionProfile is what a scan accumulated of one partition.
type PartitionProfile struct {
	Value metrics.Value // a text, and nothing for the rows without a key
	Rows  int64
	Data  []byte // the binary form of a metrics.TableAccumulator
}

// The bounds of what accumulating each partition by itself may take, a table.
const (
	mostPartitions = 10_000
	mostOpenBytes  = 128 << 20 // of accumulators
	mostKeptBytes  = 512 << 20 // of binary forms
	mostReopened   = 1_000     // partitions that have rows again after they were closed

	// Memory is looked at after so many batches, or partitions that were begun.
	batchesUnseen    = 16
	partitionsUnseen = 256
)

// partitions accumulates each partition of a table by itself. The table is what all of them merge to. Those that
// have had no row for longest are closed, into their binary form, where the accumulators take too much memory: a
// table that lies in the order of its key has few open at a time. Where even that does not bound it, the
// partitions are given up, and the table alone goes on.
type partitions struct {
	key     divider
	vector  int          // of the key
	chosen  bool         // rows of which the key tells nothing are of no partition, and are left out
	failed  func() error // says why the key could not tell rows apart; nil where it always can
	columns []metrics.Column

	settings metrics.Settings
	table    *metrics.TableAccumulator // of the rows of partitions that were closed
	known    map[metrics.Value]*partition
	list     []*partition // in the order in which they were met
	drain    func()       // waits until no accumulator is added to
	gaveUp   error        // why; nil while they are kept
	failure  error        // of merging, which leaves the table without rows of it

	openLimit, keptLimit int // bytes

	batch    int64 // number of the one that is divided
	unseen   int   // batches since memory was looked at
	begun    int   // partitions that were opened since
	reopened int
	kept     int             // bytes of binary forms
	values   []metrics.Value // memory of the batch's
	touched  []*partition    // the batch's
}

type partition struct {
	value metrics.Value
	rows  int64
	open  *metrics.TableAccumulator // nil while it is closed
	data  []byte                    // what was accumulated before it was closed, if it ever was
	batch int64                     // the last one with a row of it
	share []int                     // its rows of that batch
}

func newPartitions(key divider, vector int, columns []metrics.Column, s metrics.Settings) *partitions {
	return &partitions{
		key: key, vector: vector, columns: columns, settings: s, table: metrics.NewTableAccumulator(columns, s),
		known: map[metrics.Value]*partition{}, openLimit: mostOpenBytes, keptLimit: mostKeptBytes,
	}
}

// divide says which rows of a batch go to which partition.
func (p *partitions) divide(b *metrics.Batch) []share {
	if p.gaveUp != nil {
		return []share{{accumulator: p.table}}
	}
	p.batch++
	p.touched = p.touched[:0]
	p.values = p.key.Values(&b.Vectors[p.vector], p.values[:0])
	var last *partition
	for row, value := range p.values {
		if p.chosen && value.IsNull() {
			continue
		}
		if last == nil || value != last.value {
			last = p.of(value)
		}
		last.share = append(last.share, row)
	}
	shares := make([]share, len(p.touched))
	for i, t := range p.touched {
		t.rows += int64(len(t.share))
		shares[i] = share{t.open, t.share}
	}
	if len(shares) == 1 && len(shares[0].rows) == b.Rows {
		shares[0].rows = nil
	}
	return shares
}

// of returns the partition of a value, open.
func (p *partitions) of(value metrics.Value) *partition {
	t := p.known[value]
	if t == nil {
		t = &partition{value: value}
		p.known[value] = t
		p.list = append(p.list, t)
	}
	if t.open == nil {
		t.open = metrics.NewTableAccumulator(p.columns, p.settings)
		p.begun++
		if t.data != nil {
			p.reopened++
		}
	}
	if t.batch != p.batch {
		t.batch, t.share = p.batch, nil // workers may still have the rows of the batch before
		p.touched = append(p.touched, t)
	}
	return t
}

// lookAtMemory, called before a batch is divided, closes partitions where the accumulators take too much, and gives them up where that is not enough.
func (p *partitions) lookAtMemory() {
	if p.gaveUp != nil {
		return
	}
	if p.unseen++; p.unseen < batchesUnseen && p.begun < partitionsUnseen {
		return
	}
	p.unseen, p.begun = 0, 0
	p.drain()
	if open := p.openBytes(); open > p.openLimit {
		if err := p.close(open - p.openLimit/2); err != nil {
			p.giveUp(err)
			return
		}
	}
	const mb = 1 << 20
	switch {
	case len(p.list) > mostPartitions:
		p.giveUp(fmt.Errorf("there are more than %d", mostPartitions))
	case p.kept > p.keptLimit:
		p.giveUp(fmt.Errorf("they take more than %d MB", p.keptLimit/mb))
	case p.reopened > mostReopened+len(p.list)/10:
		p.giveUp(fmt.Errorf("the rows of %d partitions lie in no order, and all of them together take more than the %d MB of memory that there are for them", len(p.list), p.openLimit/mb))
	}
}

func (p *partitions) openBytes() (bytes int) {
	for _, t := range p.list {
		if t.open != nil {
			bytes += t.open.Bytes()
		}
	}
	return bytes
}

// close closes those partitions that have had no row for longest, until so many bytes are free.
func (p *partitions) close(bytes int) error {
	for bytes > 0 {
		var oldest *partition
		least := int64(math.MaxInt64)
		for _, t := range p.list {
			if t.open != nil && t.batch < least {
				oldest, least = t, t.batch
			}
		}
		if oldest == nil {
			return nil
		}
		bytes -= oldest.open.Bytes()
		if err := p.closeOne(oldest); err != nil {
			return err
		}
	}
	return nil
}

// closeOne turns what a partition has accumulated into its binary form, with what it had before, and adds it to
// the table.
func (p *partitions) closeOne(t *partition) error {
	data, err := t.open.MarshalBinary()
	if err != nil {
		return err
	}
	if t.data != nil {
		if data, err = merged(t.data, data); err != nil {
			return err
		}
	}
	p.kept += len(data) - len(t.data)
	t.data = data
	err = p.table.Merge(t.open)
	t.open = nil
	return err
}

// merged merges two binary forms.
func merged(first, second []byte) ([]byte, error) {
	var a, b metrics.TableAccumulator
	if err := errors.Join(a.UnmarshalBinary(first), b.UnmarshalBinary(second)); err != nil {
		return nil, err
	}
	if err := a.Merge(&b); err != nil {
		return nil, err
	}
	return a.MarshalBinary()
}

// giveUp keeps no partition from now on. The table goes on with all their rows.
func (p *partitions) giveUp(why error) {
	p.gaveUp = why
	for _, t := range p.list {
		if t.open != nil {
			if err := p.table.Merge(t.open); err != nil {
				p.failure = errors.Join(p.failure, err)
			}
		}
	}
	p.known, p.list, p.touched = nil, nil, nil
}

// finish closes every partition, and returns the table and them; no partition where they were given up.
func (p *partitions) finish() (*metrics.TableAccumulator, []PartitionProfile, error) {
	if p.gaveUp != nil {
		return p.table, nil, p.failure
	}
	list := make([]PartitionProfile, 0, len(p.list))
	for i, t := range p.list {
		if t.open != nil {
			if err := p.closeOne(t); err != nil {
				return nil, nil, err
			}
		}
		if p.kept > p.keptLimit {
			p.list = p.list[i+1:]
			p.giveUp(fmt.Errorf("they take more than %d MB", p.keptLimit>>20))
			return p.table, nil, p.failure
		}
		list = append(list, PartitionProfile{Value: t.value, Rows: t.rows, Data: t.data})
	}
	return p.table, list, nil
}
