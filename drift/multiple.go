package drift

import (
	"math"
	"slices"
)

// adjusted returns, for the p-values of several tests, the least level at which Benjamini and Hochberg
// (1995, "Controlling the False Discovery Rate", section 3.1) reject each: of what is rejected at level q, at
// most the share q is expected to be false, where tests are independent or depend positively (Benjamini and
// Yekutieli 2001, theorem 1.2).
func adjusted(pValues []float64) []float64 {
	order := make([]int, len(pValues))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case pValues[a] > pValues[b]:
			return -1
		case pValues[a] < pValues[b]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(pValues))
	least := math.Inf(1)
	for i, at := range order {
		rank := float64(len(pValues) - i)
		least = min(least, pValues[at]*float64(len(pValues))/rank)
		out[at] = min(least, 1)
	}
	return out
}
