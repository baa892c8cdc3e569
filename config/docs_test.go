package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	generator "github.com/invopop/jsonschema"
)

// documentation is the user's page about configurations.
func documentation(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../docs/config.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

func TestTheExamplesOfTheDocumentationLoad(t *testing.T) {
	s, loaded := compiled(t), 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(documentation(t), -1) {
		if !strings.Contains(block[1], "source:") {
			continue
		}
		loaded++
		if _, problems, warnings := parse(t, block[1], "SHOP_PASSWORD=a"); len(problems)+len(warnings) > 0 {
			t.Errorf("%s\n%v %v", block[1], problems, warnings)
		}
		if err := validate(t, s, []byte(block[1])); err != nil {
			t.Error(err)
		}
	}
	if loaded == 0 {
		t.Error("the page has no example")
	}
}

// A key that is built stands in a table of the page; one that is not, in the list of those.
func TestTheDocumentationNamesEveryKey(t *testing.T) {
	page, later, _ := strings.Cut(documentation(t), "## Accepted, but not built yet")
	var walk func(s *generator.Schema)
	walk = func(s *generator.Schema) {
		s, _ = inner(s)
		if s.Items != nil {
			walk(s.Items)
		}
		if s.Properties == nil {
			return
		}
		for p := s.Properties.Oldest(); p != nil; p = p.Next() {
			switch {
			case !p.Value.Deprecated:
				if !slices.ContainsFunc([]string{"`" + p.Key + "` |", p.Key + ".", "." + p.Key + "` |", "`" + p.Key + "`,", "`" + p.Key + ": "}, func(form string) bool { return strings.Contains(page, form) }) {
					t.Errorf("%s is not in the page", p.Key)
				}
				walk(p.Value)
			case !strings.Contains(later, p.Key+"`") && !strings.HasPrefix(p.Key, "anomaly_"):
				t.Errorf("%s is not in the page's list of keys that are not built", p.Key)
			}
		}
	}
	walk(rules())
}
