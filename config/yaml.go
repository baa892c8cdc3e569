package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parseYAML turns YAML text into a tree. Aliases and merge keys are written out, so that no node
// stands in two places. It returns nil where the text holds nothing, or has a syntax error.
func parseYAML(source []byte, name string) (*node, []Problem) {
	if tooManyValues(source) {
		return nil, []Problem{{Severity: SeverityError, File: name, Message: fmt.Sprintf("the file is too large: it could hold more than %d values", maxMarks), Hint: "split it with datasets_dir"}}
	}
	var document yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(withoutVersion(source)))
	err := d.Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, []Problem{syntaxProblem(source, name, err)}
	}
	r := yamlReader{file: name}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		if err != nil {
			return nil, []Problem{syntaxProblem(source, name, err)}
		}
		r.problem(&document, "", "the file holds a second document", "keep one, without --- between")
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) == 0 {
		return nil, r.problems
	}
	return r.read(document.Content[0], "", 0), r.problems
}

// version finds the directive that names the version of YAML, at the top of a file.
var version = regexp.MustCompile(`^(?:\xef\xbb\xbf)?(?:[ \t]*(?:#[^\n]*)?\r?\n)*(%)YAML[ \t]+1\.\d+[ \t]*(?:#[^\n]*)?\r?\n`)

// withoutVersion makes a comment of that directive: the parser knows 1.1 alone, and reads 1.2 as it does 1.1.
func withoutVersion(source []byte) []byte {
	if at := version.FindSubmatchIndex(source); at != nil {
		source = bytes.Clone(source)
		source[at[2]] = '#'
	}
	return source
}

// yamlReader converts the parser's nodes.
type yamlReader struct {
	file     string
	problems []Problem
	nodes    int
	bytes    int          // of all scalars' text
	within   []*yaml.Node // the anchors whose aliases are being written out
	full     bool         // the limits are exceeded, and it has been said
}

func (r *yamlReader) problem(n *yaml.Node, at, message, hint string) {
	r.problems = append(r.problems, Problem{
		Severity: SeverityError, File: r.file, Line: n.Line, Column: n.Column,
		Path: at, Message: message, Hint: hint,
	})
}

func (r *yamlReader) place(n *yaml.Node) place { return place{r.file, n.Line, n.Column} }

// read converts n, which stands at path at; depth counts the collections around it.
func (r *yamlReader) read(n *yaml.Node, at string, depth int) *node {
	result := &node{kind: null, at: r.place(n)}
	r.nodes++
	if n.Kind == yaml.ScalarNode {
		r.bytes += len(n.Value)
	}
	if r.nodes > maxNodes || depth > maxDepth || r.bytes > maxText {
		if !r.full {
			r.full = true
			r.problem(n, "", fmt.Sprintf("the file is too large: more than %d values, %d levels or %d MiB of text", maxNodes, maxDepth, maxText>>20),
				"look for aliases that multiply each other")
		}
		return result
	}
	switch n.Kind {
	case yaml.AliasNode:
		for _, outer := range r.within {
			if outer == n.Alias {
				r.problem(n, at, "an alias that contains itself", "write the value out")
				return result
			}
		}
		r.within = append(r.within, n.Alias)
		result = r.read(n.Alias, at, depth)
		r.within = r.within[:len(r.within)-1]
	case yaml.SequenceNode:
		result.kind = list
		for i, item := range n.Content {
			result.items = append(result.items, r.read(item, index(at, i), depth+1))
		}
	case yaml.MappingNode:
		result.kind = mapping
		r.mapping(n, at, depth, result)
	default:
		r.scalar(n, at, result)
	}
	return result
}

// mapping adds the entries of n to result; those that n has itself win over merged ones.
func (r *yamlReader) mapping(n *yaml.Node, at string, depth int, result *node) {
	var merges []*yaml.Node
	seen := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.ShortTag() == "!!merge" {
			merges = append(merges, value)
			continue
		}
		if key.Kind != yaml.ScalarNode {
			r.problem(key, at, "a key that is not text", "write a name before the colon")
			continue
		}
		if line, twice := seen[key.Value]; twice {
			r.problem(key, path(at, key.Value), fmt.Sprintf("the key is already on line %d", line), "keep one of them")
			continue
		}
		seen[key.Value] = key.Line
		r.bytes += len(key.Value)
		result.entries = append(result.entries, &entry{key.Value, r.place(key), r.read(value, path(at, key.Value), depth+1)})
	}
	for _, merge := range merges {
		r.merge(merge, at, depth, result, seen)
	}
}

// merge adds what a merge key (<<) names: a mapping, or a list of them, of which the first wins, to
// the keys that are seen already.
func (r *yamlReader) merge(n *yaml.Node, at string, depth int, result *node, seen map[string]int) {
	merged := r.read(n, at, depth+1)
	sources := merged.items
	if merged.kind == mapping {
		sources = []*node{merged}
	}
	if merged.kind != mapping && merged.kind != list {
		r.problem(n, at, "a merge key (<<) wants a mapping or a list of them", "name an anchor: <<: *name")
	}
	for _, source := range sources {
		if source.kind != mapping {
			r.problem(n, at, "a merge key (<<) wants a mapping or a list of them", "name an anchor: <<: *name")
			continue
		}
		for _, e := range source.entries {
			if _, there := seen[e.key]; !there {
				seen[e.key] = e.at.line
				result.entries = append(result.entries, e)
			}
		}
	}
}

// scalar fills result from a scalar.
func (r *yamlReader) scalar(n *yaml.Node, at string, result *node) {
	result.text, result.written = n.Value, n.Value
	switch tag := n.ShortTag(); tag {
	case "!!null":
		result.kind = null
	case "!!bool":
		result.kind = boolean
	case "!!int":
		result.kind = integer
	case "!!float":
		result.kind = number
	case "!!str", "!!timestamp", "!!binary", "!!merge":
		result.kind = text
	default:
		result.broken = true
		r.problem(n, at, "a tag that is not YAML's own", "take the word that begins with ! away, or quote the value")
	}
}

// parseScalar types text as YAML would, for a key that takes values of any type.
func parseScalar(source string, at place) *node {
	n := yaml.Node{Kind: yaml.ScalarNode, Value: source}
	result := &node{kind: text, at: at, text: source, written: source}
	if !strings.ContainsAny(source, "\n") {
		r := yamlReader{}
		r.scalar(&n, "", result)
	}
	return result
}
