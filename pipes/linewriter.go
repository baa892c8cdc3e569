package pipes

import (
	"bytes"
	"io"
)

// A lineWriter writes whole lines to w. Where w takes only a part of a line, as a disk does that fills up, the rest of
// that line is written before the next one, so that no reader ever sees two lines run together.
type lineWriter struct {
	w    io.Writer
	rest []byte
}

// write writes lines, each with its newline, and returns how many bytes of them it has dealt with: after an error, all
// up to the first line of which w took nothing. A line begun counts, it is completed as soon as w takes it.
func (l *lineWriter) write(lines []byte) (int, error) {
	if len(l.rest) > 0 {
		n, err := l.w.Write(l.rest)
		l.rest = l.rest[n:]
		if err != nil {
			return 0, err
		}
	}
	n, err := l.w.Write(lines)
	if err == nil && n < len(lines) {
		err = io.ErrShortWrite
	}
	if n > 0 && lines[n-1] != '\n' {
		end := n + bytes.IndexByte(lines[n:], '\n') + 1
		l.rest = append([]byte(nil), lines[n:end]...)
		n = end
	}
	return n, err
}
