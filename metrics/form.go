package metrics

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// form says what the words of an accumulator stand for.
type form struct {
	float   bool // floating-point numbers; else whole numbers
	numeric bool // numbers that have a mean
	endless bool // the words lowest and highest stand for infinities

	lowest, highest uint64

	number func(word uint64) float64 // on the scale of histograms: seconds for points in time
	value  func(word uint64) Value   // as output shows it
}

var (
	integerForm   = intForm(&form{numeric: true}, func(i int64) float64 { return float64(i) }, Int)
	booleanForm   = intForm(&form{}, func(i int64) float64 { return float64(i) }, func(i int64) Value { return Bool(i != 0) })
	dateForm      = intForm(&form{endless: true}, daySeconds, formatDate)
	timeForm      = intForm(&form{endless: true}, microSeconds, formatTime)
	timestampForm = intForm(&form{endless: true}, microSeconds, formatTimestamp)
	floatForm     = floatFormOf(Float)
)

func intForm(f *form, number func(int64) float64, value func(int64) Value) *form {
	f.lowest, f.highest = intWord(NegativeInfinity), intWord(Infinity)
	f.number = func(w uint64) float64 { return number(wordInt(w)) }
	f.value = func(w uint64) Value { return value(wordInt(w)) }
	return f
}

func floatFormOf(value func(float64) Value) *form {
	return &form{
		float: true, numeric: true, endless: true,
		lowest: floatWord(math.Inf(-1)), highest: floatWord(math.Inf(1)),
		number: wordFloat,
		value:  func(w uint64) Value { return value(wordFloat(w)) },
	}
}

// edges returns the least and the greatest number that a cell of a grid may hold.
func (f *form) edges(cell int64, exponent int) (low, high float64) {
	if f.float {
		return math.Ldexp(float64(cell), exponent), math.Nextafter(math.Ldexp(float64(cell+1), exponent), math.Inf(-1))
	}
	return f.number(intWord(cell << exponent)), f.number(intWord((cell+1)<<exponent - 1))
}

// formOf returns the form of the whole numbers in a column of the kind.
func formOf(k Kind) *form {
	switch k {
	case KindBoolean:
		return booleanForm
	case KindDate:
		return dateForm
	case KindTime:
		return timeForm
	case KindTimestamp:
		return timestampForm
	default:
		return integerForm
	}
}

func clampInt(x float64) int64 {
	switch {
	case x >= math.MaxInt64:
		return math.MaxInt64
	case x <= math.MinInt64:
		return math.MinInt64
	}
	return int64(x)
}

const secondsPerDay = 86400

// Infinity and NegativeInfinity are the days or microseconds that stand for PostgreSQL's infinite
// dates and timestamps.
const (
	Infinity         = math.MaxInt64
	NegativeInfinity = math.MinInt64
)

func daySeconds(days int64) float64 {
	return infinite(days, float64(days)*secondsPerDay)
}

func microSeconds(micros int64) float64 {
	return infinite(micros, float64(micros)/1e6)
}

func infinite(i int64, x float64) float64 {
	switch i {
	case Infinity:
		return math.Inf(1)
	case NegativeInfinity:
		return math.Inf(-1)
	}
	return x
}

func formatDate(days int64) Value {
	switch days {
	case Infinity:
		return Text("infinity")
	case NegativeInfinity:
		return Text("-infinity")
	}
	return Text(time.Unix(days*secondsPerDay, 0).UTC().Format("2006-01-02"))
}

func formatTimestamp(micros int64) Value {
	switch micros {
	case Infinity:
		return Text("infinity")
	case NegativeInfinity:
		return Text("-infinity")
	}
	return Text(time.UnixMicro(micros).UTC().Format("2006-01-02 15:04:05") + fraction(micros))
}

// formatTime writes a time of day, or a span of time, which may be negative and longer than a day.
func formatTime(micros int64) Value {
	sign := ""
	if micros < 0 {
		sign, micros = "-", -micros
	}
	s := micros / 1e6
	text := sign + pad2(s/3600) + ":" + pad2(s/60%60) + ":" + pad2(s%60)
	return Text(text + fraction(micros))
}

func pad2(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}

// fraction writes the microseconds within a second as ".123456", and nothing where there are none.
func fraction(micros int64) string {
	part := micros % 1e6
	if part < 0 {
		part += 1e6
	}
	if part == 0 {
		return ""
	}
	return "." + strconv.FormatInt(1e6+part, 10)[1:]
}

// textForm says what the strings of a texts accumulator stand for.
type textForm struct {
	number  func(text []byte) (float64, bool) // nil where texts are no numbers
	numbers *form                             // of those numbers
	value   func(text []byte) Value           // as output shows it
	order   func(a, b []byte) int             // of two texts with equal numbers; nil: as bytes
	length  func(text []byte) int
}

var (
	plainTextForm = &textForm{value: textValue, length: utf8.RuneCount}
	blobForm      = &textForm{value: hexValue, length: func(b []byte) int { return len(b) }}
	decimalForm   = &textForm{number: parseDecimal, numbers: floatForm, value: textValue, order: compareDecimals, length: utf8.RuneCount}
)

// textFormOf returns how the column's texts are read: decimals as their value, texts in a column
// declared as a date, time or timestamp as that point in time, others as no number.
func textFormOf(c Column) *textForm {
	switch {
	case c.Kind == KindDecimal && !c.Dynamic:
		return decimalForm
	case c.Kind.Temporal():
		return &textForm{
			number:  func(text []byte) (float64, bool) { return parseTemporal(string(text), c.Kind) },
			numbers: floatFormOf(nearest(c.Kind)),
			value:   textValue,
			length:  utf8.RuneCount,
		}
	default:
		return plainTextForm
	}
}

// nearest returns how a number of seconds is shown as a point in time of the kind.
func nearest(k Kind) func(seconds float64) Value {
	switch k {
	case KindDate:
		return func(x float64) Value { return formatDate(clampInt(math.Round(x / secondsPerDay))) }
	case KindTime:
		return func(x float64) Value { return formatTime(clampInt(math.Round(x * 1e6))) }
	default:
		return func(x float64) Value { return formatTimestamp(clampInt(math.Round(x * 1e6))) }
	}
}

func textValue(text []byte) Value {
	if utf8.Valid(text) {
		return Text(string(text))
	}
	return Text(string([]rune(string(text)))) // invalid bytes become U+FFFD, which JSON can carry
}

func hexValue(b []byte) Value {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return Text(string(out))
}
