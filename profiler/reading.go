package profiler

import (
	"context"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/internal/spelling"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// reading is what a plan asks for of one table, held against the columns that the table has.
type reading struct {
	scan     warehouse.Scan
	settings metrics.Settings
	now      func() time.Time
	unread   []metrics.Column
	keyKind  metrics.Kind              // of the partitions' key
	wanted   map[string][]metrics.Name // by column
	warnings []string
}

// newReading fails where the table has no column for what the plan asks. The reading that comes with the error has the
// warnings alone.
func newReading(t plan.Table, columns []metrics.Column, s Settings) (*reading, error) {
	selection, err := t.Selection()
	if err != nil {
		return nil, err
	}
	r := &reading{scan: warehouse.Scan{Table: t.TableRef, Seed: seed(t)}, settings: s.Metrics, now: s.Now, wanted: map[string][]metrics.Name{}}
	r.settings.Metrics = nil
	for _, c := range columns {
		measured, read := selection.Of(c.Name)
		if !read {
			r.unread = append(r.unread, c)
			continue
		}
		r.scan.Columns = append(r.scan.Columns, c)
		r.wanted[c.Name] = names(measured)
		r.settings.Metrics = append(r.settings.Metrics, r.wanted[c.Name]...)
	}
	if r.warnings, err = columnWarnings(t, selection, columns); err != nil {
		return nil, err
	}
	if len(r.scan.Columns) == 0 && len(columns) > 0 {
		r.warnings = append(r.warnings, fmt.Sprintf("table %q: the config leaves out every column, so its rows are counted alone", t.ID()))
	}
	return r, r.choose(t, columns)
}

// columnWarnings says which rules of the config match no column, and what they may have meant.
func columnWarnings(t plan.Table, selection *plan.Selection, columns []metrics.Column) (warnings []string, err error) {
	known := make([]string, len(columns))
	for i, c := range columns {
		known[i] = c.Name
	}
	comparing, err := t.UnmatchedDrift(known)
	if err != nil {
		return nil, err
	}
	for _, rule := range append(selection.Unmatched(), comparing...) {
		w := fmt.Sprintf("table %q: the config has settings for the column %q, which the table does not have", t.ID(), rule.Name)
		if rule.IsPattern() {
			w = fmt.Sprintf("table %q: the config has settings for columns like %q, and the table has none", t.ID(), rule.Name)
		} else if near := spelling.Nearest(rule.Name, known); near != "" {
			w += fmt.Sprintf("; did you mean %q?", near)
		}
		warnings = append(warnings, w)
	}
	return warnings, nil
}

// choose sets which rows are read.
func (r *reading) choose(t plan.Table, columns []metrics.Column) error {
	key, err := partitionKey(t, columns)
	if err != nil {
		return err
	}
	r.scan.Partition = partitionOf(t, key)
	for _, c := range columns {
		if c.Name == key {
			r.keyKind = c.Kind
			r.warnings = append(r.warnings, noDates(t, c)...)
		}
	}
	if s := t.Sampling; s != nil {
		r.scan.Sample = &warehouse.Sample{Method: s.Method, Fraction: s.Fraction, MaxRows: s.MaxRows, Key: key}
		r.settings.Metrics = append(r.settings.Metrics, metrics.NullCount) // which every bound needs
	}
	slices.Sort(r.settings.Metrics)
	r.settings.Metrics = slices.Compact(r.settings.Metrics)
	return nil
}

// written finds what begins as a date is written.
var written = regexp.MustCompile(`^\s*(\d{4}-\d{2}-\d{2})(\D|$)`)

// noDates says which of the listed partitions of a date or a point in time are no days of the calendar.
func noDates(t plan.Table, key metrics.Column) (warnings []string) {
	if key.Kind != metrics.KindDate && key.Kind != metrics.KindTimestamp {
		return nil
	}
	for _, v := range t.Partition.Values {
		text, _ := v.(string)
		if m := written.FindStringSubmatch(text); m != nil {
			if _, err := time.Parse(time.DateOnly, m[1]); err != nil {
				warnings = append(warnings, fmt.Sprintf("table %q: %q, one of the partition.values of the config, is no date of the calendar", t.ID(), text))
			}
		}
	}
	return warnings
}

// profile reads and measures the table once, with fresh accumulators, so that no row counts twice when
// it is called again.
func (r *reading) profile(ctx context.Context, source warehouse.Warehouse, read func(rows int)) (*metrics.TableProfile, warehouse.Coverage, error) {
	accumulator := metrics.NewTableAccumulator(r.scan.Columns, r.settings)
	pipeline := newPipeline(accumulator, len(r.scan.Columns), r.now)
	visited := 0
	coverage, err := source.Scan(ctx, r.scan, func(b *metrics.Batch) error {
		visited += b.Rows
		read(b.Rows)
		return pipeline.add(b)
	})
	pipeline.close()
	if err != nil {
		return nil, coverage, err
	}
	if counted := int(coverage.Read) - visited; counted > 0 {
		read(counted) // by the server, where no column is read
	}
	p := accumulator.Profile()
	p.RowsRead = coverage.Read // also where no column was
	p.Extrapolate(coverage.Rows)
	p.Keep(func(column string) []metrics.Name { return r.wanted[column] })
	p.Unread = r.unread
	return p, coverage, nil
}

// seed is what choices at random follow from: other ones for every table, the same in every run, and whether or not the
// config names the table's database.
func seed(t plan.Table) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(t.TableRef.ID()))
	return h.Sum32() >> 1 // an integer with a sign, wherever it is sent
}

func names(texts []string) []metrics.Name {
	list := make([]metrics.Name, len(texts))
	for i, t := range texts {
		list[i] = metrics.Name(t)
	}
	return list
}
