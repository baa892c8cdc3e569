package metrics

import (
	"encoding/json"
	"fmt"
)

// TableProfile is what one scan of a table measured.
type TableProfile struct {
	RowCount int64           // rows of the table, or of the partitions that were chosen
	RowsRead int64           // how many of them were read: fewer where a sample was
	Columns  []ColumnProfile // in the table's order
	Unread   []Column        // the table's other columns, which were not asked for
}

// ColumnProfile is what one scan measured of one column.
type ColumnProfile struct {
	Name     string
	Type     string // as the catalog declares it; empty where it declares none
	Kind     Kind
	Nullable bool
	Metrics  map[Name]Value

	// Estimates holds, for each metric that is an estimate, the bound of its relative error (of the
	// rank, as a fraction of the rows, for quantiles; of the rows, as a fraction, for a histogram's
	// bin and for a top value's count). Those of a sample are in the units that Extrapolate names.
	Estimates map[Name]float64

	// Distribution of the column's numbers or points in time; nil where it has none, or was not measured.
	// Its counts are of the values that were read, in a sample too.
	Distribution *Distribution

	// Kurtosis of the numbers that were read, by which Extrapolate bounds their standard deviation; of a
	// sketch it is an estimate. It is 0 where there is none.
	Kurtosis float64

	// OtherKindCount is the number of values that are not of the column's kind, which only engines
	// with dynamic types have: they enter the counts, distinct and top values, and no other metric.
	OtherKindCount int64
}

// Bin is one bin of a histogram: values v with Start ≤ v < End, and v = End too in the last bin.
// The bounds of points in time are seconds since 1970-01-01 UTC.
type Bin struct {
	Start float64 `json:"bin_start"`
	End   float64 `json:"bin_end"`
	Count int64   `json:"count"`
}

// Bins is a histogram: bins of equal width, in ascending order, that cover every finite value. A
// column with a single distinct value has one bin of width zero.
type Bins []Bin

// QuantileProbabilities are the probabilities of a QuantileSet, in its order.
var QuantileProbabilities = [...]float64{0.01, 0.05, 0.25, 0.50, 0.75, 0.95, 0.99}

// QuantileSet holds the quantiles p01, p05, p25, p50, p75, p95 and p99: each the smallest value
// whose rank is at least that share of the values (Hyndman and Fan 1996, definition 1).
type QuantileSet [len(QuantileProbabilities)]Value

// quantileName spells the i-th quantile, "p05".
func quantileName(i int) string { return fmt.Sprintf("p%02.0f", QuantileProbabilities[i]*100) }

// MarshalJSON writes an object, {"p01": …, …, "p99": …}.
func (q QuantileSet) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, v := range q {
		value, err := v.MarshalJSON()
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '"')
		out = append(out, quantileName(i)...)
		out = append(out, '"', ':')
		out = append(out, value...)
	}
	return append(out, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (q *QuantileSet) UnmarshalJSON(data []byte) error {
	var object map[string]Value
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	for i := range q {
		q[i] = object[quantileName(i)]
	}
	return nil
}

// ValueCount is a value and the number of rows that hold it.
type ValueCount struct {
	Value Value `json:"value"`
	Count int64 `json:"count"`
}

// ValueCounts lists values by falling count, equal counts by rising value.
type ValueCounts []ValueCount

// UnmarshalJSON reads a number, a text, a boolean or null.
func (v *Value) UnmarshalJSON(data []byte) error {
	var x any
	if err := json.Unmarshal(data, &x); err != nil {
		return err
	}
	switch x := x.(type) {
	case float64:
		*v = Parse(Min, string(data))
	case string, bool, nil:
		v.v = x
	default:
		return fmt.Errorf("metric value: unexpected %T", x)
	}
	return nil
}
