package drift

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// dayOf accumulates a day of rows; the columns are given with one whole number a row.
func dayOf(t *testing.T, columns []string, rows int, value func(column string, row int) int64) *metrics.TableAccumulator {
	t.Helper()
	list := make([]metrics.Column, len(columns))
	vectors := make([]metrics.Vector, len(columns))
	for i, name := range columns {
		list[i] = metrics.Column{Name: name, Type: "integer", Kind: metrics.KindInteger}
		for row := range rows {
			vectors[i].Ints = append(vectors[i].Ints, value(name, row))
		}
	}
	a := metrics.NewTableAccumulator(list, metrics.DefaultSettings())
	if err := a.Add(&metrics.Batch{Rows: rows, Vectors: vectors}); err != nil {
		t.Fatal(err)
	}
	return a
}

// windowOf is a window of so many days from the first on.
func windowOf(t *testing.T, first string, n int, columns func(day int) []string, rows int, value func(at time.Time, column string, row int) int64) *Window {
	t.Helper()
	start, err := time.Parse(time.DateOnly, first)
	if err != nil {
		t.Fatal(err)
	}
	last := start.AddDate(0, 0, n-1)
	w := NewWindow(Span{first, last.Format(time.DateOnly), true}, "date")
	for i := range n {
		at := start.AddDate(0, 0, i)
		day := dayOf(t, columns(i), rows, func(column string, row int) int64 { return value(at, column, row) })
		if err := w.Add(at.Format(time.DateOnly), at, day); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func runOf(t *testing.T, w *Window) *Run {
	t.Helper()
	r, err := w.Run(metrics.DefaultSettings(), func(string) ([]metrics.Name, bool) { return metrics.Names(), true })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func always(columns ...string) func(int) []string { return func(int) []string { return columns } }

func TestColumnsThatFollowFromTheDayAreNotCompared(t *testing.T) {
	value := func(at time.Time, column string, row int) int64 {
		switch column {
		case "month":
			return int64(at.Month())
		case "weekday":
			return int64(at.Weekday())
		case "quarter":
			return int64(at.Month()+2) / 3
		case "ymd":
			return int64(at.Year()*10_000 + int(at.Month())*100 + at.Day())
		case "currency": // the same all day, and another one from June on
			return int64(at.Month()) / 6 * 7
		}
		return int64(row % 10)
	}
	columns := always("month", "weekday", "quarter", "ymd", "currency", "amount")
	may, june := windowOf(t, "2013-05-01", 31, columns, 200, value), windowOf(t, "2013-06-01", 30, columns, 200, value)
	chosen := june.Chosen(may)
	var names []string
	for _, c := range chosen {
		names = append(names, c.Column)
	}
	if got, want := strings.Join(names, " "), "date month weekday quarter ymd"; got != want {
		t.Errorf("not compared: %s, want %s", got, want)
	}
	settings := DefaultSettings()
	settings.Strategy = Statistical
	r := DetectWindows(settings, runOf(t, may), runOf(t, june), chosen)
	for _, f := range r.Findings {
		if f.Column != "currency" {
			t.Errorf("a finding in %s: %s", f.Column, f.Reason)
		}
		if f.BaselineMethod != WindowBaseline || f.BaselineRunID != "2013-05-01..2013-05-31" || !strings.Contains(f.Reason, "against 2013-05-01 to 2013-05-31, 31 days") {
			t.Errorf("the baseline is told as %s %s: %s", f.BaselineMethod, f.BaselineRunID, f.Reason)
		}
	}
	if len(r.Findings) == 0 {
		t.Error("the currency's change is not found")
	}
}

func TestWindowsOfOtherLengthsAreComparedByTheDay(t *testing.T) {
	value := func(_ time.Time, _ string, row int) int64 { return int64(row) }
	for _, strategy := range []string{Statistical, AbsoluteThreshold} {
		settings := DefaultSettings()
		settings.Strategy = strategy
		january, february := windowOf(t, "2013-01-01", 31, always("a"), 200, value), windowOf(t, "2013-02-01", 28, always("a"), 200, value)
		if r := DetectWindows(settings, runOf(t, january), runOf(t, february), nil); len(r.Findings) > 0 {
			t.Errorf("%s: as many rows a day are a finding: %s", strategy, r.Findings[0].Reason)
		}
		more := windowOf(t, "2013-02-01", 28, always("a"), 300, func(_ time.Time, _ string, row int) int64 { return int64(row % 200) })
		r := DetectWindows(settings, runOf(t, january), runOf(t, more), nil)
		found := false
		for _, f := range r.Findings {
			if f.Metric == metrics.Count {
				found = f.Baseline == 200 && f.Current == 300 && *f.ChangePercent == 50
			}
		}
		if !found {
			t.Errorf("%s: 50 %% more rows a day are not found: %v", strategy, r.Findings)
		}
		run := runOf(t, january)
		run.Label, run.Partitions = "", 0
		for _, f := range DetectWindows(settings, run, runOf(t, february), nil).Findings {
			t.Errorf("%s: a window's rows are held against a run's: %s", strategy, f.Reason)
		}
	}
}

func TestAColumnThatNotEveryPartitionHasIsLeftOut(t *testing.T) {
	value := func(_ time.Time, _ string, row int) int64 { return int64(row % 7) }
	columns := func(day int) []string {
		if day < 3 {
			return []string{"gone", "a"}
		}
		return []string{"a", "new"}
	}
	w := windowOf(t, "2013-01-01", 5, columns, 100, value)
	r := runOf(t, w)
	if len(r.Profile.Columns) != 1 || r.Profile.Columns[0].Name != "a" || r.Profile.RowCount != 500 {
		t.Errorf("the window has %d rows of %v", r.Profile.RowCount, r.Profile.Columns)
	}
	if got := fmt.Sprint(w.LeftOut); got != "[{gone the partition 2013-01-04 does not have it} {new partitions before 2013-01-04 do not have it}]" {
		t.Errorf("left out: %s", got)
	}
	before := runOf(t, windowOf(t, "2012-12-01", 5, always("gone", "a"), 100, value))
	var changes []string
	for _, c := range DetectWindows(DefaultSettings(), before, r, nil).SchemaChanges {
		changes = append(changes, c.String())
	}
	if got := strings.Join(changes, "; "); got != "column new added (integer); column gone removed (integer)" {
		t.Errorf("changes of the schema: %s", got)
	}
}
