package config

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// Whatever a file holds, Parse returns; no problem shows the value of a variable or of a password;
// and what is shown of a configuration hides its secrets.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/cases/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(source), strings.HasSuffix(file, ".json"))
	}
	f.Add("a: &a [*a, *a]\nb: {<<: *a}", false)
	f.Add("datasets: {datasets_dir: .}\ncontracts: {directory: .}\ntable: a\nprofiling: {sampling: {enabled: true}}", false)
	f.Add("kind: DataContract\ndatasets: {datasets_dir: ., file_pattern: '*'}\ndataset: [{name: a.b, columns: [{name: c, partitionStatus: true}]}]\n"+
		"customProperties: [{property: baselinr.sampling, value: {enabled: true}}, {property: baselinr.drift.strategy.a, value: b}]\ncontracts: {}", false)
	f.Add("env_file: .env\nsource: {password_file: a, host: \"${file:b}\"}\nA='x'\nB=\"${A}\"", false)
	f.Add("source:\n  password: ${WORD}\n  port: ${WORD}\n", false)
	const word = "sw0rdfish"
	f.Fuzz(func(t *testing.T, text string, isJSON bool) {
		if strings.Contains(text, word) {
			t.Skip("the text itself has the word")
		}
		name, password := "f.yml", "\n  password: \""+word+"\"\n"
		if isJSON {
			name = "f.json"
		}
		whole := "source:\n  type: postgres\n  database: a" + password + "storage: {connection: {type: sqlite, database: b}}\n" + text
		for _, source := range []string{text, whole} {
			cfg, warnings, err := Parse([]byte(source), name, "", WithEnviron([]string{"WORD=" + word, "BASELINR_SOURCE__EXTRA_PARAMS__TOKEN=" + word}), everyFile(text))
			var problems Problems
			if (err != nil) != (cfg == nil) || err != nil && !errors.As(err, &problems) {
				t.Fatalf("config %v, error %v", cfg, err)
			}
			encoded, err := json.Marshal(append(warnings, problems...))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(encoded), word) {
				t.Fatalf("a problem shows a secret: %s", encoded)
			}
			if cfg == nil || strings.Contains(text, "WORD") {
				continue // a variable may stand where it is no secret
			}
			shown, err := cfg.YAML()
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(shown), word) {
				t.Fatalf("a secret is shown: %s", shown)
			}
		}
	})
}

// everyFile gives every folder the same three files, and every file the same text.
func everyFile(text string) Option {
	content := &fstest.MapFile{Data: []byte(text)}
	files := fstest.MapFS{"a.yml": content, "b.odcs.yaml": content, "c.json": content}
	return func(o *options) {
		o.readDir = func(string) ([]fs.DirEntry, error) { return files.ReadDir(".") }
		o.readFile = func(string) ([]byte, error) { return []byte(text), nil }
		o.stat = func(string) (fs.FileInfo, error) { return files.Stat("a.yml") }
	}
}

// What config show prints is a configuration that means the same.
func FuzzShow(f *testing.F) {
	for _, text := range []string{"orders", "yes", "012", "1:30", "null", "", "~", "a b", "é\n", "<<", "*a", "x: y", "# a", "${A}", "0x1F", ".5"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, table string) {
		quoted, err := json.Marshal(strings.ReplaceAll(table, "${", ""))
		if err != nil {
			t.Fatal(err)
		}
		cfg, _, err := Parse([]byte(least+"profiling: {tables: [{table: "+string(quoted)+"}]}"), "f.yml", "", WithEnviron(nil))
		if err != nil {
			return
		}
		shown, err := cfg.YAML()
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := Parse(shown, "f.yml", "", WithEnviron(nil))
		if err != nil {
			t.Fatalf("%v\n%s", err, shown)
		}
		if got, want := again.Profiling.Tables[0].Table, cfg.Profiling.Tables[0].Table; got != want {
			t.Fatalf("got %q, want %q:\n%s", got, want, shown)
		}
	})
}
