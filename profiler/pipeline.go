package profiler

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// pipeline accumulates the batches of a scan. As long as that is a small part of the work, the reader
// does it itself, which is cheapest. Where it is not, workers accumulate while the next batches are
// read: the reader hands over a full batch and goes on with an empty one, and each worker takes a share
// of the columns, so that every column sees its values in the order in which they were read.
type pipeline struct {
	accumulator *metrics.TableAccumulator
	columns     int
	now         func() time.Time
	begun       time.Time
	spent       time.Duration // on accumulating, by the reader

	empty   chan *lent
	full    []chan *lent // a queue for each worker
	workers sync.WaitGroup
}

// lent is a batch that goes to the workers and comes back empty.
type lent struct {
	batch metrics.Batch
	busy  atomic.Int32 // workers that are not done with it
}

const (
	// readersShare is the part of its time, one in so many, that the reader may spend on accumulating.
	readersShare = 5
	// readersLeast is what it spends in any case: a short scan is not worth a worker.
	readersLeast = 5 * time.Millisecond
	// batchesLent is how many batches may be with the workers: enough to even out that now reading,
	// now accumulating is the slower one.
	batchesLent = 2
	// mostWorkers bounds the workers of one table: reading feeds no more.
	mostWorkers = 4
)

func newPipeline(accumulator *metrics.TableAccumulator, columns int, now func() time.Time) *pipeline {
	return &pipeline{accumulator: accumulator, columns: columns, now: now, begun: now()}
}

// add accumulates a batch's rows. The memory of the batch may be another one's afterwards.
func (p *pipeline) add(b *metrics.Batch) error {
	if p.full == nil {
		start := p.now()
		err := p.accumulator.Add(b)
		end := p.now()
		p.spent += end.Sub(start)
		if p.spent > readersLeast && p.spent*readersShare > end.Sub(p.begun) {
			p.start()
		}
		return err
	}
	l := <-p.empty
	l.batch, *b = *b, l.batch
	l.busy.Store(int32(len(p.full)))
	p.accumulator.AddRows(l.batch.Rows)
	for _, queue := range p.full {
		queue <- l
	}
	return nil
}

func (p *pipeline) start() {
	p.empty = make(chan *lent, batchesLent)
	for range batchesLent {
		p.empty <- &lent{batch: metrics.Batch{Vectors: make([]metrics.Vector, p.columns)}}
	}
	workers := min(runtime.GOMAXPROCS(0), mostWorkers, p.columns)
	for w := range workers {
		queue := make(chan *lent, batchesLent)
		p.full = append(p.full, queue)
		p.workers.Go(func() {
			for l := range queue {
				for i := w; i < p.columns; i += workers {
					p.accumulator.AddColumn(i, &l.batch.Vectors[i])
				}
				if l.busy.Add(-1) == 0 {
					l.batch.Reset()
					p.empty <- l
				}
			}
		})
	}
}

// close waits until all that was handed over is accumulated.
func (p *pipeline) close() {
	for _, queue := range p.full {
		close(queue)
	}
	p.workers.Wait()
}
