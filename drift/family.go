package drift

import (
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// Family groups types that are judged alike.
type Family string

// The families of types, under the names that configs use.
const (
	Numeric     Family = "numeric"
	Categorical Family = "categorical"
	Timestamp   Family = "timestamp"
	Boolean     Family = "boolean"
	Unknown     Family = "unknown"
)

// Families lists the families.
func Families() []Family { return []Family{Numeric, Categorical, Timestamp, Boolean, Unknown} }

// familyWords are words of type names, looked for in this order: the first family that has a word in
// a name wins, as in the Python tool.
var familyWords = []struct {
	family Family
	words  []string
}{
	{Numeric, []string{"int", "numeric", "decimal", "float", "double", "real", "number", "money"}},
	{Categorical, []string{"char", "text", "string", "enum"}},
	{Timestamp, []string{"timestamp", "date", "time"}},
	{Boolean, []string{"bool", "bit"}},
}

// familyOf returns the family of a declared type.
func familyOf(declared string) Family {
	name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(declared)), "(")
	for _, f := range familyWords {
		for _, word := range f.words {
			if strings.Contains(name, word) {
				return f.family
			}
		}
	}
	return Unknown
}

// Judges reports whether a change of the metric is ever judged by the thresholds of the family.
func (f Family) Judges(n metrics.Name) bool { return slices.Contains(compared, n) && !f.meaningless(n) }

// meaningless reports whether a change of the metric says nothing about a column of the family.
func (f Family) meaningless(n metrics.Name) bool {
	if f != Categorical && f != Boolean {
		return false
	}
	return ofNumbers(n)
}
