package html

import (
	"cmp"
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// valueBar is how often a value is in both runs, in percent of the values.
type valueBar struct {
	Value                   string
	Bar                     bool
	Current, Baseline       float64 // widths, in percent of the longest bar
	CurrentText, BeforeText string
}

// valuesOf are the most frequent values of a column in either run; none where a run lists none.
func valuesOf(now, before drift.Sample) []valueBar {
	if len(before.Runs) == 0 || now.Runs[0].Column.Kind.Temporal() {
		return nil
	}
	is, ok := now.Categories()
	was, known := before.Categories()
	if !ok || !known {
		return nil
	}
	pairs := drift.Paired(was, is)
	var n, m float64
	for _, p := range pairs {
		n, m = n+p.Before, m+p.Now
	}
	if n == 0 || m == 0 {
		return nil
	}
	larger := func(p drift.Pair) float64 { return max(p.Before/n, p.Now/m) }
	slices.SortStableFunc(pairs, func(a, b drift.Pair) int { return cmp.Compare(larger(b), larger(a)) })
	others := drift.Pair{Other: true}
	var shown []drift.Pair
	for _, p := range pairs {
		if p.Other || len(shown) == mostValuesOfAColumn {
			others.Before, others.Now = others.Before+p.Before, others.Now+p.Now
		} else {
			shown = append(shown, p)
		}
	}
	longest := 0.0
	for _, p := range shown {
		longest = max(longest, larger(p))
	}
	if others.Before+others.Now > 0 {
		shown = append(shown, others)
	}
	var bars []valueBar
	for _, p := range shown {
		b := valueBar{Value: cut(p.Value), CurrentText: percent(p.Now / m), BeforeText: percent(p.Before / n)}
		switch {
		case p.Other:
			b.Value = "all other values"
		case p.Value == "":
			b.Value = "(empty)"
		}
		if !p.Other && longest > 0 { // beside that of all others, theirs would be too short to be seen
			b.Bar, b.Current, b.Baseline = true, 100*p.Now/m/longest, 100*p.Before/n/longest
		}
		bars = append(bars, b)
	}
	return bars
}

// sampleOf is a column in runs, those that have it.
func sampleOf(column string, runs ...*drift.Run) drift.Sample {
	var s drift.Sample
	for _, r := range runs {
		i := slices.IndexFunc(r.Profile.Columns, func(c metrics.ColumnProfile) bool { return c.Name == column })
		if i >= 0 {
			s.Runs = append(s.Runs, drift.SampleRun{
				Column: &r.Profile.Columns[i], RowCount: r.Profile.RowCount, RowsRead: r.Profile.RowsRead, At: r.ProfiledAt,
			})
		}
	}
	return s
}
