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
	"github.com/baselinr/baselinr-pipes/warehouse/pushdown"
)

// reading is what a plan asks for of one table, held against the columns that the table has.
type reading struct {
	scan     warehouse.Scan
	settings metrics.Settings
	pushed   bool // the engine computes
	now      func() time.Time
	unread   []metrics.Column
	keyKind  metrics.Kind              // of the partitions' key
	measured []metrics.Column          // those of the scan that are measured
	keep     *kept                     // how partitions are kept; nil where they are not
	slices   *sliced                   // which partitions are profiled by themselves; nil where the table is
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
	r := &reading{scan: warehouse.Scan{Table: t.TableRef, Seed: seed(t)}, settings: s.Metrics, pushed: t.Pushed(), now: s.Now, wanted: map[string][]metrics.Name{}}
	r.settings.Metrics = nil
	for _, c := range columns {
		measured, read := selection.Of(c.Name)
		if !read {
			r.unread = append(r.unread, c)
			continue
		}
		r.scan.Columns = append(r.scan.Columns, c)
		r.wanted[c.Name] = metrics.NamesOf(measured)
		r.settings.Metrics = append(r.settings.Metrics, r.wanted[c.Name]...)
	}
	if r.warnings, err = columnWarnings(t, selection, columns); err != nil {
		return nil, err
	}
	if len(r.scan.Columns) == 0 && len(columns) > 0 {
		r.warnings = append(r.warnings, fmt.Sprintf("table %q: the config leaves out every column, so its rows are counted alone", t.ID()))
	}
	r.measured = r.scan.Columns
	if len(s.Slices) > 0 {
		return r, r.slice(t, columns, s.Slices)
	}
	return r, r.choose(t, columns)
}

// kept says how the profile of each partition is kept.
type kept struct {
	key    metrics.Column
	vector int  // of the key
	byDay  bool // points in time belong to their day
	every  bool // every row of the table is read
}

// keepPartitions has the profile of each partition kept, where that can be.
func (r *reading) keepPartitions(t plan.Table, key metrics.Column) {
	every := t.EveryPartition()
	switch {
	case t.Sampling != nil:
		r.warnings = append(r.warnings, fmt.Sprintf("table %q: the profiles of its partitions are not kept (keep_profiles): the sample of a partition is not the partition", t.ID()))
		return
	case !every && key.Kind == metrics.KindTimestamp && !key.Dynamic:
		r.warnings = append(r.warnings, fmt.Sprintf("table %q: the profiles of its partitions are not kept (keep_profiles): %q holds points in time, and the strategy %s chooses single ones, which are no whole days; name a column of dates as the key, or write strategy: all",
			t.ID(), key.Name, t.Partition.Strategy))
		return
	}
	r.keep = &kept{key: key, byDay: every, every: every, vector: slices.IndexFunc(r.scan.Columns, func(c metrics.Column) bool { return c.Name == key.Name })}
	if r.keep.vector < 0 {
		r.keep.vector = len(r.scan.Columns)
		r.scan.Columns = append(slices.Clone(r.scan.Columns), key)
	}
	r.scan.Marked = true
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
			if t.KeepsPartitions() {
				r.keepPartitions(t, c)
			}
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

// profile measures the table once, from nothing, so that no row counts twice when it is called again.
// Partitions of an orchestrator are told apart row by row, so that an engine does not compute those.
func (r *reading) profile(ctx context.Context, source warehouse.Warehouse, read func(rows int)) (*metrics.TableProfile, *PartitionProfiles, warehouse.Coverage, error) {
	if computing, ok := source.(pushdown.Source); ok && r.pushed && r.slices == nil {
		p, coverage, err := pushdown.Profile(ctx, computing, r.scan, r.settings)
		if err == nil {
			read(int(coverage.Read))
			r.finish(p, coverage)
		}
		return p, nil, coverage, err
	}
	return r.stream(ctx, source, read)
}

// finish makes what was measured the profile that was asked for.
func (r *reading) finish(p *metrics.TableProfile, coverage warehouse.Coverage) {
	p.RowsRead = coverage.Read // also where no column was
	p.Extrapolate(coverage.Rows)
	r.complete(p)
}

// complete leaves in a profile what is wanted of each column, and adds those that were not read.
func (r *reading) complete(p *metrics.TableProfile) {
	p.Keep(func(column string) []metrics.Name { return r.wanted[column] })
	p.Unread = r.unread
}

// stream reads the table and measures its rows here.
func (r *reading) stream(ctx context.Context, source warehouse.Warehouse, read func(rows int)) (*metrics.TableProfile, *PartitionProfiles, warehouse.Coverage, error) {
	accumulator := metrics.NewTableAccumulator(r.measured, r.settings)
	divide := undivided(accumulator)
	var parts *partitions
	switch {
	case r.slices != nil:
		slicer, err := metrics.NewSlicer(r.slices.key, r.slices.list)
		if err != nil {
			return nil, nil, warehouse.Coverage{}, err
		}
		parts = newPartitions(slicer, r.slices.vector, r.measured, r.settings)
		parts.chosen, parts.failed = true, slicer.Err
		divide = parts.divide
	case r.keep != nil:
		parts = newPartitions(metrics.NewPartitionKey(r.keep.key, r.keep.byDay), r.keep.vector, r.measured, r.settings)
		divide = parts.divide
	}
	pipeline := newPipeline(divide, len(r.measured), len(r.scan.Columns), r.now)
	if parts != nil {
		parts.drain = pipeline.drain
	}
	visited := 0
	coverage, err := source.Scan(ctx, r.scan, func(b *metrics.Batch) error {
		visited += b.Rows
		read(b.Rows)
		if parts != nil {
			parts.lookAtMemory()
		}
		return pipeline.add(b)
	})
	pipeline.close()
	var profiles *PartitionProfiles
	if err == nil && parts != nil {
		profiles = &PartitionProfiles{}
		if r.keep != nil {
			profiles.Key, profiles.Every = r.keep.key.Name, r.keep.every
		}
		accumulator, profiles.List, err = parts.finish()
		profiles.GaveUp = parts.gaveUp
		if err == nil && parts.failed != nil {
			err = parts.failed()
		}
	}
	if err != nil {
		return nil, nil, coverage, err
	}
	if counted := int(coverage.Read) - visited; counted > 0 {
		read(counted) // by the server, where no column is read
	}
	p := accumulator.Profile()
	if r.slices == nil {
		r.finish(p, coverage)
	} else {
		r.complete(p)
	}
	return p, profiles, coverage, nil
}

// seed is what choices at random follow from: other ones for every table, the same in every run, and whether or not the
// config names the table's database.
func seed(t plan.Table) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(t.TableRef.ID()))
	return h.Sum32() >> 1 // an integer with a sign, wherever it is sent
}
