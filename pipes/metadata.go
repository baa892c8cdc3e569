package pipes

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// A MetadataValue is one value of the metadata of an asset materialization or an asset check. Each constructor below
// makes one of Dagster's metadata types. A constructor never fails: a value that cannot be sent makes the report
// that carries it fail, with an error that names its key. The zero MetadataValue is Null().
type MetadataValue struct {
	kind string // the type's name on the wire
	raw  string // the value as ASCII JSON
	err  error
}

// Integer is every integer type of Go.
type Integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

// Text is plain text. Invalid UTF-8 is replaced by U+FFFD, here and in every other string.
func Text(text string) MetadataValue { return stringValue("text", text) }

// URL is a link, which Dagster's UI makes clickable.
func URL(url string) MetadataValue { return stringValue("url", url) }

// Path is a path in a file system.
func Path(path string) MetadataValue { return stringValue("path", path) }

// Notebook is the path of a notebook, which Dagster's UI can show.
func Notebook(path string) MetadataValue { return stringValue("notebook", path) }

// Markdown is text that Dagster's UI renders.
func Markdown(markdown string) MetadataValue { return stringValue("md", markdown) }

// Int is an integer. All 64 bits arrive; Dagster's UI plots integers over time.
func Int[T Integer](n T) MetadataValue {
	if n < 0 {
		return MetadataValue{kind: "int", raw: strconv.FormatInt(int64(n), 10)}
	}
	return MetadataValue{kind: "int", raw: strconv.FormatUint(uint64(n), 10)}
}

// Float is a floating-point number, which Dagster's UI plots over time. NaN and the infinities, for which JSON has no
// number, become the texts "NaN", "Infinity" and "-Infinity".
func Float(f float64) MetadataValue {
	if name, ok := nonFinite(f); ok {
		return Text(name)
	}
	return MetadataValue{kind: "float", raw: formatFloat(f)}
}

// Bool is a boolean.
func Bool(b bool) MetadataValue {
	return MetadataValue{kind: "bool", raw: strconv.FormatBool(b)}
}

// Null is the absence of a value: the key is there, its value is null.
func Null() MetadataValue { return MetadataValue{kind: "null", raw: "null"} }

// JSON is any value that encoding/json encodes. NaN and infinities in its maps and slices become strings, see Float;
// in a struct they are an error. Dagster takes objects, lists, strings and null as JSON and refuses a bare number or
// boolean, which is therefore sent as if by Infer.
func JSON(v any) MetadataValue {
	raw, err := appendJSON(nil, v)
	if err != nil {
		return MetadataValue{kind: "json", err: err}
	}
	kind := "json"
	switch raw[0] {
	case '{', '[', '"', 'n':
	default:
		kind = "__infer__"
	}
	return MetadataValue{kind: kind, raw: string(raw)}
}

// Timestamp is an instant, to the microsecond.
func Timestamp(t time.Time) MetadataValue {
	seconds := float64(t.Unix()) + float64(t.Nanosecond()/1000)/1e6
	return MetadataValue{kind: "timestamp", raw: formatFloat(seconds)}
}

// Asset refers to an asset, whose key's parts are separated by "/". Dagster reads no escapes here: a part that holds
// a slash cannot be named.
func Asset(key string) MetadataValue { return stringValue("asset", key) }

// DagsterRun refers to a run by its ID.
func DagsterRun(runID string) MetadataValue { return stringValue("dagster_run", runID) }

// Infer leaves the choice of the type to Dagster: text for a string, int, float, bool and null for those, JSON for
// lists and objects. The value is encoded as by JSON.
func Infer(v any) MetadataValue {
	raw, err := appendJSON(nil, v)
	return MetadataValue{kind: "__infer__", raw: string(raw), err: err}
}

// MarshalJSON encodes the value as it is sent: {"type": …, "raw_value": …}.
func (v MetadataValue) MarshalJSON() ([]byte, error) {
	if v.err != nil {
		return nil, v.err
	}
	return v.append(nil), nil
}

// String shows the value for a log line.
func (v MetadataValue) String() string {
	if v.err != nil {
		return "!" + v.err.Error()
	}
	var text string
	if json.Unmarshal([]byte(v.raw), &text) == nil && v.raw != "null" {
		return text
	}
	if v.raw == "" {
		return "null"
	}
	return v.raw
}

func formatFloat(f float64) string {
	var short [32]byte
	return string(appendFloat(short[:0], f, 64))
}

func stringValue(kind, s string) MetadataValue {
	var short [128]byte
	return MetadataValue{kind: kind, raw: string(appendString(short[:0], s))}
}

func (v MetadataValue) append(dst []byte) []byte {
	if v.kind == "" {
		v = Null()
	}
	dst = append(dst, `{"raw_value":`...)
	dst = append(dst, v.raw...)
	dst = append(dst, `,"type":"`...)
	dst = append(dst, v.kind...)
	return append(dst, `"}`...)
}

// appendMetadata appends metadata, or null where there is none: the keys of first in their order, then the others sorted.
func appendMetadata(dst []byte, metadata map[string]MetadataValue, first []string) ([]byte, error) {
	if len(metadata) == 0 {
		return append(dst, "null"...), nil
	}
	var few [16]string
	dst = append(dst, '{')
	keys := appendSortedKeys(few[:0], metadata)
	if len(first) > 0 {
		slices.SortStableFunc(keys, func(a, b string) int { return cmp.Compare(place(first, a), place(first, b)) })
	}
	for i, key := range keys {
		value := metadata[key]
		if value.err != nil {
			return dst, fmt.Errorf("metadata %q: %w", key, value.err)
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, key)
		dst = append(dst, ':')
		dst = value.append(dst)
	}
	return append(dst, '}'), nil
}

// place is where a key stands in first, and after all of them where it does not.
func place(first []string, key string) int {
	if i := slices.Index(first, key); i >= 0 {
		return i
	}
	return len(first)
}
