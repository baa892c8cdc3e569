package drift

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// Window is a span of partitions that are taken together, from their stored profiles.
type Window struct {
	Span       Span
	Key        string   // the column that tells partitions apart
	Partitions int      // that were found
	Missing    []string // days of the span of which there is none
	LeftOut    []LeftOut

	all        *metrics.TableAccumulator
	columns    []metrics.Column // of the last partition
	follows    map[string]*follows
	profiledAt time.Time
}

// LeftOut is a column that not every partition of a window has alike.
type LeftOut struct {
	Column string
	Why    string
}

// NewWindow returns a window without a partition.
func NewWindow(span Span, key string) *Window {
	return &Window{Span: span, Key: key, follows: map[string]*follows{}}
}

// Add takes a partition into the window, in the order of values. The accumulator must not be used afterwards.
func (w *Window) Add(value string, profiledAt time.Time, partition *metrics.TableAccumulator) error {
	w.Partitions++
	if profiledAt.After(w.profiledAt) {
		w.profiledAt = profiledAt
	}
	w.columns = partition.Columns()
	if err := w.see(value, partition); err != nil {
		return err
	}
	if w.all == nil {
		w.all = partition
		return nil
	}
	var common []string
	others := map[string]metrics.Column{}
	for _, c := range w.columns {
		others[c.Name] = c
	}
	had := w.all.Columns()
	for _, c := range had {
		o, ok := others[c.Name]
		delete(others, c.Name)
		switch {
		case !ok:
			w.leaveOut(c.Name, "the partition "+value+" does not have it")
		case o.Kind != c.Kind || o.Dynamic != c.Dynamic || o.Type != c.Type:
			w.leaveOut(c.Name, fmt.Sprintf("its type is %s in the partition %s, and was %s before", o.Type, value, c.Type))
		default:
			common = append(common, c.Name)
		}
	}
	for _, c := range w.columns {
		if _, more := others[c.Name]; more && !w.isLeftOut(c.Name) {
			w.leaveOut(c.Name, "partitions before "+value+" do not have it")
		}
	}
	if len(common) == len(had) && len(common) == len(w.columns) && sameOrder(common, w.columns) {
		return w.all.Merge(partition)
	}
	mine, err := w.all.Select(common, w.all.Settings())
	theirs, otherErr := partition.Select(common, w.all.Settings())
	if err = errors.Join(err, otherErr); err != nil {
		return err
	}
	w.all = mine
	return w.all.Merge(theirs)
}

func sameOrder(names []string, columns []metrics.Column) bool {
	for i, c := range columns {
		if names[i] != c.Name {
			return false
		}
	}
	return true
}

func (w *Window) leaveOut(column, why string) { w.LeftOut = append(w.LeftOut, LeftOut{column, why}) }

func (w *Window) isLeftOut(column string) bool {
	return slices.ContainsFunc(w.LeftOut, func(l LeftOut) bool { return l.Column == column })
}

// see finds out what columns hold of the partition's day.
func (w *Window) see(day string, partition *metrics.TableAccumulator) error {
	if !w.Span.Days {
		return nil
	}
	var names []string
	for _, c := range partition.Columns() {
		f, seen := w.follows[c.Name]
		if !seen {
			f = &follows{}
			w.follows[c.Name] = f
		}
		if f.open() {
			names = append(names, c.Name) // it may still be one
		}
	}
	ends := metrics.Settings{Metrics: []metrics.Name{metrics.Min, metrics.Max}, HistogramBins: 1}
	candidates, err := partition.Select(names, ends)
	if err != nil {
		return err
	}
	for i, name := range names {
		w.follows[name].see(day, candidates.ColumnProfile(i))
	}
	return nil
}

// Run measures the window as a run. It has the columns of every partition that wanted says metrics for; the others are known
// to it, and not read.
func (w *Window) Run(s metrics.Settings, wanted func(column string) (measured []metrics.Name, read bool)) (*Run, error) {
	var names []string
	keep := map[string][]metrics.Name{}
	s.Metrics = nil
	for _, c := range w.all.Columns() {
		if measured, read := wanted(c.Name); read {
			names = append(names, c.Name)
			keep[c.Name] = measured
			s.Metrics = append(s.Metrics, measured...)
		}
	}
	slices.Sort(s.Metrics)
	s.Metrics = slices.Compact(s.Metrics)
	selected, err := w.all.Select(names, s)
	if err != nil {
		return nil, err
	}
	p := selected.Profile()
	p.Keep(func(column string) []metrics.Name { return keep[column] })
	for _, c := range w.columns {
		if _, read := keep[c.Name]; !read {
			p.Unread = append(p.Unread, c)
		}
	}
	return &Run{RunID: w.Span.ID(), ProfiledAt: w.profiledAt, Profile: p, Label: w.String(), Partitions: w.Partitions}, nil
}

// String tells the window, and how many partitions it has.
func (w *Window) String() string {
	text := fmt.Sprintf("%s, %d partitions of %s", w.Span, w.Partitions, w.Key)
	switch {
	case w.Span.Days && len(w.Missing) > 0:
		text = fmt.Sprintf("%s, %d of %d days", w.Span, w.Partitions, w.Partitions+len(w.Missing))
	case w.Span.Days && w.Partitions == 1:
		text = w.Span.String()
	case w.Span.Days:
		text = fmt.Sprintf("%s, %d days", w.Span, w.Partitions)
	}
	return text
}

// Chosen lists the columns in which windows differ by how they were chosen, and why: the key, and what follows
// from it in both. The other window is nil where a window is compared with a run.
func (w *Window) Chosen(other *Window) []Skipped {
	list := []Skipped{{Column: w.Key, Test: "all", Why: "the partition key, by which the windows are chosen"}}
	if other == nil {
		other = w
	}
	for _, c := range w.columns {
		if part := w.follows[c.Name].both(other.follows[c.Name]); part != "" && c.Name != w.Key {
			list = append(list, Skipped{Column: c.Name, Test: "all", Why: "it follows from the partition key: " + part})
		}
	}
	return list
}

// DetectWindows compares a window with another, or one of both with a run. Columns in which they differ by how
// they were chosen are not compared, and said so.
func DetectWindows(settings Settings, before, now *Run, chosen []Skipped) *Report {
	settings = settings.Against(before.RunID)
	settings.Columns = append([]ColumnJudgement{{
		Matches: func(column string) bool {
			return slices.ContainsFunc(chosen, func(s Skipped) bool { return s.Column == column })
		},
		Disabled: true,
	}}, settings.Columns...)
	r := Detect(settings, []*Run{before}, now)
	r.NotComputed = append(slices.Clone(chosen), r.NotComputed...)
	return r
}
