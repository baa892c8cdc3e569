package drift

import (
	"math"
	"strconv"
	"strings"
)

const (
	fewDigits  = 4  // that count, of a number that stands alone
	allDigits  = 17 // that tell every number apart
	readDigits = 9  // up to which a bound is told as it is in the data

	exact = 1 << 53 // from here on, not every whole number is one of floating point
)

// short writes a number with four digits that count, its whole part in full.
func short(x float64) string { return written(x, fewDigits) }

// written writes a number with so many digits that count; whole numbers, and the whole part of others, in full, and
// without an exponent where that can be read.
func written(x float64, digits int) string {
	size := math.Abs(x)
	switch {
	case x == 0: // of either sign
		return "0"
	case x == math.Trunc(x) && size < exact:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case size >= exact && size < 1e21 && digits > 15:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case size < 1e-4 || size >= exact:
		return strconv.FormatFloat(x, 'g', digits, 64)
	}
	whole := int(math.Floor(math.Log10(size))) + 1
	text := strconv.FormatFloat(x, 'f', max(digits-whole, 0), 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// pair writes two numbers that are compared, with as many digits as their difference needs: it is to be worked out
// from what is told.
func pair(a, b float64) (string, string) {
	const near = 0.01 // by which the difference of what is told may be off
	for digits := fewDigits; digits < allDigits; digits++ {
		s, t := written(a, digits), written(b, digits)
		x, _ := strconv.ParseFloat(s, 64)
		y, _ := strconv.ParseFloat(t, 64)
		if math.Abs((x-y)-(a-b)) <= near*math.Abs(a-b) {
			return s, t
		}
	}
	return written(a, allDigits), written(b, allDigits)
}

// fromTo tells two numbers that are compared.
func fromTo(a, b float64) string {
	s, t := pair(a, b)
	return "from " + s + " to " + t
}

// beside writes a number that stands beside another.
func beside(x, other float64) string {
	text, _ := pair(x, other)
	return text
}

// share writes a share in percent.
func share(x float64) string { return short(x*100) + " %" }

// toldShare is a share as a sentence tells it.
type toldShare struct {
	share float64
	rough bool // it is an estimate, or rests on where values are taken to lie between two that are known
}

// sharesFromTo tells two shares that are compared, in percent.
func sharesFromTo(a, b toldShare) string {
	s, t := pair(a.share*100, b.share*100)
	about := func(x toldShare) string {
		if x.rough {
			return "about "
		}
		return ""
	}
	return "from " + about(a) + s + " % to " + about(b) + t + " %"
}

// told writes a bound of values as it is in the data where it can be read so, and else rounded, up or down, to the
// fewest digits with which what is told of the values holds.
func told(x float64, up bool, holds func(rounded float64) bool) string {
	shortest := strconv.FormatFloat(math.Abs(x), 'e', -1, 64)
	mantissa, _, _ := strings.Cut(shortest, "e")
	if len(strings.Replace(mantissa, ".", "", 1)) <= readDigits || math.Abs(x) >= exact {
		return written(x, allDigits-1)
	}
	for digits := fewDigits; digits < allDigits; digits++ {
		text := rounded(x, digits, up)
		if t, err := strconv.ParseFloat(text, 64); err == nil && holds(t) {
			return text
		}
	}
	return written(x, allDigits)
}

// rounded writes a number with so many digits that count, rounded up or down.
func rounded(x float64, digits int, up bool) string {
	text := written(x, digits)
	t, _ := strconv.ParseFloat(text, 64)
	if up && t >= x || !up && t <= x {
		return text
	}
	step := math.Pow(10, math.Floor(math.Log10(math.Abs(x)))-float64(digits-1))
	if !up {
		step = -step
	}
	return written(t+step, digits)
}

// percent writes a change in percent with a digit after the point, and more where it would seem to miss the
// threshold that it reaches.
func percent(change, threshold float64) string {
	const most = 12
	for digits := 1; ; digits++ {
		text := strconv.FormatFloat(change, 'f', digits, 64)
		shown, _ := strconv.ParseFloat(text, 64)
		if digits == most || shown != 0 && math.Abs(shown) >= threshold || change == 0 {
			if change >= 0 {
				text = "+" + text
			}
			return text
		}
	}
}
