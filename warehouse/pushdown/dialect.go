package pushdown

import "github.com/baselinr/baselinr-pipes/metrics"

// Dialect is where the engines' SQL differs. Whatever it returns is put into parentheses where that could matter.
type Dialect interface {
	// Terms says how a column is measured, whose quoted name is given: by one Terms. Where the engine lets values of several forms stand
	// in a column, as SQLite does, there is one for each form, and the column's kind is that of most of its values; where the values of a
	// form decide its kind, there are several, one after the other, all but the last with an Unless.
	Terms(c metrics.Column, name string) []Terms

	// Double writes a finite number as a literal of the engine's 64-bit floating-point type.
	Double(x float64) string

	// Limits say how large a statement may be.
	Limits() Limits
}

// Terms are the SQL by which the values of a column are measured. A function takes an expression of the type of Value,
// such as a column of a subquery, and returns another. What the kind has no use for is left empty.
type Terms struct {
	Kind metrics.Kind

	// Unless is a condition: where a value fulfils it, the values are not of this kind, and the Terms that follow count.
	Unless string

	// Declared says that the column is declared as of this form, which wins a tie.
	Declared bool

	// Present is null where the column is, or where it holds a value of another kind, and only there.
	Present string

	// Value is what is grouped, compared and ordered: null where Present is, and for NaN. Equal values are those that a
	// profile takes for equal, and texts and bytes order by their bytes.
	Value string

	// Text casts a value to the text that metrics.Kind.Read reads. An aggregate may be in the argument.
	Text func(value string) string

	// Finite is the number that a value stands for on the scale of histograms, of 64-bit floating point: seconds for points
	// in time; null for an infinity. Only of kinds that have a histogram.
	Finite func(value string) string

	// ByNumber says that values order by the number first, then as they are: texts of points in time.
	ByNumber bool

	// Below and Above are conditions: the value is an infinity below, or above, every number. Nil where
	// the kind has none.
	Below, Above func(value string) string

	// Mean and StdDev are aggregates of the finite values, of a sample; null where there are too few, or their sums are too large. Only of
	// numeric kinds. StdDev is best left empty where there are groups: it is then the root of the squares of the groups'
	// distances from the mean, which cancels nothing (Chan, Golub and LeVeque 1983), and costs little.
	Mean, StdDev string

	// Zero is the literal that numbers are compared with; "0" where it is empty.
	Zero string

	// Length is a value's length, in characters, or bytes of binaries. Only of kinds that have a length.
	Length string
}

// Limits bound a statement.
type Limits struct {
	Expressions int // in the select list
	Branches    int // of a UNION ALL
	Bytes       int // of text
}

// Sketches is a dialect whose engine estimates by itself, which pushdown then prefers to groups.
type Sketches interface {
	Dialect

	// Steps is how many equal steps of probability a distribution is told in: 100 where one sketch tells them all, fewer where
	// each costs a sketch of its own.
	Steps() int

	// Distinct is an aggregate that estimates the number of distinct values, with the bound of its relative
	// error (three standard errors).
	Distinct(t Terms) (aggregate string, bound float64)

	// Quantiles is an aggregate that estimates the values at rising probabilities from 0 to 1, as the text of a JSON list of as many
	// values in the form of Terms.Text, of which numbers may be bare, with the bound of their rank's error as a
	// share. Where there is no value, it is null or an empty list.
	Quantiles(t Terms, probabilities []float64) (aggregate string, bound float64)

	// Top is an aggregate that lists the n most frequent values, as the text of a JSON list of lists of a value in the form
	// of Terms.Text and its count, with the bound of a count's error, as a share of the rows.
	Top(t Terms, n int) (aggregate string, bound float64)
}
