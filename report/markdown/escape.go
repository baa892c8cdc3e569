package markdown

import "strings"

// escape writes a text so that it is no more than text: no table's cell, no emphasis, no link, no HTML, no formula,
// on one line; and names nobody on GitHub, which would notify them.
func escape(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	var out strings.Builder
	for i, c := range text {
		switch c {
		case '\\', '`', '*', '_', '[', ']', '<', '>', '&', '|', '~', '$', '!':
			out.WriteByte('\\')
		case '#', '+', '-', '=':
			if i == 0 {
				out.WriteByte('\\')
			}
		case ':':
			if strings.HasPrefix(text[i:], "://") {
				out.WriteByte('\\')
			}
		case '.':
			if strings.HasSuffix(strings.ToLower(text[:i]), "www") {
				out.WriteByte('\\')
			}
		case '@':
			out.WriteString("@<!-- -->") // no mention
			continue
		}
		out.WriteRune(c)
	}
	return out.String()
}
