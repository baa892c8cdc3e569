package config

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// write writes files, by their paths, into a new folder, and returns it.
func write(t testing.TB, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// parseIn parses text in dir and returns problems and warnings as lines, dir as DIR.
func parseIn(t testing.TB, dir, text string, env ...string) (cfg *Config, problems, warnings []string) {
	t.Helper()
	cfg, ws, err := Parse([]byte(text), "f.yml", dir, WithEnviron(env))
	lines := func(ps []Problem) (lines []string) {
		for _, p := range ps {
			lines = append(lines, strings.ReplaceAll(p.String(), dir, "DIR"))
		}
		return lines
	}
	ps, _ := err.(Problems)
	return cfg, lines(ps), lines(ws)
}

func TestAPatternMatchesAPathFromItsEnd(t *testing.T) {
	for _, tt := range []struct {
		pattern, path string
		want          bool
	}{
		{"*.yml", "a.yml", true}, {"*.yml", "a/b.yml", true}, {"*.yml", "a.yaml", false}, {"*.yml", "a.yml.bak", false},
		{"a/*.yml", "a/b.yml", true}, {"a/*.yml", "x/a/b.yml", true}, {"a/*.yml", "a/b/c.yml", false},
		{"**/templates/**", "templates/a.yml", true}, {"**/templates/**", "x/templates/y/a.yml", true}, {"**/templates/**", "x/a.yml", false},
		{"a/**/b.yml", "a/b.yml", true}, {"a/**/b.yml", "a/x/y/b.yml", true}, {"./a.yml", "a.yml", true},
		{"[!a].yml", "b.yml", true}, {"[!a].yml", "a.yml", false}, {"?.yml", "ab.yml", false},
	} {
		if got := matchesPath(tt.pattern, tt.path); got != tt.want {
			t.Errorf("%s on %s: got %v", tt.pattern, tt.path, got)
		}
	}
	if many := strings.Repeat("**/", 500) + "x"; matchesPath(many, strings.Repeat("a/", 500)+"b") {
		t.Error("matches what does not end in x")
	}
}

func TestFilesAreFoundAsTheKeysSay(t *testing.T) {
	dir := write(t, map[string]string{
		"datasets/a.yml": "table: a", "datasets/b.yaml": "table: b", "datasets/in/c.yml": "table: c", "datasets/in/d.yml": "table: d",
		"datasets/..2024_01/a.yml": "table: mounted", "datasets/e.json": `{"table": "e"}`, "other/f.yml": "- table: f\n- table: g\n",
	})
	if err := os.Symlink(filepath.Join(dir, "other", "f.yml"), filepath.Join(dir, "datasets", "link.yml")); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(dir, filepath.Join(dir, "datasets", "circle.yml")); err != nil {
		t.Skip(err)
	}
	for _, tt := range []struct{ keys, want string }{
		{"datasets_dir: datasets", "a c d f g"},
		{"recursive: true", "a c d f g"},
		{"recursive: false", "a f g"},
		{"recursive: '${RECURSIVE}'", "a f g"},
		{"auto_discover: false", ""},
		{"datasets_dir: other, datasets: [{table: z}]", "z f g"},
		{"datasets_dir: " + dir + "/other", "f g"},
		{"file_pattern: '*.y*ml'", "a b c d f g"},
		{"file_pattern: '*.json'", "e"},
		{"file_pattern: 'in/*.yml'", "c d"},
		{"exclude_patterns: [in/c.yml, 'l*']", "a d"},
		{"datasets: [{table: z}]", "z"},
	} {
		cfg, problems, warnings := parseIn(t, dir, least+"datasets: {"+tt.keys+"}", "RECURSIVE=no")
		if len(problems)+len(warnings) > 0 {
			t.Errorf("%s: %v %v", tt.keys, problems, warnings)
			continue
		}
		var got []string
		for _, d := range cfg.Datasets.Datasets {
			got = append(got, d.Table)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %v, want %s", tt.keys, got, tt.want)
		}
	}
}

func TestAFolderThatCannotBeReadIsTold(t *testing.T) {
	dir := write(t, map[string]string{"file": "", "d/no.yml": "table: a", "d/folder.yml/x": ""})
	if err := os.Chmod(filepath.Join(dir, "d/no.yml"), 0); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ text, want string }{
		{"datasets: {datasets_dir: none}", "f.yml:3:26: datasets.datasets_dir: no such folder: none; a relative path starts at the configuration's folder"},
		{"contracts: {}", "f.yml:3:12: contracts.directory: no such folder: ./contracts; a relative path starts at the configuration's folder"},
		{"datasets: {datasets_dir: file}", "f.yml:3:26: datasets.datasets_dir: the folder file cannot be read: not a directory; name a folder that this user can read"},
		{"datasets: {datasets_dir: d}", "DIR/d/no.yml: no permission to read the file; give this user the right to read it, or leave it out with exclude_patterns"},
	} {
		_, problems, warnings := parseIn(t, dir, least+tt.text)
		if strings.Contains(tt.want, "permission") && os.Geteuid() == 0 {
			continue // root reads everything
		}
		if diff := cmp.Diff([]string{tt.want}, append(problems, warnings...)); diff != "" {
			t.Errorf("%s:\n%s", tt.text, diff)
		}
	}
	_, _, err := Parse([]byte(least+"datasets: {datasets_dir: d}"), "f.yml", dir, func(o *options) {
		o.readDir = func(string) ([]fs.DirEntry, error) { return make([]fs.DirEntry, maxEntries+1), nil }
	})
	if want := "f.yml:3:26: datasets.datasets_dir: the folder d is too large: more than 200000 files and folders; name a folder of these files alone, or narrower patterns"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestSettingsOfOneTableInTwoPlacesMayNotDisagree(t *testing.T) {
	const sampled = "profiling: {sampling: {enabled: true, fraction: 0.1}}"
	for _, tt := range []struct{ name, inline, file, want string }{
		{"the same settings", "{table: a, " + sampled + "}", "table: a\n" + sampled, ""},
		{"settings that complete each other", "{table: a, profiling: {metrics: [count]}}", "table: a\n" + sampled, ""},
		{"settings of other tables", "{table: a, profiling: {sampling: {enabled: false}}}", "table: b\n" + sampled, ""},
		{"settings of a schema and its table", "{schema: s, profiling: {sampling: {enabled: false}}}", "schema: s\ntable: a\n" + sampled, ""},
		{"two samples", "{table: a, profiling: {sampling: {enabled: false}}}", "table: a\n" + sampled,
			"DIR/datasets/a.yml:2:23: profiling.sampling: disagrees with sampling of the same tables at f.yml:4:47; keep one of them"},
		{"columns at either level", "{table: a, columns: [{name: b}]}", "table: a\nprofiling: {columns: [{name: c}]}",
			"DIR/datasets/a.yml:2:22: profiling.columns: disagrees with columns of the same tables at f.yml:4:34; keep one of them"},
	} {
		dir := write(t, map[string]string{"datasets/a.yml": tt.file})
		_, problems, _ := parseIn(t, dir, least+"datasets:\n  datasets: ["+tt.inline+"]\n  recursive: true\n")
		if got := strings.Join(problems, "\n"); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestAThousandWarningsOfFilesAreOne(t *testing.T) {
	files := map[string]string{}
	for i := range 1000 {
		files[fmt.Sprintf("datasets/t%04d.yml", i)] = fmt.Sprintf("table: t%d\nvalidation: {enabled: true}\n", i)
	}
	_, problems, warnings := parseIn(t, write(t, files), least+"datasets: {datasets_dir: datasets}")
	if diff := cmp.Diff([]string{"DIR/datasets/t0000.yml:2:1: validation: not built yet; ignored (and 999 more like it)"}, append(problems, warnings...)); diff != "" {
		t.Error(diff)
	}
}

// manyDatasets are files as people write them.
func manyDatasets(n int) map[string]string {
	files := map[string]string{}
	for i := range n {
		files[fmt.Sprintf("datasets/s%02d/t%05d.yml", i%50, i)] = fmt.Sprintf("schema: s%02d\ntable: t%05d\nprofiling:\n  partition: {key: day, strategy: recent_n, recent_n: 7}\n"+
			"  sampling:\n    enabled: true\n    fraction: 0.1\n  columns:\n    - name: \"*_id\"\n      metrics: [count, null_count]\n", i%50, i)
	}
	return files
}

func TestAFolderOfManyFilesLoadsSoon(t *testing.T) {
	dir := write(t, manyDatasets(10_000))
	begin := time.Now()
	cfg, problems, _ := parseIn(t, dir, least+"datasets: {datasets_dir: datasets}")
	if len(problems) > 0 || len(cfg.Datasets.Datasets) != 10_000 {
		t.Fatal(problems)
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("10,000 files took %v", took)
	}
}

func BenchmarkLoadFiveThousandDatasets(b *testing.B) {
	dir := write(b, manyDatasets(5000))
	for b.Loop() {
		if _, problems, _ := parseIn(b, dir, least+"datasets: {datasets_dir: datasets}"); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

// Whatever is hostile ends with problems, soon, and without much memory.
func TestHostileFilesEndInProblems(t *testing.T) {
	bomb := least + "x-a: &a [a,a,a,a,a,a,a,a,a]\n"
	for i := range 10 {
		bomb += fmt.Sprintf("x-%c: &%c [%s]\n", 'b'+i, 'b'+i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", 'a'+i), 9), ","))
	}
	merges := least + "x-a: &a {k0: 1, k1: 1}\n"
	for i := range 20 {
		merges += fmt.Sprintf("x-%c: &%c {l%d: *%c, m%d: *%c, <<: *%c}\n", 'b'+i, 'b'+i, i, 'a'+i, i, 'a'+i, 'a'+i)
	}
	long := strings.Repeat("x", 200_000)
	for name, text := range map[string]string{
		"aliases that multiply":                bomb,
		"merges that multiply":                 merges,
		"deep lists":                           least + "x-a: " + strings.Repeat("[", 200_000),
		"deep lists that end":                  least + "x-a: " + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000),
		"deep dashes":                          least + "x-a:\n  " + strings.Repeat("- ", 100_000) + "a",
		"deep keys":                            least + "x-a: " + strings.Repeat("{a: ", 5_000) + "1" + strings.Repeat("}", 5_000),
		"an anchor within itself":              least + "x-a: &a {b: *a, <<: *a}",
		"anchors within each other":            least + "x-a: &a [&b [*a, *b]]",
		"invalid UTF-8":                        least + "environment: \"\xff\xfe\x80\"",
		"half a UTF-16 file":                   "\xff\xfes\x00o",
		"many values":                          least + "x-a: [" + strings.Repeat("a,", 3<<20) + "a]",
		"many wrong items":                     least + "profiling: {tables: [" + strings.Repeat("a,", 200_000) + "a]}",
		"many unknown keys":                    least + strings.Repeat("k", 40) + "0: 1\n" + keys(200_000),
		"the same settings many times":         least + "datasets: {datasets: [" + strings.Repeat("{table: a, profiling: {sampling: {enabled: true}}},", 20_000) + "{table: a, profiling: {sampling: {}}}]}",
		"a circle of references":               "env_file: env\n" + least,
		"references that multiply":             "env_file: bomb\n" + least,
		"a file without end as secret":         strings.Replace(least, "{type: sqlite,", "{type: sqlite, password_file: /dev/zero,", 1),
		"a file without end as value":          least + "environment: '${file:/dev/zero}'",
		"a pipe's folder as datasets":          least + "datasets: {datasets_dir: file}",
		"an alias of long text that refers":    least + "x-a: [&a \"${X:}" + long + "\", " + strings.Repeat("*a,", 20_000) + "1]",
		"an alias of long text as parameters":  strings.Replace(least, "{type: sqlite,", "{type: sqlite, extra_params: {a: &a \""+long+"\", b: ["+strings.Repeat("*a,", 20_000)+"1]},", 1),
		"an alias of a mapping with long keys": strings.Replace(least, "{type: sqlite,", "{type: sqlite, extra_params: {a: &a {? \""+long+"\" : 1}, b: ["+strings.Repeat("*a,", 20_000)+"1]},", 1),
		"references to a long variable":        "env_file: long\n" + least,
		"references to a long variable, many":  "env_file: longs\n" + least,
		"variables in a long row":              "env_file: row\n" + least,
		"a long text of references":            "env_file: once\nenvironment: \"" + strings.Repeat("${A}", 100_000) + "\"\n" + least,
		"a text that grows in JSON":            strings.Replace(least, "{type: sqlite,", "{type: oracle, extra_params: {a: &a \""+strings.Repeat("<", 1<<20)+"\", b: ["+strings.Repeat("*a,", 13)+"1]},", 1),
		"merges of many keys":                  least + "x-a: &a {" + strings.ReplaceAll(keys(110_000), "\n", ",") + "}\nx-b: {<<: *a}\nx: 1",
		"JSON with many values":                "[" + strings.Repeat("0,", 2<<20) + "0]",
	} {
		t.Run(name, func(t *testing.T) {
			variables := "A0=aaaaaaaaaaaaaaaa\n"
			for i := range 60 {
				variables += fmt.Sprintf("A%d=${A%d}${A%d}\n", i+1, i, i)
			}
			var row strings.Builder
			for i := range 100_000 {
				fmt.Fprintf(&row, "A%06d=${A%06d}\n", i, i+1)
			}
			dir := write(t, map[string]string{
				"env": "A=${B}\nB=${C}\nC=x${A}\n", "bomb": variables, "file": "",
				"once": "A=" + long[:60_000], "long": "A=" + long[:60_000] + "\nB=" + strings.Repeat("${A}", 100_000),
				"longs": "A=" + long[:60_000] + "\n" + strings.ReplaceAll(keys(20_000), ": 1", "=${A}"),
				"row":   row.String(),
			})
			file := "f.yml"
			if strings.Contains(name, "JSON") {
				file = "f.json"
			}
			highest := watchMemory(t)
			begin := time.Now()
			_, _, err := Parse([]byte(text), file, dir, WithEnviron(nil))
			if err == nil {
				t.Error("no problem")
			} else if len(err.Error()) > 1<<20 {
				t.Errorf("%d bytes of problems", len(err.Error()))
			}
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			if mib := highest(); mib > 256 {
				t.Errorf("%d MiB", mib)
			}
		})
	}
}

// keys are n keys that no configuration has.
func keys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "key%d: 1\n", i)
	}
	return b.String()
}

// watchMemory returns a function that stops and returns the highest heap since, in MiB.
func watchMemory(t *testing.T) func() uint64 {
	t.Helper()
	runtime.GC()
	done, highest := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse+m.StackInuse)
			select {
			case <-done:
				tick.Stop()
				highest <- most >> 20
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 { close(done); return <-highest }
}
