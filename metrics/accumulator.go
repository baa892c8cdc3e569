package metrics

import (
	"fmt"
	"slices"
)

// Column says what is known of a column before it is read.
type Column struct {
	Name     string
	Type     string // as the catalog declares it
	Kind     Kind   // that its declared type implies; KindUnknown where it implies none
	Nullable bool
	Dynamic  bool // the engine lets a column's values be of several types, as SQLite does
}

// Settings say what to measure and how much memory it may take.
type Settings struct {
	Metrics       []Name // what the profile holds; Names() for everything
	HistogramBins int    // bins of a histogram, at least 1
	TopValues     int    // values listed in top_values, at most
	TypeSample    int    // values that data_type_inferred is read from, at most 100
	ColumnBudget  int    // bytes of value counts a column before exact figures give way to sketches
	TableBudget   int    // bytes of all columns together, which the columns share alike
}

// Defaults of Settings.
const (
	DefaultHistogramBins = 10
	DefaultTopValues     = 20
	DefaultColumnBudget  = 4 << 20
	DefaultTableBudget   = 40 << 20
)

// DefaultSettings measures everything.
func DefaultSettings() Settings {
	return Settings{
		Metrics:       Names(),
		HistogramBins: DefaultHistogramBins,
		TopValues:     DefaultTopValues,
		TypeSample:    sampleSize,
		ColumnBudget:  DefaultColumnBudget,
		TableBudget:   DefaultTableBudget,
	}
}

// TableAccumulator measures every column of a table in one pass over its rows.
type TableAccumulator struct {
	settings Settings
	rows     int64
	columns  []*columnAccumulator
}

// NewTableAccumulator returns an accumulator for rows of the given columns.
func NewTableAccumulator(columns []Column, settings Settings) *TableAccumulator {
	t := &TableAccumulator{settings: settings}
	settings = settings.forColumns(len(columns))
	for _, c := range columns {
		t.columns = append(t.columns, newColumnAccumulator(c, settings))
	}
	return t
}

// forColumns returns the settings of each of n columns.
func (s Settings) forColumns(n int) Settings {
	s.ColumnBudget = min(s.ColumnBudget, s.TableBudget/max(n, 1))
	return s
}

// Add accumulates the rows of a batch, whose vectors stand in the order of the columns. It keeps
// nothing of the batch's memory.
func (t *TableAccumulator) Add(b *Batch) error {
	if len(b.Vectors) != len(t.columns) {
		return fmt.Errorf("metrics: a batch of %d columns for a table of %d", len(b.Vectors), len(t.columns))
	}
	t.AddRows(b.Rows)
	for i := range b.Vectors {
		t.AddColumn(i, &b.Vectors[i])
	}
	return nil
}

// AddRows counts rows whose columns AddColumn accumulates: together they do what Add does, in parts that
// may run side by side.
func (t *TableAccumulator) AddRows(n int) { t.rows += int64(n) }

// AddColumn accumulates values of the i-th column. Calls for different columns may run side by side.
func (t *TableAccumulator) AddColumn(i int, v *Vector) { t.columns[i].add(v) }

// Merge accumulates what other, of the same columns and budgets, holds: the result is that of an
// accumulator of both streams, one after the other. The other must not be used afterwards.
func (t *TableAccumulator) Merge(other *TableAccumulator) error {
	if len(t.columns) != len(other.columns) {
		return fmt.Errorf("metrics: cannot merge %d columns with %d", len(t.columns), len(other.columns))
	}
	for i, c := range t.columns {
		o := other.columns[i]
		if c.column.Name != o.column.Name || c.column.Kind != o.column.Kind || c.column.Dynamic != o.column.Dynamic {
			return fmt.Errorf("metrics: cannot merge column %q of kind %s with column %q of kind %s", c.column.Name, c.column.Kind, o.column.Name, o.column.Kind)
		}
		if sizeFor(c.settings.ColumnBudget) != sizeFor(o.settings.ColumnBudget) {
			return fmt.Errorf("metrics: cannot merge column %q: its sketches are of another size; profile both with one budget", c.column.Name)
		}
	}
	t.rows += other.rows
	for i, c := range t.columns {
		c.merge(other.columns[i])
	}
	return nil
}

// Rows returns the number of rows accumulated.
func (t *TableAccumulator) Rows() int64 { return t.rows }

// Profile returns what the rows so far measure.
func (t *TableAccumulator) Profile() *TableProfile {
	p := &TableProfile{RowCount: t.rows, RowsRead: t.rows, Columns: make([]ColumnProfile, 0, len(t.columns))}
	for _, c := range t.columns {
		p.Columns = append(p.Columns, c.profile(t.rows))
	}
	return p
}

// Settings returns what is measured, and how.
func (t *TableAccumulator) Settings() Settings { return t.settings }

// Columns returns the columns, in order.
func (t *TableAccumulator) Columns() []Column {
	columns := make([]Column, len(t.columns))
	for i, c := range t.columns {
		columns[i] = c.column
	}
	return columns
}

// ColumnProfile returns what the rows so far measure of the i-th column.
func (t *TableAccumulator) ColumnProfile(i int) ColumnProfile { return t.columns[i].profile(t.rows) }

// Select returns an accumulator of the columns with the names, in that order, and of the same rows. It shares
// their memory. Its profile is measured as the settings say, but for budgets, which stay.
func (t *TableAccumulator) Select(names []string, s Settings) (*TableAccumulator, error) {
	s.ColumnBudget, s.TableBudget = t.settings.ColumnBudget, t.settings.TableBudget
	selected := &TableAccumulator{settings: s, rows: t.rows}
	for _, name := range names {
		i := slices.IndexFunc(t.columns, func(c *columnAccumulator) bool { return c.column.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("metrics: no column %q to select", name)
		}
		c := *t.columns[i]
		budget := c.settings.ColumnBudget
		c.settings = s
		c.settings.ColumnBudget = budget
		selected.columns = append(selected.columns, &c)
	}
	return selected, nil
}

// Bytes estimates the memory that the accumulator takes.
func (t *TableAccumulator) Bytes() int {
	n := 0
	for _, c := range t.columns {
		const empty = 256
		n += empty
		if a := c.numbers; a != nil {
			n += a.bytes()
		}
		for _, a := range []*texts{c.texts, c.blobs} {
			if a != nil {
				n += a.bytes()
			}
		}
	}
	return n
}
