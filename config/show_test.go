package config

import (
	"strings"
	"testing"
)

// A JSON file may hold characters that YAML's texts hold only escaped.
func TestWhatIsShownOfAJSONFileReadsBackAsYAML(t *testing.T) {
	const odd = "a\x7fb\u0080c\u0085d\u009fe\ufffef\uffffg"
	source := `{"source": {"type": "sqlite", "filepath": "s.db"}, "storage": {"connection": {"type": "sqlite", "filepath": "h.db"}},
		"profiling": {"tables": [{"table": "` + odd + `"}]}}`
	cfg, _, err := Parse([]byte(source), "f.json", "", WithEnviron(nil))
	if err != nil {
		t.Fatal(err)
	}
	shown, err := cfg.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := Parse(shown, "f.yml", "", WithEnviron(nil))
	if err != nil {
		t.Fatalf("%v\n%s", err, shown)
	}
	if got := again.Profiling.Tables[0].Table; got != odd {
		t.Errorf("got %q, want %q", got, odd)
	}
	if strings.ContainsRune(string(shown), 0x7F) {
		t.Errorf("a control character stands as it is:\n%q", shown)
	}
}
