package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

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
			c.fail(d, own, "a second dataset of the same name", "keep one of them")
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
