package config

import "fmt"

// idleLimits warns of limits of engines where none is of the source's: a map of all engines may serve many files.
func (c *checker) idleLimits(cfg *Config) {
	const at = "execution.warehouse_limits"
	limits := c.root.find(at)
	if limits == nil || c.failed("source.type") || limits.get(cfg.Source.Type) != nil {
		return
	}
	for _, e := range limits.entries {
		if at := path(at, e.key); !c.failed(at) {
			c.warn(e.at, at, "has no effect: the source is "+cfg.Source.Type, "take it away")
		}
	}
}

// withoutSchemas warns, once, of schemas that entries name of an engine that has none.
func (c *checker) withoutSchemas(cfg *Config) {
	if cfg.Source.Type != "sqlite" {
		return
	}
	var first, firstKey string
	more := 0
	for _, t := range cfg.Profiling.Tables {
		key := ""
		switch {
		case t.ByDBT(), t.Origin.File != c.root.at.file: // whose schemas are dbt's, or a contract's
		case t.SchemaPattern != "" && t.SchemaPattern != "*" && t.Table == "" && t.Schema == "":
			key = "schema_pattern"
		case t.Schema != "" && t.Schema != "main": // as SQLite itself calls it
			key = "schema"
		}
		switch {
		case key == "":
		case first == "":
			first, firstKey = t.Origin.Path, key
		default:
			more++
		}
	}
	if first == "" {
		return
	}
	at := path(first, firstKey)
	message := "has no effect: SQLite has no schemas"
	if more > 0 {
		message += fmt.Sprintf(" (and %d more like it)", more)
	}
	c.warn(c.nearestPlace(at), at, message, "take it away, or name the tables")
}

// pasted warns of secrets that are what config show prints in their place.
func (c *checker) pasted(n *node, at string) {
	for i, item := range n.items {
		c.pasted(item, index(at, i))
	}
	for _, e := range n.entries {
		below := path(at, e.key)
		if e.value.kind == text && e.value.text == redacted && secretKey(e.key) {
			c.warn(e.value.at, below, "is "+redacted+", which config show prints in place of a secret", "write the secret itself, or ${NAME} and keep it in the environment")
		}
		c.pasted(e.value, below)
	}
}
