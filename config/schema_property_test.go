package config

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	generator "github.com/invopop/jsonschema"
	"go.yaml.in/yaml/v3"
)

var mutations = flag.Int("mutations", 2000, "how many mutated files the schema and the loader are compared on")

// unsayable are the loader's rules that a JSON Schema cannot say, or could only at the price of messages that
// nobody understands, by what the loader tells. The schema accepts what breaks these alone.
var unsayable = []*regexp.Regexp{
	// What a text holds that is no plain word.
	regexp.MustCompile(`: invalid regular expression "|: not a pattern: `),
	// A whole number beyond 64 bits: JSON's have no end, and a maximum for every key would hide the ranges that matter.
	regexp.MustCompile(`: wants a whole number, got (\d{17,}|\S+e\d+)$`),
	// Two values compared.
	regexp.MustCompile(`: is less than min_rows|: must be at least min_backoff|: the same table as storage\.runs_table$| is in include_(schemas|table_types) too$`),
	// Two entries compared.
	regexp.MustCompile(`: disagrees with \w+ of the same tables at `),
	// Keys that contradict or need each other: an if and a then for each would be a riddle where it fails.
	regexp.MustCompile(`\.partition\.(key|recent_n|values): (the key is missing$|contradicts strategy: )`),
	regexp.MustCompile(`\.sampling\.(max_rows: the key is missing$|fraction: contradicts method: topk|method: \w+ needs a partition key: )`),
	regexp.MustCompile(`\.baselines\.(run|file): the key is missing$`),
	regexp.MustCompile(`^hooks\.hooks\[\d+\]\.\w+: (the key is missing$|not a URL that can be posted to$|unknown log level )`),
	regexp.MustCompile(`\.schema(_pattern)?: contradicts select_all_schemas: true$|\.password_file: contradicts password$`),
}

// Whatever becomes of a valid file, the loader and the schema say the same of it, but for the rules of unsayable
// and for values from the environment, which no schema can know.
func TestMutatedFilesAreAcceptedByBothTheSchemaAndTheLoaderOrByNeither(t *testing.T) {
	s, files := compiled(t), validFiles(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range *mutations {
		var document yaml.Node
		if err := yaml.Unmarshal([]byte(files[random.IntN(len(files))]), &document); err != nil {
			t.Fatal(err)
		}
		m := mutator{random, document.Content[0]}
		for range 1 + random.IntN(3) {
			m.mutate()
		}
		text, err := yaml.Marshal(&document)
		if err != nil {
			t.Fatal(err)
		}
		problems := refusals(t, string(text))
		if yaml.Unmarshal(text, new(any)) != nil {
			if len(problems) == 0 {
				t.Errorf("the loader accepts what is no YAML:\n%s", text)
			}
			continue
		}
		refused := validate(t, s, text)
		switch {
		case len(problems) == 0 && refused != nil:
			t.Errorf("the loader accepts it, the schema does not:\n%s\n%v", text, refused)
		case len(problems) > 0 && refused == nil && !strings.Contains(string(text), "${"):
			for _, p := range problems {
				if !slices.ContainsFunc(unsayable, func(r *regexp.Regexp) bool { return r.MatchString(p) }) {
					t.Errorf("the schema accepts it, the loader does not:\n%s\n%s", text, p)
				}
			}
		}
	}
}

// refusals returns what the loader has against a text, where every folder is empty and every file holds a line.
func refusals(t *testing.T, text string) (problems []string) {
	t.Helper()
	empty := func(o *options) {
		o.readFile = func(string) ([]byte, error) { return []byte("A=1\n"), nil }
		o.stat = func(string) (fs.FileInfo, error) { return os.Stat(".") }
	}
	_, _, err := Parse([]byte(text), "f.yml", "", WithEnviron([]string{"DB_PASSWORD=a", "SHOP_PASSWORD=a", "X=1"}), emptyFolders, empty)
	var all Problems
	if err != nil && !errors.As(err, &all) {
		t.Fatal(err)
	}
	for _, p := range all {
		problems = append(problems, p.Path+": "+p.Message)
	}
	return problems
}

// validFiles returns the files of testdata and the examples of the documentation that the loader accepts.
func validFiles(t *testing.T) (files []string) {
	t.Helper()
	names, err := filepath.Glob("testdata/cases/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	candidates := []string{}
	for _, name := range append(names, "../examples/demo/baselinr.yml") {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		candidates = append(candidates, string(source))
	}
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(documentation(t), -1) {
		candidates = append(candidates, block[1], least+block[1])
	}
	for _, text := range candidates {
		if len(refusals(t, text)) == 0 {
			files = append(files, text)
		}
	}
	if len(files) < 20 {
		t.Fatalf("only %d valid files", len(files))
	}
	return files
}

// mutator changes a document at random.
type mutator struct {
	*rand.Rand
	root *yaml.Node
}

// spot is a value of a document, with the rule of its key; nil where there is none.
type spot struct {
	node *yaml.Node
	rule *generator.Schema
}

// spots lists the values at and below n.
func spots(n *yaml.Node, rule *generator.Schema) []spot {
	if n.Kind == yaml.AliasNode {
		return nil
	}
	if rule != nil {
		rule, _ = inner(rule)
	}
	found := []spot{{n, rule}}
	for i, child := range n.Content {
		var of *generator.Schema
		switch {
		case n.Kind == yaml.MappingNode && i%2 == 0:
			continue
		case n.Kind == yaml.MappingNode && rule != nil:
			of = property(rule, n.Content[i-1].Value)
		case rule != nil:
			of = rule.Items
		}
		found = append(found, spots(child, of)...)
	}
	return found
}

// mutate makes one change.
func (m mutator) mutate() {
	all := spots(m.root, rules())
	at := all[m.IntN(len(all))]
	switch n := at.node; {
	case n.Kind == yaml.MappingNode && m.IntN(8) > 0:
		m.mapping(at)
	case n.Kind == yaml.SequenceNode && m.IntN(8) > 0:
		i := m.IntN(len(n.Content) + 1)
		switch m.IntN(2) {
		case 0:
			var of *generator.Schema
			if at.rule != nil {
				of = at.rule.Items
			}
			n.Content = slices.Insert(n.Content, i, m.value(of))
		case 1:
			n.Content = slices.Delete(n.Content, max(i-1, 0), i)
		}
	case n != m.root:
		*n = *m.value(at.rule)
	}
}

// mapping adds, renames or takes away a key.
func (m mutator) mapping(at spot) {
	n, keys := at.node, []string{"unknown", "schema", "schema_", "x-a"}
	if at.rule != nil {
		keys = append(keys, propertyNames(at.rule)...)
		keys = append(keys, propertyNames(at.rule)...)
	}
	key := keys[m.IntN(len(keys))]
	var of *generator.Schema
	if at.rule != nil {
		of = property(at.rule, key)
	}
	switch has := slices.IndexFunc(n.Content, func(k *yaml.Node) bool { return k.Value == key }); {
	case has < 0 || has%2 == 1:
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, m.value(of))
	case m.IntN(2) == 0:
		n.Content = slices.Delete(n.Content, has, has+2)
	default:
		n.Content[has+1] = m.value(of)
	}
}

// anything are values of every type and way to write it.
var anything = []string{
	"~", "true", "False", "'true'", `"false"`, "yes", "No", "on", "OFF", "yEs", "oN", "0", "1", "5", "-1", "'5'", "1.5", "0.5", "7.0", "1e3", "1_000", "0x1F", "0o17",
	"99999999999999999999", "1e300", "9007199254740993", "''", "a", "null_percent", "a.b", "é", "2026-01-01", "${X}", "${X:a}", "$${X}", "[]", "{}", "[a]", "[5]", "[~]", "[[a]]", "{a: b}", "{a: 5}",
	"{type: sqlite}", "{table: a}", "{name: a}", "[{table: a}]", "[{name: a}]",
}

// value makes a value: most often one that the rule takes.
func (m mutator) value(rule *generator.Schema) *yaml.Node {
	text := anything[m.IntN(len(anything))]
	if rule != nil && m.IntN(3) > 0 {
		text = m.fitting(rule)
	}
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil || len(document.Content) == 0 {
		panic(fmt.Sprintf("%q: %v", text, err))
	}
	return document.Content[0]
}

// fitting writes a value of the type that the rule names, within its range or just beside it.
func (m mutator) fitting(rule *generator.Schema) string {
	rule, _ = inner(rule)
	pick := func(values ...string) string { return values[m.IntN(len(values))] }
	limits := []string{"1", "2", "10", "0.5"}
	for _, limit := range []json.Number{rule.Minimum, rule.ExclusiveMinimum, rule.Maximum, rule.ExclusiveMaximum} {
		if limit != "" {
			limits = append(limits, limit.String(), limit.String(), limit.String()+"1", "-"+limit.String())
		}
	}
	switch rule.Type {
	case "object":
		entries := []string{}
		for _, key := range propertyNames(rule) {
			if m.IntN(len(propertyNames(rule))) < 3 || slices.Contains(rule.Required, key) && m.IntN(5) > 0 {
				entries = append(entries, key+": "+m.fitting(property(rule, key)))
			}
		}
		return "{" + strings.Join(entries, ", ") + "}"
	case "array":
		items := []string{}
		for range m.IntN(3) {
			items = append(items, m.fitting(rule.Items))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case "boolean":
		return pick("true", "false", "yes", "no", "on", "off")
	case "integer", "number":
		return pick(limits...)
	}
	if rule.Title == "metric" && m.IntN(5) == 0 {
		return pick("null_percent", "distinct_percent")
	}
	if rule.Enum != nil {
		return fmt.Sprint(rule.Enum[m.IntN(len(rule.Enum))])
	}
	return pick("a", "b", "'*'", "'['", "public")
}
