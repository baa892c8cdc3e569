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
	divide  func(*metrics.Batch) []share // says which rows go to which accumulator
	columns int                          // of the accumulators; batches may have more
	vectors int                          // of a batch
	now     func() time.Time
	begun   time.Time
	spent   time.Duration // on accumulating, by the reader
	picker  picker        // the reader's

	empty   chan *lent
	full    []chan *lent // a queue for each worker
	workers sync.WaitGroup
}

// share is the part of a batch's rows that goes to one accumulator.
type share struct {
	accumulator *metrics.TableAccumulator
	rows        []int // nil for all
}

// lent is a batch that goes to the workers and comes back empty.
type lent struct {
	batch  metrics.Batch
	shares []share
	busy   atomic.Int32 // workers that are not done with it
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

// newPipeline returns a pipeline of batches, of as many vectors, to accumulators of the first columns.
func newPipeline(divide func(*metrics.Batch) []share, columns, vectors int, now func() time.Time) *pipeline {
	return &pipeline{divide: divide, columns: columns, vectors: vectors, now: now, begun: now()}
}

// undivided returns the division of batches that gives all rows to one accumulator.
func undivided(accumulator *metrics.TableAccumulator) func(*metrics.Batch) []share {
	all := []share{{accumulator: accumulator}}
	return func(*metrics.Batch) []share { return all }
}

// add accumulates a batch's rows. The memory of the batch may be another one's afterwards.
func (p *pipeline) add(b *metrics.Batch) error {
	if p.full == nil {
		start := p.now()
		shares := p.divide(b)
		countRows(shares, b.Rows)
		for i := range p.columns {
			p.picker.accumulate(shares, i, &b.Vectors[i])
		}
		end := p.now()
		p.spent += end.Sub(start)
		if p.spent > readersLeast && p.spent*readersShare > end.Sub(p.begun) {
			p.start()
		}
		return nil
	}
	l := <-p.empty
	l.batch, *b = *b, l.batch
	l.shares = p.divide(&l.batch)
	l.busy.Store(int32(len(p.full)))
	countRows(l.shares, l.batch.Rows)
	for _, queue := range p.full {
		queue <- l
	}
	return nil
}

func countRows(shares []share, all int) {
	for _, s := range shares {
		if s.rows == nil {
			s.accumulator.AddRows(all)
		} else {
			s.accumulator.AddRows(len(s.rows))
		}
	}
}

// picker picks the rows of shares. A worker has one of its own.
type picker struct{ metrics.Picker }

// accumulate gives each share its values of the i-th column.
func (p *picker) accumulate(shares []share, i int, v *metrics.Vector) {
	picking := false
	for _, s := range shares {
		if s.rows == nil {
			s.accumulator.AddColumn(i, v)
			continue
		}
		if !picking {
			p.From(v)
			picking = true
		}
		s.accumulator.AddColumn(i, p.Pick(s.rows))
	}
}

// drain waits until all that was handed over is accumulated; more may follow.
func (p *pipeline) drain() {
	if p.full == nil {
		return
	}
	var back []*lent
	for range batchesLent {
		back = append(back, <-p.empty)
	}
	for _, l := range back {
		p.empty <- l
	}
}

func (p *pipeline) start() {
	p.empty = make(chan *lent, batchesLent)
	for range batchesLent {
		p.empty <- &lent{batch: metrics.Batch{Vectors: make([]metrics.Vector, p.vectors)}}
	}
	workers := min(runtime.GOMAXPROCS(0), mostWorkers, p.columns)
	for w := range workers {
		queue := make(chan *lent, batchesLent)
		p.full = append(p.full, queue)
		p.workers.Go(func() {
			var picker picker
			for l := range queue {
				for i := w; i < p.columns; i += workers {
					picker.accumulate(l.shares, i, &l.batch.Vectors[i])
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
