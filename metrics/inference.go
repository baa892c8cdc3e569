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

// looks is a set of types that a text looks like.
type looks uint8

const (
	likeBoolean looks = 1 << iota
	likeNumber
	likeWhole
	likeDate
	likeEmail
	likeURL
	likeUUID
	likeJSON
)

// typeSample holds what a column's first values that are not null look like.
type typeSample struct{ values []looks }

func (s *typeSample) full() bool { return len(s.values) >= sampleSize }

func (s *typeSample) add(v *Vector, c Column) {
	form := integerForm
	if !c.Dynamic {
		form = formOf(c.Kind)
	}
	for i := 0; i < len(v.Ints) && !s.full(); i++ {
		s.take(form.value(intWord(v.Ints[i])).String())
	}
	for i := 0; i < len(v.Floats) && !s.full(); i++ {
		s.take(formatFloat(v.Floats[i]))
	}
	for i := 0; i < v.Texts.Len() && !s.full(); i++ {
		s.take(string(v.Texts.At(i)))
	}
	for i := 0; i < v.Blobs.Len() && !s.full(); i++ {
		s.take(hexValue(v.Blobs.At(i)).String())
	}
}

func (s *typeSample) take(text string) {
	var like looks
	for _, t := range []struct {
		like looks
		is   func(string) bool
	}{
		{likeBoolean, isBooleanWord},
		{likeNumber, isNumber},
		{likeWhole, isWhole},
		{likeDate, datePattern.MatchString},
		{likeEmail, emailPattern.MatchString},
		{likeURL, urlPattern.MatchString},
		{likeUUID, func(v string) bool { return uuidPattern.MatchString(strings.ToLower(v)) }},
		{likeJSON, isJSON},
	} {
		if t.is(text) {
			like |= t.like
		}
	}
	s.values = append(s.values, like)
}

// merge appends what follows.
func (s *typeSample) merge(other typeSample) {
	s.values = append(s.values, other.values[:min(len(other.values), sampleSize-len(s.values))]...)
}

// infer returns the type that the first texts of the sample, at most so many, look like, in the names and by the shares that the
// Python tool uses: boolean, integer, numeric, date, email, url, uuid, json, else string.
func (s *typeSample) infer(most int) Value {
	s = &typeSample{s.values[:min(len(s.values), most)]}
	if len(s.values) == 0 {
		return Value{}
	}
	if s.share(likeBoolean) == 1 {
		return Text("boolean")
	}
	if s.share(likeNumber) > 0.8 {
		if s.share(likeWhole) > 0.8 {
			return Text("integer")
		}
		return Text("numeric")
	}
	for _, t := range []struct {
		name  string
		like  looks
		least float64
	}{
		{"date", likeDate, 0.7},
		{"email", likeEmail, 0.8},
		{"url", likeURL, 0.8},
		{"uuid", likeUUID, 0.8},
		{"json", likeJSON, 0.7},
	} {
		if s.share(t.like) > t.least {
			return Text(t.name)
		}
	}
	return Text("string")
}

// share returns the fraction of the sample that looks like a type.
func (s *typeSample) share(like looks) float64 {
	n := 0
	for _, v := range s.values {
		if v&like != 0 {
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
