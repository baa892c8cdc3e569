package pipes

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// What Dagster reads is narrower than JSON: Python's parser gives up on deep nesting and on integers of thousands
// of digits, and the thread that reads the messages ends with it. Such values are refused here, where the caller
// sees it.
const (
	maxDepth  = 200
	maxDigits = 4000
)

// appendJSON appends any value as one line of ASCII JSON. Its rules are those of encoding/json, which encodes structs
// and what encodes itself, but for floats: NaN and the infinities, which JSON lacks, become the strings "NaN",
// "Infinity" and "-Infinity" (inside a struct they are an error), and a whole float keeps its point, since Python tells
// 1.0 from 1.
func appendJSON(dst []byte, v any) ([]byte, error) { return appendAny(dst, v, 0) }

// appendAny takes the types that JSON decodes into, of which most messages are made, past reflection, which is half as
// fast.
func appendAny(dst []byte, v any, depth int) (_ []byte, err error) {
	switch v := v.(type) {
	case string:
		return appendString(dst, v), nil
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case map[string]any:
		if v == nil || depth > maxDepth {
			break
		}
		var few [16]string
		dst = append(dst, '{')
		for i, key := range appendSortedKeys(few[:0], v) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, key), ':')
			if dst, err = appendAny(dst, v[key], depth+1); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	case []any:
		if v == nil || depth > maxDepth {
			break
		}
		dst = append(dst, '[')
		for i, element := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendAny(dst, element, depth+1); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	}
	return appendValue(dst, reflect.ValueOf(v), depth)
}

func appendValue(dst []byte, v reflect.Value, depth int) ([]byte, error) {
	if depth > maxDepth {
		return dst, errTooDeep()
	}
	if !v.IsValid() {
		return append(dst, "null"...), nil
	}
	if encodesItself(v) {
		return appendEncoded(dst, v.Interface(), depth)
	}
	if v.CanAddr() && v.Kind() != reflect.Interface && encodesItself(v.Addr()) {
		return appendEncoded(dst, v.Addr().Interface(), depth)
	}
	switch v.Kind() {
	case reflect.Bool:
		return strconv.AppendBool(dst, v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(dst, v.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.AppendUint(dst, v.Uint(), 10), nil
	case reflect.Float32, reflect.Float64:
		if name, ok := nonFinite(v.Float()); ok {
			return appendString(dst, name), nil
		}
		return appendFloat(dst, v.Float(), v.Type().Bits()), nil
	case reflect.String:
		return appendString(dst, v.String()), nil
	case reflect.Interface:
		return appendAny(dst, v.Interface(), depth)
	case reflect.Pointer:
		return appendValue(dst, v.Elem(), depth+1)
	case reflect.Map:
		return appendMap(dst, v, depth)
	case reflect.Slice, reflect.Array:
		return appendList(dst, v, depth)
	}
	if v.CanAddr() {
		v = v.Addr() // a field of a struct, too, may encode itself through its pointer
	}
	return appendEncoded(dst, v.Interface(), depth)
}

// encodesItself tells whether encoding/json knows better than the kind of a value how to encode it.
func encodesItself(v reflect.Value) bool {
	if v.NumMethod() == 0 && v.Type() != reflect.TypeFor[json.Number]() {
		return false
	}
	switch v.Interface().(type) {
	case json.Marshaler, encoding.TextMarshaler, json.Number:
		return true
	}
	return false
}

func appendMap(dst []byte, v reflect.Value, depth int) ([]byte, error) {
	if v.IsNil() {
		return append(dst, "null"...), nil
	}
	if v.Type().Key().Kind() != reflect.String || v.Type().Key().Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return appendOddMap(dst, v, depth)
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	dst = append(dst, '{')
	for i, key := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, key.String()), ':')
		var err error
		if dst, err = appendValue(dst, v.MapIndex(key), depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// appendOddMap appends a map whose keys are no plain strings, with the values encoded here and the keys by
// encoding/json.
func appendOddMap(dst []byte, v reflect.Value, depth int) ([]byte, error) {
	values := reflect.MakeMapWithSize(reflect.MapOf(v.Type().Key(), reflect.TypeFor[json.RawMessage]()), v.Len())
	for entries := v.MapRange(); entries.Next(); {
		raw, err := appendValue(nil, entries.Value(), depth+1)
		if err != nil {
			return dst, err
		}
		values.SetMapIndex(entries.Key(), reflect.ValueOf(json.RawMessage(raw)))
	}
	return appendEncoded(dst, values.Interface(), depth)
}

func appendList(dst []byte, v reflect.Value, depth int) ([]byte, error) {
	if v.Kind() == reflect.Slice && (v.IsNil() || v.Type().Elem().Kind() == reflect.Uint8) {
		return appendEncoded(dst, v.Interface(), depth) // null, or bytes in base64
	}
	dst = append(dst, '[')
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendValue(dst, v.Index(i), depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// appendEncoded appends what encoding/json makes of v, which stands depth levels deep.
func appendEncoded(dst []byte, v any, depth int) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return dst, err
	}
	raw := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if err := checkReadable(raw, depth); err != nil {
		return dst, err
	}
	return appendASCII(dst, raw), nil
}

// checkReadable refuses JSON that Dagster could not read. It stands depth levels deep in its message.
func checkReadable(raw []byte, depth int) error {
	digits := 0
	inString := false
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case inString:
			switch c {
			case '\\':
				i++
			case '"':
				inString = false
			}
			continue
		case c >= '0' && c <= '9':
			if digits++; digits > maxDigits {
				return fmt.Errorf("a number has more than %d digits, which Dagster cannot read; send it as a string", maxDigits)
			}
			continue
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return errTooDeep()
			}
		case c == '}' || c == ']':
			depth--
		}
		digits = 0
	}
	return nil
}

func errTooDeep() error {
	return fmt.Errorf("more than %d levels of nesting, which Dagster cannot read; flatten the value or send it as text", maxDepth)
}
