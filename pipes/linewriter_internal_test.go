package pipes

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTextSplitterKeepsCharactersWhole(t *testing.T) {
	const text = "aü日😀\xff\xfe\xf0\x9f" // the end is no character
	for size := 1; size <= len(text); size++ {
		var (
			splitter textSplitter
			joined   strings.Builder
		)
		for i := 0; i < len(text); i += size {
			piece := splitter.next([]byte(text[i:min(i+size, len(text))]))
			if r, n := utf8.DecodeLastRuneInString(piece); r == utf8.RuneError && n == 1 && piece[len(piece)-1] < 0xfe {
				t.Errorf("pieces of %d bytes: %q ends within a character", size, piece)
			}
			joined.WriteString(piece)
		}
		joined.WriteString(splitter.rest())
		if joined.String() != text {
			t.Errorf("pieces of %d bytes: want %q, got %q", size, text, joined.String())
		}
	}
}

func TestLineWriterRefusesAWriterThatTakesLessInSilence(t *testing.T) {
	lines := lineWriter{w: silentWriter{}}
	if n, err := lines.write([]byte("abc\nb\n")); err == nil || n != 4 {
		t.Errorf("want an error after the line that was begun, got %d, %v", n, err)
	}
}

// silentWriter breaks the contract of io.Writer.
type silentWriter struct{}

func (silentWriter) Write([]byte) (int, error) { return 1, nil }

func TestCutTextFitsTheLineOfAReader(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("a", 20_000), strings.Repeat("😀", 5000), strings.Repeat("\x00", 5000), strings.Repeat(`"`, 9000), strings.Repeat("日\n", 3000),
	} {
		var joined strings.Builder
		for rest := text; rest != ""; {
			var piece string
			piece, rest = cutText(rest)
			if size := len(appendString(nil, piece)); size > maxStreamText+2 || piece == "" {
				t.Fatalf("a piece of %d bytes", size)
			}
			joined.WriteString(piece)
		}
		if joined.String() != text {
			t.Error("the pieces are not the whole")
		}
	}
}
