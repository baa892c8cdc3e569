package metrics

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Read reads a value of a column as a database tells it in a text, and returns it as output shows it, with the number
// that it stands for on the scale of histograms, 0 for none. The text is, by the column's kind,
//
//   - of integer: the number; of boolean: 0 or 1;
//   - of date: days since 1970-01-01; of timestamp: microseconds since then, in UTC; of time: microseconds since
//     midnight; of dates and timestamps also infinity and -infinity;
//   - of float: a decimal that reads back as the number, NaN, Infinity or -Infinity; of decimal: all its digits;
//   - of bytes: hexadecimal digits, in lower case;
//   - of every other kind: the text itself.
func (k Kind) Read(text string) (Value, float64, error) {
	switch k {
	case KindInteger, KindBoolean, KindDate, KindTime, KindTimestamp:
		i, err := readWhole(text)
		if err != nil {
			return Value{}, 0, fmt.Errorf("%q is no value of kind %s", text, k)
		}
		word, form := intWord(i), formOf(k)
		return form.value(word), form.number(word), nil
	case KindFloat:
		x, ok := parseDecimal([]byte(strings.TrimSpace(text)))
		if !ok {
			return Value{}, 0, fmt.Errorf("%q is no number", text)
		}
		if x == 0 {
			x = 0 // also where it is negative
		}
		return Float(x), x, nil
	case KindDecimal:
		text = canonicalDecimal(strings.TrimSpace(text))
		x, ok := parseDecimal([]byte(text))
		if !ok {
			return Value{}, 0, fmt.Errorf("%q is no decimal", text)
		}
		return Text(text), x, nil
	case KindBytes:
		return Text(text), 0, nil
	default:
		return textValue([]byte(text)), 0, nil
	}
}

// readWhole reads a whole number of 64 bits, also one that is written with a fraction of zeros, or an infinity.
func readWhole(text string) (int64, error) {
	text = strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case "infinity":
		return Infinity, nil
	case "-infinity":
		return NegativeInfinity, nil
	}
	if whole, zeros, found := strings.Cut(text, "."); found && strings.Trim(zeros, "0") == "" {
		text = whole
	}
	i, err := strconv.ParseInt(text, 10, 64)
	if err == nil {
		return i, nil
	}
	if x, failure := strconv.ParseFloat(text, 64); failure == nil && x == math.Trunc(x) && math.Abs(x) < 1<<63 {
		return int64(x), nil
	}
	return 0, err
}

// canonicalDecimal takes the zeros at the end of a decimal's fraction away, so that equal values have equal texts.
func canonicalDecimal(text string) string {
	if !strings.ContainsRune(text, '.') || strings.ContainsAny(text, "eE") {
		return text
	}
	text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	if text == "-0" || text == "" {
		return "0"
	}
	return text
}

// Seconds reads a text as a point in time of the kind, as the accumulators of texts in a column declared so do: in seconds
// since 1970-01-01 UTC, or since midnight for a time of day.
func (k Kind) Seconds(text string) (float64, bool) { return parseTemporal(text, k) }
