package config

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"
)

// scalar reads a scalar as the type that s names.
func (c *checker) scalar(n *node, s *jsonschema.Schema, at string) (any, bool) {
	typed := n.kind != text || n.untyped // not a number or boolean between quotes
	switch s.Type {
	case "string":
		if n.kind != text {
			c.fail(n.at, at, "wants text, got "+n.kind.String(), "put it between quotes")
			return nil, false
		}
		return n.text, c.text(n, s, at)
	case "boolean":
		if b, ok := truth(n); ok {
			return b, true
		}
	case "integer":
		if i, ok := parseInteger(n.text); ok && typed {
			return json.Number(strconv.FormatInt(i, 10)), c.within(float64(i), n, s, at)
		}
		if f, ok := parseNumber(n.text); ok && typed && f == math.Trunc(f) && !c.within(f, n, s, at) {
			return nil, false // larger than every whole number that is read
		}
	case "number":
		if f, ok := parseNumber(n.text); ok && typed {
			return json.Number(strconv.FormatFloat(f, 'g', -1, 64)), c.within(f, n, s, at)
		}
	}
	got, hint := n.kind.String(), ""
	if n.kind == integer || n.kind == number {
		got = presentable(n.written) // 0.5 where a whole number is wanted, or not finite
	}
	if _, ok := parseNumber(n.text); ok && !typed && s.Type != "boolean" {
		hint = "take the quotes away"
	}
	if n.untyped {
		got = "text from the environment that is none"
	}
	c.fail(n.at, at, "wants "+wanted(s)+", got "+got, hint)
	return nil, false
}

// truth reads a boolean as YAML 1.1 does, where yes and on are true; 1 and 0 count where the text
// comes from the environment.
func truth(n *node) (value, ok bool) {
	switch strings.ToLower(n.text) {
	case "true":
		return true, n.kind == boolean || n.untyped
	case "false":
		return false, n.kind == boolean || n.untyped
	case "yes", "on":
		return true, true
	case "no", "off":
		return false, true
	case "1":
		return true, n.untyped
	case "0":
		return false, n.untyped
	}
	return false, false
}

// parseInteger reads 10, 1_000, 0x1F, 0o17 and, since JSON Schema calls it an integer, 10.0.
func parseInteger(s string) (int64, bool) {
	s = strings.ReplaceAll(s, "_", "")
	if i, err := strconv.ParseInt(s, 0, 64); err == nil {
		return i, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// parseNumber reads a finite number.
func parseNumber(s string) (float64, bool) {
	if i, ok := parseInteger(s); ok {
		return float64(i), true
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

// within tells a number that is out of range.
func (c *checker) within(f float64, n *node, s *jsonschema.Schema, at string) bool {
	for _, limit := range []struct {
		bound   json.Number
		outside func(bound float64) bool
		words   string
	}{
		{s.Minimum, func(b float64) bool { return f < b }, "at least"},
		{s.ExclusiveMinimum, func(b float64) bool { return f <= b }, "more than"},
		{s.Maximum, func(b float64) bool { return f > b }, "at most"},
		{s.ExclusiveMaximum, func(b float64) bool { return f >= b }, "less than"},
	} {
		if bound, err := limit.bound.Float64(); err == nil && limit.outside(bound) {
			c.fail(n.at, at, fmt.Sprintf("must be %s %s, got %s", limit.words, limit.bound, n.written), "")
			return false
		}
	}
	return true
}

// text tells text that is empty where it must not be, or none of the names it may be.
func (c *checker) text(n *node, s *jsonschema.Schema, at string) bool {
	if s.MinLength != nil && n.text == "" {
		c.fail(n.at, at, "must not be empty", "")
		return false
	}
	if s.Enum == nil || slices.Contains(s.Enum, any(n.text)) {
		return true
	}
	names := make([]string, len(s.Enum))
	for i, name := range s.Enum {
		names[i] = fmt.Sprint(name)
	}
	hint := "one of " + strings.Join(names, ", ")
	if near := nearest(strings.ToLower(n.text), names); near != "" && n.text == n.written {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	c.fail(n.at, at, fmt.Sprintf("unknown %s %q", s.Title, presentable(n.written)), hint)
	return false
}
