package plan

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// selection finds the tables of each entry of a config.
type selection struct {
	plan      *Plan
	source    config.Connection
	discovery config.Discovery
	entries   []config.TablePattern
	estimates bool
	problems  []config.Problem
	warned    []config.Problem // what the plan has as text
	dbt       project

	held    []warehouse.Table               // what the warehouse holds, sorted by schema and name
	columns map[warehouse.TableRef][]string // those of the required columns that a table has
}

func newSelection(p *Plan, c *config.Config) *selection {
	s := &selection{plan: p, source: c.Source, discovery: c.Profiling.Discovery, entries: slices.Clone(c.Profiling.Tables)}
	for i := range s.entries {
		if s.entries[i].Origin.Path == "" { // not from a file
			s.entries[i].Origin.Path = fmt.Sprintf("profiling.tables[%d]", i)
		}
	}
	return s
}

// list asks the catalog for all that the entries need to know of it, in one statement, or two where columns
// are required.
func (s *selection) list(ctx context.Context, source Catalog) (err error) {
	schemas := s.schemas()
	if s.held, err = source.Tables(ctx, schemas); err != nil {
		return err
	}
	var required []string
	for _, t := range s.entries {
		required = append(required, t.RequiredColumns...)
	}
	if len(required) == 0 {
		return nil
	}
	slices.Sort(required)
	s.columns, err = source.TablesWithColumns(ctx, schemas, slices.Compact(required))
	return err
}

// schemas are those that the catalog is asked about; nil for all.
func (s *selection) schemas() []string {
	if s.plan.DefaultSchema == "" {
		return nil
	}
	names := []string{}
	for _, t := range s.entries {
		switch {
		case !t.AsksCatalog() && !s.estimates:
		case t.ByDBT():
			for _, r := range s.dbt.resources[t.Origin.Path] {
				names = append(names, r.Relation.Schema)
			}
		case t.Table == "" && (t.SelectAllSchemas || t.Schema == "" && t.SchemaPattern != ""):
			return nil
		default:
			names = append(names, s.plan.schemaOf(t))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// owner is the entry that a table belongs to.
type owner struct {
	warehouse.Table
	entry int
}

// run selects the tables of the plan. One that several entries select belongs to that of the highest
// priority, of equal ones to the first.
func (s *selection) run() {
	owners := map[warehouse.TableRef]owner{}
	matched := make([][]warehouse.Table, len(s.entries))
	for i, t := range s.entries {
		if t.Database != "" && t.Database != s.source.Database {
			s.fail(t, "database", fmt.Sprintf("%q is not the source's database, and reading a second one is not built yet", t.Database), "use a config of its own for it")
			continue
		}
		matched[i] = s.tablesOf(t)
		for _, table := range matched[i] {
			if o, ok := owners[table.TableRef]; !ok || t.Priority() > s.entries[o.entry].Priority() {
				owners[table.TableRef] = owner{table, i}
			}
		}
	}
	s.warnOfShadowed(matched, owners)
	for _, o := range owners {
		database := s.entries[o.entry].Database
		if s.plan.DefaultSchema == "" {
			database = "" // a file: its tables have their names alone
		}
		s.plan.Tables = append(s.plan.Tables, Table{
			TableRef: o.TableRef, Database: database, DriftStrategy: s.plan.DriftStrategy, EstimatedRows: o.Rows, EstimatedBytes: o.Bytes,
			SelectedBy: s.entries[o.entry].Origin.Path,
		})
	}
}

// warnOfShadowed tells entries whose tables all belong to others. Where their words alone say so, the config
// has told it.
func (s *selection) warnOfShadowed(matched [][]warehouse.Table, owners map[warehouse.TableRef]owner) {
	told := config.Shadowed(s.entries, s.discovery)
	for i, tables := range matched {
		if _, ok := told[i]; ok || len(tables) == 0 {
			continue
		}
		var others []int
		for _, t := range tables {
			others = append(others, owners[t.TableRef].entry)
		}
		slices.Sort(others)
		if others = slices.Compact(others); slices.Contains(others, i) {
			continue
		}
		var names []string
		for _, j := range others {
			names = append(names, s.entries[j].Origin.Path)
		}
		s.warn(s.entries[i], fmt.Sprintf("%s has no effect: what it selects is selected before it by %s", describe(s.entries[i]), some(names)), "take it away, or give it an override_priority")
	}
}

// tablesOf returns the tables that an entry selects.
func (s *selection) tablesOf(t config.TablePattern) []warehouse.Table {
	f := s.filterOf(t)
	if f == nil {
		return nil
	}
	switch {
	case t.Table != "":
		return s.named(t, f)
	case t.ByDBT():
		return s.fromDBT(t, f)
	}
	var tables []warehouse.Table
	dropped, excluded := 0, 0
	for _, table := range s.inSchemas(t) {
		switch {
		case s.plan.settings.ownHistory(table.Name) || !f.matches(table.Name):
		case f.excludes(table.Name):
			excluded++
		case f.keeps(table):
			tables = append(tables, table)
		default:
			dropped++
		}
	}
	f.warnOfUnknown()
	switch {
	case len(tables) == 0 && dropped > 0:
		s.warn(t, fmt.Sprintf("%s matches no table: the entry's filters leave out the %d of its names%s", describe(t), dropped, f.missing()), "")
	case len(tables) == 0 && excluded > 0:
		s.warn(t, fmt.Sprintf("%s matches no table: exclude_patterns leave out the %d of its names", describe(t), excluded), "")
	case len(tables) == 0:
		s.warn(t, describe(t)+" matches no table", "")
	}
	if most := s.discovery.MaxTables; t.Pattern != "" && len(tables) > most {
		s.limit(t, fmt.Sprintf("%s matches %d tables, more than discovery_options.max_tables_per_pattern, which is %d", describe(t), len(tables), most),
			"make it narrower, or raise max_tables_per_pattern")
		tables = tables[:most]
	}
	return tables
}

// named returns the table that an entry names, unless its filters leave it out. One that the catalog does
// not have stays: to read it fails, which says so.
func (s *selection) named(t config.TablePattern, f *filter) []warehouse.Table {
	table := warehouse.Table{TableRef: warehouse.TableRef{Schema: s.plan.schemaOf(t), Name: t.Table}, Rows: -1, Bytes: -1, Age: -1}
	at, known := slices.BinarySearchFunc(s.held, table.TableRef, func(a warehouse.Table, b warehouse.TableRef) int {
		if c := strings.Compare(a.Schema, b.Schema); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	keeps := true
	if known {
		table = s.held[at]
		keeps = f.keeps(table)
		f.warnOfUnknown()
	}
	if !keeps || f.excludes(table.Name) {
		s.warn(t, describe(t)+" is left out by the entry's filters"+f.missing(), "")
		return nil
	}
	return []warehouse.Table{table}
}

// inSchemas returns the tables of the schemas that an entry looks in. An engine without schemas has none to
// tell apart.
func (s *selection) inSchemas(t config.TablePattern) []warehouse.Table {
	if s.plan.DefaultSchema == "" {
		return s.held
	}
	matches, err := config.Matcher(t.SchemaPattern, t.PatternType)
	if err != nil {
		s.fail(t, "schema_pattern", err.Error(), "")
		return nil
	}
	var tables []warehouse.Table
	looked, inside := "", false
	schemas := 0
	var left []string
	for i, table := range s.held {
		if i == 0 || table.Schema != looked {
			looked = table.Schema
			inside = s.looksIn(t, looked, matches)
			if inside && t.SelectAllSchemas {
				if schemas++; schemas > s.discovery.MaxSchemas {
					left, inside = append(left, looked), false
				}
			}
		}
		if inside {
			tables = append(tables, table)
		}
	}
	if len(left) > 0 {
		s.limit(t, fmt.Sprintf("%s takes %d schemas, more than discovery_options.max_schemas_per_database, which is %d", describe(t), schemas, s.discovery.MaxSchemas),
			"leave some out with exclude_schemas, or raise max_schemas_per_database")
	}
	return tables
}

// looksIn reports whether an entry looks for tables in a schema.
func (s *selection) looksIn(t config.TablePattern, schema string, matches func(string) bool) bool {
	switch d := s.discovery; {
	case slices.Contains(d.ExcludeSchemas, schema), len(d.IncludeSchemas) > 0 && !slices.Contains(d.IncludeSchemas, schema):
		return false
	case t.SelectAllSchemas:
		return true
	case t.Schema == "" && t.SchemaPattern != "":
		return matches(schema)
	default:
		return schema == s.plan.schemaOf(t)
	}
}

// limit tells that an entry selects more than it may.
func (s *selection) limit(t config.TablePattern, message, hint string) {
	switch s.discovery.LimitAction {
	case config.LimitError:
		s.fail(t, "", message, hint)
	case config.LimitSkip:
		s.warn(t, message+"; those beyond it, in the order of their names, are skipped", "")
	default:
		s.warn(t, message+"; those beyond it, in the order of their names, are left out", hint)
	}
}

func (s *selection) fail(t config.TablePattern, key, message, hint string) {
	s.problems = append(s.problems, t.Origin.Problem(config.SeverityError, key, message, hint))
}

func (s *selection) warn(t config.TablePattern, message, hint string) {
	w := t.Origin.Problem(config.SeverityWarning, "", message, hint)
	s.warned = append(s.warned, w)
	s.plan.Warnings = append(s.plan.Warnings, w.String())
}

// some lists names, the first of them where they are many.
func some(names []string) string {
	const most = 5
	if len(names) > most {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("and %d more", len(names)-most))
	}
	return strings.Join(names, ", ")
}
