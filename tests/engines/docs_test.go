package engines

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
)

var update = flag.Bool("update", false, "write the tables of README.md and docs/engines.md")

// TestTheDocsShowWhatTheSuiteHolds holds the tables of engines to the list of engines and cases.
func TestTheDocsShowWhatTheSuiteHolds(t *testing.T) {
	for _, page := range []struct{ file, name, text string }{
		{"../../README.md", "engines", tableOfEngines()},
		{"../../docs/engines.md", "cases", tableOfCases()},
		{"../../docs/engines.md", "unproven", listOfUnproven()},
	} {
		content, err := os.ReadFile(page.file)
		if err != nil {
			t.Fatal(err)
		}
		begin, end := "<!-- "+page.name+", written by go test ./tests/engines -update -->\n", "<!-- end of "+page.name+" -->"
		before, rest, begins := strings.Cut(string(content), begin)
		old, after, ends := strings.Cut(rest, end)
		switch {
		case !begins || !ends:
			t.Errorf("%s has no place for %s", page.file, page.name)
		case old == page.text:
		case *update:
			if err := os.WriteFile(page.file, []byte(before+begin+page.text+end+after), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("%s is not what the suite holds of %s: go test ./tests/engines -run Docs -update", page.file, page.name)
		}
	}
}

// tableOfEngines is README's table.
func tableOfEngines() string {
	text := "| engine | as source | as history | held to |\n|---|---|---|---|\n"
	for _, e := range engines {
		cases := fmt.Sprintf("all %d cases", len(suite))
		if n := len(e.without); n > 0 {
			cases = fmt.Sprintf("%d of %d cases; %d do not apply", len(suite)-n, len(suite), n)
		}
		text += fmt.Sprintf("| %s | yes | yes | [%s](docs/engines.md), on %s |\n", e.title, cases, e.held)
	}
	var planned []string
	for _, name := range config.EngineNames {
		switch {
		case slices.ContainsFunc(engines, func(e engine) bool { return e.name == name }):
		case slices.Contains(config.EnginesBuilt, name):
			text += fmt.Sprintf("| `%s` | yes | yes | tests of its own, not yet to the suite |\n", name)
		default:
			planned = append(planned, "`"+name+"`")
		}
	}
	if len(planned) > 0 {
		text += fmt.Sprintf("| %s | not yet | not yet | |\n", strings.Join(planned, ", "))
	}
	return text
}

// tableOfCases is the table of cases and engines, and below it why some do not apply.
func tableOfCases() string {
	text := "| case |"
	for _, e := range engines {
		text += " " + e.title + " |"
	}
	text += "\n|---|" + strings.Repeat("---|", len(engines)) + "\n"
	for _, c := range suite {
		text += "| " + c.name + " |"
		for _, e := range engines {
			if why := e.without[c.name]; why != "" {
				text += " – " + why + " |"
			} else {
				text += " held |"
			}
		}
		text += "\n"
	}
	return text
}

func listOfUnproven() string {
	text := ""
	for _, e := range engines {
		for _, what := range e.unproven {
			text += fmt.Sprintf("- %s: %s\n", e.title, what)
		}
	}
	return text
}
