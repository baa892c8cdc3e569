package profiler

import (
	"fmt"
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// SliceProfile is what a scan measured of one slice of a table.
type SliceProfile struct {
	Slice   metrics.Slice
	Profile *metrics.TableProfile
}

// sliced says how a table is divided into slices.
type sliced struct {
	key    metrics.Column
	list   []metrics.Slice
	vector int  // of the key
	keep   bool // the profiles of slices are kept as those of partitions
}

// slice has the slices of a table read, and nothing else, in one scan.
func (r *reading) slice(t plan.Table, columns []metrics.Column, list []metrics.Slice) error {
	if t.PartitionKey == "" {
		return fmt.Errorf("its asset has partitions, and the config does not say which column tells them apart: write partition: {key: COLUMN, strategy: all} in the profiling of its dataset, as in datasets: {datasets: [{table: %s, profiling: {partition: {key: COLUMN, strategy: all}}}]}; the table has %s", t.Name, someNames(columns))
	}
	at := slices.IndexFunc(columns, func(c metrics.Column) bool { return c.Name == t.PartitionKey })
	if at < 0 {
		return fmt.Errorf("the table has no column %q, which is its partition.key in the config; it has %s", t.PartitionKey, someNames(columns))
	}
	key := columns[at]
	slicer, err := metrics.NewSlicer(key, list)
	if err != nil {
		return err
	}
	r.keyKind = key.Kind
	p := &warehouse.Partition{Key: key.Name, Ranges: slicer.Bounds()}
	if len(p.Ranges) == 0 {
		for _, one := range list {
			p.Values = append(p.Values, one.Name)
		}
	}
	r.scan.Partition, r.scan.Marked = p, true
	r.slices = &sliced{key: key, list: list, vector: slices.IndexFunc(r.scan.Columns, func(c metrics.Column) bool { return c.Name == key.Name })}
	if r.slices.vector < 0 {
		r.slices.vector = len(r.scan.Columns)
		r.scan.Columns = append(slices.Clone(r.scan.Columns), key)
	}
	if t.Sampling != nil {
		r.warnings = append(r.warnings, fmt.Sprintf("table %q: no sample is read of partitions of an asset: every row of them is", t.ID()))
	}
	if t.KeepsPartitions() {
		r.keepSlices(t)
	}
	slices.Sort(r.settings.Metrics)
	r.settings.Metrics = slices.Compact(r.settings.Metrics)
	return nil
}

// keepSlices has the profiles of slices kept as those of partitions, where they are the same: values, or days.
func (r *reading) keepSlices(t plan.Table) {
	for _, one := range r.slices.list {
		if one.OfTime() && !one.IsDay() {
			r.warnings = append(r.warnings, fmt.Sprintf("table %q: the profiles of its partitions are not kept (keep_profiles): %q is no day", t.ID(), one.Name))
			return
		}
	}
	r.slices.keep = true
}

// KeptAs is a slice's value among the partitions that are kept.
func KeptAs(s metrics.Slice) metrics.Value {
	if s.OfTime() {
		return metrics.Text(s.Start.Format(time.DateOnly))
	}
	return metrics.Text(s.Name)
}

// sliced returns the profile of each slice, of one without a row too.
func (r *reading) sliced(p *PartitionProfiles) ([]SliceProfile, error) {
	if p.GaveUp != nil {
		return nil, fmt.Errorf("its %d partitions take too much memory at once: %w; profile fewer of them in a run", len(r.slices.list), p.GaveUp)
	}
	read := make(map[string][]byte, len(p.List))
	for _, one := range p.List {
		read[one.Value.String()] = one.Data
	}
	list := make([]SliceProfile, 0, len(r.slices.list))
	for _, one := range r.slices.list {
		accumulator := metrics.NewTableAccumulator(r.measured, r.settings)
		if data, ok := read[one.Name]; ok {
			if err := accumulator.UnmarshalBinary(data); err != nil {
				return nil, err
			}
		}
		profile := accumulator.Profile()
		r.complete(profile)
		list = append(list, SliceProfile{one, profile})
	}
	return list, nil
}

// keptSlices are the profiles of slices that are kept as those of partitions; nil where they are not.
func (r *reading) keptSlices(p *PartitionProfiles) *PartitionProfiles {
	if p == nil || !r.slices.keep || p.GaveUp != nil {
		return nil
	}
	values := map[string]metrics.Value{}
	for _, one := range r.slices.list {
		values[one.Name] = KeptAs(one)
	}
	keeps := &PartitionProfiles{Key: r.slices.key.Name}
	for _, one := range p.List {
		one.Value = values[one.Value.String()]
		keeps.List = append(keeps.List, one)
	}
	return keeps
}
