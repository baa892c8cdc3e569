package drift

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// Span is a range of partitions, both ends included.
type Span struct {
	From, To string // values of the key
	Days     bool   // dates, of which the span has each day
}

var (
	daysPattern = regexp.MustCompile(`^\d{4}(-\d{1,2}){0,2}$`)
	openPattern = regexp.MustCompile(`^(\.\.[^./\\]+|[^./\\]+\.\.)$`)
	spanPattern = regexp.MustCompile(`^([^/\\]+?)\.\.([^/\\]+)$`)
)

// LooksLikeSpan reports whether a text is of days (2013, 2013-06, 2013-06-30), or a range of anything (A..B).
func LooksLikeSpan(text string) bool {
	return daysPattern.MatchString(text) || spanPattern.MatchString(text) || openPattern.MatchString(text)
}

// ParseSpan reads a span: of days, a day, a month, a year or a range of them; else a value or a range of values.
func ParseSpan(text string, days bool) (Span, error) {
	if openPattern.MatchString(text) {
		return Span{}, fmt.Errorf("%q lacks an end: write both, as 2013-06-01..2013-06-30", text)
	}
	from, to := text, text
	if parts := spanPattern.FindStringSubmatch(text); parts != nil {
		from, to = parts[1], parts[2]
	}
	s := Span{from, to, days}
	if days {
		first, _, err := daysOf(from)
		if err != nil {
			return s, err
		}
		_, last, err := daysOf(to)
		if err != nil {
			return s, err
		}
		s.From, s.To = first.Format(time.DateOnly), last.Format(time.DateOnly)
	}
	if compareValues(s.From, s.To) > 0 {
		return s, fmt.Errorf("%q ends before it begins", text)
	}
	return s, nil
}

// daysOf returns the first and the last day of a year, a month or a day.
func daysOf(text string) (first, last time.Time, err error) {
	for layout, length := range map[string][3]int{"2006": {1, 0, 0}, "2006-01": {0, 1, 0}, time.DateOnly: {0, 0, 1}} {
		if len(layout) != len(text) {
			continue
		}
		if first, err = time.Parse(layout, text); err == nil {
			return first, first.AddDate(length[0], length[1], length[2]-1), nil
		}
	}
	return first, last, fmt.Errorf("%q is no day, month or year: write 2013-06-30, 2013-06, 2013, or a range such as 2013-06-01..2013-06-30", text)
}

// Contains reports whether a partition of the value is in the span.
func (s Span) Contains(value string) bool {
	if s.Days && !metrics.IsDay(value) {
		return false
	}
	return compareValues(s.From, value) <= 0 && compareValues(value, s.To) <= 0
}

// compareValues orders numbers as numbers, and everything else as text.
func compareValues(a, b string) int {
	x, xErr := strconv.ParseFloat(a, 64)
	y, yErr := strconv.ParseFloat(b, 64)
	if xErr == nil && yErr == nil {
		return cmp.Compare(x, y)
	}
	return strings.Compare(a, b)
}

// Missing returns the days of the span that are not among the values; none where it is not of days.
func (s Span) Missing(values []string) (missing []string) {
	have := map[string]bool{}
	for _, v := range values {
		have[v] = true
	}
	s.each(func(day string) {
		if !have[day] {
			missing = append(missing, day)
		}
	})
	return missing
}

func (s Span) each(visit func(day string)) {
	if !s.Days {
		return
	}
	for day, last := s.date(s.From), s.date(s.To); !day.After(last); day = day.AddDate(0, 0, 1) {
		visit(day.Format(time.DateOnly))
	}
}

func (s Span) date(text string) time.Time {
	day, _ := time.Parse(time.DateOnly, text) // which ParseSpan wrote
	return day
}

// Before returns the span before, as long: of whole months as many months, else as many days. It returns false
// where the span is not of days.
func (s Span) Before() (Span, bool) {
	if !s.Days {
		return Span{}, false
	}
	from, end := s.date(s.From), s.date(s.To).AddDate(0, 0, 1)
	before := from.Add(from.Sub(end))
	if from.Day() == 1 && end.Day() == 1 {
		months := (end.Year()-from.Year())*12 + int(end.Month()) - int(from.Month())
		before = from.AddDate(0, -months, 0)
	}
	return Span{before.Format(time.DateOnly), from.AddDate(0, 0, -1).Format(time.DateOnly), true}, true
}

// ID names the span, in the form that ParseSpan reads.
func (s Span) ID() string {
	if s.From == s.To {
		return s.From
	}
	return s.From + ".." + s.To
}

// String tells the span.
func (s Span) String() string {
	if s.From == s.To {
		return s.From
	}
	return s.From + " to " + s.To
}
