// Package pushdown has an engine compute the profile of a table by itself, in two statements, instead of reading
// its rows: the first gives the scalars of all columns in one row, the second, which knows from the first
// between what numbers the bins of a histogram lie, gives distinct counts, quantiles, histograms and the most frequent
// values. A table too wide for one statement is split by column, never by metric. What comes back is small, whatever the table's size, and
// fills the profile that a scan fills.
//
// An engine takes part by a Dialect, which says how each column is measured in its SQL, and by implementing Source. There are two
// ways to the second statement:
//
//   - by groups, the default, which is exact: each column is grouped by its values, and of the groups
//     those come back at which something happens: the most frequent ones, those that hold a quantile, begin a bin, or
//     are a knot of the distribution. It needs window functions and nothing else.
//   - by sketches, for engines that have their own: a dialect that implements Sketches. Distinct counts, quantiles
//     and most frequent values are then aggregates of the first statement; the second counts bins.
//
// Conformance: a profile by pushdown equals that of a scan in every exact metric; mean and standard deviation are the
// engine's, and equal to some twelve digits.
package pushdown
