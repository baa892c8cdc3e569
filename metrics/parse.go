package metrics

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// parseDecimal reads a decimal, NaN and infinities included, as the nearest floating-point number. One
// that is too small for that is the smallest of its sign, since it is not zero.
func parseDecimal(text []byte) (float64, bool) {
	x, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		// Beyond the range of a float64 the result is an infinity, which is right to order by.
		numeric, isRange := err.(*strconv.NumError)
		return x, isRange && numeric.Err == strconv.ErrRange
	}
	if x == 0 && bytes.ContainsAny(text, "123456789") {
		return math.Copysign(math.SmallestNonzeroFloat64, x), true
	}
	return x, true
}

// compareDecimals orders two decimals exactly.
func compareDecimals(a, b []byte) int {
	x, xok := new(big.Rat).SetString(string(a))
	y, yok := new(big.Rat).SetString(string(b))
	if !xok || !yok {
		return bytes.Compare(a, b)
	}
	return x.Cmp(y)
}

// The layouts of dates and times as text, which are SQLite's own (lang_datefunc.html, "Time values")
// with the zone that ISO 8601 allows. Go reads a fraction after the seconds in any of them.
var (
	dateLayouts      = []string{"2006-01-02"}
	timeLayouts      = []string{"15:04:05", "15:04"}
	timestampLayouts = []string{
		"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z07:00",
		"2006-01-02", "2006-01-02 15:04", "2006-01-02T15:04",
	}
)

// parseTemporal reads a text as a point in time of the kind, in seconds: since 1970-01-01 UTC, or
// since midnight for a time of day. A text without a zone counts as UTC.
func parseTemporal(text string, k Kind) (float64, bool) {
	text = strings.TrimSpace(text)
	layouts, origin := timestampLayouts, time.Unix(0, 0)
	switch k {
	case KindDate:
		layouts = dateLayouts
	case KindTime:
		layouts, origin = timeLayouts, time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return float64(t.UnixMicro()-origin.UnixMicro()) / 1e6, true
		}
	}
	return 0, false
}
