package pushdown

import (
	"context"
	"fmt"
	"slices"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Profile has the engine measure the columns of a scan, and returns what they measure, of the rows of the scan's
// partition and sample, with what was sent.
func Profile(ctx context.Context, source Source, s warehouse.Scan, settings metrics.Settings) (profile *metrics.TableProfile, coverage warehouse.Coverage, err error) {
	err = source.Pushdown(ctx, s, func(c Connection) (err error) {
		related, err := warehouse.Relate(ctx, c, s)
		coverage = related.Coverage
		if err != nil {
			return err
		}
		t := newTable(c, related, s.Columns, settings)
		profile, err = t.profile(ctx)
		coverage.Statements += t.sent
		coverage.Read = t.rows
		coverage.Rows = max(coverage.Rows, t.rows) // rows may have come since they were counted
		return err
	})
	return profile, coverage, err
}

// table is a table that is being measured.
type table struct {
	Connection
	relation warehouse.Relation
	dialect  Dialect
	settings metrics.Settings
	columns  []*column
	rows     int64
	sent     int // statements
}

// column is a column that is being measured.
type column struct {
	metrics.Column
	forms [][]*part // of each form the kinds that its values may be of; the first that no value is against, once that is known
}

// part is what a column holds of one kind.
type part struct {
	terms   Terms
	present int64
	against int64 // values that are not of the kind

	deviated bool // what follows from the groups was taken
	metrics.Aggregates
}

// alternatives are all parts that the column may have.
func (c *column) alternatives() []*part { return slices.Concat(c.forms...) }

// parts are those that it has, one a form.
func (c *column) parts() (parts []*part) {
	for _, form := range c.forms {
		i := slices.IndexFunc(form, func(p *part) bool { return p.against == 0 })
		parts = append(parts, form[i])
	}
	return parts
}

func newTable(c Connection, r warehouse.Relation, columns []metrics.Column, s metrics.Settings) *table {
	t := &table{Connection: c, relation: r, dialect: c.Dialect(), settings: s}
	for _, described := range columns {
		col := &column{Column: described}
		another := true
		for _, terms := range t.dialect.Terms(described, c.Quote(described.Name)) {
			if another {
				col.forms = append(col.forms, nil)
			}
			form := &col.forms[len(col.forms)-1]
			*form = append(*form, &part{terms: terms, Aggregates: metrics.Aggregates{Kind: terms.Kind}})
			another = terms.Unless == ""
		}
		t.columns = append(t.columns, col)
	}
	return t
}

func (t *table) profile(ctx context.Context) (*metrics.TableProfile, error) {
	if err := t.askScalars(ctx); err != nil {
		return nil, err
	}
	second := t.askGroups
	if _, ok := t.dialect.(Sketches); ok {
		second = t.askBins
	}
	if err := second(ctx); err != nil {
		return nil, err
	}
	p := &metrics.TableProfile{RowCount: t.rows, RowsRead: t.rows, Columns: make([]metrics.ColumnProfile, 0, len(t.columns))}
	for _, c := range t.columns {
		p.Columns = append(p.Columns, c.profile(t.rows, t.settings))
	}
	return p, nil
}

// profile is what the column measures, as the kind that most of its values are of.
func (c *column) profile(rows int64, s metrics.Settings) metrics.ColumnProfile {
	main := &part{Aggregates: metrics.Aggregates{Kind: c.Kind}} // of a column without values
	parts, nulls := c.parts(), rows
	for _, p := range parts {
		nulls -= p.present
		p.NaN = p.present - p.Values
		if p.present > main.present || p.present == main.present && p.present > 0 && p.terms.Declared {
			main = p
		}
	}
	for _, p := range parts {
		if p == main || p.present == 0 {
			continue
		}
		main.OtherKind += p.present
		main.OtherDistinct += p.Distinct
	}
	if main.OtherKind > 0 {
		var top metrics.ValueCounts
		var looks metrics.Looks
		for _, p := range parts {
			top = append(top, p.Frequent(s.TopValues)...)
			looks.Merge(p.Looks)
		}
		main.Top = top
		main.Looks = looks
	}
	return main.Profile(c.Column, rows, nulls, s)
}

// query sends a statement, of which the relation's rows are read so many times.
func (t *table) query(ctx context.Context, statement string, reads int, visit func(row []any) error) error {
	if t.relation.Sample != "" {
		statement, reads = fmt.Sprintf("WITH %s AS (%s) %s", sampleName, t.relation.Sample, statement), 1
	}
	parameters := t.relation.Parameters
	if t.Placeholder(1) == t.Placeholder(2) { // they have no numbers
		parameters = nil
		for range reads {
			parameters = append(parameters, t.relation.Parameters...)
		}
	}
	t.sent++
	return t.Rows(ctx, statement, parameters, visit)
}

// sampleName is that of the sample within a statement.
const sampleName = "baselinr_sample"

// from is the end of a SELECT: what it reads.
func (t *table) from() string {
	if t.relation.Sample != "" {
		return " FROM " + sampleName
	}
	from := " FROM " + t.relation.Table
	for i, condition := range t.relation.Conditions {
		if i == 0 {
			from += " WHERE " + condition
		} else {
			from += " AND " + condition
		}
	}
	return from
}
