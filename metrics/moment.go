package metrics

import (
	"fmt"
	"strconv"
	"time"
)

// ofText returns the number of the span that a text like 2013-06-01 is in, or that with a time behind a space or a T;
// less than 0 where it is in none, or is no such text. A zone that it ends with has to be that of the slice: rows would
// else be in the wrong one.
func (s *Slicer) ofText(text []byte) int {
	moment, zone, ok := clockOf(string(text))
	if !ok {
		return -1
	}
	i := s.at(moment)
	if i >= 0 && zone != "" && s.failure == nil {
		s.failure = s.otherZone(s.spans[i].slice, zone, string(text))
	}
	return i
}

// clockOf reads what a clock showed, in microseconds, and what stands behind it.
func clockOf(text string) (moment int64, zone string, ok bool) {
	const date, minutes, seconds = len("2013-06-01"), len("2013-06-01T05:00"), len("2013-06-01T05:00:00")
	if len(text) < date || !IsDay(text[:date]) {
		return 0, "", false
	}
	layout, end := time.DateOnly, date
	switch {
	case len(text) == date:
	case text[date] != ' ' && text[date] != 'T':
		return 0, "", false
	case len(text) >= seconds && text[minutes] == ':':
		layout, end = "2006-01-02T15:04:05", seconds
	case len(text) >= minutes:
		layout, end = "2006-01-02T15:04", minutes
	default:
		layout, end = "2006-01-02T15", len(text)
	}
	clock := []byte(text[:end])
	if end > date {
		clock[date] = 'T'
	}
	at, err := time.Parse(layout, string(clock))
	if err != nil {
		return 0, "", false
	}
	micros, zone := afterSeconds(text[end:])
	return at.UnixMicro() + micros, zone, true
}

// afterSeconds reads a fraction of a second, in microseconds, and returns what stands behind it.
func afterSeconds(text string) (micros int64, rest string) {
	if text == "" || text[0] != '.' && text[0] != ',' {
		return 0, text
	}
	end := 1
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	micros, _ = strconv.ParseInt((text[1:end] + "000000")[:6], 10, 64)
	return micros, text[end:]
}

// otherZone fails where a text names another offset from UTC than the slice has, at its beginning or its end.
func (s *Slicer) otherZone(slice Slice, zone, text string) error {
	for _, layout := range []string{"Z07:00", "Z0700", "Z07", " Z07:00", " Z0700", " Z07"} {
		written, err := time.Parse(layout, zone)
		if err != nil {
			continue
		}
		_, offset := written.Zone()
		_, start := slice.Start.Zone()
		_, end := slice.End.Zone()
		if offset != start && offset != end {
			return fmt.Errorf("the column %q has the text %q, whose offset from UTC is not that of the partition %q, %s; define the partitions in the time zone in which the texts are written", s.column.Name, text, slice.Name, slice.Start.Format("-07:00"))
		}
		break
	}
	return nil
}
