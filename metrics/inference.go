package metrics

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// sampleSize is how many of a column's first values the inferred type is read from.
const sampleSize = 100

// typeSample holds the text of a column's first values that are not null.
type typeSample struct{ values []string }

func (s *typeSample) full() bool { return len(s.values) >= sampleSize }

func (s *typeSample) add(v *Vector, c Column) {
	form := integerForm
	if !c.Dynamic {
		form = formOf(c.Kind)
	}
	for _, i := range v.Ints {
		s.take(form.value(uint64(i)).String())
	}
	for _, f := range v.Floats {
		s.take(formatFloat(f))
	}
	for i := range min(v.Texts.Len(), sampleSize) {
		s.take(string(v.Texts.At(i)))
	}
	for i := range min(v.Blobs.Len(), sampleSize) {
		s.take(hexValue(v.Blobs.At(i)).String())
	}
}

func (s *typeSample) take(text string) {
	if !s.full() {
		s.values = append(s.values, text)
	}
}

var (
	booleanWords = map[string]bool{
		"true": true, "false": true, "yes": true, "no": true, "1": true, "0": true,
		"t": true, "f": true, "y": true, "n": true,
	}
	datePattern  = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2}|\d{2}/\d{2}/\d{4}|\d{4}/\d{2}/\d{2})`)
	emailPattern = regexp.MustCompile(`^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$`)
	urlPattern   = regexp.MustCompile(`^https?://`)
	uuidPattern  = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
)

// infer returns the type that the sample's texts look like, in the names and by the shares that the
// Python tool uses: boolean, integer, numeric, date, email, url, uuid, json, else string.
func (s *typeSample) infer() Value {
	if len(s.values) == 0 {
		return Value{}
	}
	if s.share(isBooleanWord) == 1 {
		return Text("boolean")
	}
	if s.share(isNumber) > 0.8 {
		if s.share(isWhole) > 0.8 {
			return Text("integer")
		}
		return Text("numeric")
	}
	for _, t := range []struct {
		name  string
		least float64
		is    func(string) bool
	}{
		{"date", 0.7, datePattern.MatchString},
		{"email", 0.8, emailPattern.MatchString},
		{"url", 0.8, urlPattern.MatchString},
		{"uuid", 0.8, func(v string) bool { return uuidPattern.MatchString(strings.ToLower(v)) }},
		{"json", 0.7, isJSON},
	} {
		if s.share(t.is) > t.least {
			return Text(t.name)
		}
	}
	return Text("string")
}

// share returns the fraction of the sample of which is holds.
func (s *typeSample) share(is func(string) bool) float64 {
	n := 0
	for _, v := range s.values {
		if is(v) {
			n++
		}
	}
	return float64(n) / float64(len(s.values))
}

func isBooleanWord(v string) bool { return booleanWords[strings.ToLower(strings.TrimSpace(v))] }

func isNumber(v string) bool {
	_, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	return err == nil
}

func isWhole(v string) bool {
	x, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	return err == nil && x == math.Trunc(x) && !math.IsInf(x, 0)
}

func isJSON(v string) bool {
	v = strings.TrimSpace(v)
	if !strings.HasPrefix(v, "{") && !strings.HasPrefix(v, "[") {
		return false
	}
	return json.Valid([]byte(v))
}
