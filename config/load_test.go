package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// least is the smallest configuration that has all it needs.
const least = `source: {type: sqlite, database: shop.db}
storage: {connection: {type: sqlite, database: history.db}}
`

// parse parses text with the environment env and returns problems and warnings as lines.
func parse(t *testing.T, text string, env ...string) (cfg *Config, problems, warnings []string) {
	t.Helper()
	cfg, ws, err := Parse([]byte(text), "f.yml", "", WithEnviron(env), emptyFolders)
	var ps Problems
	if err != nil && !errors.As(err, &ps) {
		t.Fatalf("error is %T, want Problems", err)
	}
	for _, p := range ps {
		problems = append(problems, p.String())
	}
	for _, w := range ws {
		warnings = append(warnings, w.String())
	}
	return cfg, problems, warnings
}

// emptyFolders makes every folder one that holds nothing.
func emptyFolders(o *options) {
	o.readDir = func(string) ([]fs.DirEntry, error) { return nil, nil }
}

func TestWhatIsNotAConfigurationIsToldInOneLine(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"an empty file", "", "f.yml: the file is empty; a configuration needs at least the keys source and storage"},
		{"a file of comments", "# source:\n\n", "f.yml: the file is empty; a configuration needs at least the keys source and storage"},
		{"a list", "- a\n", "f.yml:1:1: wants a mapping of keys, got a list"},
		{"a word", "hello\n", "f.yml:1:1: wants a mapping of keys, got text"},
		{"a tab in the indentation", "source:\n  type: sqlite\n\tdatabase: a\n",
			`f.yml:3:1: not valid YAML: a tab in the indentation, which YAML forbids: "database: a"; indent with spaces`},
		{"a colon too many, with its line", "environment: a\nsource: b: c\n",
			`f.yml:2: not valid YAML: mapping values are not allowed in this context: "source: b: c"`},
		{"a colon too many after a secret", "source:\n  type: postgres\n  password: open: sesame\n",
			`f.yml:3: not valid YAML: mapping values are not allowed in this context: "password: ***"`},
		{"an alias without an anchor, which could be a secret", "source:\n  password: *opensesame\n",
			`f.yml:2: not valid YAML: an alias (*name) without its anchor (&name): "password: ***"; a value that begins with * needs quotes`},
		{"an alias within itself", least + "x-a: &a [*a]\n", "f.yml:3:10: x-a[0][0]: an alias that contains itself; write the value out"},
		{"two documents", least + "---\n" + least, "f.yml:1:1: the file holds a second document; keep one, without --- between"},
		{"a tag", least + "environment: !secret name\n", "f.yml:3:14: environment: a tag that is not YAML's own; take the word that begins with ! away, or quote the value"},
		{"a reference without quotes in a list", least + "profiling: {metrics: [${METRIC}]}\n", "f.yml:3: not valid YAML: did not find expected ',' or ']': \"profiling: {metrics: [${METRIC}]}\"; a value with ${…} needs quotes within [ ] and { }"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg, problems, _ := parse(t, tt.text)
			if diff := cmp.Diff([]string{tt.want}, problems); diff != "" || cfg != nil {
				t.Errorf("config %v, problems (-want +got):\n%s", cfg, diff)
			}
		})
	}
}

func TestABrokenJSONFileIsToldWithItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		"{\n  \"source\": {,}\n}":             `c.json:2:14: not valid JSON: invalid character ',': "\"source\": {,}"`,
		`{"source": `:                         `c.json:1:12: not valid JSON: the text ends before the value does: "{\"source\":"`,
		`{"source": 1} 2`:                     `c.json:1:16: not valid JSON: text after the end of the value: "{\"source\": 1} 2"`,
		`{"password": "opensesame" "a": "b"}`: `c.json:1:27: not valid JSON: invalid character '"' after object key:value pair: "{\"password\": ***"`,
		"":                                    "c.json: the file is empty; a configuration needs at least the keys source and storage",
	} {
		_, _, err := Parse([]byte(text), "c.json", "")
		if err == nil || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %v", text, err, want)
		}
	}
}

func TestAFileThatCannotBeReadIsToldInOneLine(t *testing.T) {
	folder := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(folder, "none.yml"): "no such file; name the configuration file with --config or BASELINR_CONFIG",
		folder:                            "a folder, not a file; name the file in it",
	} {
		_, _, err := Load(path)
		if err == nil || err.Error() != path+": "+want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestLoadReadsARealFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yml")
	if err := os.WriteFile(file, []byte(least), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, warnings, err := Load(file, WithEnviron(nil))
	if err != nil || len(warnings) > 0 {
		t.Fatalf("warnings %v, error %v", warnings, err)
	}
	if cfg.Path != file || cfg.Dir != filepath.Dir(file) || cfg.Source.File() != "shop.db" {
		t.Errorf("path %s, folder %s, source %s", cfg.Path, cfg.Dir, cfg.Source.File())
	}
}

func TestFindTakesTheFlagThenTheVariableThenTheWorkingDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	env := ""
	getenv := func(name string) string {
		if name == "BASELINR_CONFIG" {
			return env
		}
		return ""
	}
	expect := func(explicit, want string) {
		t.Helper()
		if got, err := Find(explicit, getenv); got != want || (err == nil) != (want != "") {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
	expect("", "")
	for _, name := range []string{"config.yml", "baselinr.yml"} { // the one made later comes first
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		expect("", name)
	}
	env = "other.yml"
	expect("", "other.yml")
	expect("given.yml", "given.yml")
}

func TestValuesAreReadAsTheReferenceReadsThem(t *testing.T) {
	tests := []struct {
		name, text string
		env        []string
		check      func(*Config) any
		want       any
	}{
		{"yes is true", "retry: {enabled: yes}", nil, func(c *Config) any { return c.Retry.Enabled }, true},
		{"off is false", "retry: {enabled: off}", nil, func(c *Config) any { return c.Retry.Enabled }, false},
		{"a whole number with a fraction of zero", "profiling: {histogram_bins: 7.0}", nil, func(c *Config) any { return c.Profiling.HistogramBins }, 7},
		{"a whole number for a number", "retry: {min_backoff: 2}", nil, func(c *Config) any { return c.Retry.MinBackoff }, 2.0},
		{"null where the reference allows it", "source: {type: sqlite, database: a, schema: ~}", nil, func(c *Config) any { return c.Source.Schema }, ""},
		{"a variable", "environment: ${ENV}", []string{"ENV=prod"}, func(c *Config) any { return c.Environment }, "prod"},
		{"variables within text", "environment: a-${X}-${Y:2}", []string{"X=1"}, func(c *Config) any { return c.Environment }, "a-1-2"},
		{"a default that is not needed", "environment: ${X:dev}", []string{"X=prod"}, func(c *Config) any { return c.Environment }, "prod"},
		{"a default in the shell's form", "environment: ${X:-dev}", nil, func(c *Config) any { return c.Environment }, "dev"},
		{"a number from a variable", "profiling: {histogram_bins: \"${BINS}\"}", []string{"BINS=12"}, func(c *Config) any { return c.Profiling.HistogramBins }, 12},
		{"a boolean from a variable", "retry:\n  enabled: ${RETRY}", []string{"RETRY=0"}, func(c *Config) any { return c.Retry.Enabled }, false},
		{"a number that is text", "environment: ${N}", []string{"N=12"}, func(c *Config) any { return c.Environment }, "12"},
		{"two dollars keep the reference", "environment: $${X}", nil, func(c *Config) any { return c.Environment }, "${X}"},
		{"an override of a number", "", []string{"BASELINR_EXECUTION__MAX_WORKERS=8"}, func(c *Config) any { return c.Execution.MaxWorkers }, 8},
		{"an override of text that looks like a number", "", []string{"BASELINR_ENVIRONMENT=1"}, func(c *Config) any { return c.Environment }, "1"},
		{"an override wins over the file", "environment: a", []string{"BASELINR_ENVIRONMENT=b"}, func(c *Config) any { return c.Environment }, "b"},
		{"an override is expanded", "", []string{"BASELINR_ENVIRONMENT=${X}", "X=y"}, func(c *Config) any { return c.Environment }, "y"},
		{"an override of a list", "", []string{"BASELINR_PROFILING__METRICS=[min, max]"}, func(c *Config) any { return strings.Join(c.Profiling.Metrics, " ") }, "min max"},
		{"an override of an item", "profiling: {tables: [{table: a}]}", []string{"BASELINR_PROFILING__TABLES__0__TABLE=b"}, func(c *Config) any { return c.Profiling.Tables[0].Table }, "b"},
		{"an override of a mapping, and of a key in it", "", []string{"BASELINR_RETRY={retries: 1}", "BASELINR_RETRY__MIN_BACKOFF=3"},
			func(c *Config) any { return float64(c.Retry.Retries) + c.Retry.MinBackoff }, 4.0},
		{"an override of a free parameter", "", []string{"BASELINR_SOURCE__EXTRA_PARAMS__TIMEOUT=10"}, func(c *Config) any { return c.Source.ExtraParams["timeout"] }, int64(10)},
		{"a secret among free parameters stays text", "", []string{"BASELINR_SOURCE__EXTRA_PARAMS__TOKEN=007"},
			func(c *Config) any { return c.Source.ExtraParams["token"].(Secret).Reveal() }, "007"},
		{"a password of digits by override", "", []string{"BASELINR_SOURCE__PASSWORD=0123"}, func(c *Config) any { return c.Source.Password.Reveal() }, "0123"},
		{"the file's own variable and those of others are no overrides", "", []string{"BASELINR_CONFIG=x", "BASELINR_LOG=debug"}, func(c *Config) any { return c.Environment }, "development"},
		{"an alias is not changed by an override of its anchor", "x-p: &p {retries: 1}\nretry: *p", []string{"BASELINR_RETRY__RETRIES=2"}, func(c *Config) any { return c.Retry.Retries }, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := least + tt.text
			if strings.HasPrefix(tt.text, "source:") {
				text = tt.text + least[strings.Index(least, "\n"):]
			}
			cfg, problems, warnings := parse(t, text, tt.env...)
			if len(problems)+len(warnings) > 0 {
				t.Fatal(problems, warnings)
			}
			if diff := cmp.Diff(tt.want, tt.check(cfg)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheEnvironmentsMistakesNameTheVariable(t *testing.T) {
	tests := []struct {
		name, text string
		env        []string
		problem    string
		warning    string
	}{
		{"unset, without a default", "environment: ${APP_ENV}", nil,
			`f.yml:3:14: environment: the environment variable "APP_ENV" is not set; set it, or give a default: ${APP_ENV:default}`, ""},
		{"not what the key wants, and not shown", "retry:\n  retries: ${N}", []string{"N=opensesame"},
			"f.yml:4:12: retry.retries: wants a whole number, got text from the environment that is none", ""},
		{"an unknown key", "", []string{"BASELINR_SOURCE__HOTS=x"},
			"BASELINR_SOURCE__HOTS: source.hots: the variable names an unknown key; did you mean BASELINR_SOURCE__HOST?", ""},
		{"an unknown key at the top that is nearly one", "", []string{"BASELINR_ENVIROMENT=x"}, "",
			"BASELINR_ENVIROMENT: enviroment: the variable names an unknown key; ignored; did you mean BASELINR_ENVIRONMENT?"},
		{"out of range", "", []string{"BASELINR_RETRY__RETRIES=11"}, "BASELINR_RETRY__RETRIES: retry.retries: must be at most 10, got 11", ""},
		{"not built yet", "", []string{"BASELINR_PROFILING__EXTRACT_LINEAGE=true"}, "", "BASELINR_PROFILING__EXTRACT_LINEAGE: profiling.extract_lineage: not built yet; ignored"},
		{"no such item", "", []string{"BASELINR_PROFILING__METRICS__X=count"},
			`BASELINR_PROFILING__METRICS__X: profiling.metrics: "x" is not an item of the list; items count from 0; or give the whole list as [a, b]`, ""},
		{"a broken list", "", []string{"BASELINR_PROFILING__METRICS=[count"},
			"BASELINR_PROFILING__METRICS: profiling.metrics: the value is not valid YAML; write a list as [a, b], a mapping as {key: value}", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, problems, warnings := parse(t, least+tt.text, tt.env...)
			if got := strings.Join(problems, "\n"); got != tt.problem {
				t.Errorf("got  %s\nwant %s", got, tt.problem)
			}
			if got := strings.Join(warnings, "\n"); got != tt.warning {
				t.Errorf("got  %s\nwant %s", got, tt.warning)
			}
		})
	}
}

// Nine lists of nine aliases each stand for nine to the ninth values.
func TestAliasesThatMultiplyEachOtherAreRefusedSoon(t *testing.T) {
	var text strings.Builder
	text.WriteString(least + "x-a0: &a0 [" + strings.Repeat("a, ", 9) + "]\n")
	for i := 1; i < 9; i++ {
		fmt.Fprintf(&text, "x-a%d: &a%d [%s]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9))
	}
	_, problems, _ := parse(t, text.String())
	if len(problems) != 1 || !strings.Contains(problems[0], "the file is too large") {
		t.Errorf("got %v", problems)
	}
}
