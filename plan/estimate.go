package plan

import (
	"math"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Estimate says what a run will cost, by the catalog's estimates.
type Estimate struct {
	Rows, RowsRead, Bytes Sum
	Statements            int // at most, with the one that describes all tables
}

// Sum adds up what is known of tables.
type Sum struct {
	Known   int64
	Unknown int // tables of which it is not known
}

// Estimate adds up what the tables cost.
func (p *Plan) Estimate() Estimate {
	var e Estimate
	for _, t := range p.Tables {
		e.Statements += t.Statements()
		e.Rows.add(t.EstimatedRows)
		e.RowsRead.add(t.RowsRead())
		e.Bytes.add(t.EstimatedBytes)
	}
	if len(p.Tables) > 0 {
		e.Statements++
	}
	return e
}

func (s *Sum) add(n int64) {
	if n < 0 {
		s.Unknown++
		return
	}
	s.Known += n
}

// Statements is how many statements reading the table takes at most.
func (t Table) Statements() int {
	var s warehouse.Scan
	if !t.EveryPartition() {
		s.Partition = &warehouse.Partition{Strategy: t.Partition.Strategy}
	}
	if t.Sampling != nil {
		s.Sample = &warehouse.Sample{Method: t.Sampling.Method}
	}
	n := s.Statements()
	if t.Pushed() && t.asksGroups() {
		n++
	}
	return n
}

// RowsRead is how many rows a run will read of the table, by the catalog's estimate; −1 where it is not known,
// as with partitions, of which the catalog knows nothing.
func (t Table) RowsRead() int64 {
	rows, s := t.EstimatedRows, t.Sampling
	if rows < 0 || s == nil && t.EveryPartition() {
		return rows
	}
	if !t.EveryPartition() {
		return -1
	}
	if s.Method != config.SamplingTopK {
		rows = int64(math.Round(float64(rows) * s.Fraction))
	}
	if s.MaxRows > 0 {
		rows = min(rows, s.MaxRows)
	}
	return rows
}
