package picture

import (
	"cmp"
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
)

// Frequent are the most frequent values of a column in a run and in its baseline, the most frequent first.
type Frequent struct {
	Values []FrequentValue
	Others *FrequentValue // all other values together; nil where there are none
	Known  bool           // the baseline's shares are known
}

// FrequentValue is a value, and its shares of the column's values.
type FrequentValue struct {
	Value             string
	Current, Baseline float64
}

// Larger is the larger of the two shares.
func (v FrequentValue) Larger() float64 { return max(v.Current, v.Baseline) }

// FrequentOf returns the values that are most frequent in either run, so many at most. It returns nil where the run
// lists none.
func FrequentOf(now, before drift.Sample, most int) *Frequent {
	if len(now.Runs) == 0 || now.Runs[0].Column.Kind.Temporal() {
		return nil
	}
	is, ok := now.Categories()
	if !ok {
		return nil
	}
	f := &Frequent{}
	was := is
	if len(before.Runs) > 0 {
		if categories, known := before.Categories(); known {
			was, f.Known = categories, true
		}
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
	others := FrequentValue{}
	for _, p := range pairs {
		v := FrequentValue{p.Value, p.Now / m, p.Before / n}
		if p.Other || len(f.Values) == most {
			others.Current, others.Baseline = others.Current+v.Current, others.Baseline+v.Baseline
		} else {
			f.Values = append(f.Values, v)
		}
	}
	if others.Larger() > 0 {
		f.Others = &others
	}
	return f
}
