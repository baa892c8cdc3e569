package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// variables is the environment of the files that are converted.
var variables = WithEnviron([]string{"DB_PASSWORD=opensesame"})

// files returns the paths of the cases that match a pattern.
func files(t testing.TB, pattern string) (cases []string) {
	t.Helper()
	all, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		if !strings.HasSuffix(file, ".golden") {
			cases = append(cases, file)
		}
	}
	if len(cases) == 0 {
		t.Fatalf("no file matches %s", pattern)
	}
	return cases
}

// A golden file holds what config convert tells of a file, and what it makes of it.
func TestConvertedFilesAreWhatTheirGoldenFilesSay(t *testing.T) {
	for _, file := range files(t, "testdata/convert/*.*") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			converted, notes, err := convert(source, filepath.Base(file), filepath.Dir(file), variables)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, n := range notes {
				fmt.Fprintln(&got, n)
			}
			got.WriteString("---\n")
			got.Write(converted)
			compareGolden(t, file+".golden", got.String())
		})
	}
}

// What config show prints of a converted file is what it prints of the file as it was; converting it again changes
// nothing; and no comment is lost that no note tells.
func TestConvertedFilesMeanTheSame(t *testing.T) {
	for _, file := range slices.Concat(files(t, "testdata/cases/*.*"), files(t, "testdata/convert/*.*"), files(t, "../examples/*/*.yml")) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			expectSameMeaning(t, source, file)
		})
	}
}

// The same holds for the files without any one of their lines, where they are still valid, and with a comment below any.
func TestConvertedVariantsOfFilesMeanTheSame(t *testing.T) {
	for _, file := range append(files(t, "testdata/cases/*.yml"), files(t, "testdata/convert/*.yml")...) {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(string(source), "\n")
		for i, line := range lines {
			without := strings.Join(lines[:i], "") + strings.Join(lines[i+1:], "")
			indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
			with := strings.Join(lines[:i+1], "") + indent + "# more\n" + strings.Join(lines[i+1:], "")
			for _, variant := range []string{without, with, strings.Join(lines[:i+1], "")} {
				expectSameMeaning(t, []byte(variant), file)
			}
			if t.Failed() {
				return
			}
		}
	}
}

func expectSameMeaning(t *testing.T, source []byte, file string, opts ...Option) {
	t.Helper()
	opts = append([]Option{variables}, opts...)
	before, _, wrong := Parse(source, file, filepath.Dir(file), opts...)
	converted, notes, err := convert(source, file, filepath.Dir(file), opts...)
	if wrong != nil {
		var problems Problems
		if _, others := onlyUnset(wrong); (others == nil) != (err == nil) || others != nil && (!errors.As(err, &problems) || converted != nil) {
			t.Fatalf("the file is wrong (%v), and converting it gives %v", wrong, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, source)
	}
	after, _, err := Parse(converted, "converted.yml", filepath.Dir(file), opts...)
	if err != nil {
		t.Fatalf("%v\n%s", err, converted)
	}
	if diff := cmp.Diff(plain(t, before), plain(t, after)); diff != "" {
		t.Fatalf("the meaning differs (-before +after):\n%s\n%s", diff, converted)
	}
	again, _, err := convert(converted, "converted.yml", filepath.Dir(file), opts...)
	if err != nil {
		t.Fatalf("%v\n%s", err, converted)
	}
	if diff := cmp.Diff(string(converted), string(again)); diff != "" {
		t.Fatalf("a second conversion changes the file (-first +second):\n%s", diff)
	}
	lost := 0
	for _, n := range notes {
		var more int
		if strings.HasPrefix(n.Hint, "with a comment of it") {
			lost++
		} else if _, err := fmt.Sscanf(n.Hint, "with %d lines of comments", &more); err == nil {
			lost += more
		}
	}
	if !strings.HasSuffix(file, ".json") && commentsOf(t, source) != commentsOf(t, converted)+lost {
		t.Fatalf("of %d lines of comments, %d are left and %d are told\n%s", commentsOf(t, source), commentsOf(t, converted), lost, converted)
	}
}

// plain is what config show prints, without sections that are empty.
func plain(t *testing.T, c *Config) any {
	t.Helper()
	shown, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := yaml.Unmarshal(shown, &all); err != nil {
		t.Fatal(err)
	}
	var prune func(any) any
	prune = func(v any) any {
		if list, ok := v.([]any); ok {
			for i := range list {
				list[i] = prune(list[i])
			}
		}
		if m, ok := v.(map[string]any); ok {
			for key, below := range m {
				m[key] = prune(below)
				if empty, ok := m[key].(map[string]any); ok && len(empty) == 0 {
					delete(m, key)
				}
			}
		}
		return v
	}
	return prune(all)
}

// commentsOf counts the lines of comments, as the parser finds them.
func commentsOf(t *testing.T, source []byte) (sum int) {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal(source, &document); err != nil {
		t.Fatal(err)
	}
	var count func(n *yaml.Node)
	count = func(n *yaml.Node) {
		for _, comment := range []string{n.HeadComment, n.LineComment, n.FootComment} {
			for line := range strings.SplitSeq(comment, "\n") {
				if strings.HasPrefix(line, "#") {
					sum++
				}
			}
		}
		for _, below := range n.Content {
			count(below)
		}
	}
	count(&document)
	return sum
}

func TestAFileWithNothingToTidyIsReturnedAsItIs(t *testing.T) {
	source := []byte("\ufeff" + least + "\n\n\n#   odd  \nexecution:   {max_workers:   4}  \n\n")
	converted, notes, err := convert(source, "f.yml", "", WithEnviron(nil))
	if err != nil || len(notes) > 0 || !bytes.Equal(source, converted) {
		t.Errorf("%q, notes %v, error %v", converted, notes, err)
	}
}

func TestAFileWithProblemsIsNotConverted(t *testing.T) {
	for text, want := range map[string]string{
		least + "profilling: {}\nsource2: ${UNSET}":           "unknown key",
		least + "environment: \xff":                           "not valid YAML",
		"source: {type: sqlite, database: ${A}}\nllm: {a: b}": "not valid YAML",
	} {
		converted, _, err := convert([]byte(text), "f.yml", "", WithEnviron(nil))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "UNSET") || converted != nil {
			t.Errorf("%q: %q, %v; want %s", text, converted, err, want)
		}
	}
}

func TestVariablesNeedNotBeSetToConvert(t *testing.T) {
	source := "llm: {enabled: true}\nsource: {type: postgres, database: shop, port: \"${PORT}\", password: \"${PASSWORD}\"}\nstorage: {connection: {type: sqlite, database: b}}\n"
	_, after, _ := strings.Cut(source, "\n")
	converted, notes, err := convert([]byte(source), "f.yml", "", WithEnviron(nil))
	if err != nil || string(converted) != after {
		t.Fatalf("%s%v", converted, err)
	}
	if len(notes) != 3 || !strings.Contains(notes[1].String(), `"PORT" is not set; its reference stays in the file`) {
		t.Errorf("notes %v", notes)
	}
}

// Whatever a file holds, what is converted means the same.
func FuzzConvert(f *testing.F) {
	for _, pattern := range []string{"testdata/cases/*.*", "testdata/convert/*.*"} {
		for _, file := range files(f, pattern) {
			source, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(source), strings.HasSuffix(file, ".json"))
		}
	}
	f.Fuzz(func(t *testing.T, text string, isJSON bool) {
		file := "f.yml"
		if isJSON {
			file = "f.json"
		}
		for _, source := range []string{text, least + text} {
			before, _, wrong := Parse([]byte(source), file, "", variables, emptyFolders)
			converted, _, err := convert([]byte(source), file, "", variables, emptyFolders)
			if wrong != nil {
				continue
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, source)
			}
			after, _, err := Parse(converted, "f.yml", "", variables, emptyFolders)
			if err != nil {
				t.Fatalf("%v\n%s", err, converted)
			}
			if diff := cmp.Diff(plain(t, before), plain(t, after)); diff != "" {
				t.Fatalf("the meaning differs (-before +after):\n%s\n%s", diff, converted)
			}
			again, _, err := convert(converted, "f.yml", "", variables, emptyFolders)
			if err != nil || !bytes.Equal(converted, again) {
				t.Fatalf("again: %v\n%s\n%s", err, converted, again)
			}
		}
	})
}

// What convert compares its result by.
func TestFilesCanBeComparedWhoseVariablesAreNotSet(t *testing.T) {
	text := func(port, table string) []byte {
		return []byte("source: {type: postgres, database: \"${DB}\", port: " + port + "}\n" + server + "profiling: {tables: [{table: " + table + "}]}\n")
	}
	of := func(text []byte) *Config { return withoutVariables(text, "f.yml", "", WithEnviron(nil)) }
	one := of(text("'${PORT}'", "a"))
	if one == nil || one.Source.Database != "${DB}" {
		t.Fatalf("got %+v", one)
	}
	if !sameMeaning(one, of(text("'${PORT}'", "'a'"))) || sameMeaning(one, of(text("'${PORT}'", "b"))) || sameMeaning(one, of(text("5", "a"))) {
		t.Error("what differs is the same, or what is the same differs")
	}
}
