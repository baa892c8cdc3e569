package drift

import (
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// calendarParts are what columns hold of a day, which is the key of their partition. Two windows differ in such a
// column by how they were chosen.
var calendarParts = []struct {
	name string
	of   func(time.Time) int
}{
	{"year", time.Time.Year},
	{"month", func(t time.Time) int { return int(t.Month()) }},
	{"day of the month", time.Time.Day},
	{"quarter", func(t time.Time) int { return int(t.Month()+2) / 3 }},
	{"day of the year", time.Time.YearDay},
	{"ISO week", func(t time.Time) int { _, week := t.ISOWeek(); return week }},
	{"weekday, Sunday being 0", func(t time.Time) int { return int(t.Weekday()) }},
	{"weekday, Monday being 0", func(t time.Time) int { return int(t.Weekday()+6) % 7 }},
	{"weekday, Sunday being 1", func(t time.Time) int { return int(t.Weekday()) + 1 }},
	{"weekday, Monday being 1", func(t time.Time) int { return int(t.Weekday()+6)%7 + 1 }},
	{"year and month", func(t time.Time) int { return t.Year()*100 + int(t.Month()) }},
	{"date as a number", func(t time.Time) int { return t.Year()*10_000 + int(t.Month())*100 + t.Day() }},
}

// dayItself is the name of what a column of points in time that lie in their partition's day holds of it.
const dayItself = "points in time that go with the day"

// follows tells what a column holds of the days of partitions, in every one of them, as far as was seen.
type follows struct {
	parts map[string]bool // that may still be it; nil before the first partition
}

// open reports whether it may still be something.
func (f *follows) open() bool {
	for _, holds := range f.parts {
		if holds {
			return true
		}
	}
	return f.parts == nil
}

// see takes into account what a partition's column holds.
func (f *follows) see(day string, c metrics.ColumnProfile) {
	low, high := c.Metrics[metrics.Min], c.Metrics[metrics.Max]
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		f.parts = map[string]bool{}
		return
	}
	if low.IsNull() || high.IsNull() {
		return // no value, or none that is measured
	}
	now := map[string]bool{}
	x, number := low.Float64()
	y, _ := high.Float64()
	if number && x == y {
		for _, part := range calendarParts {
			now[part.name] = float64(part.of(at)) == x
		}
	}
	now[dayItself] = within(at, low.String()) && within(at, high.String())
	if f.parts == nil {
		f.parts = now
	}
	for name := range f.parts {
		f.parts[name] = f.parts[name] && now[name]
	}
}

// within reports whether a text begins with a date that is at most a day away from the day: days of another time
// zone begin earlier or later.
func within(day time.Time, text string) bool {
	if len(text) < len(time.DateOnly) {
		return false
	}
	at, err := time.Parse(time.DateOnly, text[:len(time.DateOnly)])
	return err == nil && at.Sub(day).Abs() <= 24*time.Hour
}

// both tells what a column holds of the days in two windows; empty where it is nothing of the kind.
func (f *follows) both(other *follows) string {
	if f == nil || other == nil {
		return ""
	}
	for _, part := range calendarParts {
		if f.parts[part.name] && other.parts[part.name] {
			return part.name
		}
	}
	if f.parts[dayItself] && other.parts[dayItself] {
		return dayItself
	}
	return ""
}
