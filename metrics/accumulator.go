package metrics

import "fmt"

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
	ColumnBudget  int    // bytes of value counts a column before exact figures give way to sketches
}

// Defaults of Settings.
const (
	DefaultHistogramBins = 10
	DefaultTopValues     = 20
	DefaultColumnBudget  = 4 << 20
)

// DefaultSettings measures everything.
func DefaultSettings() Settings {
	return Settings{
		Metrics:       Names(),
		HistogramBins: DefaultHistogramBins,
		TopValues:     DefaultTopValues,
		ColumnBudget:  DefaultColumnBudget,
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
	for _, c := range columns {
		t.columns = append(t.columns, newColumnAccumulator(c, settings))
	}
	return t
}

// Add accumulates the rows of a batch, whose vectors stand in the order of the columns. It keeps
// nothing of the batch's memory.
func (t *TableAccumulator) Add(b *Batch) error {
	if len(b.Vectors) != len(t.columns) {
		return fmt.Errorf("metrics: a batch of %d columns for a table of %d", len(b.Vectors), len(t.columns))
	}
	t.rows += int64(b.Rows)
	for i := range b.Vectors {
		t.columns[i].add(&b.Vectors[i])
	}
	return nil
}

// Rows returns the number of rows accumulated.
func (t *TableAccumulator) Rows() int64 { return t.rows }

// Profile returns what the rows so far measure.
func (t *TableAccumulator) Profile() *TableProfile {
	p := &TableProfile{RowCount: t.rows, Columns: make([]ColumnProfile, 0, len(t.columns))}
	for _, c := range t.columns {
		p.Columns = append(p.Columns, c.profile(t.rows))
	}
	return p
}
