package metrics

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Slice is a partition as an orchestrator tells it apart: the rows whose key lies in a span of time, or is the
// slice's name.
type Slice struct {
	Name  string    `json:"name"`
	By    string    `json:"by"`    // what tells such slices apart, as a schedule; those of another By are not compared
	Start time.Time `json:"start"` // of a slice of time, in its time zone; zero for others
	End   time.Time `json:"end"`   // the first moment after it
}

// OfTime reports whether the slice is a span of time; no slice is none.
func (s *Slice) OfTime() bool { return s != nil && !s.Start.IsZero() }

// At is the moment by which what is of a slice is put in order with others: when a span of time begins, and for all
// else, no slice too, when it was made.
func (s *Slice) At(made time.Time) time.Time {
	if s.OfTime() {
		return s.Start
	}
	return made
}

// IsDay reports whether the slice is a day of its time zone.
func (s *Slice) IsDay() bool {
	return s.OfTime() && wall(s.Start)%(secondsPerDay*1_000_000) == 0 && wall(s.End)-wall(s.Start) == secondsPerDay*1_000_000
}

// wall is what a clock of the time's zone shows, in microseconds since 1970-01-01.
func wall(t time.Time) int64 {
	_, offset := t.Zone()
	return t.UnixMicro() + int64(offset)*1_000_000
}

// Slicer says which slice each row of a table belongs to.
type Slicer struct {
	column  Column
	slices  []Slice
	time    bool
	spans   []timeSpan // of the slices, rising, in the unit of the key
	next    [inBlobs + 1]int
	names   map[string]Value
	key     *PartitionKey // of slices that are no spans
	texts   []Value
	failure error
}

type timeSpan struct {
	from, below int64
	slice       Slice
}

// NewSlicer returns how the column's values divide rows into slices, which are all of time or all of values. Dates,
// points in time without a zone and texts are held against the slices' own time zone.
func NewSlicer(c Column, list []Slice) (*Slicer, error) {
	s := &Slicer{column: c, slices: list, time: len(list) > 0 && list[0].OfTime(), names: map[string]Value{}}
	for _, one := range list {
		if one.OfTime() != s.time {
			return nil, fmt.Errorf("the partitions %q and %q are not of one sort: spans of time, or values", list[0].Name, one.Name)
		}
		s.names[one.Name] = Text(one.Name)
	}
	if !s.time {
		s.key = NewPartitionKey(c, false)
		return s, nil
	}
	unit, err := s.unit()
	if err != nil {
		return nil, err
	}
	for _, one := range list {
		s.spans = append(s.spans, timeSpan{unit(one.Start), unit(one.End), one})
	}
	slices.SortFunc(s.spans, func(a, b timeSpan) int { return cmp.Compare(a.from, b.from) })
	return s, nil
}

// unit returns the moments of slices in the unit of the key: days, or microseconds.
func (s *Slicer) unit() (func(time.Time) int64, error) {
	const day = secondsPerDay * 1_000_000
	c := s.column
	switch {
	case c.Dynamic && slices.Contains([]Kind{KindDate, KindTimestamp, KindText, KindUnknown}, c.Kind), !c.Dynamic && c.Kind == KindText:
		return wall, nil
	case c.Kind == KindTimestamp && zoned(c):
		return time.Time.UnixMicro, nil
	case c.Kind == KindTimestamp:
		return wall, nil
	case c.Kind != KindDate:
		return nil, fmt.Errorf("the column %q is of type %s, and partitions of time need one of dates, points in time, or texts like 2013-06-01 05:00; name such a column as partition.key in the config", c.Name, c.Type)
	}
	for _, one := range s.slices {
		if wall(one.Start)%day != 0 || wall(one.End)%day != 0 {
			return nil, fmt.Errorf("the column %q holds dates, and the partition %q does not begin and end at midnight; name a column of points in time as partition.key in the config, or let partitions be days", c.Name, one.Name)
		}
	}
	return func(t time.Time) int64 { return floorDiv(wall(t), day) }, nil
}

// zoned reports whether a column's points in time are moments, and not what some clock showed.
func zoned(c Column) bool {
	declared := strings.ToLower(c.Type)
	return slices.ContainsFunc([]string{"with time zone", "timestamptz", "timestamp_tz", "timestamp_ltz"}, func(word string) bool { return strings.Contains(declared, word) })
}

// Bounds returns, of slices of time, the spans that hold all of their rows, as values that the key may be compared
// with: from the first up to the second, not included. They may hold rows of none: texts are only bounded by days.
func (s *Slicer) Bounds() (bounds [][2]string) {
	const day = secondsPerDay * 1_000_000
	asText := s.column.Dynamic || s.column.Kind == KindText
	for i := 0; i < len(s.spans); {
		from, below := s.spans[i].from, s.spans[i].below
		for i++; i < len(s.spans) && s.spans[i].from <= below; i++ {
			below = max(below, s.spans[i].below)
		}
		switch {
		case asText:
			bounds = append(bounds, [2]string{dayText(floorDiv(from, day)), dayText(-floorDiv(-below, day))})
		case s.column.Kind == KindDate:
			bounds = append(bounds, [2]string{dayText(from), dayText(below)})
		default:
			layout := "2006-01-02 15:04:05.999999"
			if zoned(s.column) {
				layout += "Z07:00"
			}
			bounds = append(bounds, [2]string{time.UnixMicro(from).UTC().Format(layout), time.UnixMicro(below).UTC().Format(layout)})
		}
	}
	return bounds
}

func dayText(days int64) string { return time.Unix(days*secondsPerDay, 0).UTC().Format(time.DateOnly) }

// Values appends, for each row of the column's vector, of which every row was marked, the name of the slice that it
// belongs to, and nothing for a row of none.
func (s *Slicer) Values(v *Vector, values []Value) []Value {
	if !s.time {
		return s.ofValues(v, values)
	}
	s.next = [inBlobs + 1]int{}
	for _, at := range v.order.places {
		i := s.next[at]
		s.next[at]++
		slice := -1
		switch {
		case at == inInts && !s.column.Dynamic:
			slice = s.at(v.Ints[i])
		case at == inTexts:
			slice = s.ofText(v.Texts.At(i))
		}
		if slice < 0 {
			values = append(values, Value{})
		} else {
			values = append(values, s.names[s.spans[slice].slice.Name])
		}
	}
	return values
}

// at returns the number of the span that a moment is in, less than 0 where it is in none.
func (s *Slicer) at(moment int64) int {
	i, found := slices.BinarySearchFunc(s.spans, moment, func(one timeSpan, m int64) int { return cmp.Compare(one.from, m) })
	if !found {
		i--
	}
	if i < 0 || moment >= s.spans[i].below {
		return -1
	}
	return i
}

// ofValues tells slices whose names are the key's values.
func (s *Slicer) ofValues(v *Vector, values []Value) []Value {
	s.texts = s.key.Values(v, s.texts[:0])
	for _, text := range s.texts {
		value, ok := s.names[text.String()]
		switch {
		case len(s.slices) == 1: // by the engine's own comparison
			value = s.names[s.slices[0].Name]
		case !ok && s.failure == nil:
			s.failure = fmt.Errorf("the column %q has the value %q, which the database takes for one of the partitions, and none of them is written so; write their keys as the column's values are", s.column.Name, text)
		}
		values = append(values, value)
	}
	return values
}

// Err is why rows could not be divided; nil where they could.
func (s *Slicer) Err() error { return s.failure }
