package pipes_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/pipes"
)

func zipped(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

func TestDecodeParams(t *testing.T) {
	for _, test := range []struct {
		name, encoded string
		want          string // JSON; empty for an error
		wantErr       string // part of the error
	}{
		{name: "an empty object has no parameters", encoded: zipped("{}"), want: "{}"},
		{name: "white space around the value is ignored", encoded: " " + zipped(`{"path":"/x"}`) + "\n", want: `{"path":"/x"}`},
		{name: "what is not base64 is named so", encoded: "%%%", wantErr: "not base64"},
		{name: "base64 of something else is named so", encoded: "aGVsbG8=", wantErr: "not zlib"},
		{name: "a value cut off is refused", encoded: cutOff(zipped(`{"path":"/x"}`)), wantErr: "broken zlib"},
		{name: "a list is no set of parameters", encoded: zipped("[1]"), wantErr: "not a JSON object"},
		{name: "null is no set of parameters", encoded: zipped("null"), wantErr: "got null"},
		{name: "nothing is no set of parameters", encoded: "", wantErr: "not zlib"},
		{name: "two objects are refused", encoded: zipped("{}{}"), wantErr: "not a JSON object"},
		{name: "a value that would fill the memory is refused", encoded: zipped(`{"a":"` + strings.Repeat(" ", 65<<20) + `"}`), wantErr: "more than 64 MiB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			params, err := pipes.DecodeParams(test.encoded)
			if test.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), test.wantErr) {
					t.Fatalf("want an error with %q, got %v", test.wantErr, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, _ := json.Marshal(params)
			if !jsonEqual(t, string(got), test.want) {
				t.Errorf("want %s, got %s", test.want, got)
			}
		})
	}
}

// cutOff keeps base64 valid while it drops the end of the zlib stream.
func cutOff(encoded string) string { return encoded[:len(encoded)/2/4*4] }

func TestEncodeParamsIsTheInverseOfDecodeParams(t *testing.T) {
	encoded := encode(t, object{"path": "/tmp/ü", "n": 1})
	params, err := pipes.DecodeParams(encoded)
	if err != nil {
		t.Fatal(err)
	}
	if path, err := params.String("path"); err != nil || path != "/tmp/ü" {
		t.Errorf("got %q, %v", path, err)
	}
}

func TestParams(t *testing.T) {
	params := pipes.Params{"s": json.RawMessage(`"x"`), "n": json.RawMessage("1"), "b": json.RawMessage("true"), "z": json.RawMessage("null")}
	if _, err := params.String("missing"); err == nil || !strings.Contains(err.Error(), `"b", "n", "s", "z"`) {
		t.Errorf("a missing parameter must name those there are, got %v", err)
	}
	if _, err := params.String("n"); err == nil {
		t.Error("a number is no string")
	}
	if _, found, err := params.OptionalString("z"); found || err != nil {
		t.Errorf("null is as good as missing, got %v, %v", found, err)
	}
	if b, err := params.Bool("b"); !b || err != nil {
		t.Errorf("got %v, %v", b, err)
	}
	if b, err := params.Bool("missing"); b || err != nil {
		t.Errorf("a missing boolean is false, got %v, %v", b, err)
	}
	if _, err := params.Bool("s"); err == nil {
		t.Error("a string is no boolean")
	}
}

func TestFromArgs(t *testing.T) {
	value := zipped(`{"path":"/x"}`)
	const c, m = "--" + pipes.FlagContext, "--" + pipes.FlagMessages
	for _, test := range []struct {
		name    string
		args    []string
		found   bool
		wantErr string
	}{
		{name: "flags and values may be two arguments", args: []string{c, value, m, value}, found: true},
		{name: "flags and values may be one argument", args: []string{c + "=" + value, m + "=" + value}, found: true},
		{name: "one hyphen will do", args: []string{c[1:], value, m[1:] + "=" + value}, found: true},
		{name: "flags may stand between others", args: []string{"run", "-v", m, value, "--x=1", c, value, "file"}, found: true},
		{name: "no flags mean no Pipes process", args: []string{"run"}},
		{name: "what follows two hyphens is the program's own", args: []string{"--", c, value, m, value}},
		{name: "one flag without the other is a mistake", args: []string{c, value}, found: true, wantErr: "--dagster-pipes-messages is not"},
		{name: "a flag without its value is a mistake", args: []string{m, value, c}, found: true, wantErr: "--dagster-pipes-context"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := pipes.FromArgs(test.args).LoadParams()
			if found := !errors.Is(err, pipes.ErrNotPipesProcess); found != test.found {
				t.Errorf("found: want %v, got %v", test.found, err)
			}
			if test.wantErr != "" && (err == nil || !strings.Contains(err.Error(), test.wantErr)) {
				t.Errorf("want an error with %q, got %v", test.wantErr, err)
			}
			if test.wantErr == "" && test.found && err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDeclareFlagsLetsParseSucceed(t *testing.T) {
	flags := flag.NewFlagSet("program", flag.ContinueOnError)
	pipes.DeclareFlags(flags)
	if err := flags.Parse([]string{"--" + pipes.FlagContext, "x", "--" + pipes.FlagMessages + "=y", "file"}); err != nil {
		t.Fatal(err)
	}
	if flags.Arg(0) != "file" {
		t.Errorf("want the argument that follows, got %q", flags.Args())
	}
}

func TestFromEnvNamesTheVariableThatIsWrong(t *testing.T) {
	env := map[string]string{pipes.EnvContext: zipped("{}"), pipes.EnvMessages: "?"}
	_, _, err := pipes.FromEnv(func(name string) (string, bool) { v, ok := env[name]; return v, ok }).LoadParams()
	if err == nil || !strings.HasPrefix(err.Error(), pipes.EnvMessages) {
		t.Errorf("want an error that begins with %s, got %v", pipes.EnvMessages, err)
	}
}

func TestIsPipesProcess(t *testing.T) {
	if pipes.IsPipesProcess() {
		t.Error("a test is no Pipes process")
	}
	t.Setenv(pipes.EnvContext, "malformed")
	if !pipes.IsPipesProcess() {
		t.Error("a malformed context is still Dagster's")
	}
}

func TestAssetKeys(t *testing.T) {
	for _, test := range []struct {
		name  string
		parts []string
		key   string
	}{
		{name: "one part stands for itself", parts: []string{"orders"}, key: "orders"},
		{name: "parts are separated by slashes", parts: []string{"shop", "orders"}, key: "shop/orders"},
		{name: "a slash in a part is escaped", parts: []string{"a/b", "c"}, key: `a\/b/c`},
		{name: "a backslash in a part is escaped", parts: []string{`a\b`, `\`}, key: `a\\b/\\`},
		{name: "an empty part in the middle stays", parts: []string{"a", "", "b"}, key: "a//b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if key := pipes.JoinAssetKey(test.parts...); key != test.key {
				t.Errorf("want %q, got %q", test.key, key)
			}
			if parts := pipes.SplitAssetKey(test.key); strings.Join(parts, "\x00") != strings.Join(test.parts, "\x00") {
				t.Errorf("want %q, got %q", test.parts, parts)
			}
		})
	}
}
