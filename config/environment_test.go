package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const server = "storage: {connection: {type: sqlite, database: h}}\n"

func TestSecretsComeFromFiles(t *testing.T) {
	dir := write(t, map[string]string{"db": "s3cret\r\n", "empty": "\n", "lines": "a\nb\n\n", "large": strings.Repeat("a", maxSecretSize+1), "port": "5433\n", "d/x": ""})
	for _, tt := range []struct {
		name, source string
		env          []string
		password     string
		problem      string
	}{
		{"a file beside the configuration", "password_file: db", nil, "s3cret", ""},
		{"an absolute path", "password_file: " + dir + "/db", nil, "s3cret", ""},
		{"a path from the environment", `password_file: "${FILE}"`, []string{"FILE=db"}, "s3cret", ""},
		{"a variable that names the file", "host: a", []string{"BASELINR_SOURCE__PASSWORD_FILE=db"}, "s3cret", ""},
		{"a variable goes before the file's password", "password: other", []string{"BASELINR_SOURCE__PASSWORD=b", "FILE=db"}, "b", ""},
		{"a variable's password before the file's password_file", "password_file: db", []string{"BASELINR_SOURCE__PASSWORD=b"}, "b", ""},
		{"a variable's password_file before the file's password", "password: a", []string{"BASELINR_SOURCE__PASSWORD_FILE=db"}, "s3cret", ""},
		{"a variable's password is what it is", "host: a", []string{"BASELINR_SOURCE__PASSWORD=pa${x}ss"}, "pa${x}ss", ""},
		{"a variable's password may refer", "host: a", []string{"BASELINR_SOURCE__PASSWORD=a-${W}-${V:c}", "W=b"}, "a-b-c", ""},
		{"a variable's other values may not refer to nothing", "host: a", []string{"BASELINR_ENVIRONMENT=${W}"}, "", `BASELINR_ENVIRONMENT: environment: the environment variable "W" is not set; set it, or give a default: ${W:default}`},
		{"both in the file", "password: a, password_file: db", nil, "", "f.yml:1:67: source.password_file: contradicts password; keep one of them"},
		{"a file that is not there", "password_file: none", nil, "", `f.yml:1:54: source.password_file: the file "none": no such file; name a file that this user can read`},
		{"a folder", "password_file: d", nil, "", `f.yml:1:54: source.password_file: the file "d": a folder, not a file; name a file that this user can read`},
		{"an empty file", "password_file: empty", nil, "", `f.yml:1:54: source.password_file: the file "empty" is empty; write the password into it`},
		{"a file too large for a secret", "password_file: large", nil, "", `f.yml:1:54: source.password_file: the file "large": the file is too large: more than 64 KiB; name a file that this user can read`},
		{"a reference to a file", `password: "${file:db}"`, nil, "s3cret", ""},
		{"a reference within text", `password: "a-${file:db}-b"`, nil, "a-s3cret-b", ""},
		{"a file of lines", `password: "${file:lines}"`, nil, "a\nb", ""},
		{"a number", `port: "${file:port}", password: a`, nil, "a", ""},
		{"a reference to a file that is not there", `password: "${file:none}"`, nil, "", `f.yml:1:49: source.password: the file "none": no such file; name a file that this user can read`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg, problems, _ := parseIn(t, dir, "source: {type: postgres, database: s, "+tt.source+"}\n"+server, tt.env...)
			if got := strings.Join(problems, "\n"); got != tt.problem {
				t.Errorf("got  %s\nwant %s", got, tt.problem)
			}
			if cfg == nil {
				return
			}
			if got := cfg.Source.Password.Reveal(); got != tt.password || cfg.Source.PasswordFile != "" {
				t.Errorf("password %q, file %q", got, cfg.Source.PasswordFile)
			}
			if shown, err := cfg.YAML(); err != nil || strings.Contains(string(shown), "s3cret") {
				t.Errorf("%v: %s", err, shown)
			}
		})
	}
}

func TestAFileOfVariablesIsReadWhereAsked(t *testing.T) {
	const notSet = `f.yml:3:14: environment: the environment variable "NAME" is not set; set it, or give a default: ${NAME:default}`
	for _, tt := range []struct {
		name, file, keys string
		env              []string
		want             string // the environment's name, or the problem
	}{
		{"by a key", "NAME=a", "env_file: .env", nil, "a"},
		{"by a variable", "NAME=a", "", []string{"BASELINR_ENV_FILE=.env"}, "a"},
		{"only where asked", "NAME=a", "", nil, notSet},
		{"by a key that refers", "NAME=a", "env_file: '.${WHICH}'", []string{"WHICH=env"}, "a"},
		{"after the process's environment", "NAME=a", "env_file: .env", []string{"NAME=b"}, "b"},
		{"with overrides of keys", "NAME=a\nBASELINR_ENVIRONMENT=c", "env_file: .env", nil, "c"},
		{"comments, export, blanks, the last of two", "# a\n\n  export NAME = a # b\n\ufeffX=1\nNAME=b#c # d", "env_file: .env", nil, "DIR/.env:4: not a variable; write NAME=value"},
		{"carriage returns", "\ufeffNAME=a\r\nX=b\r\n", "env_file: .env", nil, "a"},
		{"single quotes", `NAME='a # ${X} \n'`, "env_file: .env", nil, `a # ${X} \n`},
		{"double quotes", `NAME="a # \"b\"\tc\\ \${X}" # d`, "env_file: .env", nil, "a # \"b\"\tc\\ ${X}"},
		{"quotes over lines", "X=\"1\n2\"\nY\nNAME=a", "env_file: .env", nil, "DIR/.env:3: not a variable; write NAME=value"},
		{"a quote that does not end", "NAME=\"a", "env_file: .env", nil, notSet + "\nDIR/.env:1: NAME: a quote that does not end; close it, or put the value between single quotes"},
		{"references", "NAME=${A}-${B:x}-${C:-y}-${HOME}\nA=\"${D}\"\nC=\nD=d", "env_file: .env", []string{"HOME=h"}, "d-x-y-h"},
		{"a reference to nothing", "NAME=${A}", "env_file: .env", nil, "f.yml:3:14: environment: must not be empty\n" + `DIR/.env:1: NAME: the variable "A" is not set; set it, or give a default: ${A:default}`},
		{"a circle", "A=${B}\nNAME=${A}\nB=x${A}", "env_file: .env", nil, "DIR/.env:3: the variables refer to each other in a circle: A, B, A; write one of them out"},
		{"a variable of the process is not searched", "X=1", "env_file: .env", []string{"NAME=${NAME}"}, "${NAME}"},
		{"a file that is not there", "", "env_file: none", []string{"NAME=a"}, `f.yml:4:11: env_file: the file "none": no such file; a relative path starts at the configuration's folder; or take the key away`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, map[string]string{".env": tt.file})
			cfg, problems, _ := parseIn(t, dir, least+"environment: ${NAME}\n"+tt.keys, tt.env...)
			got := strings.Join(problems, "\n")
			if cfg != nil {
				got = cfg.Environment
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestVariablesOverrideKeysOfEachForm(t *testing.T) {
	dir := write(t, map[string]string{
		"d/a.yml": "table: a\n", "c/b.odcs.yaml": "kind: DataContract\ndataset: [{name: b}]\n", "c/x.yaml": "kind: DataContract\ndataset: [{name: x}]\n",
	})
	_, wrong, _ := parseIn(t, dir, least, "BASELINR_DATASETS__DATASETS_DIR=d", "BASELINR_DATASETS__DATASETS='[{table: z}]'",
		"BASELINR_CONTRACTS__DIRECTORY=c", "BASELINR_CONTRACTS__FILE_PATTERNS=['*.yaml']", "BASELINR_CONTRACTS__EXCLUDE_PATTERNS__0=x.*", "BASELINR_CONTRACTS__RECURSIVE=0")
	if want := "BASELINR_DATASETS__DATASETS: datasets.datasets: wants a list, got text; write a list of mappings, as in [{table: …}]"; len(wrong) != 1 || wrong[0] != want {
		t.Errorf("quotes within the value: got %v", wrong)
	}
	cfg, problems, _ := parseIn(t, dir, least, "BASELINR_DATASETS__DATASETS_DIR=d", "BASELINR_DATASETS__DATASETS=[{table: z}]",
		"BASELINR_CONTRACTS__DIRECTORY=c", "BASELINR_CONTRACTS__FILE_PATTERNS=['*.yaml']", "BASELINR_CONTRACTS__EXCLUDE_PATTERNS__0=x.*", "BASELINR_CONTRACTS__RECURSIVE=0")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if d := cfg.Datasets.Datasets; len(d) != 2 || d[0].Table != "z" || d[1].Table != "a" {
		t.Errorf("datasets %v", d)
	}
	if tables := cfg.Profiling.Tables; len(tables) != 1 || tables[0].Table != "b" {
		t.Errorf("tables %v", tables)
	}
}

// The reference's examples hold keys that it does not know, and variables that only parts need which are
// not built here; they load as they do there.
func TestWhatTheReferencesExamplesHoldLoads(t *testing.T) {
	cfg, problems, warnings := parse(t, `source: {type: postgres, database: a, schema_: s}
storage: {connection: {type: postgres, database: b, schema_: t}}
llm: {api_key: "${OPENAI_API_KEY}", max_tokens: "${TOKENS}"}
profiling:
  tables: [{table: a, sample_ratio: 0.5}]
  metrics: [count, null_percent, distinct_percent]
datasets: {datasets: [{table: a, columns: [{name: b, profiling: {enabled: true, metrics: [count]}}]}]}
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if cfg.Source.Schema != "s" || cfg.Storage.Connection.Schema != "t" || len(cfg.Profiling.Metrics) != 1 {
		t.Errorf("got %+v", cfg)
	}
	want := []string{
		"f.yml:3:1: llm: not built yet; ignored",
		"f.yml:5:23: profiling.tables[0].sample_ratio: has no effect, here or in baselinr",
		"f.yml:6:20: profiling.metrics[1]: null_percent: has no effect, here or in baselinr; write null_ratio",
		"f.yml:6:34: profiling.metrics[2]: distinct_percent: has no effect, here or in baselinr; write unique_ratio",
		"f.yml:7:81: datasets.datasets[0].columns[0].profiling.metrics: has no effect, here or in baselinr",
	}
	if diff := cmp.Diff(want, warnings); diff != "" {
		t.Error(diff)
	}
}
