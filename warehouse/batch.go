package warehouse

import "github.com/baselinr/baselinr-pipes/metrics"

// The bounds of a batch: rows enough to spread the cost of handing it over, bytes few enough that a
// table of a thousand wide columns stays in memory.
const (
	BatchRows  = 1024
	BatchBytes = 2 << 20
)

// Batcher collects rows into a batch and hands it on when it is full.
type Batcher struct {
	batch metrics.Batch
	bytes int
	mark  bool
	visit func(*metrics.Batch) error
}

// NewBatcher returns a batcher for the rows of a scan.
func NewBatcher(s Scan, visit func(*metrics.Batch) error) *Batcher {
	return &Batcher{batch: metrics.Batch{Vectors: make([]metrics.Vector, len(s.Columns))}, mark: s.Marked, visit: visit}
}

// Vectors returns the vectors of the columns, to which the caller appends the values of a row.
func (b *Batcher) Vectors() []metrics.Vector { return b.batch.Vectors }

// EndRow counts a row of the given size in bytes and hands the batch on where it is full.
func (b *Batcher) EndRow(bytes int) error {
	if b.mark {
		for i := range b.batch.Vectors {
			b.batch.Vectors[i].Mark()
		}
	}
	b.batch.Rows++
	b.bytes += bytes
	if b.batch.Rows < BatchRows && b.bytes < BatchBytes {
		return nil
	}
	return b.Flush()
}

// Flush hands on what is left.
func (b *Batcher) Flush() error {
	if b.batch.Rows == 0 {
		return nil
	}
	if err := b.visit(&b.batch); err != nil {
		return err
	}
	b.batch.Reset()
	b.bytes = 0
	return nil
}
