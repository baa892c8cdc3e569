package profiler

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// pipeline accumulates batches while the next ones are read. The reader hands over a full batch and goes
// on with an empty one; each worker takes a share of the columns, so that every column sees its values
// in the order in which they were read, however many workers there are.
type pipeline struct {
	accumulator *metrics.TableAccumulator
	empty       chan *lent
	full        []chan *lent // a queue for each worker
	workers     sync.WaitGroup
}

// lent is a batch that goes to the workers and comes back empty.
type lent struct {
	batch metrics.Batch
	busy  atomic.Int32 // workers that are not done with it
}

const (
	// batchesLent is how many batches may be with the workers: enough to even out that now reading,
	// now accumulating is the slower one.
	batchesLent = 4
	// mostWorkers bounds the workers of one table: reading feeds no more.
	mostWorkers = 4
)

// newPipeline starts the workers of a table with the given number of columns.
func newPipeline(accumulator *metrics.TableAccumulator, columns int) *pipeline {
	workers := max(min(runtime.GOMAXPROCS(0)-1, mostWorkers, columns), 1) // one processor reads
	p := &pipeline{accumulator: accumulator, empty: make(chan *lent, batchesLent)}
	for range batchesLent {
		p.empty <- &lent{batch: metrics.Batch{Vectors: make([]metrics.Vector, columns)}}
	}
	for w := range workers {
		queue := make(chan *lent, batchesLent)
		p.full = append(p.full, queue)
		p.workers.Go(func() {
			for l := range queue {
				for i := w; i < columns; i += workers {
					accumulator.AddColumn(i, &l.batch.Vectors[i])
				}
				if l.busy.Add(-1) == 0 {
					l.batch.Reset()
					p.empty <- l
				}
			}
		})
	}
	return p
}

// add hands a batch's rows to the workers, and leaves the memory of an empty batch in their place.
func (p *pipeline) add(b *metrics.Batch) {
	l := <-p.empty
	l.batch, *b = *b, l.batch
	l.busy.Store(int32(len(p.full)))
	p.accumulator.AddRows(l.batch.Rows)
	for _, queue := range p.full {
		queue <- l
	}
}

// close waits until all that was handed over is accumulated.
func (p *pipeline) close() {
	for _, queue := range p.full {
		close(queue)
	}
	p.workers.Wait()
}
