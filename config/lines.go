package config

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// lines is a YAML text that can be asked for the places that the parser names.
type lines struct {
	source []byte
	starts []int
	wide   map[int]bool // the lines with other characters than ASCII
}

// newLines finds where lines start, as the parser counts them.
func newLines(source []byte) lines {
	l := lines{source, []int{0}, map[int]bool{}}
	for i := 0; i < len(source); {
		r, size := utf8.DecodeRune(source[i:])
		i += size
		if size > 1 {
			l.wide[len(l.starts)-1] = true
		}
		switch r {
		case '\r':
			if i < len(source) && source[i] == '\n' {
				i++
			}
		case '\n', '\u0085', '\u2028', '\u2029':
		default:
			continue
		}
		l.starts = append(l.starts, i)
	}
	return l
}

// offset returns where a node starts.
func (l lines) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(l.starts) {
		return len(l.source)
	}
	at := l.starts[n.Line-1]
	if !l.wide[n.Line-1] {
		return min(at+n.Column-1, len(l.source))
	}
	for range n.Column - 1 {
		_, size := utf8.DecodeRune(l.source[at:])
		at += size
	}
	return at
}

// dash returns where the dash stands that begins the item at an offset, on its line or, with nothing but comments
// between, on one above; the offset itself where none is found.
func (l lines) dash(at int) int {
	number := l.number(at)
	before := l.source[l.starts[number]:at]
	for len(bytes.TrimSpace(before)) == 0 || bytes.HasPrefix(bytes.TrimSpace(before), []byte("#")) {
		if number--; number < 0 {
			return at
		}
		before = l.source[l.starts[number]:l.starts[number+1]]
	}
	written, _, _ := bytes.Cut(before, []byte("#"))
	written = bytes.TrimRight(written, " \t\r\n")
	if !bytes.HasSuffix(written, []byte("-")) {
		return at
	}
	return l.starts[number] + len(written) - 1
}

// number returns the number of the line that an offset is on, from 0.
func (l lines) number(at int) int {
	i, found := slices.BinarySearch(l.starts, at)
	if !found {
		i--
	}
	return i
}

// line returns a line without its end and the white space around it, and how far it is indented.
func (l lines) line(number int) (text []byte, indent int) {
	end := len(l.source)
	if number+1 < len(l.starts) {
		end = l.starts[number+1]
	}
	whole := l.source[l.starts[number]:end]
	text = bytes.TrimLeft(whole, " \t")
	return bytes.TrimSpace(text), len(whole) - len(text)
}

// startOf returns where a line starts; where the text ends, after the last.
func (l lines) startOf(number int) int {
	if number < len(l.starts) {
		return l.starts[number]
	}
	return len(l.source)
}
