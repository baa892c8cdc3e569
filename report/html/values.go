package html

import (
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/report/picture"
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
	frequent := picture.FrequentOf(now, before, mostValuesOfAColumn)
	if frequent == nil || !frequent.Known {
		return nil
	}
	longest := 0.0
	for _, v := range frequent.Values {
		longest = max(longest, v.Larger())
	}
	var bars []valueBar
	for _, v := range frequent.Values {
		b := valueBar{Value: cut(v.Value), CurrentText: percent(v.Current), BeforeText: percent(v.Baseline)}
		if v.Value == "" {
			b.Value = "(empty)"
		}
		if longest > 0 {
			b.Bar, b.Current, b.Baseline = true, 100*v.Current/longest, 100*v.Baseline/longest
		}
		bars = append(bars, b)
	}
	if o := frequent.Others; o != nil { // without a bar: beside theirs all others would be too short to be seen
		bars = append(bars, valueBar{Value: "all other values", CurrentText: percent(o.Current), BeforeText: percent(o.Baseline)})
	}
	return bars
}
