package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// parseJSON turns JSON text into a tree; see parseYAML.
func parseJSON(source []byte, name string) (*node, []Problem) {
	source = bytes.TrimPrefix(source, []byte("\ufeff"))
	r := jsonReader{source: source, file: name, decoder: json.NewDecoder(bytes.NewReader(source))}
	r.decoder.UseNumber()
	root, err := r.value("", 0)
	if errors.Is(err, io.EOF) && len(bytes.TrimSpace(source)) == 0 {
		return nil, nil
	}
	if err == nil {
		if _, err = r.decoder.Token(); errors.Is(err, io.EOF) {
			return root, r.problems
		}
		err = errors.New("text after the end of the value")
	}
	at := r.at()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = r.placeOf(offending(source, syntax))
	}
	message := err.Error()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		message = "the text ends before the value does"
	}
	if shown := showLine(strings.Split(string(source), "\n"), at.line-1); shown != "" {
		message += fmt.Sprintf(": %q", shown)
	}
	return nil, append(r.problems, Problem{
		Severity: SeverityError, File: name, Line: at.line, Column: at.column, Message: "not valid JSON: " + message,
	})
}

// offending returns the offset of the byte that a syntax error is about: the one at its offset, or
// the one before, since the decoder counts both ways.
func offending(source []byte, err *json.SyntaxError) int {
	at := int(err.Offset)
	if at < len(source) && strings.Contains(err.Error(), strconv.QuoteRune(rune(source[at]))) {
		return at
	}
	return max(at-1, 0)
}

// jsonReader reads token by token, to know the place of each.
type jsonReader struct {
	source   []byte
	file     string
	decoder  *json.Decoder
	problems []Problem
	nodes    int
	// the place of offset known, counted from there so that a file is walked once
	offset int
	known  place
}

// at returns the place of the next token.
func (r *jsonReader) at() place {
	offset := int(r.decoder.InputOffset())
	for offset < len(r.source) && strings.IndexByte(" \t\r\n,:", r.source[offset]) >= 0 {
		offset++
	}
	return r.placeOf(offset)
}

func (r *jsonReader) placeOf(offset int) place {
	offset = min(offset, len(r.source))
	if r.known.line == 0 || offset < r.offset {
		r.offset, r.known = 0, place{r.file, 1, 1}
	}
	for _, b := range r.source[r.offset:offset] {
		switch {
		case b == '\n':
			r.known.line, r.known.column = r.known.line+1, 1
		case b < 0x80 || b >= 0xC0: // the first byte of a character
			r.known.column++
		}
	}
	r.offset = offset
	return r.known
}

func (r *jsonReader) value(at string, depth int) (*node, error) {
	n := &node{at: r.at()}
	if r.nodes++; r.nodes > maxNodes {
		return nil, fmt.Errorf("more than %d values", maxNodes)
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("more than %d levels", maxDepth)
	}
	token, err := r.decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case nil:
		n.kind = null
	case bool:
		n.kind, n.text = boolean, fmt.Sprint(token)
	case json.Number:
		n.kind, n.text = number, token.String()
		if !strings.ContainsAny(n.text, ".eE") {
			n.kind = integer
		}
	case string:
		n.kind, n.text = text, token
	case json.Delim:
		if token == '[' {
			n.kind = list
			err = r.list(n, at, depth)
		} else {
			n.kind = mapping
			err = r.mapping(n, at, depth)
		}
	}
	n.written = n.text
	return n, err
}

func (r *jsonReader) list(n *node, at string, depth int) error {
	for r.decoder.More() {
		item, err := r.value(index(at, len(n.items)), depth+1)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	_, err := r.decoder.Token() // the closing bracket
	return err
}

func (r *jsonReader) mapping(n *node, at string, depth int) error {
	seen := map[string]int{}
	for r.decoder.More() {
		where := r.at()
		token, err := r.decoder.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		value, err := r.value(path(at, key), depth+1)
		if err != nil {
			return err
		}
		if line, twice := seen[key]; twice {
			r.problems = append(r.problems, Problem{
				Severity: SeverityError, File: r.file, Line: where.line, Column: where.column,
				Path: path(at, key), Message: fmt.Sprintf("the key is already on line %d", line), Hint: "keep one of them",
			})
			continue
		}
		seen[key] = where.line
		n.entries = append(n.entries, &entry{key, where, value})
	}
	_, err := r.decoder.Token() // the closing brace
	return err
}
