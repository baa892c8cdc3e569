package pushdown

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// cell is a cell of a result.
type cell struct{ any }

func (c cell) isNull() bool { return c.any == nil }

// text is the cell's text; the shortest that reads back for a number.
func (c cell) text() string {
	switch x := c.any.(type) {
	case nil:
		return ""
	case string:
		return x
	case bool:
		if x {
			return "1"
		}
		return "0"
	case float64:
		return metrics.Float(x).String()
	}
	return fmt.Sprint(c.any)
}

// count is a whole number that is not negative, 0 for nothing, as a sum of no rows is.
func (c cell) count() (int64, error) {
	if c.isNull() {
		return 0, nil
	}
	if i, ok := c.any.(int64); ok {
		return i, nil
	}
	text := c.text()
	if whole, zeros, found := strings.Cut(text, "."); found && strings.Trim(zeros, "0") == "" {
		text = whole
	}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || x != math.Trunc(x) {
		return 0, fmt.Errorf("a count is %q", text)
	}
	return int64(x), nil
}

// number is a floating-point number, and false for nothing.
func (c cell) number() (float64, bool, error) {
	if c.isNull() {
		return 0, false, nil
	}
	if x, ok := c.any.(float64); ok {
		return x, true, nil
	}
	_, x, err := metrics.KindFloat.Read(c.text())
	return x, err == nil, err
}

// value is a value, as output shows it, with the number that it stands for, and nothing for nothing.
func (t *Terms) value(c cell) (v metrics.Value, number float64, err error) {
	switch {
	case c.isNull():
		return metrics.Value{}, 0, nil
	case t.ByNumber:
		v, _, err = metrics.KindText.Read(c.text())
		number, _ = t.Kind.Seconds(c.text())
		return v, number, err
	}
	return t.Kind.Read(c.text())
}
