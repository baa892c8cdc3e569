package config

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	generator "github.com/invopop/jsonschema"
	"go.yaml.in/yaml/v3"
)

// marked is a table of the page, between the comment that names the mappings whose keys it lists, as paths of
// ruleOf, and the comment that ends it. The keys of several mappings of one table are the same.
var marked = regexp.MustCompile(`(?s)(<!-- keys of (.*?) -->\n).*?(<!-- end of keys -->)`)

// top is the name of the whole file among the mappings of a table.
const top = "the file"

// The tables of keys are what the schema says; go test ./config -update writes them.
func TestTheTablesOfTheDocumentationAreThoseOfTheSchema(t *testing.T) {
	page := documentation(t)
	want := withTables(t, page)
	if *update {
		if err := os.WriteFile("../docs/config.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		page = documentation(t)
	}
	if diff := cmp.Diff(want, page); diff != "" {
		t.Errorf("docs/config.md differs from the schema (-schema +page); go test ./config -update writes its tables:\n%s", diff)
	}
}

// withTables returns the page with its tables made anew.
func withTables(t *testing.T, page string) string {
	t.Helper()
	tables := tables{anchors: map[string]string{}}
	for _, m := range marked.FindAllStringSubmatchIndex(page, -1) {
		before := regexp.MustCompile("(?s)```.*?```").ReplaceAllString(page[:m[0]], "") // comments in code are no headings
		headings := regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(before, -1)
		for _, path := range strings.Split(page[m[4]:m[5]], ", ") {
			tables.anchors[path] = anchor(headings[len(headings)-1][1])
		}
	}
	all := builtKeys(rules(), "")
	for _, k := range all {
		if tables.of(k) == "" {
			t.Errorf("%s is in no table: write <!-- keys of %s --> and <!-- end of keys --> into the page", k.path, k.container())
		}
	}
	return marked.ReplaceAllStringFunc(page, func(old string) string {
		m := marked.FindStringSubmatch(old)
		var table string
		for i, mapping := range strings.Split(m[2], ", ") {
			made := tables.rows(mapping, all)
			switch {
			case made == "":
				t.Errorf("%s has no keys", mapping)
			case i > 0 && made != table:
				t.Errorf("the tables of %s differ:\n%s", m[2], cmp.Diff(table, made))
			}
			table = made
		}
		return m[1] + "| key | type | default | example | what it does |\n|---|---|---|---|---|\n" + table + m[3]
	})
}

// anchor returns what a link to a heading names.
func anchor(heading string) string {
	return strings.ReplaceAll(regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

// tables are those of the page: the anchors of their headings by the mappings whose keys they list.
type tables struct{ anchors map[string]string }

// of returns the mapping in whose table a key is, which is the innermost one that has a table.
func (ts tables) of(k key) string {
	for at := k.container(); at != ""; {
		if _, ok := ts.anchors[at]; ok {
			return at
		}
		at = key{path: strings.TrimSuffix(at, "[]")}.container()
	}
	return top
}

// rows returns the rows of a table.
func (ts tables) rows(mapping string, all []key) string {
	var rows strings.Builder
	for _, k := range all {
		if ts.of(k) != mapping {
			continue
		}
		name := strings.TrimPrefix(k.path, mapping+".")
		fmt.Fprintf(&rows, "| `%s` | %s | %s | %s | %s |\n", name, ts.kind(k), defaultOf(k), coded(k.rule.Examples[0].(example).text), marks(k.rule.Description))
	}
	return rows.String()
}

// kind tells the type of a key's value, with a link where its keys have a table of their own.
func (ts tables) kind(k key) string {
	s, mapping := k.rule, "mapping"
	if to, ok := ts.anchors[k.path]; ok {
		mapping = "[mapping](#" + to + ")"
	}
	switch {
	case s.Type == "array":
		items, _ := inner(s.Items)
		mappings := "mappings"
		if to, ok := ts.anchors[k.path+"[]"]; ok {
			mappings = "[mappings](#" + to + ")"
		}
		return "list of " + plural(items, mappings)
	case s.Type == "object":
		return mapping
	case s.Enum != nil:
		return choice(s.Enum)
	case s.Type == "boolean":
		return "boolean"
	case s.WriteOnly:
		return "text, secret"
	case s.Type == "string":
		return "text"
	default:
		return strings.ReplaceAll(s.Type, "integer", "whole number") + span(s)
	}
}

// plural tells of what a list is.
func plural(items *generator.Schema, mappings string) string {
	switch {
	case items.Title == "metric":
		return "[metrics](metrics.md)"
	case items.Enum != nil:
		return items.Title + "s: " + choice(items.Enum)
	case items.Type == "object":
		return mappings
	case items.Type == "string":
		return "text"
	default:
		return "values"
	}
}

// choice lists words to choose from.
func choice(enum []any) string {
	var words []string
	for _, word := range enum {
		words = append(words, coded(fmt.Sprint(word)))
	}
	return strings.Join(words, ", ")
}

// span tells the range of a number, but for the limits that every whole number has.
func span(s *generator.Schema) string {
	of := *s
	if s = &of; s.Maximum == maxInteger {
		s.Maximum = ""
	}
	if s.Minimum == "-"+maxInteger {
		s.Minimum = ""
	}
	switch {
	case s.Minimum != "" && s.Maximum != "":
		return fmt.Sprintf(", %s to %s", s.Minimum, s.Maximum)
	case s.ExclusiveMinimum != "" && s.ExclusiveMaximum != "":
		return fmt.Sprintf(", more than %s, less than %s", s.ExclusiveMinimum, s.ExclusiveMaximum)
	case s.ExclusiveMinimum != "" && s.Maximum != "":
		return fmt.Sprintf(", more than %s, at most %s", s.ExclusiveMinimum, s.Maximum)
	case s.ExclusiveMinimum != "":
		return fmt.Sprintf(", more than %s", s.ExclusiveMinimum)
	case s.Minimum != "":
		return fmt.Sprintf(", at least %s", s.Minimum)
	default:
		return ""
	}
}

// defaultOf tells what holds without the key.
func defaultOf(k key) string {
	switch {
	case k.required:
		return "required"
	case k.rule.Comments != "":
		return marks(k.rule.Comments)
	case k.rule.Default == nil:
		return ""
	}
	var n yaml.Node
	encoded, err := json.Marshal(k.rule.Default)
	if err == nil {
		err = yaml.Unmarshal(encoded, &n)
	}
	if err != nil {
		return err.Error()
	}
	plainStyle(&n)
	text, err := yaml.Marshal(&n)
	if err != nil {
		return err.Error()
	}
	return coded(strings.TrimSpace(string(text)))
}

// plainStyle leaves out the quotes of JSON that YAML does not need.
func plainStyle(n *yaml.Node) {
	n.Style &^= yaml.DoubleQuotedStyle
	for _, c := range n.Content {
		plainStyle(c)
	}
}

// coded returns text as code in a table.
func coded(text string) string { return "`" + strings.ReplaceAll(text, "|", `\|`) + "`" }

var (
	quoted = regexp.MustCompile(`(^|[\s(])'([^']+)'`)
	linked = regexp.MustCompile(`\w+\.md`)
)

// marks returns a description in Markdown: what stands in single quotes is code, and pages are links.
func marks(text string) string {
	text = linked.ReplaceAllString(quoted.ReplaceAllString(text, "$1`$2`"), "[$0]($0)")
	return strings.ReplaceAll(text, "|", `\|`)
}

// The list of keys that are not built names each of them.
func TestTheDocumentationNamesEveryKeyThatIsNotBuilt(t *testing.T) {
	_, later, _ := strings.Cut(documentation(t), "## Accepted, but not built yet")
	mappings := []string{""}
	for _, k := range builtKeys(rules(), "") {
		if k.rule.Properties != nil {
			mappings = append(mappings, k.path)
		}
		if k.rule.Items != nil {
			mappings = append(mappings, k.path+"[]")
		}
	}
	for _, mapping := range mappings {
		rule := rules()
		if mapping != "" {
			rule, _ = ruleOf(t, mapping)
		}
		if rule.Properties == nil {
			continue
		}
		for p := rule.Properties.Oldest(); p != nil; p = p.Next() {
			if p.Value.Deprecated && !strings.Contains(later, p.Key+"`") && !strings.HasPrefix(p.Key, "anomaly_") {
				t.Errorf("%s is not in the page's list of keys that are not built", path(mapping, p.Key))
			}
		}
	}
}
