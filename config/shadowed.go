package config

import (
	"encoding/json"
	"fmt"
)

// Shadow says of an entry which other one leaves nothing to it.
type Shadow struct {
	By    int
	Limit string // of discovery_options: the key that may cut the other, so that it leaves something; "" for none
}

// shadowed warns of entries of which others leave nothing.
func (c *checker) shadowed(entries []TablePattern, d Discovery) {
	by := Shadowed(entries, d)
	for i, t := range entries {
		s, ok := by[i]
		if !ok {
			continue
		}
		other := entries[s.By].Origin.Path
		message := "has no effect: " + other + " selects the same tables before it"
		if s.Limit != "" {
			message = "has no effect, unless discovery_options." + s.Limit + " cuts " + other + ", which selects the same tables before it"
		}
		c.add(t.Origin.Problem(SeverityWarning, "", message, "take one of the two away"))
	}
}

// Shadowed returns the entries of which others leave nothing, as far as their words say so, each with the
// other. Its work grows with the number of entries, not of their pairs.
func Shadowed(entries []TablePattern, d Discovery) map[int]Shadow {
	by := map[int]Shadow{}
	order := byPriority(entries)
	alike, certain, limited := map[string]int{}, newCoverage(), newCoverage()
	for at, i := range order {
		t := entries[i]
		words := t.words()
		if j, ok := alike[words]; ok {
			by[i] = Shadow{By: j}
			continue
		}
		if first, ok := certain.of(t); ok {
			by[i] = Shadow{By: order[first]}
			continue
		}
		if first, ok := limited.of(t); ok {
			by[i] = Shadow{order[first], entries[order[first]].limit(d)}
		}
		alike[words] = i
		switch {
		case !t.takesWholeSchemas():
		case t.limit(d) == "":
			certain.add(t, at)
		default:
			limited.add(t, at)
		}
	}
	return by
}

// words returns what an entry says but for its priority.
func (t TablePattern) words() string {
	t.OverridePriority = nil
	text, err := json.Marshal(t)
	if err != nil {
		panic(fmt.Sprintf("config: %v", err)) // the type holds nothing that JSON cannot carry
	}
	return string(text)
}

// limit names the key of discovery_options by which an entry may select less than it says; "" for none. Where that is
// an error, no plan has it.
func (t TablePattern) limit(d Discovery) string {
	switch {
	case d.LimitAction == LimitError:
		return ""
	case t.Pattern != "":
		return "max_tables_per_pattern"
	case t.SelectAllSchemas:
		return "max_schemas_per_database"
	}
	return ""
}

// scope is which schemas an entry looks in.
type scope struct {
	database, schema, pattern string
	kind                      PatternType
}

func (t TablePattern) scope() scope {
	s := scope{database: t.Database, schema: t.Schema}
	if t.Schema == "" && t.SchemaPattern != "" {
		s.pattern, s.kind = t.SchemaPattern, t.PatternType
	}
	return s
}

// everySchema reports whether an entry certainly looks in every schema.
func (t TablePattern) everySchema() bool {
	return t.SelectAllSchemas || t.scope() == scope{database: t.Database, pattern: "*", kind: PatternWildcard}
}

// coverage holds the entries that take whole schemas, by those, each as its rank in the order of priorities.
type coverage struct {
	all    map[string]int // by database
	scoped map[scope]int
}

func newCoverage() coverage { return coverage{map[string]int{}, map[scope]int{}} }

func (c coverage) add(t TablePattern, rank int) {
	if _, there := c.all[t.Database]; !there && t.everySchema() {
		c.all[t.Database] = rank
	}
	if _, there := c.scoped[t.scope()]; !there && !t.SelectAllSchemas {
		c.scoped[t.scope()] = rank
	}
}

// of returns the rank of the first entry that selects every table that t does, which is certain only where its words
// say so.
func (c coverage) of(t TablePattern) (rank int, ok bool) {
	discovered := t.Table == "" && (t.Pattern != "" || t.SelectSchema || t.SelectAllSchemas)
	if !discovered || len(t.TableTypes) > 0 { // its types go before those of the discovery
		return 0, false
	}
	rank, ok = c.all[t.Database]
	if !t.SelectAllSchemas {
		if scoped, there := c.scoped[t.scope()]; there && (!ok || scoped < rank) {
			return scoped, true
		}
	}
	return rank, ok
}
