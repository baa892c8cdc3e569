package terminal

import (
	"strconv"
	"strings"
	"unicode"
)

// OneLine writes a text that is not ours, as a column's name, so that it stays on its line: with escapes for what breaks
// one, or moves on a terminal.
func OneLine(text string) string {
	if strings.IndexFunc(text, unicode.IsControl) < 0 {
		return text
	}
	var line strings.Builder
	for _, r := range text {
		if unicode.IsControl(r) {
			line.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
			continue
		}
		line.WriteRune(r)
	}
	return line.String()
}
