package plan

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Catalog lists what a warehouse holds. It is asked only where the config has a pattern or a filter: once for
// tables, and once for columns where an entry has required_columns.
type Catalog interface {
	Tables(ctx context.Context, schemas []string) ([]warehouse.Table, error)
	TablesWithColumns(ctx context.Context, schemas, columns []string) (map[warehouse.TableRef][]string, error)
	DefaultSchema() string
}

// Option changes what Build does.
type Option func(*selection)

// WithEstimates has the catalog asked for the rows and bytes of tables that are named, too.
func WithEstimates() Option { return func(s *selection) { s.estimates = true } }

// NeedsCatalog reports whether the plan of the config depends on what the warehouse holds, or on
// which schema it looks tables up in.
func NeedsCatalog(c *config.Config) bool {
	return slices.ContainsFunc(c.Profiling.Tables, config.TablePattern.AsksCatalog)
}

// Build returns the plan of a config. Where open is called, it returns the source's catalog; it is
// called once at most, and only where a pattern needs it. What is wrong with the config's entries is
// [config.Problems].
func Build(ctx context.Context, c *config.Config, defaultSchema string, open func(context.Context) (Catalog, error), options ...Option) (*Plan, error) {
	p := &Plan{
		Environment:   c.Environment,
		SourceType:    c.Source.Type,
		Database:      c.Source.File(), // the file, where the source is one
		DefaultSchema: defaultSchema,
		DriftStrategy: c.Drift.Strategy,
		ConfigPath:    c.Path,
		settings:      settingsOf(c),
	}
	p.Mode, p.ModeReason = modeOf(c)
	s := newSelection(p, c)
	for _, set := range options {
		set(s)
	}
	p.Estimated = s.estimates
	if s.readDBT(); len(s.problems) > 0 {
		return nil, config.Problems(s.problems)
	}
	if NeedsCatalog(c) || s.estimates {
		source, err := open(ctx)
		if err != nil {
			return nil, err
		}
		p.DefaultSchema = source.DefaultSchema()
		if err := s.list(ctx, source); err != nil {
			return nil, err
		}
	}
	s.run()
	if len(p.Tables) == 0 && len(s.problems) == 0 && !c.Profiling.TableDiscovery {
		s.problems = append(s.problems, config.Problem{
			Severity: config.SeverityError, File: c.Path, Path: "profiling.tables",
			Message: "no table is named, and table_discovery is false", Hint: "name the tables to profile",
		})
	}
	if len(s.problems) > 0 {
		return nil, config.Problems(s.problems)
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

func describe(t config.TablePattern) string {
	switch {
	case t.Table != "":
		return fmt.Sprintf("table %q", t.Table)
	case t.DBTRef != "":
		return fmt.Sprintf("dbt_ref %q", t.DBTRef)
	case t.DBTSelector != "":
		return fmt.Sprintf("dbt_selector %q", t.DBTSelector)
	case t.Pattern != "":
		return fmt.Sprintf("pattern %q", t.Pattern)
	case t.SchemaPattern != "":
		return fmt.Sprintf("schema_pattern %q", t.SchemaPattern)
	case t.Schema != "":
		return fmt.Sprintf("select_schema of %q", t.Schema)
	case t.SelectAllSchemas:
		return "select_all_schemas"
	default:
		return "select_schema"
	}
}
