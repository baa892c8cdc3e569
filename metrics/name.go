package metrics

import "slices"

// Name names a metric as the history tables and the JSON output spell it.
type Name string

// The metrics of a column. Those up to AvgLength carry the names and the meaning that the Python
// tool baselinr gives them; the rest are ours.
const (
	Count               Name = "count"                 // rows of the table, nulls included
	NullCount           Name = "null_count"            // rows where the column is null
	NullRatio           Name = "null_ratio"            // null_count / count; 0 for a table without rows
	DistinctCount       Name = "distinct_count"        // distinct values, nulls left out
	UniqueRatio         Name = "unique_ratio"          // distinct_count / count; 0 for a table without rows
	ApproxDistinctCount Name = "approx_distinct_count" // the sketch's estimate once distinct_count is one, else the same
	Min                 Name = "min"
	Max                 Name = "max"
	Mean                Name = "mean"
	StdDev              Name = "stddev"    // of a sample: divided by n−1
	Histogram           Name = "histogram" // equal-width bins, the last one closed
	InferredType        Name = "data_type_inferred"
	MinLength           Name = "min_length" // characters; bytes for binary columns
	MaxLength           Name = "max_length"
	AvgLength           Name = "avg_length"

	Quantiles     Name = "quantiles"      // p01 p05 p25 p50 p75 p95 p99
	TopValues     Name = "top_values"     // the most frequent values, most frequent first
	ZeroCount     Name = "zero_count"     // values equal to zero
	NegativeCount Name = "negative_count" // values below zero
	EmptyCount    Name = "empty_count"    // texts and binaries of length 0
	NaNCount      Name = "nan_count"      // values that are not a number
)

// names lists every metric in the order in which output shows them.
var names = []Name{
	Count, NullCount, NullRatio, DistinctCount, UniqueRatio, ApproxDistinctCount,
	Min, Max, Mean, StdDev, Histogram, InferredType, MinLength, MaxLength, AvgLength,
	Quantiles, TopValues, ZeroCount, NegativeCount, EmptyCount, NaNCount,
}

// Names returns every metric, in the order in which output shows them.
func Names() []Name { return slices.Clone(names) }

// NamesOf returns the metrics that texts name.
func NamesOf(texts []string) []Name {
	list := make([]Name, len(texts))
	for i, text := range texts {
		list[i] = Name(text)
	}
	return list
}
