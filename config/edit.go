package config

import (
	"bytes"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// edit puts a text in place of a part of another.
type edit struct {
	from, to int
	text     string
}

// element is an entry of a mapping or an item of a list: where its text starts, and the note that it is taken out.
type element struct {
	start, note int
	comments    int // at the ends of its lines
}

// stays is the note of what is not taken out.
const stays = -1

// replace writes a scalar differently, and reports whether it stands there as it is read.
func (t *tidier) replace(n *yaml.Node, old, text string) bool {
	at := t.text.offset(n)
	if !bytes.HasPrefix(t.text.source[at:], []byte(old)) {
		return false
	}
	t.edits = append(t.edits, edit{at, at + len(old), text})
	return true
}

// remove takes the elements of n out that have a note, which are not all of them.
func (t *tidier) remove(n *yaml.Node, all []element) {
	for i := 0; i < len(all); i++ {
		if all[i].note == stays {
			continue
		}
		last := i
		inLine := n.Style&yaml.FlowStyle != 0
		before := t.text.source[t.text.starts[t.text.number(all[i].start)]:all[i].start]
		first := !inLine && i == 0 && len(bytes.Trim(before, " -")) == 0 && bytes.IndexByte(before, '-') >= 0
		if inLine || first {
			for last+1 < len(all) && all[last+1].note != stays {
				last++
			}
		}
		ok := false
		switch {
		case inLine:
			ok = t.removeInLine(all, i, last)
		case first:
			ok = t.removeFirst(all, last)
		case len(bytes.TrimSpace(before)) == 0:
			t.removeLines(all, i)
			ok = true
		}
		if !ok {
			for _, e := range all[i : last+1] {
				t.notes[e.note].Message = "means nothing here; it stays in the file"
				t.notes[e.note].Hint = "take it out by hand"
			}
		}
		i = last
	}
}

// removeLines takes out an element that stands on lines of its own, with the comment right above it.
func (t *tidier) removeLines(all []element, i int) {
	own := t.text.number(all[i].start)
	_, indent := t.text.line(own)
	from := own
	for from > 0 && t.isComment(from-1, indent) {
		if _, above := t.text.line(from - 1); above != indent {
			break
		}
		from--
	}
	if from == 0 && own > 0 {
		from = own // the head of the file
	}
	to := t.endOfLines(own, indent, t.end(all, i))
	if text, _ := t.text.line(own); bytes.HasPrefix(bytes.TrimLeft(text, "- "), []byte("#")) {
		all[i].comments = max(all[i].comments, 1) // after the dash, the item being below
	}
	t.lose(all[i:i+1], from, to)
	if from == 0 || t.isBlank(from-1) {
		for to < len(t.text.starts) && t.isBlank(to) {
			to++
		}
	}
	t.edits = append(t.edits, edit{from: t.text.startOf(from), to: t.text.startOf(to)})
}

// endOfLines returns the line after an element on the line own and those below it, which end at the latest where next
// stands. Comments that are not indented further belong to what follows.
func (t *tidier) endOfLines(own, indent, next int) int {
	end := len(t.text.starts)
	if next < len(t.text.source) {
		end = t.text.number(next)
	}
	for end > own+1 {
		text, _ := t.text.line(end - 1)
		if !t.isBlank(end-1) && !t.isComment(end-1, indent) && string(text) != "..." {
			break
		}
		end--
	}
	return end
}

func (t *tidier) isBlank(line int) bool {
	text, _ := t.text.line(line)
	return len(text) == 0
}

// isComment reports whether a line is a comment that is indented so far at most.
func (t *tidier) isComment(line, indent int) bool {
	text, at := t.text.line(line)
	return bytes.HasPrefix(text, []byte("#")) && at <= indent
}

// removeFirst takes out the elements up to last that follow a dash; the next one takes their place, and comments above
// that go above the dash.
func (t *tidier) removeFirst(all []element, last int) bool {
	own, next := t.text.number(all[0].start), t.text.number(all[last+1].start)
	indent := all[0].start - t.text.starts[own]
	end := t.endOfLines(own, indent, all[last+1].start)
	t.lose(all[:last+1], own, end)
	var comments []byte
	for line := end; line < next; line++ {
		if !t.isBlank(line) {
			text, _ := t.text.line(line)
			comments = fmt.Appendf(comments, "%*s%s\n", bytes.IndexByte(t.text.source[t.text.starts[own]:], '-'), "", text)
		}
	}
	t.edits = append(t.edits, edit{all[0].start, all[last+1].start, ""})
	if len(comments) > 0 {
		t.edits = append(t.edits, edit{t.text.starts[own], t.text.starts[own], string(comments)})
	}
	return true
}

// removeInLine takes elements i to last out of a collection between brackets.
func (t *tidier) removeInLine(all []element, i, last int) bool {
	from := all[i].start
	to := from
	if last+1 < len(all) {
		to = all[last+1].start
	} else {
		from = len(bytes.TrimRight(t.text.source[:from], " \t\r\n")) - 1
		if from < 0 || t.text.source[from] != ',' {
			return false // a comment stands between
		}
		to = endInLine(t.text.source, all[last].start)
	}
	t.lose(all[i:last+1], t.text.number(from)+1, t.text.number(to))
	t.edits = append(t.edits, edit{from: from, to: to})
	return true
}

// endInLine returns where an element ends that stands between brackets and starts at from.
func endInLine(source []byte, from int) int {
	depth, i := 0, from
	for ; i < len(source); i++ {
		token := i == from || bytes.IndexByte([]byte(" \t\r\n,:[{"), source[i-1]) >= 0
		switch c := source[i]; {
		case token && (c == '"' || c == '\''):
			for i++; i < len(source) && source[i] != c; i++ {
				if c == '"' && source[i] == '\\' {
					i++
				}
			}
		case token && c == '#' && i > from:
			for i+1 < len(source) && source[i+1] != '\n' {
				i++
			}
		case c == '[' || c == '{':
			depth++
		case depth == 0 && (c == ',' || c == ']' || c == '}'):
			return from + len(bytes.TrimRight(source[from:i], " \t\r\n"))
		case c == ']' || c == '}':
			depth--
		}
	}
	return i
}

// lose says in the notes of elements how many lines of comments go with them, from the line from to before the line to.
func (t *tidier) lose(gone []element, from, to int) {
	lost := 0
	for _, e := range gone {
		lost += e.comments
	}
	for line := from; line < to; line++ {
		if text, _ := t.text.line(line); bytes.HasPrefix(text, []byte("#")) {
			lost++
		}
	}
	if lost == 0 {
		return
	}
	hint := "with a comment of it"
	if lost > 1 {
		hint = fmt.Sprintf("with %d lines of comments", lost)
	}
	note := &t.notes[gone[0].note]
	if note.Hint != "" {
		hint += "; " + note.Hint
	}
	note.Hint = hint
}

// applied returns the text with every change made.
func (t *tidier) applied() []byte {
	if len(t.edits) == 0 {
		return t.text.source
	}
	slices.SortStableFunc(t.edits, func(a, b edit) int { return a.from - b.from })
	var b bytes.Buffer
	at := 0
	for _, e := range t.edits {
		if e.from > at {
			b.Write(t.text.source[at:e.from])
		}
		b.WriteString(e.text)
		at = max(at, e.to)
	}
	b.Write(t.text.source[at:])
	if at < len(t.text.source) {
		return b.Bytes()
	}
	end := "\n"
	if bytes.Contains(t.text.source, []byte("\r\n")) {
		end = "\r\n"
	}
	return append(bytes.TrimRight(b.Bytes(), " \r\n"), end...)
}
