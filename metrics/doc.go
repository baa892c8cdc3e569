// Package metrics measures columns: it names the metrics, accumulates a stream of values into them
// in one pass and bounded memory, and holds the profiles that result.
//
// It is pure: no I/O, no clock, no randomness. A warehouse fills a Batch, a TableAccumulator adds
// it, and Profile tells what was seen. Figures are exact until a column's memory budget is met;
// from there on those that would need more are estimates, and marked as such.
package metrics
