package config

import (
	"fmt"
	"reflect"
	"slices"
)

// discovery checks how tables are looked for.
func (c *checker) discovery(d Discovery) {
	const at = "profiling.discovery_options"
	c.disjoint(path(at, "exclude_schemas"), "include_schemas", d.IncludeSchemas, d.ExcludeSchemas)
	c.disjoint(path(at, "exclude_table_types"), "include_table_types", d.IncludeTableTypes, d.ExcludeTableTypes)
	c.notBuilt(path(at, "tag_provider"), d.TagProvider, []string{"auto", "postgres", "mysql", "sqlite", "dbt"}, "entries with tags select no table")
}

// disjoint tells what is both included and excluded, which selects nothing.
func (c *checker) disjoint(at, other string, included, excluded any) {
	in, out := reflect.ValueOf(included), reflect.ValueOf(excluded)
	for i := range out.Len() {
		for j := range in.Len() {
			if name := out.Index(i).String(); name == in.Index(j).String() {
				c.fail(c.nearestPlace(index(at, i)), index(at, i), fmt.Sprintf("%q is in %s too", presentable(name), other), "keep it in one of the two")
			}
		}
	}
}

// filters checks what an entry keeps of the tables that it selects.
func (c *checker) filters(t TablePattern, item *node, at string, d Discovery) {
	if t.MaxRows > 0 && t.MinRows > t.MaxRows {
		c.fail(item.get("max_rows").at, path(at, "max_rows"), fmt.Sprintf("is less than min_rows, which is %d, so that no table is left", t.MinRows), "")
	}
	if t.PatternType != PatternRegex || d.ValidateRegex {
		c.pattern(t.Pattern, t.PatternType, item, at, "pattern")
		c.pattern(t.SchemaPattern, t.PatternType, item, at, "schema_pattern")
		for i, p := range t.ExcludePatterns {
			c.patternAt(p, t.PatternType, item.get("exclude_patterns").value.items[i], index(path(at, "exclude_patterns"), i))
		}
	}
	if t.Table != "" && t.SchemaPattern != "" {
		c.warn(item.get("schema_pattern").at, path(at, "schema_pattern"), "has no effect beside table", "name its schema with schema")
	}
	if t.SelectAllSchemas {
		for _, key := range []string{"schema", "schema_pattern"} {
			if has(item, key) {
				c.fail(item.get(key).at, path(at, key), "contradicts select_all_schemas: true", "take one of the two away, or write select_schema: true")
			}
		}
		return
	}
	if t.Schema != "" && t.SchemaPattern != "" && t.Table == "" {
		c.warn(item.get("schema_pattern").at, path(at, "schema_pattern"), "has no effect beside schema", "take one of the two away")
	}
	if t.Schema == "" || t.Table != "" {
		return
	}
	switch {
	case slices.Contains(d.ExcludeSchemas, t.Schema):
		c.warn(item.get("schema").at, path(at, "schema"), "is left out by discovery_options.exclude_schemas; this entry selects no table", "")
	case len(d.IncludeSchemas) > 0 && !slices.Contains(d.IncludeSchemas, t.Schema):
		c.warn(item.get("schema").at, path(at, "schema"), "is not in discovery_options.include_schemas; this entry selects no table", "")
	}
}

// undiscovered takes out the entries that the discovery would have to expand, where it is off.
func (c *checker) undiscovered(p *Profiling) {
	if p.TableDiscovery {
		return
	}
	p.Tables = slices.DeleteFunc(p.Tables, func(t TablePattern) bool {
		if t.Table != "" || t.Pattern == "" && !t.SelectSchema && !t.SelectAllSchemas {
			return false
		}
		c.add(t.Origin.Problem(SeverityWarning, "", "selects no table: profiling.table_discovery is false", "name the tables with table, or take table_discovery away"))
		return true
	})
}
