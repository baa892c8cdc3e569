// Package spelling finds the name that a misspelt word was meant to be.
package spelling

import "strings"

// Nearest returns the name that word is most likely a misspelling, or the beginning, of; or nothing.
func Nearest(word string, names []string) string {
	best, least := "", len(word)+1
	for _, name := range names {
		if d := distance(word, name); d < least && d <= max(1, len(name)*2/5) {
			best, least = name, d
		}
	}
	if best != "" || len(word) < 3 {
		return best
	}
	for _, name := range names {
		if strings.HasPrefix(name, word) {
			return name
		}
	}
	return ""
}

// distance counts the insertions, deletions, replacements and swaps of neighbours that make b of a
// (optimal string alignment: Wagner and Fischer 1974, with the transposition of Damerau 1964).
func distance(a, b string) int {
	const longest = 64 // no key is as long, and the work grows with the square
	if len(a) > longest || len(b) > longest {
		return longest
	}
	var rows [3][longest + 1]int
	before, above, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
