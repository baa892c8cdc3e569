package metrics

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// sliceOf is a slice of time, named after its beginning.
func sliceOf(t *testing.T, start, end string) Slice {
	t.Helper()
	return Slice{Name: start, By: "test", Start: moment(t, start), End: moment(t, end)}
}

// sliced returns the number of the slice that each of a vector's rows is in; − for a row of none.
func sliced(t *testing.T, s *Slicer, list []Slice, rows []any) (text string) {
	t.Helper()
	var v Vector
	for _, row := range rows {
		switch row := row.(type) {
		case nil:
			v.Nulls++
		case int64:
			v.Ints = append(v.Ints, row)
		case float64:
			v.Floats = append(v.Floats, row)
		case string:
			v.Texts.AppendString(row)
		}
		v.Mark()
	}
	for _, value := range s.Values(&v, nil) {
		mark := "−"
		for i, one := range list {
			if value.String() == one.Name && !value.IsNull() {
				mark = string(rune('0' + i))
			}
		}
		text += mark
	}
	return text
}

func TestRowsGoToTheirSlice(t *testing.T) {
	// New York's clocks went from 02:00 to 03:00 on 10 March 2013: that day has 23 hours.
	before := sliceOf(t, "2013-03-09T00:00:00-05:00", "2013-03-10T00:00:00-05:00")
	changes := sliceOf(t, "2013-03-10T00:00:00-05:00", "2013-03-11T00:00:00-04:00")
	april := sliceOf(t, "2013-04-01T00:00:00-04:00", "2013-04-02T00:00:00-04:00")
	hour := sliceOf(t, "2013-01-01T05:00:00Z", "2013-01-01T06:00:00Z")
	later := sliceOf(t, "2013-01-02T07:00:00Z", "2013-01-02T08:00:00Z")
	at := func(text string) any { return moment(t, text).UnixMicro() }
	for name, test := range map[string]struct {
		column Column
		slices []Slice
		rows   []any
		want   string
		bounds [][2]string
	}{
		"moments, by the time in the slices' zone": {
			Column{Kind: KindTimestamp, Type: "timestamp(3) with time zone"}, []Slice{before, changes, april},
			[]any{at("2013-03-09T04:59:59Z"), at("2013-03-09T05:00:00Z"), at("2013-03-10T05:00:00Z"), at("2013-03-11T03:59:59Z"), at("2013-03-11T04:00:00Z"), at("2013-04-01T04:00:00Z"), nil, Infinity},
			"−011−2−−", [][2]string{{"2013-03-09 05:00:00Z", "2013-03-11 04:00:00Z"}, {"2013-04-01 04:00:00Z", "2013-04-02 04:00:00Z"}},
		},
		"points in time without a zone, as a clock there shows them": {
			Column{Kind: KindTimestamp, Type: "timestamp without time zone"}, []Slice{before, changes, april},
			[]any{at("2013-03-09T00:00:00Z"), at("2013-03-10T23:59:59Z"), at("2013-03-11T00:00:00Z")},
			"01−", [][2]string{{"2013-03-09 00:00:00", "2013-03-11 00:00:00"}, {"2013-04-01 00:00:00", "2013-04-02 00:00:00"}},
		},
		"dates": {
			Column{Kind: KindDate, Type: "date"}, []Slice{changes, before}, // in any order
			[]any{int64(15773), int64(15774), int64(15775), NegativeInfinity}, // 2013-03-09 is day 15,773
			"10−−", [][2]string{{"2013-03-09", "2013-03-11"}},
		},
		"texts, in any of their forms": {
			Column{Kind: KindText, Type: "TEXT", Dynamic: true}, []Slice{hour, later},
			[]any{
				"2013-01-01 05", "2013-01-01T05:00", "2013-01-01 05:59:59.999999", "2013-01-01T05:30:00Z", "2013-01-01 05:30:00+00", "2013-01-01 06:00",
				"2013-01-02T07:10:00.5Z", "2013-01-01", "2013-01-01x05:00", "soon", "2013-02-30 05:00", int64(5), 0.5, nil,
			},
			"00000−1−−−−−−−", [][2]string{{"2013-01-01", "2013-01-02"}, {"2013-01-02", "2013-01-03"}},
		},
		"values": {
			Column{Kind: KindText, Type: "text"}, []Slice{{Name: "EWR"}, {Name: "JFK"}},
			[]any{"JFK", "EWR", "JFK"}, "101", nil,
		},
		"values that the database compares in its own way, of one slice": {
			Column{Kind: KindText, Type: "citext"}, []Slice{{Name: "JFK"}}, []any{"jfk", "JFK"}, "00", nil,
		},
		"whole numbers": {
			Column{Kind: KindInteger, Type: "bigint"}, []Slice{{Name: "1"}, {Name: "12"}}, []any{int64(12), int64(1)}, "10", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.column.Name = "key"
			s, err := NewSlicer(test.column, test.slices)
			if err != nil {
				t.Fatal(err)
			}
			if got := sliced(t, s, test.slices, test.rows); got != test.want || s.Err() != nil {
				t.Errorf("rows are of %s, want %s; %v", got, test.want, s.Err())
			}
			if diff := cmp.Diff(test.bounds, s.Bounds()); diff != "" {
				t.Errorf("bounds (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatCannotBeSlicedSaysWhatToDo(t *testing.T) {
	day, hour := sliceOf(t, "2013-01-01T00:00:00Z", "2013-01-02T00:00:00Z"), sliceOf(t, "2013-01-01T05:00:00Z", "2013-01-01T06:00:00Z")
	for name, test := range map[string]struct {
		column Column
		slices []Slice
		rows   []any
		want   string
	}{
		"times of numbers":                 {Column{Kind: KindInteger, Type: "bigint"}, []Slice{day}, nil, "need one of dates, points in time, or texts"},
		"hours of dates":                   {Column{Kind: KindDate, Type: "date"}, []Slice{hour}, nil, "does not begin and end at midnight"},
		"spans beside values":              {Column{Kind: KindDate, Type: "date"}, []Slice{day, {Name: "x"}}, nil, "not of one sort"},
		"a text that names another zone":   {Column{Kind: KindText, Type: "text"}, []Slice{day}, []any{"2013-01-01T05:00:00+02:00"}, "in the time zone in which the texts are written"},
		"a value that no slice is written": {Column{Kind: KindText, Type: "text"}, []Slice{{Name: "EWR"}, {Name: "JFK"}}, []any{"jfk"}, "as the column's values are"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := NewSlicer(test.column, test.slices)
			if err == nil {
				sliced(t, s, test.slices, test.rows)
				err = s.Err()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want …%s…", err, test.want)
			}
		})
	}
}
