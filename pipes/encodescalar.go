package pipes

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"
)

// nonFinite names a float as Python prints it, where JSON has no number for it.
func nonFinite(f float64) (string, bool) {
	switch {
	case math.IsNaN(f):
		return "NaN", true
	case math.IsInf(f, 1):
		return "Infinity", true
	case math.IsInf(f, -1):
		return "-Infinity", true
	}
	return "", false
}

// appendFloat writes f so that Python reads a float, also where it is whole: Dagster tells 1.0 from 1, and refuses
// an int as float metadata. f must be finite.
func appendFloat(dst []byte, f float64, bits int) []byte {
	start := len(dst)
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	dst = strconv.AppendFloat(dst, f, format, -1, bits)
	if bytes.ContainsAny(dst[start:], ".e") {
		return dst
	}
	return append(dst, '.', '0')
}

// appendASCII copies JSON text, with what is not ASCII, which stands in strings only, escaped, and invalid UTF-8
// replaced by U+FFFD. ASCII survives every log driver, locale and line splitter between here and Dagster: Python's
// splitlines, for one, also ends a line at U+0085.
func appendASCII(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		if c := text[i]; c < 0x7f {
			dst = append(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		dst = appendRune(dst, r)
		i += size
	}
	return dst
}

// appendString appends s as a JSON string of ASCII; invalid UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		size := 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			dst = appendRune(dst, r)
		}
		i += size
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// appendRune appends r as \uXXXX, or as a surrogate pair where it lies beyond the basic plane.
func appendRune(dst []byte, r rune) []byte {
	if r > 0xffff {
		r -= 0x10000
		dst = appendUnit(dst, 0xd800+(r>>10))
		r = 0xdc00 + (r & 0x3ff)
	}
	return appendUnit(dst, r)
}

const hexDigits = "0123456789abcdef"

func appendUnit(dst []byte, unit rune) []byte {
	return append(dst, '\\', 'u',
		hexDigits[unit>>12&0xf], hexDigits[unit>>8&0xf], hexDigits[unit>>4&0xf], hexDigits[unit&0xf])
}
