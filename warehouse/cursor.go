package warehouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// Cursor is a connection of an engine that reads a table for Read, and its SQL. One goroutine uses it.
type Cursor interface {
	// Table is a table's quoted name.
	Table(t TableRef) string

	// Quote quotes the name of a column.
	Quote(identifier string) string

	// Placeholder is the n-th parameter of a statement, n from 1.
	Placeholder(n int) string

	// Hash is a number from 0 up to 1 that follows from the seed and the values of the expressions.
	Hash(seed uint32, expressions []string) string

	// Identity says by what the rows of a table can be told apart. It sends one statement.
	Identity(ctx context.Context, t TableRef) (Identity, error)

	// Values runs a statement and returns the first value of each row, in a form that a parameter takes.
	Values(ctx context.Context, statement string, parameters []any) ([]any, error)

	// Stream runs a statement and hands its rows, of the scan's columns, to visit; it returns how many there were.
	Stream(ctx context.Context, statement string, parameters []any, s Scan, visit func(*metrics.Batch) error) (int64, error)
}

// Identity is by what the rows of a table can be told apart.
type Identity struct {
	// Expressions differ from row to row and stay the same while the row does; none where the engine has
	// no such thing, as for views.
	Expressions []string

	// TableSample says that the engine samples the table itself (TABLESAMPLE).
	TableSample bool
}

// Read carries out a scan: one statement for its rows, and before it one for each of what that depends
// on: the newest partitions, how many rows there are to sample from, how they are told apart.
func Read(ctx context.Context, c Cursor, s Scan, visit func(*metrics.Batch) error) (Coverage, error) {
	r := reading{Cursor: c, scan: s}
	if s.Probe {
		return r.coverage, r.probe(ctx)
	}
	err := r.choosePartitions(ctx)
	if err == nil {
		err = r.read(ctx, visit)
	}
	return r.coverage, err
}

// Statements is how many statements Read sends for a scan of columns at most. They are fewer where the sample
// turns out to hold every row.
func (s Scan) Statements() int {
	n := 1
	if s.Partition != nil && !s.Partition.given() {
		n++ // which partitions
	}
	if s.Sample != nil {
		n++ // how rows are told apart
		if s.Sample.Method != config.SamplingTopK {
			n++ // how many rows
		}
	}
	return n
}

// reading is a scan that is being carried out.
type reading struct {
	Cursor
	scan       Scan
	conditions []string // of which each row that is read fulfils all
	parameters []any    // of the conditions
	coverage   Coverage
}

// probe sends a statement that needs the rights of the scan and reads no row.
func (r *reading) probe(ctx context.Context) error {
	columns := append(r.quoted(), "1")
	if p := r.scan.Partition; p != nil {
		columns = append(columns, r.Quote(p.Key))
	}
	if s := r.scan.Sample; s != nil && s.Key != "" {
		columns = append(columns, r.Quote(s.Key))
	}
	_, err := r.Values(ctx, r.selection(strings.Join(columns, ", "), r.Table(r.scan.Table), nil)+" LIMIT 0", nil)
	return err
}

func (r *reading) read(ctx context.Context, visit func(*metrics.Batch) error) error {
	if len(r.scan.Columns) == 0 {
		err := r.count(ctx)
		r.coverage.Read = r.coverage.Rows
		return err
	}
	statement, err := r.sample(ctx)
	if err != nil {
		return err
	}
	if statement == "" {
		statement = r.selection(strings.Join(r.quoted(), ", "), r.Table(r.scan.Table), r.conditions)
	}
	r.coverage.Statements++
	read, err := r.Stream(ctx, statement, r.parameters, r.scan, visit)
	r.coverage.Read = read
	r.coverage.Rows = max(r.coverage.Rows, read) // rows may have come since they were counted
	return err
}

// sample returns the statement that reads the scan's sample, and an empty text where every row is read.
func (r *reading) sample(ctx context.Context) (statement string, err error) {
	s := r.scan.Sample
	if s == nil {
		return "", nil
	}
	if s.Method != config.SamplingTopK {
		if err := r.count(ctx); err != nil {
			return "", err
		}
	}
	if s.takesAll(r.coverage.Rows) {
		return "", nil
	}
	identity, err := r.Identity(ctx, r.scan.Table)
	r.coverage.Statements++
	if err != nil {
		return "", err
	}
	return r.sampled(identity), nil
}

// count counts the rows of the partitions.
func (r *reading) count(ctx context.Context) error {
	values, err := r.values(ctx, r.selection("count(*)", r.Table(r.scan.Table), r.conditions))
	if err != nil {
		return err
	}
	_, err = fmt.Sscan(fmt.Sprint(values[0]), &r.coverage.Rows)
	return err
}

// values runs one of the statements before the scan's own.
func (r *reading) values(ctx context.Context, statement string) ([]any, error) {
	r.coverage.Statements++
	return r.Values(ctx, statement, r.parameters)
}
