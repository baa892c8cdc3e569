package html

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/report/terminal"
)

// number writes a number as a person reads it: whole ones with commas, others with four digits that count.
func number(x float64) string {
	const exact = 1 << 53
	if x == math.Trunc(x) && math.Abs(x) < exact {
		return terminal.Count(int64(x))
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
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
