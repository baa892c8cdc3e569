package pipes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"unicode/utf8"
)

// A LogWriter takes what the process and its children print while the session is open. The output still appears where
// it would have, too.
type LogWriter interface {
	// WriteLog takes a piece of what was printed on stream. Pieces of one stream come in order, those of the two
	// streams may come at the same time. A piece does not end within a character.
	WriteLog(ctx context.Context, stream Stream, text string) error
	// Close is called once, after the last piece.
	Close() error
}

// NewFileLogWriter returns a LogWriter that appends to the files "stdout" and "stderr" in dir, which it makes.
func NewFileLogWriter(dir string) (LogWriter, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("pipes: log files: %w", err)
	}
	w := &fileLogWriter{files: map[Stream]*os.File{}}
	for _, stream := range []Stream{Stdout, Stderr} {
		file, err := os.OpenFile(filepath.Join(dir, string(stream)), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("pipes: log files: %w", err), w.Close())
		}
		w.files[stream] = file
	}
	return w, nil
}

type fileLogWriter struct {
	files map[Stream]*os.File
}

func (w *fileLogWriter) WriteLog(_ context.Context, stream Stream, text string) error {
	_, err := w.files[stream].WriteString(text)
	return err
}

func (w *fileLogWriter) Close() error {
	var errs []error
	for _, file := range w.files {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

// messageLogWriter sends what was printed as messages.
type messageLogWriter struct {
	session *Session
}

func (w messageLogWriter) WriteLog(ctx context.Context, stream Stream, text string) error {
	// The session itself counts the messages it loses, and tells of them.
	_ = w.session.LogExternalStream(ctx, stream, text)
	return nil
}

func (messageLogWriter) Close() error { return nil }

// A textSplitter cuts a stream of bytes into pieces that do not end within a UTF-8 character.
type textSplitter struct {
	held []byte // the beginning of a character, at most 3 bytes
}

func (s *textSplitter) next(p []byte) string {
	s.held = append(s.held, p...)
	end := len(s.held)
	for i := 1; i < utf8.UTFMax && i <= end; i++ {
		if start := s.held[end-i]; utf8.RuneStart(start) {
			if !utf8.FullRune(s.held[end-i:]) {
				end -= i
			}
			break
		}
	}
	text := string(s.held[:end])
	s.held = append(s.held[:0], s.held[end:]...)
	return text
}

// rest returns what is held at the end of the stream, which is no character then.
func (s *textSplitter) rest() string {
	text := string(s.held)
	s.held = nil
	return text
}
