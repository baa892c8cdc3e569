package metrics

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Value is the value of one metric: nothing, a whole number, a floating-point number, a boolean, a
// text (dates, times and exact decimals too), or one of the structured values Bins, QuantileSet
// and ValueCounts. The zero Value is nothing, JSON's null.
type Value struct{ v any }

// Int returns a whole number.
func Int(i int64) Value { return Value{i} }

// Float returns a floating-point number; NaN and infinities are allowed.
func Float(f float64) Value { return Value{f} }

// Bool returns a boolean.
func Bool(b bool) Value { return Value{b} }

// Text returns a text.
func Text(s string) Value { return Value{s} }

// Structured returns a value that is a Bins, a QuantileSet or a ValueCounts.
func Structured[T Bins | QuantileSet | ValueCounts](t T) Value { return Value{t} }

// IsNull reports whether the value is nothing.
func (v Value) IsNull() bool { return v.v == nil }

// Float64 returns the value as a number, and false where it is not a finite or infinite number:
// texts are parsed, since exact decimals are kept as text. NaN is no number.
func (v Value) Float64() (float64, bool) {
	switch x := v.v.(type) {
	case int64:
		return float64(x), true
	case float64:
		return x, !math.IsNaN(x)
	case string:
		f, err := strconv.ParseFloat(x, 64)
		return f, err == nil && !math.IsNaN(f)
	default:
		return 0, false
	}
}

// Text returns the text that the value is, and false where it is none.
func (v Value) Text() (string, bool) { s, ok := v.v.(string); return s, ok }

// Int64 returns the whole number that the value is, and false where it is none: a floating-point number without a
// fraction is none.
func (v Value) Int64() (int64, bool) { i, ok := v.v.(int64); return i, ok }

// Bins returns the histogram that the value holds, and false where it holds none.
func (v Value) Bins() (Bins, bool) { b, ok := v.v.(Bins); return b, ok }

// QuantileSet returns the quantiles that the value holds, and false where it holds none.
func (v Value) QuantileSet() (QuantileSet, bool) { q, ok := v.v.(QuantileSet); return q, ok }

// ValueCounts returns the value counts that the value holds, and false where it holds none.
func (v Value) ValueCounts() (ValueCounts, bool) { c, ok := v.v.(ValueCounts); return c, ok }

// String returns the form in which the history tables keep the value: numbers in their shortest
// exact decimal form, structured values as JSON, nothing as the empty text.
func (v Value) String() string {
	switch x := v.v.(type) {
	case nil:
		return ""
	case string:
		return x
	case int64:
		return strconv.FormatInt(x, 10)
	case bool:
		return strconv.FormatBool(x)
	case float64:
		return formatFloat(x)
	default:
		text, err := json.Marshal(x)
		if err != nil {
			return fmt.Sprintf("%v", x)
		}
		return string(text)
	}
}

// maxExactJSON is the largest whole number that every JSON reader keeps exactly (RFC 8259, section 6).
const maxExactJSON = 1 << 53

// MarshalJSON writes numbers as JSON numbers, and as texts those that JSON readers cannot carry:
// NaN, infinities and whole numbers beyond 2^53.
func (v Value) MarshalJSON() ([]byte, error) {
	switch x := v.v.(type) {
	case int64:
		if x > maxExactJSON || x < -maxExactJSON {
			return json.Marshal(strconv.FormatInt(x, 10))
		}
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return json.Marshal(formatFloat(x))
		}
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v.v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

// Parse returns the value whose String is text: the inverse of Value.String for the metric called
// name, tolerant of the forms that the Python tool writes. A text that is neither a number nor a
// structured value stays a text.
func Parse(name Name, text string) Value {
	switch name {
	case Histogram:
		return parseStructured[Bins](text)
	case Quantiles:
		return parseStructured[QuantileSet](text)
	case TopValues:
		return parseStructured[ValueCounts](text)
	case InferredType:
		return Text(text)
	}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return Int(i)
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return Float(f)
	}
	return Text(text)
}

func parseStructured[T Bins | QuantileSet | ValueCounts](text string) Value {
	var t T
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return Text(text)
	}
	return Structured(t)
}

// formatFloat writes f as the shortest decimal that reads back as f; Infinity and NaN are spelled
// as Python and JavaScript read them.
func formatFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
