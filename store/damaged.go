package store

import (
	"compress/flate"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
)

// ErrDamaged is wrapped where what is stored of a run cannot be read.
var ErrDamaged = errors.New("damaged")

// damaged tells of a row that is left out, once.
func (s *Store) damaged(format string, arguments ...any) {
	text := fmt.Sprintf(format, arguments...)
	s.tellDamaged(text, text)
}

// damagedRun tells of a run that is left out as a whole: one line a run, whatever of it cannot be read.
func (s *Store) damagedRun(runID, format string, arguments ...any) {
	s.tellDamaged("run "+runID, fmt.Sprintf(format, arguments...))
}

func (s *Store) tellDamaged(key, text string) {
	if s.firstDamage(key) && s.Damaged != nil {
		s.Damaged("history: left out, since it cannot be read: " + text)
	}
}

// firstDamage reports whether nothing was told of it before.
func (s *Store) firstDamage(key string) bool {
	_, before := s.told.LoadOrStore(key, true)
	return !before
}

// leftOut collects what cannot be read of one kind, as findings, by the run that it is of, to be told in a line each.
type leftOut struct {
	runs  []string // their IDs, in the order in which they were met
	first map[string]string
	least map[string]string // of the texts, which is the same whatever the order
	count map[string]int
}

// add collects something of a run, in words.
func (l *leftOut) add(runID, format string, arguments ...any) {
	if l.count == nil {
		l.first, l.least, l.count = map[string]string{}, map[string]string{}, map[string]int{}
	}
	text := fmt.Sprintf(format, arguments...)
	if l.count[runID] == 0 {
		l.runs = append(l.runs, runID)
		l.first[runID], l.least[runID] = text, text
	}
	l.least[runID] = min(l.least[runID], text)
	l.count[runID]++
}

// tell tells a line a run, unless the same was told when it was read before.
func (l *leftOut) tell(s *Store) {
	for _, id := range l.runs {
		text := l.first[id]
		if n := l.count[id] - 1; n > 0 {
			text += fmt.Sprintf("; and %d more of it", n)
		}
		if id == "" { // as the Python tool's events of changes of schemas
			s.damaged("%s", text)
			continue
		}
		s.tellDamaged("of run "+id+" "+l.least[id], fmt.Sprintf("of run %s %s", id, text))
	}
}

// scanError is how database/sql tells that a column's value has another type; the engine's value may stand in it.
var scanError = regexp.MustCompile(`^sql: Scan error on column index \d+, name "([^"]*)": (?:.*\((".*")\).*|.*)$`)

// inWords says why something stored cannot be read, without the words of the program.
func inWords(err error) string {
	var syntax *json.SyntaxError
	var form *json.UnmarshalTypeError
	var bytes flate.CorruptInputError
	var time notATime
	switch {
	case errors.As(err, &time):
		return time.Error()
	case errors.As(err, &syntax), errors.As(err, &form):
		return "it is no JSON of its form, as after being edited or cut off"
	case errors.As(err, &bytes), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "its bytes were edited or cut off"
	}
	if found := scanError.FindStringSubmatch(err.Error()); found != nil {
		if found[2] != "" {
			return fmt.Sprintf("its %s is %s", found[1], found[2])
		}
		return fmt.Sprintf("its %s has another type", found[1])
	}
	return err.Error()
}

// notATime is a value that stands where a time should.
type notATime struct{ value any }

func (t notATime) Error() string {
	if text, ok := t.value.(string); ok {
		return fmt.Sprintf("its time is %q", text)
	}
	return fmt.Sprintf("its time is %v", t.value)
}
