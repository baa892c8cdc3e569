package warehouse

import (
	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// Scan says what to read of a table.
type Scan struct {
	Table     TableRef
	Columns   []metrics.Column // in the order of the batches' vectors; none to count the rows alone
	Partition *Partition       // which rows; nil for all
	Sample    *Sample          // how many of those; nil for all
	Seed      uint32           // what a choice at random follows from: the same seed, the same rows
	Probe     bool             // read no row: find out whether the user may
	Marked    bool             // mark every row of the vectors (metrics.Vector.Mark), so that rows can be picked
}

// Lookups reports whether Read sends statements before that of the rows, which should then all see one state
// of the table.
func (s Scan) Lookups() bool {
	return !s.Probe && (s.Sample != nil || s.Partition != nil && !s.Partition.given())
}

// Partition chooses the rows whose Key has one of certain values.
type Partition struct {
	Key      string
	Strategy config.PartitionStrategy // none for specific_values
	Count    int                      // how many values, for the strategies recent_n and sample
	Values   []any                    // which, for specific_values: text, json.Number, bool, or nil for rows without a key

	// Ranges choose, in place of Values, the rows whose key is at least the
	// first of two texts, and less than the second.
	Ranges [][2]string
}

// given reports whether the values are known before the table is asked.
func (p *Partition) given() bool { return p.Strategy == config.PartitionValues || p.Strategy == "" }

// Sample chooses some of the rows.
type Sample struct {
	Method   config.SamplingMethod
	Fraction float64 // of the rows; not for topk
	MaxRows  int64   // at most; 0 for no bound, which topk needs
	Key      string  // the column by whose values topk and stratified choose
}

// Coverage is what a scan read, and of what.
type Coverage struct {
	Rows       int64           // of the table, or of the partitions
	Read       int64           // of these
	Partitions []metrics.Value // the values of the key that were chosen, as texts, nothing for rows without one; nil where every row was
	Statements int             // sent for the scan
}
