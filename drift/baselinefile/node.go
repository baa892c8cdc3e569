package baselinefile

import (
	"encoding/base64"
	"encoding/json"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// value is a node that is read as something; where it is something else, the reader fails.
type value struct {
	*reader
	node *yaml.Node
	key  string // under which it stands
}

// fail fails with a place and the key.
func (v value) fail(format string, arguments ...any) {
	v.reader.fail(v.node.Line, v.key+": "+format, arguments...)
}

// fields returns a mapping's values by their keys.
func fields(n *yaml.Node) map[string]*yaml.Node {
	found := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		found[n.Content[i].Value] = n.Content[i+1]
	}
	return found
}

type mapping struct {
	*reader
	node   *yaml.Node
	fields map[string]*yaml.Node
}

// mapping reads a mapping of these keys, each of which it may lack.
func (r *reader) mapping(n *yaml.Node, keys ...string) mapping {
	m := mapping{r, n, map[string]*yaml.Node{}}
	if n.Kind != yaml.MappingNode {
		r.fail(n.Line, "no mapping of keys to values")
		return m
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode || !slices.Contains(keys, key.Value):
			r.fail(key.Line, "unknown key %q; known are %s", key.Value, strings.Join(keys, ", "))
		case m.fields[key.Value] != nil:
			r.fail(key.Line, "the key %s is there twice; keep one of them", key.Value)
		}
		m.fields[key.Value] = n.Content[i+1]
	}
	return m
}

func (v value) mapping(keys ...string) mapping { return v.reader.mapping(v.node, keys...) }

func (m mapping) get(key string) (value, bool) {
	n, ok := m.fields[key]
	return value{m.reader, n, key}, ok
}

func (m mapping) optional(key string, read func(value)) {
	if v, ok := m.get(key); ok {
		read(v)
	}
}

// need returns the value of a key that must be there.
func (m mapping) need(key string) value {
	v, ok := m.get(key)
	if !ok {
		m.fail(m.node.Line, "the key %s is missing", key)
		v.node = &yaml.Node{Line: m.node.Line}
	}
	return v
}

// byMetric yields the values of a mapping whose keys are metrics.
func (v value) byMetric() iter.Seq2[metrics.Name, value] {
	known := metrics.Names()
	names := make([]string, len(known))
	for i, n := range known {
		names[i] = string(n)
	}
	m := v.mapping(names...)
	return func(yield func(metrics.Name, value) bool) {
		for _, n := range known {
			if item, ok := m.get(string(n)); ok && !yield(n, item) {
				return
			}
		}
	}
}

func (v value) items() []value {
	if v.node.Kind != yaml.SequenceNode {
		v.fail("no list")
		return nil
	}
	items := make([]value, len(v.node.Content))
	for i, n := range v.node.Content {
		items[i] = value{v.reader, n, v.key}
	}
	return items
}

// scalar reads a value as valueText writes it.
func (v value) scalar() metrics.Value {
	n := v.node
	if n.Kind != yaml.ScalarNode {
		v.fail("no single value")
		return metrics.Value{}
	}
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		return metrics.Text(v.text())
	}
	switch n.Value {
	case "null":
		return metrics.Value{}
	case "true", "false":
		return metrics.Bool(n.Value == "true")
	}
	if i, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
		return metrics.Int(i)
	}
	x, err := strconv.ParseFloat(n.Value, 64)
	if err != nil {
		v.fail("%s is no number; a text stands in quotes", n.Value)
	}
	return metrics.Float(x)
}

func (v value) text() string {
	n := v.node
	if n.Kind != yaml.ScalarNode || n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) == 0 {
		v.fail("no text in quotes")
		return ""
	}
	if n.ShortTag() != "!!binary" {
		return n.Value
	}
	raw, err := base64.StdEncoding.DecodeString(n.Value)
	if err != nil {
		v.fail("not valid base64, which a binary is written in")
	}
	return string(raw)
}

func (v value) boolean() bool {
	if v.node.Kind != yaml.ScalarNode || v.node.Value != "true" && v.node.Value != "false" {
		v.fail("must be true or false")
	}
	return v.node.Value == "true"
}

// count reads a whole number from 0 on.
func (v value) count() int64 {
	i, err := strconv.ParseInt(v.node.Value, 10, 64)
	if err != nil || i < 0 || v.node.Kind != yaml.ScalarNode {
		v.fail("%q is no whole number from 0 on", v.node.Value)
	}
	return i
}

// float reads a finite number.
func (v value) float() float64 {
	x, err := strconv.ParseFloat(v.node.Value, 64)
	if err != nil || v.node.Kind != yaml.ScalarNode || math.IsNaN(x) || math.IsInf(x, 0) {
		v.fail("%q is no number", v.node.Value)
	}
	return x
}

func (v value) kind() metrics.Kind {
	kind := metrics.Kind(v.text())
	if !slices.Contains(metrics.Kinds(), kind) {
		v.fail("%q is no kind of column", kind)
	}
	return kind
}

// tuple reads a list of n values.
func (v value) tuple(n int) []value {
	items := v.items()
	if len(items) != n {
		v.fail("a list of %d values, where %d belong", len(items), n)
		items = slices.Repeat([]value{{v.reader, &yaml.Node{Line: v.node.Line}, v.key}}, n)
	}
	return items
}

// metric reads the value of a metric as valueText writes it.
func (v value) metric(name metrics.Name) metrics.Value {
	var read metrics.Value
	form := formOf(name)
	switch {
	case form == single || form == amount || v.node.Kind == yaml.ScalarNode:
		read = v.scalar()
	case form == bins:
		list := metrics.Bins{}
		for _, item := range v.items() {
			of := item.tuple(3)
			list = append(list, metrics.Bin{Start: of[0].float(), End: of[1].float(), Count: of[2].count()})
		}
		read = metrics.Structured(list)
	case form == quantiles:
		var set metrics.QuantileSet
		names := make([]string, len(set))
		for i := range names {
			names[i] = quantileName(i)
		}
		m := v.mapping(names...)
		for i, name := range names {
			set[i] = m.need(name).scalar()
		}
		read = metrics.Structured(set)
	case form == counts:
		list := metrics.ValueCounts{}
		for _, item := range v.items() {
			of := item.tuple(2)
			list = append(list, metrics.ValueCount{Value: of[0].scalar(), Count: of[1].count()})
		}
		read = metrics.Structured(list)
	}
	if v.err == nil && !valid(name, read) {
		v.fail("not what %s can be; write the file anew with baselinr-pipes baseline export", name)
	}
	return read
}

func (v value) distribution() *metrics.Distribution {
	m := v.mapping("complete", "rank_error", "values", "through", "below")
	var stored struct {
		Values    []float64 `json:"values"`
		Through   []int64   `json:"through"`
		Below     []int64   `json:"below,omitempty"`
		Complete  bool      `json:"complete"`
		RankError float64   `json:"rank_error"`
	}
	for _, item := range m.need("values").items() {
		stored.Values = append(stored.Values, item.float())
	}
	for _, item := range m.need("through").items() {
		stored.Through = append(stored.Through, item.count())
	}
	m.optional("below", func(v value) {
		for _, item := range v.items() {
			stored.Below = append(stored.Below, item.count())
		}
	})
	m.optional("complete", func(v value) { stored.Complete = v.boolean() })
	m.optional("rank_error", func(v value) { stored.RankError = v.float() })
	if v.err != nil {
		return nil
	}
	d := &metrics.Distribution{}
	text, err := json.Marshal(stored)
	if err == nil {
		err = json.Unmarshal(text, d) // which holds what a distribution must be
	}
	if err != nil {
		v.fail("%v", err)
		return nil
	}
	return d
}
