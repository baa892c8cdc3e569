package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Contracts says where data contracts (ODCS, the Open Data Contract Standard) are. Load reads them, adds what they
// say of tables to Profiling.Tables and Datasets, and leaves nil.
type Contracts struct {
	Directory        string   `json:"directory" jsonschema:"minLength=1,default=./contracts" jsonschema_description:"Folder of the contracts; a relative one starts at the configuration's folder."`
	FilePatterns     []string `json:"file_patterns" jsonschema_description:"Patterns of the paths of the contracts; *.odcs.yaml and *.odcs.yml when absent."`
	Recursive        bool     `json:"recursive" jsonschema:"default=true" jsonschema_description:"Read the folders within the folder too."`
	ValidateOnLoad   bool     `json:"validate_on_load" jsonschema:"default=true" jsonschema_description:"Hold the contracts against the standard's rules for names, keys and values."`
	ExcludePatterns  []string `json:"exclude_patterns,omitempty" jsonschema:"nullable" jsonschema_description:"Patterns of paths that are left out, such as **/templates/**."`
	StrictValidation bool     `json:"strict_validation" jsonschema:"default=false" jsonschema_description:"Refuse contracts that leave out what the standard recommends."`
}

// contracts adds the tables that the contracts name to profiling.tables, where it is empty, and their
// settings to datasets.
func (l *loader) contracts(root *node) {
	const at = "contracts"
	e := root.get(at)
	if e == nil || e.value.kind != mapping {
		return
	}
	n := e.value
	f := folder{
		dir: setting(n, "directory", "./contracts"), where: n, at: path(at, "directory"),
		include:   l.patterns(n, "file_patterns", at, "*.odcs.yaml", "*.odcs.yml"),
		ignore:    l.patterns(n, "exclude_patterns", at),
		recursive: switched(n, "recursive", true),
	}
	if named := n.get("directory"); named != nil {
		f.where = named.value
	}
	var tables, settings []contractTable
	for _, file := range l.files(f) {
		n2 := l.read(file)
		if l.tooLarge(f) {
			return
		}
		c := contract{loader: l, file: file, root: n2,
			valid: switched(n, "validate_on_load", true), strict: switched(n, "strict_validation", false)}
		for _, t := range c.tables() {
			tables = append(tables, t)
			if t.settings != nil {
				settings = append(settings, t)
			}
		}
	}
	l.addTables(root, tables)
	l.addSettings(root, settings)
}

// addTables selects the tables, where the configuration itself selects none.
func (l *loader) addTables(root *node, tables []contractTable) {
	profiling := root.child("profiling")
	if profiling == nil || len(tables) == 0 {
		return
	}
	if e := profiling.get("tables"); e != nil && (e.value.kind != null && e.value.kind != list || len(e.value.items) > 0) {
		return
	}
	all := &node{kind: list, at: root.at}
	for _, t := range tables {
		l.checker.own[index("profiling.tables", len(all.items))] = t.own
		all.items = append(all.items, t.identity())
	}
	profiling.set("tables", all)
}

// addSettings adds the tables' settings to datasets.
func (l *loader) addSettings(root *node, tables []contractTable) {
	datasets := root.child("datasets")
	if datasets == nil || len(tables) == 0 {
		return
	}
	all := &node{kind: list, at: root.at}
	if e := datasets.get("datasets"); e != nil && e.value.kind == list {
		all = e.value
	} else if e != nil && e.value.kind != null {
		return
	}
	for _, t := range tables {
		at := index("datasets.datasets", len(all.items))
		l.checker.own[at] = t.own
		for key, own := range t.places {
			l.checker.own[at+"."+key] = own
		}
		d := t.identity()
		d.entries = append(d.entries, t.settings.entries...)
		d.set("source_file", &node{kind: text, at: d.at, text: t.file, written: t.file})
		all.items = append(all.items, d)
	}
	datasets.set("datasets", all)
}

// child returns the mapping at key, which is made where there is none; nil where something else is there.
func (n *node) child(key string) *node {
	e := n.get(key)
	if e == nil || e.value.kind == null {
		n.set(key, &node{kind: mapping, at: n.at})
		e = n.get(key)
	}
	if e.value.kind != mapping {
		return nil
	}
	return e.value
}

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

// contract is a file of a data contract, read as the reference reads it: what matters here are the
// datasets' names, their columns' partitionStatus, the servers' schema and customProperties whose
// names begin with baselinr.
type contract struct {
	*loader
	file          string
	root          *node
	valid, strict bool
	failed        bool
}

func (c *contract) fail(n *node, at, message, hint string) {
	c.failed = true
	c.checker.tell(Problem{SeverityError, c.file, n.at.line, n.at.column, at, message, hint})
}

// recommend tells what the standard recommends, where that is wanted.
func (c *contract) recommend(n *node, at, message, hint string) {
	if c.valid && c.strict {
		c.fail(n, at, message, hint)
	}
}

func (c *contract) warn(n *node, at, message, hint string) {
	c.checker.foreignWarnings = append(c.checker.foreignWarnings, Problem{SeverityWarning, c.file, n.at.line, n.at.column, at, message, hint})
}

// text returns the text at key with its references replaced, and tells what is no text.
func (c *contract) text(n *node, at, key string) string {
	e := n.get(key)
	if e == nil || e.value.kind == null {
		return ""
	}
	at = path(at, key)
	c.checker.tell(c.env.expand(e.value, nil, at)...)
	switch {
	case e.value.broken:
		c.failed = true
	case e.value.kind != text:
		c.fail(e.value, at, "wants text, got "+e.value.kind.String(), "put it between quotes")
	default:
		return e.value.text
	}
	return ""
}

// mappings returns the mappings in the list at key, nil for those that are none, and tells them.
func (c *contract) mappings(n *node, at, key string) []*node {
	e := n.get(key)
	if e == nil || e.value.kind == null {
		return nil
	}
	if at = path(at, key); e.value.kind != list {
		c.fail(e.value, at, "wants a list, got "+e.value.kind.String(), "")
		return nil
	}
	result := make([]*node, len(e.value.items))
	for i, item := range e.value.items {
		if item.kind != mapping {
			c.fail(item, index(at, i), "wants a mapping of keys, got "+item.kind.String(), "")
			continue
		}
		result[i] = item
	}
	return result
}

var (
	contractStatuses = []string{"draft", "active", "deprecated", "retired", "current"}
	contractVersion  = regexp.MustCompile(`^v\d+\.\d+(\.\d+)?$`)
)

// tables returns the tables of the contract; none where something is wrong with it.
func (c *contract) tables() (tables []contractTable) {
	if c.root == nil {
		if len(c.checker.foreign) == 0 || c.checker.foreign[len(c.checker.foreign)-1].File != c.file {
			c.checker.tell(Problem{Severity: SeverityError, File: c.file, Message: "not a data contract: the file is empty", Hint: "leave it out with contracts.exclude_patterns"})
		}
		return nil
	}
	if !c.head() {
		return nil
	}
	schema := c.serverSchema()
	names := map[string]bool{}
	for i, d := range c.mappings(c.root, "", "dataset") {
		if d == nil {
			continue
		}
		own := index("dataset", i)
		name := c.text(d, own, "name")
		if name == "" {
			name = c.text(d, own, "table")
		}
		if c.valid && name == "" && !c.failed {
			c.fail(d, own, "a dataset without a name", "give it a name")
		}
		if c.valid && name != "" && names[name] {
			c.fail(d, own, fmt.Sprintf("a second dataset %q", presentable(name)), "keep one of them")
		}
		names[name] = true
		t := contractTable{file: c.file, own: own, at: d.at, schema: schema, table: name}
		if physical := c.text(d, own, "physicalName"); physical != "" {
			parts := strings.Split(physical, ".")
			switch len(parts) {
			case 3:
				t.database, t.schema, t.table = parts[0], parts[1], parts[2]
			case 2:
				t.schema, t.table = parts[0], parts[1]
			default:
				t.table = physical
			}
		}
		if t.table == "" {
			continue
		}
		t.partition(c, d)
		tables = append(tables, t)
	}
	c.properties(tables)
	if e := c.root.get("dataset"); e == nil && !c.failed {
		hint := "name tables under dataset"
		if c.root.get("schema") != nil {
			hint = "name tables under dataset, as baselinr reads contracts; its schema is not read"
		}
		c.warn(c.root, "dataset", "the contract names no table", hint)
	}
	if c.failed {
		return nil
	}
	return tables
}

// head tells what does not begin as a data contract does, and reports whether it is one.
func (c *contract) head() bool {
	root := c.root
	if root.kind != mapping {
		c.fail(root, "", "not a data contract: wants a mapping of keys, got "+root.kind.String(), "a contract begins with kind: DataContract")
		return false
	}
	kind := c.text(root, "", "kind")
	isContract := true
	switch {
	case kind != "" && kind != "DataContract":
		c.fail(root.get("kind").value, "kind", fmt.Sprintf("not a data contract: kind is %q", presentable(root.get("kind").value.written)), "a contract has kind: DataContract; leave other files out with contracts.exclude_patterns")
		isContract = false
	case kind == "" && !c.failed && root.get("dataset") == nil && root.get("apiVersion") == nil:
		c.fail(root, "kind", "not a data contract: the key is missing", "a contract begins with kind: DataContract; leave other files out with contracts.exclude_patterns")
		isContract = false
	}
	if !isContract {
		return false
	}
	if version := c.text(root, "", "apiVersion"); version != "" && !contractVersion.MatchString(version) {
		c.recommend(root.get("apiVersion").value, "apiVersion", "not a version", "write it as v3.1.0")
	}
	if status := c.text(root, "", "status"); status != "" && !slices.Contains(contractStatuses, strings.ToLower(status)) {
		c.fail(root.get("status").value, "status", "unknown status", "one of "+strings.Join(contractStatuses, ", "))
	}
	if !has(root, "id") && !has(root, "uuid") {
		c.recommend(root, "id", "the contract has neither id nor uuid", "give it one")
	}
	if e := root.get("quality"); e != nil {
		c.warn(e.value, "quality", "not built yet; ignored", "")
	}
	return true
}

// serverSchema returns the schema that the servers name, as the reference picks it: development's before
// production's.
func (c *contract) serverSchema() string {
	servers := c.root.get("servers")
	if servers == nil || servers.value.kind != mapping {
		return ""
	}
	for _, name := range []string{"development", "production"} {
		if e := servers.value.get(name); e != nil && e.value.kind == mapping {
			return c.text(e.value, path("servers", name), "schema")
		}
	}
	return ""
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
			c.fail(column, at, fmt.Sprintf("a second column %q", presentable(name)), "keep one of them")
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
	"baselinr.anomaly":                  "",
}

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
		if contractProperties[prefix] == "" {
			c.warn(property, at, "not built yet; ignored", "")
			continue
		}
		used := false
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
