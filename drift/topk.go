package drift

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// topKTest compares the sets of the most frequent values, as many in both runs as a run lists at least, at
// most Parameters.TopK: the effect is the distance of Jaccard (1901), one less the share of values that
// are in both sets among those that are in either. The p-value is that of chi_square: among values of nearly
// the same frequency chance decides which are in the set.
type topKTest struct{}

func (topKTest) name() string                          { return TopK }
func (topKTest) metric() metrics.Name                  { return metrics.TopValues }
func (topKTest) applies(c *metrics.ColumnProfile) bool { return categorical(c) }
func (topKTest) size(s Sample) float64                 { return s.Values() }

func (topKTest) compare(p Parameters, before, now Sample) (result, error) {
	b, err := categoricalBuckets(before, now)
	if err != nil {
		return result{}, err
	}
	was, _ := before.Categories()
	is, _ := now.Categories()
	k := p.TopK
	for _, c := range []Categories{was, is} {
		if !c.Complete {
			k = min(k, len(c.Listed))
		}
	}
	old, top := was.top(k), is.top(k)
	var kept float64
	for _, value := range top {
		if slices.Contains(old, value) {
			kept++
		}
	}
	either := float64(len(old)+len(top)) - kept
	if either == 0 {
		return result{}, fmt.Errorf("no value is listed")
	}
	_, pValue := b.chiSquare()
	distance := 1 - kept/either
	return result{
		statistic: distance, pValue: &pValue, effect: distance, baseline: float64(len(old)), current: kept,
		sentence: fmt.Sprintf("of the %d most frequent values %s are still among the %d most frequent", len(old), short(kept), len(top)),
	}, nil
}

// top returns the k most frequent values; of equally frequent ones the first in the alphabet.
func (c Categories) top(k int) []string {
	values := slices.SortedFunc(maps.Keys(c.Listed), func(a, b string) int {
		return cmp.Or(cmp.Compare(c.Listed[b], c.Listed[a]), cmp.Compare(a, b))
	})
	for i, v := range values {
		if c.Listed[v] == 0 {
			values = values[:i]
			break
		}
	}
	return values[:min(k, len(values))]
}
