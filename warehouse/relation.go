package warehouse

import "context"

// Relation is what of a table a statement of an engine's own is to read: the rows of a scan.
type Relation struct {
	Table      string   // quoted
	Conditions []string // of which each row fulfils all
	Sample     string   // the statement that reads the sample's columns; empty where every row counts
	Parameters []any    // of the conditions and the sample, in their order
	Coverage   Coverage // Rows are known where they were counted for a sample; Read is not
}

// Relate finds out which rows a scan means, with one statement for each of what that depends on, as Read does,
// and reads none of them.
func Relate(ctx context.Context, c Cursor, s Scan) (Relation, error) {
	if len(s.Columns) == 0 {
		s.Sample = nil // the rows are counted alone, all of them
	}
	r := reading{Cursor: c, scan: s}
	err := r.choosePartitions(ctx)
	var sample string
	if err == nil {
		sample, err = r.sample(ctx)
	}
	return Relation{Table: c.Table(s.Table), Conditions: r.conditions, Sample: sample, Parameters: r.parameters, Coverage: r.coverage}, err
}
