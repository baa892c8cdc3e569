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

// What the page says of its first example with two mistakes is what the loader says.
func TestTheMistakesOfTheDocumentationAreToldAsItSays(t *testing.T) {
	page := documentation(t)
	text := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(page)[1]
	wrong := strings.NewReplacer("recent_n: 7", "recnt_n: 7", "fraction: 0.1", "fraction: 10").Replace(text)
	_, _, err := Parse([]byte(wrong), "baselinr.yml", "", WithEnviron([]string{"SHOP_PASSWORD=a"}))
	problems, ok := err.(Problems)
	if !ok || len(problems) != 2 {
		t.Fatalf("want two problems, got %v", err)
	}
	for _, p := range problems {
		if !strings.Contains(page, "\nerror: "+p.String()+"\n") {
			t.Errorf("the page does not show: %v", p)
		}
	}
}
