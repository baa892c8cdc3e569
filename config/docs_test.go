package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
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
