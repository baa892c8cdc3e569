package drift

import (
	"strings"
	"testing"
)

func TestSpansOfDays(t *testing.T) {
	for text, want := range map[string][2]string{ // the span, and the one before
		"2013-06-30":             {"2013-06-30", "2013-06-29"},
		"2013-06":                {"2013-06-01..2013-06-30", "2013-05-01..2013-05-31"},
		"2012-02":                {"2012-02-01..2012-02-29", "2012-01-01..2012-01-31"},
		"2013":                   {"2013-01-01..2013-12-31", "2012-01-01..2012-12-31"},
		"2013-01..2013-03":       {"2013-01-01..2013-03-31", "2012-10-01..2012-12-31"},
		"2013-06-01..2013-06-30": {"2013-06-01..2013-06-30", "2013-05-01..2013-05-31"},
		"2013-06-03..2013-06-09": {"2013-06-03..2013-06-09", "2013-05-27..2013-06-02"},
		"2013-12-30..2014":       {"2013-12-30..2014-12-31", "2012-12-28..2013-12-29"},
	} {
		s, err := ParseSpan(text, true)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		before, ok := s.Before()
		if s.ID() != want[0] || !ok || before.ID() != want[1] || !LooksLikeSpan(text) {
			t.Errorf("%s is %s, after %s; want %s after %s", text, s.ID(), before.ID(), want[0], want[1])
		}
	}
	for text, why := range map[string]string{
		"2013-13": "is no day, month or year", "2013-02-30": "is no day", "2013-6": "is no day", "2013-06..2013-05": "ends before it begins", "..": "is no day",
	} {
		if _, err := ParseSpan(text, true); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want %s", text, err, why)
		}
	}
}

func TestWhatIsInASpan(t *testing.T) {
	for _, test := range []struct {
		text    string
		days    bool
		in, out []string
	}{
		{"2013-06", true, []string{"2013-06-01", "2013-06-30"}, []string{"2013-05-31", "2013-07-01", "2013-06-15 12:00:00", "infinity", ""}},
		{"5..10", false, []string{"5", "9", "10", "5.5"}, []string{"4", "11"}},
		{"EWR..LGA", false, []string{"EWR", "JFK", "LGA"}, []string{"ABQ", "ORD"}},
		{"7", false, []string{"7"}, []string{"70"}},
	} {
		s, err := ParseSpan(test.text, test.days)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range test.in {
			if !s.Contains(v) {
				t.Errorf("%s is not in %s", v, test.text)
			}
		}
		for _, v := range test.out {
			if s.Contains(v) {
				t.Errorf("%s is in %s", v, test.text)
			}
		}
	}
	week, err := ParseSpan("2013-02-27..2013-03-02", true)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(week.Missing([]string{"2013-02-27", "2013-03-02"}), " "); got != "2013-02-28 2013-03-01" {
		t.Errorf("missing: %s", got)
	}
	for _, text := range []string{"5d0f", "../baseline.json", "a/b..c", "20130601", "first"} {
		if LooksLikeSpan(text) {
			t.Errorf("%s is taken for a span", text)
		}
	}
}
