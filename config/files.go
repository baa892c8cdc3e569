package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	slashpath "path"
	"path/filepath"
	"strings"
)

// limits of what is read, so that a wrong path costs an error and not the machine's memory.
const (
	maxFileSize   = 8 << 20 // of one file of configuration
	maxSecretSize = 64 << 10
	maxFiles      = 20_000  // that a folder gives
	maxEntries    = 200_000 // that a folder and those below it hold
)

// maxText is how many bytes of text all values of a configuration have, aliases written out and references replaced.
// In JSON, which they pass through, one may become six.
const maxText = 16 << 20

// tooMuchText says that they have more.
var tooMuchText = fmt.Sprintf("together they hold more than %d MiB", maxText>>20)

// budget is how much text may still come.
type budget struct {
	left int
	told bool // that it is exhausted
}

func (b *budget) take(bytes int) { b.left -= bytes }

// exhaust leaves nothing, and reports whether that is still to be told.
func (b *budget) exhaust() (first bool) {
	first = !b.told
	b.left, b.told = 0, true
	return first
}

// errTooLarge is the error of a file beyond its limit.
var errTooLarge = errors.New("too large")

// readAtMost reads a file of at most limit bytes; pipes and devices too, which have no size.
func readAtMost(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	source, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(source)) > limit {
		return nil, fmt.Errorf("%w: more than %d KiB", errTooLarge, limit>>10)
	}
	return source, err
}

// searcher finds the files of a folder.
type searcher struct {
	readDir         func(string) ([]fs.DirEntry, error)
	stat            func(string) (fs.FileInfo, error)
	include, ignore []string // patterns of paths relative to the folder
	recursive       bool
	entries         int
	files           []string
}

// errTooMany is the error of a folder beyond the limits.
var errTooMany = errors.New("too many files")

// search adds the files of dir that match to s.files, each as dir joined with its name, in the order of
// names. Folders that are links are not entered, which could lead in circles.
func (s *searcher) search(dir, within string) error {
	found, err := s.readDir(dir)
	if err != nil {
		return err
	}
	s.entries += len(found)
	if s.entries > maxEntries {
		return fmt.Errorf("%w: more than %d files and folders", errTooMany, maxEntries)
	}
	for _, e := range found {
		name := slashpath.Join(within, e.Name())
		if e.IsDir() {
			// Kubernetes keeps the files behind the links of a mounted folder in one named ..date.
			if s.recursive && !strings.HasPrefix(e.Name(), "..") {
				if err := s.search(filepath.Join(dir, e.Name()), name); err != nil {
					return err
				}
			}
			continue
		}
		if !matchesAny(s.include, name) || matchesAny(s.ignore, name) {
			continue
		}
		file := filepath.Join(dir, e.Name())
		if !e.Type().IsRegular() {
			if info, err := s.stat(file); err == nil && !info.Mode().IsRegular() {
				continue // a pipe could be waited for without end
			}
		}
		if s.files = append(s.files, file); len(s.files) > maxFiles {
			return fmt.Errorf("%w: more than %d match", errTooMany, maxFiles)
		}
	}
	return nil
}

func matchesAny(patterns []string, name string) bool {
	for _, p := range patterns {
		if matchesPath(p, name) {
			return true
		}
	}
	return false
}

// matchesPath reports whether a path matches a pattern from its end: *.yml matches in any folder, ** stands
// for any number of folders.
func matchesPath(pattern, name string) bool {
	parts := strings.Split(strings.TrimPrefix(pattern, "./"), "/")
	names := strings.Split(name, "/")
	// matches[j] tells whether the parts so far match the names up to j.
	matches := make([]bool, len(names)+1)
	for j := range matches {
		matches[j] = true // any folders may come before
	}
	for _, part := range parts {
		next := make([]bool, len(names)+1)
		for j := range next {
			if part == "**" {
				next[j] = matches[j] || j > 0 && next[j-1]
			} else if j > 0 && matches[j-1] {
				next[j], _ = slashpath.Match(goPattern(part), names[j-1])
			}
		}
		matches = next
	}
	return matches[len(names)]
}

// goPattern writes a pattern as Go wants it: [!a] is [^a].
func goPattern(part string) string {
	return strings.ReplaceAll(strings.ReplaceAll(part, `\`, `\\`), "[!", "[^")
}

// badPattern reports whether a pattern is none.
func badPattern(pattern string) bool {
	for _, part := range strings.Split(pattern, "/") {
		if _, err := slashpath.Match(goPattern(part), ""); err != nil {
			return true
		}
	}
	return false
}

// maxMarks bounds how many values a text can hold before a parser makes a tree of it: each begins or
// ends with one of these marks.
const maxMarks = 1 << 19

// tooManyValues reports whether YAML text could hold more values than are read.
func tooManyValues(source []byte) bool {
	if len(source) < maxMarks/2 {
		return false
	}
	marks := bytes.Count(source, []byte("\n")) + 2*bytes.Count(source, []byte(","))
	for _, mark := range []string{"[", "{", "- ", "-\t", ": ", "? ", ":\t", "*", "&", "!"} {
		marks += bytes.Count(source, []byte(mark))
	}
	return marks > maxMarks
}
