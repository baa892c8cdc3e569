package main

import (
	"strings"
	"testing"
	"time"
)

func TestAMedianIsOfTheMiddle(t *testing.T) {
	for _, test := range []struct {
		walls []time.Duration
		want  float64
	}{
		{[]time.Duration{5 * time.Second}, 5},
		{[]time.Duration{9 * time.Second, time.Second, 2 * time.Second}, 2},
		{[]time.Duration{9 * time.Second, time.Second, 2 * time.Second, 4 * time.Second}, 3},
	} {
		var c contestant
		for _, w := range test.walls {
			c.runs = append(c.runs, usage{wall: w})
		}
		if got := c.wall(); got != test.want {
			t.Errorf("the median of %v is %v, want %v", test.walls, got, test.want)
		}
	}
}

func TestABarHoldsToTheDigitsThatArePrinted(t *testing.T) {
	most := bar{limit: 1.2, aim: 1.05}
	least := bar{limit: 25, aim: 28, atLeast: true}
	for _, test := range []struct {
		bar      bar
		measured float64
		want     string
	}{
		{most, 1.05, "yes, and the aim"},
		{most, 1.06, "yes"},
		{most, 1.204, "yes"},
		{most, 1.206, "**no**: 1.01 × the bar"},
		{least, 30, "yes, and the aim"},
		{least, 25, "yes"},
		{least, 12.5, "**no**: 0.50 × the bar"},
		{bar{limit: 0.1}, 0.001, "yes, and the aim"},
	} {
		if got := test.bar.verdict(test.measured); got != test.want {
			t.Errorf("%v beside %v and %v: %q, want %q", test.measured, test.bar.limit, test.bar.aim, got, test.want)
		}
	}
}

func TestABarThatIsNotMeasuredKeepsItsLine(t *testing.T) {
	old := barTable(map[string]float64{"many": 5, "large": 1}, "")
	table := barTable(map[string]float64{"many": 4}, "before\n"+old+"after\n")
	for _, want := range []string{"| 4.00 ms |", "| 1.00 |"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	if lines := strings.Count(table, "\n"); lines != 4 {
		t.Errorf("%d lines, want the head's two and two:\n%s", lines, table)
	}
}

func TestOnlyWhatStandsBetweenTheLinesIsReplaced(t *testing.T) {
	page := "a\n<!-- bench x -->\nold\n<!-- end -->\nb\n<!-- bench y -->\n<!-- end -->\n"
	before, inner, after, err := between(page, "x")
	if err != nil || inner != "old\n" || before+inner+after != page || !strings.HasPrefix(after, "<!-- end -->") {
		t.Errorf("%q, %q, %q, %v", before, inner, after, err)
	}
	if _, _, _, err := between(page, "z"); err == nil {
		t.Error("no error for lines that are not there")
	}
}
