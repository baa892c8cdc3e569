package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
)

// config holds root against the rules and decodes what is left of it over the defaults; what one key
// cannot say alone is checked on the result.
func (c *checker) config(root *node) *Config {
	c.root = root
	values, _ := c.value(root, rules(), "")
	if len(c.problems) > maxProblems {
		return nil // no more would be told
	}
	cfg := Default()
	encoded, err := json.Marshal(values)
	if err == nil && values != nil {
		err = json.Unmarshal(encoded, &cfg)
	}
	if err != nil {
		// The rules and the types disagree; the decoder's message could quote a secret.
		c.fail(root.at, "", "the values do not fit", "please report this")
		return nil
	}
	c.connection(cfg.Source, "source")
	c.connection(cfg.Storage.Connection, "storage.connection")
	if cfg.Storage.ResultsTable == cfg.Storage.RunsTable {
		c.fail(c.nearestPlace("storage.results_table"), "storage.results_table", "the same table as storage.runs_table", "name two")
	}
	c.discovery(cfg.Profiling.Discovery)
	c.tables(&cfg, root)
	c.undiscovered(&cfg.Profiling)
	c.shadowed(cfg.Profiling.Tables, cfg.Profiling.Discovery)
	c.drift(cfg.Drift, "drift_detection")
	c.hooks(cfg.Hooks, root)
	if cfg.Retry.MaxBackoff < cfg.Retry.MinBackoff {
		c.fail(c.nearestPlace("retry.max_backoff"), "retry.max_backoff",
			fmt.Sprintf("must be at least min_backoff, which is %v seconds", cfg.Retry.MinBackoff), "")
	}
	if s := cfg.Incremental.Scheduling; s.Max < s.Min {
		const at = "incremental.adaptive_scheduling.max_interval_minutes"
		c.fail(c.nearestPlace(at), at, fmt.Sprintf("must be at least min_interval_minutes, which is %d", s.Min), "")
	}
	c.datasets(cfg.Datasets.Datasets, cfg.Drift, root)
	c.idleSettings(&cfg)
	c.idleLimits(&cfg)
	c.withoutSchemas(&cfg)
	c.pasted(root, "")
	c.mode(&cfg)
	return &cfg
}

// nearestPlace returns the place of at, or of what contains it where the file does not have it.
func (c *checker) nearestPlace(at string) place { return c.root.nearest(at).at }

// origin returns where an entry at a path stands, in the file that it came from.
func (c *checker) origin(at string) Origin {
	where := c.nearestPlace(at)
	own := c.inOwnFiles([]Problem{{Path: at}})[0]
	return Origin{where.file, where.line, where.column, own.Path}
}

// failed reports whether an error has been told at or below at.
func (c *checker) failed(at string) bool {
	return slices.ContainsFunc(c.problems, func(p Problem) bool {
		rest, ok := strings.CutPrefix(p.Path, at)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// notBuilt warns where the name at a key is one that is not built yet.
func (c *checker) notBuilt(at, name string, built []string, consequence string) {
	if name == "" || slices.Contains(built, name) || c.failed(at) {
		return
	}
	c.warn(c.nearestPlace(at), at, fmt.Sprintf("%s: not built yet; %s", name, consequence), "built are "+strings.Join(built, ", "))
}

func (c *checker) connection(conn Connection, at string) {
	if conn.Type == "" || c.failed(at) {
		return
	}
	c.notBuilt(path(at, "type"), conn.Type, EnginesBuilt, "the connection cannot be opened")
	switch {
	case conn.Type == "sqlite" && conn.File() == "":
		c.fail(c.nearestPlace(at), path(at, "filepath"), "the key is missing", "name the SQLite file with filepath or database")
	case conn.Type != "sqlite" && conn.Database == "":
		c.fail(c.nearestPlace(at), path(at, "database"), "the key is missing", "name the database")
	}
}

// selections are the keys that select tables, of which an entry has exactly one.
var selections = []string{"table", "pattern", "select_schema", "select_all_schemas", "dbt_ref", "dbt_selector"}

// tables checks each entry and fills in its pattern type; entries that are wrong are taken out.
func (c *checker) tables(cfg *Config, root *node) {
	var built []TablePattern
	for i, t := range cfg.Profiling.Tables {
		at := index("profiling.tables", i)
		if c.failed(at) {
			continue
		}
		where := c.nearestPlace(at)
		item := root.get("profiling").value.get("tables").value.items[i]
		var chosen []string
		for _, key := range selections {
			if e := item.get(key); e != nil && e.value.kind != null {
				if no, ok := truth(e.value); ok && !no && strings.HasPrefix(key, "select_") {
					continue
				}
				chosen = append(chosen, key)
			}
		}
		switch len(chosen) {
		case 0:
			c.fail(where, at, "the entry selects no table", "give it one of table, pattern, select_schema: true, select_all_schemas: true, dbt_ref, dbt_selector")
			continue
		case 1:
		default:
			c.fail(where, at, "the entry selects tables in "+fmt.Sprint(len(chosen))+" ways: "+strings.Join(chosen, ", "), "keep one, and write another entry for the rest")
			continue
		}
		if t.PatternType == "" && (t.Pattern != "" || t.SchemaPattern != "" || len(t.ExcludePatterns) > 0) {
			t.PatternType = PatternWildcard
		}
		t.Origin = Origin{where.file, where.line, where.column, at}
		c.filters(t, item, at, cfg.Profiling.Discovery)
		c.dbt(t, item, at, cfg.Profiling.Discovery)
		built = append(built, t)
	}
	cfg.Profiling.Tables = built
}

// pattern tells a pattern that is none. The message quotes what the file has, not what the environment made of it.
func (c *checker) pattern(pattern string, kind PatternType, item *node, at, key string) {
	if pattern != "" {
		c.patternAt(pattern, kind, item.get(key).value, path(at, key))
	}
}

// patternAt tells the pattern of a node, if it is none.
func (c *checker) patternAt(pattern string, kind PatternType, n *node, at string) {
	_, err := Matcher(pattern, kind)
	var because *syntax.Error
	if !errors.As(err, &because) {
		return
	}
	name, hint := "wildcard", "a set of characters is written as [abc] or [a-z], and a bracket itself as [[]"
	if kind == PatternRegex {
		name, hint = "regular expression", "see https://github.com/google/re2/wiki/Syntax"
	}
	if because.Code == syntax.ErrInvalidPerlOp {
		hint = "look-around such as (?=…) and (?!…) does not exist in this syntax (RE2); use several entries"
	}
	c.fail(n.at, at, fmt.Sprintf("invalid %s %q: %s", name, presentable(n.written), because.Code), hint)
}
