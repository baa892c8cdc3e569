package plan

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Catalog lists what a warehouse holds. It is asked only where the config has a pattern.
type Catalog interface {
	Tables(ctx context.Context, schemas []string) ([]warehouse.Table, error)
	DefaultSchema() string
}

// NeedsCatalog reports whether the plan of the config depends on what the warehouse holds, or on
// which schema it looks tables up in.
func NeedsCatalog(c *config.Config) bool {
	return slices.ContainsFunc(c.Profiling.Tables, func(t config.TablePattern) bool {
		return t.Table == ""
	})
}

// Build returns the plan of a config. Where open is called, it returns the source's catalog; it is
// called once at most, and only where a pattern needs it.
func Build(ctx context.Context, c *config.Config, defaultSchema string, open func(context.Context) (Catalog, error)) (*Plan, error) {
	p := &Plan{
		Environment:   c.Environment,
		SourceType:    c.Source.Type,
		Database:      c.Source.File(), // the file, where the source is one
		DefaultSchema: defaultSchema,
		DriftStrategy: c.Drift.Strategy,
		ConfigPath:    c.Path,
		settings:      settingsOf(c),
	}
	selected := map[warehouse.TableRef]warehouse.Table{}
	var catalog []warehouse.Table
	if NeedsCatalog(c) {
		source, err := open(ctx)
		if err != nil {
			return nil, err
		}
		p.DefaultSchema = source.DefaultSchema()
		if catalog, err = source.Tables(ctx, nil); err != nil {
			return nil, err
		}
	}
	for i, pattern := range c.Profiling.Tables {
		where := fmt.Sprintf("profiling.tables[%d]", i)
		if pattern.Database != "" && pattern.Database != c.Source.Database {
			return nil, fmt.Errorf("%s.database: %q is not the source's database, and reading a second one is not built yet; use a config of its own for it", where, pattern.Database)
		}
		if pattern.Table != "" {
			ref := warehouse.TableRef{Schema: p.schemaOf(pattern), Name: pattern.Table}
			if _, exists := selected[ref]; !exists {
				selected[ref] = warehouse.Table{TableRef: ref, Rows: -1}
			}
			continue
		}
		matches, err := p.matching(pattern, catalog)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		if len(matches) == 0 {
			p.Warnings = append(p.Warnings, fmt.Sprintf("%s: %s matches no table", where, describe(pattern)))
		}
		for _, t := range matches {
			selected[t.TableRef] = t
		}
	}
	for _, t := range selected {
		p.Tables = append(p.Tables, Table{TableRef: t.TableRef, DriftStrategy: c.Drift.Strategy, EstimatedRows: t.Rows})
	}
	slices.SortFunc(p.Tables, func(a, b Table) int { return strings.Compare(a.ID(), b.ID()) })
	p.apply(c)
	return p, nil
}

// schemaOf returns the schema that a pattern names, else the default one.
func (p *Plan) schemaOf(t config.TablePattern) string {
	if t.Schema != "" && p.DefaultSchema != "" {
		return t.Schema
	}
	return p.DefaultSchema
}

// matching returns the tables of the catalog that a pattern selects.
func (p *Plan) matching(t config.TablePattern, catalog []warehouse.Table) ([]warehouse.Table, error) {
	name, err := matcher(t.Pattern, t.PatternType)
	if err != nil {
		return nil, err
	}
	schema, err := matcher(t.SchemaPattern, t.PatternType)
	if err != nil {
		return nil, err
	}
	var matches []warehouse.Table
	for _, table := range catalog {
		if p.settings.ownHistory(table.Name) {
			continue
		}
		if t.SchemaPattern == "" && table.Schema != p.schemaOf(t) || !schema(table.Schema) {
			continue
		}
		if name(table.Name) {
			matches = append(matches, table)
		}
	}
	return matches, nil
}

// matcher returns what a pattern matches: a whole name, as a shell's wildcard or as a regular
// expression that has to match from the name's start. No pattern matches everything.
func matcher(pattern string, kind config.PatternType) (func(string) bool, error) {
	switch {
	case pattern == "":
		return func(string) bool { return true }, nil
	case kind == config.PatternRegex:
		expression, err := regexp.Compile("^(?:" + pattern + ")")
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", pattern, err)
		}
		return expression.MatchString, nil
	default:
		expression, err := regexp.Compile("(?s)^" + wildcard(pattern) + "$") // any character: a name may have a line's end
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", pattern, err)
		}
		return expression.MatchString, nil
	}
}

// wildcards of a shell: any text, any one character, one of a set.
var wildcards = regexp.MustCompile(`\*|\?|\[[^\]]+\]`)

// wildcard returns the regular expression that a shell's pattern stands for.
func wildcard(pattern string) string {
	var expression strings.Builder
	end := 0
	for _, at := range wildcards.FindAllStringIndex(pattern, -1) {
		expression.WriteString(regexp.QuoteMeta(pattern[end:at[0]]))
		switch sign := pattern[at[0]:at[1]]; sign {
		case "*":
			expression.WriteString(".*")
		case "?":
			expression.WriteString(".")
		default:
			expression.WriteString(strings.Replace(sign, "[!", "[^", 1))
		}
		end = at[1]
	}
	expression.WriteString(regexp.QuoteMeta(pattern[end:]))
	return expression.String()
}

func describe(t config.TablePattern) string {
	switch {
	case t.Pattern != "":
		return fmt.Sprintf("pattern %q", t.Pattern)
	case t.SchemaPattern != "":
		return fmt.Sprintf("schema_pattern %q", t.SchemaPattern)
	case t.Schema != "":
		return fmt.Sprintf("select_schema of %q", t.Schema)
	default:
		return "select_schema"
	}
}
