package drift

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// mostPairs is how many pairs of a removed and an added column are compared. A table that lost and gained
// hundreds of columns at once is another table, and comparing all pairs would take long.
const mostPairs = 40_000

// renames returns, by the new name, the removed column that an added one was: the pair is of one type,
// their names are similar, and what the two columns hold does not speak against it. The most similar pair
// is taken first, among equals the one that stands first in the tables, and no column twice.
func renames(removed, added []*metrics.ColumnProfile, similarity float64) map[string]*metrics.ColumnProfile {
	if len(removed)*len(added) > mostPairs {
		return nil
	}
	type pair struct {
		was, is *metrics.ColumnProfile
		score   float64
	}
	var pairs []pair
	for _, was := range removed {
		for _, is := range added {
			if !compatible(was.Type, is.Type) || contradicted(was, is) {
				continue
			}
			if score := nameSimilarity(was.Name, is.Name); score >= similarity {
				pairs = append(pairs, pair{was, is, score})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.score, a.score) })
	former := map[string]*metrics.ColumnProfile{}
	taken := map[string]bool{}
	for _, p := range pairs {
		if former[p.is.Name] == nil && !taken[p.was.Name] {
			former[p.is.Name], taken[p.was.Name] = p.was, true
		}
	}
	return former
}

// compatible reports whether a column may keep its values when its type becomes the other: equal types,
// and those that the Python tool takes for alike.
func compatible(from, to string) bool {
	if canonicalType(from) == canonicalType(to) {
		return true
	}
	from, _ = splitType(from)
	to, _ = splitType(to)
	for _, alike := range [][]string{slices.Concat(wholeTypes, realTypes), textTypes, timeTypes} {
		if slices.Contains(alike, from) && slices.Contains(alike, to) {
			return true
		}
	}
	return false
}

// nameSimilarity is the similarity of two names, from 0 to 1, regardless of case, by the measure of the
// Python tool, so that a threshold means the same in both: 1 less the edit distance (Levenshtein 1966) per
// character of the longer name, plus a fifth of the share of that name that their common beginning is (the
// idea of Winkler 1990), and of that which their common end is; at most 1.
func nameSimilarity(a, b string) float64 {
	was, is := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	if slices.Equal(was, is) {
		return 1
	}
	shorter, longer := min(len(was), len(is)), float64(max(len(was), len(is)))
	prefix, suffix := 0, 0
	for prefix < shorter && was[prefix] == is[prefix] {
		prefix++
	}
	for suffix < shorter && was[len(was)-1-suffix] == is[len(is)-1-suffix] {
		suffix++
	}
	edits := 1 - float64(editDistance(was, is))/longer
	return min(1, edits+0.2*float64(prefix)/longer+0.2*float64(suffix)/longer)
}

// editDistance counts the insertions, deletions and replacements that make b of a (Levenshtein 1966; by the
// rows of Wagner and Fischer 1974).
func editDistance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := 1
			if x == y {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// How far apart two columns may be and still be one under two names.
const (
	nullsApart = 0.1 // of their shares of nulls
	timesApart = 2   // of their numbers of distinct values, of the shares of those, and of texts' lengths
	meansApart = 1   // of their means, in the larger standard deviation: beyond Cohen's (1988) large effect of 0.8
)

// contradicted reports whether what two columns hold shows that they are not one under two names. What
// was not measured of either speaks neither for nor against it.
func contradicted(was, is *metrics.ColumnProfile) bool {
	both := func(n metrics.Name) (before, now float64, ok bool) {
		before, hasBefore := finite(was.Metrics[n])
		now, hasNow := finite(is.Metrics[n])
		return before, now, hasBefore && hasNow
	}
	far := func(n metrics.Name) bool {
		before, now, ok := both(n)
		return ok && max(before, now) > timesApart*min(before, now)
	}
	before, now, ok := both(metrics.NullRatio)
	if ok && math.Abs(before-now) > nullsApart {
		return true
	}
	if ok && max(before, now) < 1 && was.Kind != "" && is.Kind != "" && was.Kind.Numeric() != is.Kind.Numeric() {
		return true // declared alike, as SQLite allows
	}
	// Of a table that grew, a category keeps its number of values, and a key its share of distinct ones.
	_, _, counted := both(metrics.DistinctCount)
	_, _, shared := both(metrics.UniqueRatio)
	if (counted || shared) && (!counted || far(metrics.DistinctCount)) && (!shared || far(metrics.UniqueRatio)) {
		return true
	}
	if far(metrics.AvgLength) {
		return true
	}
	before, now, ok = both(metrics.Mean)
	deviation, other, known := both(metrics.StdDev)
	return ok && known && holdsNumbers(was) && holdsNumbers(is) && math.Abs(before-now) > meansApart*max(deviation, other)
}
