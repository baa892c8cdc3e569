package html

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/report/terminal"
)

// number writes a number as a person reads it: whole ones with commas, others with six digits that count, and two at
// least after the point.
func number(x float64) string {
	const exact = 1 << 53
	if x == math.Trunc(x) && math.Abs(x) < exact {
		return terminal.Count(int64(x))
	}
	const digits = 6
	size := math.Abs(x)
	if size < 1e-4 || size >= 1e15 {
		return strconv.FormatFloat(x, 'g', digits, 64)
	}
	whole := int(math.Floor(math.Log10(size))) + 1
	text := strconv.FormatFloat(x, 'f', max(digits-whole, 2), 64)
	whole64, fraction, _ := strings.Cut(text, ".")
	n, _ := strconv.ParseInt(whole64, 10, 64)
	sign := ""
	if n == 0 && x < 0 {
		sign = "-"
	}
	if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
		fraction = "." + fraction
	}
	return sign + terminal.Count(n) + fraction
}

// percent writes a share.
func percent(share float64) string { return strconv.FormatFloat(share*100, 'g', 3, 64) + " %" }

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// cut shortens a text to what a cell takes, on one line.
func cut(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > mostCharactersOfText {
		return string(runes[:mostCharactersOfText-1]) + "…"
	}
	return text
}
