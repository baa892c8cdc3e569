package config

import (
	"maps"
	"slices"
	"strings"
)

// contractTable is a table that a contract names.
type contractTable struct {
	file, own               string
	at                      place
	database, schema, table string
	settings                *node             // what goes into its dataset; nil for nothing
	places                  map[string]string // the contract's paths of keys of settings
}

func (t contractTable) identity() *node {
	n := &node{kind: mapping, at: t.at}
	for _, part := range []struct{ key, text string }{{"database", t.database}, {"schema", t.schema}, {"table", t.table}} {
		if part.text != "" {
			n.set(part.key, &node{kind: text, at: t.at, text: part.text, written: part.text, untyped: true})
		}
	}
	return n
}

// partition makes the first column with partitionStatus the key of a partition, of which the latest is read.
func (t *contractTable) partition(c *contract, d *node) {
	seen := map[string]bool{}
	columns := c.mappings(d, t.own, "columns")
	if columns == nil {
		c.recommend(d, path(t.own, "columns"), "the dataset has no columns", "list them")
	}
	for i, column := range columns {
		if column == nil {
			continue
		}
		at := index(path(t.own, "columns"), i)
		name := c.text(column, at, "name")
		if name == "" {
			name = c.text(column, at, "column")
		}
		if name == "" && !c.failed {
			c.fail(column, at, "a column without a name", "give it a name")
		}
		if c.valid && seen[name] && name != "" {
			c.fail(column, at, "a second column of the same name", "keep one of them")
		}
		seen[name] = true
		e := column.get("partitionStatus")
		if e == nil || e.value.kind == null {
			continue
		}
		status, ok := truth(e.value)
		if !ok {
			c.fail(e.value, path(at, "partitionStatus"), "wants true or false, got "+e.value.kind.String(), "")
		}
		if !status || t.settings != nil {
			continue
		}
		t.settings = &node{kind: mapping, at: e.value.at}
		key := &node{kind: text, at: e.value.at, text: name, written: name, untyped: true}
		partition := t.settings.child("profiling").child("partition")
		partition.set("key", key)
		partition.set("strategy", &node{kind: text, at: e.value.at, text: "latest", written: "latest"})
		t.place("profiling.partition", path(at, "partitionStatus"))
	}
}

func (t *contractTable) place(key, own string) {
	if t.places == nil {
		t.places = map[string]string{}
	}
	t.places[key] = own
}

// contractProperties are the names of customProperties, without the table's that may follow: a
// setting of the table's own dataset.
var contractProperties = map[string]string{
	"baselinr.partition":                "profiling.partition",
	"baselinr.sampling":                 "profiling.sampling",
	"baselinr.drift.strategy":           "drift.strategy",
	"baselinr.drift.absolute_threshold": "drift.absolute_threshold",
	"baselinr.drift.standard_deviation": "drift.standard_deviation",
	"baselinr.drift.statistical":        "drift.statistical",
	"baselinr.drift.baselines":          "drift.baselines",
	anomalyProperty:                     "anomaly.columns",
}

// anomalyProperty is followed by a column's name, with the table's before it or without.
const anomalyProperty = "baselinr.anomaly"

// properties gives the tables the settings of the contract's customProperties.
func (c *contract) properties(tables []contractTable) {
	for i, property := range c.mappings(c.root, "", "customProperties") {
		at := index("customProperties", i)
		if property == nil || !strings.HasPrefix(setting(property, "property", ""), "baselinr.") {
			continue
		}
		name := setting(property, "property", "")
		value := property.get("value")
		if value == nil {
			c.fail(property, path(at, "value"), "the key is missing", "give the property a value")
			continue
		}
		c.checker.tell(c.env.expand(value.value, nil, path(at, "value"))...)
		prefix, table := "", ""
		for known := range contractProperties {
			if rest, ok := strings.CutPrefix(name, known); ok && (rest == "" || rest[0] == '.') && len(known) > len(prefix) {
				prefix, table = known, strings.TrimPrefix(rest, ".")
			}
		}
		if prefix == "" {
			c.fail(property.get("property").value, path(at, "property"), "unknown property of baselinr", "one of "+strings.Join(slices.Sorted(maps.Keys(contractProperties)), ", ")+", each with .TABLE")
			continue
		}
		used := false
		if prefix == anomalyProperty {
			for j := range tables {
				used = tables[j].judge(table, value.value, path(at, "value")) || used
			}
			if !used {
				c.warn(property, at, "has no effect: write "+anomalyProperty+".TABLE.COLUMN, or .COLUMN for every table", "")
			}
			continue
		}
		for j := range tables {
			if t := &tables[j]; (table == "" && prefix != "baselinr.partition") || table == t.table {
				used = t.apply(prefix, value.value, path(at, "value")) || used
			}
		}
		if !used {
			c.warn(property, at, "has no effect: "+idleProperty(prefix, table), "")
		}
	}
}

// idleProperty says why a property applies to no table.
func idleProperty(prefix, table string) string {
	switch {
	case prefix == "baselinr.partition" && table == "":
		return "it names no table; write baselinr.partition.TABLE"
	case prefix == "baselinr.partition":
		return "no dataset of that table has a column with partitionStatus: true that is without such a property"
	case prefix == "baselinr.sampling":
		return "no dataset is of that table, or an earlier property has its sampling"
	}
	return "no dataset is of that table"
}

// apply gives the table a setting, and reports whether it takes it. Of partitions and samples the first
// property counts, of drift the last, as in the reference.
func (t *contractTable) apply(prefix string, value *node, own string) bool {
	key := contractProperties[prefix]
	place := t.places[key]
	if strings.HasPrefix(place, "customProperties") && !strings.HasPrefix(prefix, "baselinr.drift.") {
		return false
	}
	if prefix == "baselinr.partition" && place == "" {
		return false
	}
	if t.settings == nil {
		t.settings = &node{kind: mapping, at: value.at}
	}
	group, name, _ := strings.Cut(key, ".")
	parent := t.settings.child(group)
	parent.at = value.at
	switch {
	case value.kind != mapping || name == "strategy":
		parent.set(name, value) // the check tells what is none
	case prefix == "baselinr.partition":
		merged := &node{kind: mapping, at: value.at, entries: slices.Clone(value.entries)}
		before := parent.get(name).value
		for _, e := range before.entries {
			if e.key == "key" || merged.get(e.key) == nil {
				merged.set(e.key, e.value)
			}
		}
		parent.set(name, merged)
	case prefix == "baselinr.sampling":
		merged := &node{kind: mapping, at: value.at, entries: slices.Clone(value.entries)}
		if method := merged.get("method"); merged.get("fraction") == nil && switched(merged, "enabled", false) && (method == nil || method.value.text != string(SamplingTopK)) {
			merged.set("fraction", &node{kind: number, at: value.at, text: "0.1", written: "0.1"}) // the reference's default in contracts
		}
		parent.set(name, merged)
	default:
		parent.set(name, value)
	}
	t.place(key, own)
	if group == "drift" {
		t.place(group, strings.TrimSuffix(own, ".value"))
	}
	return true
}

// judge gives a column of the table the value of a property of anomalies, named COLUMN or TABLE.COLUMN, and reports
// whether it is of this table.
func (t *contractTable) judge(name string, value *node, own string) bool {
	column := name
	if table, rest, ok := strings.Cut(name, "."); ok {
		if column = rest; table != t.table {
			return false
		}
	}
	if column == "" {
		return false
	}
	if t.settings == nil {
		t.settings = &node{kind: mapping, at: value.at}
	}
	parent := t.settings.child("anomaly")
	parent.at = value.at
	list := &node{kind: list, at: value.at}
	if e := parent.get("columns"); e != nil {
		list = e.value
	}
	rule := &node{kind: mapping, at: value.at}
	rule.set("name", &node{kind: text, at: value.at, text: column, written: column, untyped: true})
	rule.set("anomaly", value)
	t.place(index("anomaly.columns", len(list.items))+".anomaly", own)
	list.items = append(list.items, rule)
	parent.set("columns", list)
	t.place("anomaly", strings.TrimSuffix(own, ".value"))
	return true
}
