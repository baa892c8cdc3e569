package pipes

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// What Dagster reads is narrower than JSON: Python's parser gives up on deep nesting and on integers of thousands
// of digits, and the thread that reads the messages ends with it. Such values are refused here, where the caller
// sees it.
const (
	maxDepth  = 200
	maxDigits = 4000
)

const hexDigits = "0123456789abcdef"

// encodeJSON encodes any value as one line of ASCII JSON. NaN and the infinities, which JSON lacks, become the
// strings "NaN", "Infinity" and "-Infinity" in maps, slices and pointers; inside a struct they are an error.
func encodeJSON(v any) ([]byte, error) {
	raw, err := marshal(v)
	if unsupported, ok := errors.AsType[*json.UnsupportedValueError](err); ok && isFloat(unsupported.Value) {
		cleaned, cleanErr := replaceNonFinite(reflect.ValueOf(v), 0)
		if cleanErr != nil {
			return nil, cleanErr
		}
		raw, err = marshal(cleaned)
	}
	if err != nil {
		return nil, err
	}
	return asciiJSON(raw)
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func isFloat(v reflect.Value) bool {
	return v.IsValid() && (v.Kind() == reflect.Float32 || v.Kind() == reflect.Float64)
}

// replaceNonFinite copies the maps, slices and pointers of v down to its leaves, and names there what is not finite.
func replaceNonFinite(v reflect.Value, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errTooDeep()
	}
	if !v.IsValid() {
		return nil, nil
	}
	if encodesItself(v) {
		return v.Interface(), nil
	}
	switch v.Kind() {
	case reflect.Float32, reflect.Float64:
		if name, ok := nonFinite(v.Float()); ok {
			return name, nil
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return replaceNonFinite(v.Elem(), depth+1)
		}
	case reflect.Map:
		if v.IsNil() {
			return nil, nil
		}
		copied := reflect.MakeMapWithSize(reflect.MapOf(v.Type().Key(), reflect.TypeFor[any]()), v.Len())
		for entries := v.MapRange(); entries.Next(); {
			value, err := replaceNonFinite(entries.Value(), depth+1)
			if err != nil {
				return nil, err
			}
			// A nil any needs its type spelled out: the zero reflect.Value would delete the key.
			element := reflect.New(reflect.TypeFor[any]()).Elem()
			if value != nil {
				element.Set(reflect.ValueOf(value))
			}
			copied.SetMapIndex(entries.Key(), element)
		}
		return copied.Interface(), nil
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && (v.IsNil() || v.Type().Elem().Kind() == reflect.Uint8) {
			return v.Interface(), nil
		}
		copied := make([]any, v.Len())
		for i := range copied {
			var err error
			if copied[i], err = replaceNonFinite(v.Index(i), depth+1); err != nil {
				return nil, err
			}
		}
		return copied, nil
	}
	return v.Interface(), nil
}

func encodesItself(v reflect.Value) bool {
	switch v.Interface().(type) {
	case json.Marshaler, encoding.TextMarshaler:
		return true
	}
	return false
}

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

// asciiJSON escapes what is not ASCII in JSON text, in which it can stand in strings only, and refuses what
// Dagster could not read. ASCII survives every log driver, locale and line splitter between here and there:
// Python's splitlines, for one, also ends a line at U+0085.
func asciiJSON(raw []byte) ([]byte, error) {
	var (
		depth, digits int
		inString      bool
		plain         = true
	)
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c >= utf8.RuneSelf || c == 0x7f {
			plain = false
		}
		if inString {
			switch c {
			case '\\':
				i++
			case '"':
				inString = false
			}
			continue
		}
		switch {
		case c >= '0' && c <= '9':
			if digits++; digits > maxDigits {
				return nil, fmt.Errorf("a number has more than %d digits, which Dagster cannot read; send it as a string", maxDigits)
			}
			continue
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return nil, errTooDeep()
			}
		case c == '}' || c == ']':
			depth--
		}
		digits = 0
	}
	if plain {
		return raw, nil
	}
	return appendASCII(make([]byte, 0, len(raw)+len(raw)/2), raw), nil
}

func errTooDeep() error {
	return fmt.Errorf("more than %d levels of nesting, which Dagster cannot read; flatten the value or send it as text", maxDepth)
}

// appendASCII copies JSON text, with what is not ASCII escaped and invalid UTF-8 replaced by U+FFFD.
func appendASCII[T string | []byte](dst []byte, text T) []byte {
	for i := 0; i < len(text); {
		if c := text[i]; c < 0x7f {
			dst = append(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune([]byte(text[i:min(i+utf8.UTFMax, len(text))]))
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

func appendUnit(dst []byte, unit rune) []byte {
	return append(dst, '\\', 'u',
		hexDigits[unit>>12&0xf], hexDigits[unit>>8&0xf], hexDigits[unit>>4&0xf], hexDigits[unit&0xf])
}
