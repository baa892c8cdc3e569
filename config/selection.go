package config

import (
	"cmp"
	"slices"
)

// Filters keep some of the tables that an entry selects; a table has to pass all of them.
type Filters struct {
	ExcludePatterns   []string    `json:"exclude_patterns,omitempty" jsonschema:"nullable" jsonschema_description:"Leave out tables whose names match one of these." absent:"none" example:"[tmp_*, old_*]"`
	TableTypes        []TableType `json:"table_types,omitempty" jsonschema:"nullable" jsonschema_description:"Keep tables of these types. 'table' has partitioned and virtual ones, too." absent:"those of 'discovery_options'" example:"[table, view]"`
	MinRows           int64       `json:"min_rows,omitempty" jsonschema:"nullable,exclusiveMinimum=0" jsonschema_description:"Keep tables of at least so many rows, by the catalog's estimate." absent:"none" example:"1000"`
	MaxRows           int64       `json:"max_rows,omitempty" jsonschema:"nullable,exclusiveMinimum=0" jsonschema_description:"Keep tables of at most so many rows, by the catalog's estimate." absent:"none" example:"50000000"`
	RequiredColumns   []string    `json:"required_columns,omitempty" jsonschema:"nullable" jsonschema_description:"Keep tables that have all of these columns." absent:"none" example:"[updated_at]"`
	ModifiedSinceDays int         `json:"modified_since_days,omitempty" jsonschema:"nullable,exclusiveMinimum=0" jsonschema_description:"Keep tables that were modified within so many days. MySQL knows it of tables that were written to since the server started; neither PostgreSQL nor SQLite keeps it." absent:"none" example:"30"`
	Tags              []string    `json:"tags,omitempty" jsonschema:"nullable" jsonschema_description:"Keep tables that have all of these tags." absent:"none" example:"[critical, finance]"`
	TagsAny           []string    `json:"tags_any,omitempty" jsonschema:"nullable" jsonschema_description:"Keep tables that have one of these tags." absent:"none" example:"[critical, finance]"`
	OverridePriority  *int        `json:"override_priority,omitempty" jsonschema:"nullable" jsonschema_description:"Which entry a table belongs to that several select: the one with the highest number, of equal ones the first." absent:"100 for 'table' and dbt, 50 with tags, 10 for 'pattern', 5 for 'select_schema', 1 for 'select_all_schemas'" example:"200"`
}

// TableType is what a table is.
type TableType string

// The types of tables.
const (
	TypeTable            TableType = "table"
	TypeView             TableType = "view"
	TypeMaterializedView TableType = "materialized_view"
	TypeForeignTable     TableType = "foreign_table"
	TypeExternalTable    TableType = "external_table"
)

// TableTypes lists the types of tables.
var TableTypes = []TableType{TypeTable, TypeView, TypeMaterializedView, TypeForeignTable, TypeExternalTable}

// LimitAction says what happens beyond a limit of the discovery.
type LimitAction string

// The actions.
const (
	LimitWarn  LimitAction = "warn"
	LimitError LimitAction = "error"
	LimitSkip  LimitAction = "skip"
)

// TagProviders are the values of discovery_options.tag_provider.
var TagProviders = []string{"auto", "snowflake", "bigquery", "postgres", "mysql", "redshift", "sqlite", "dbt", "external"}

// Discovery says how tables that no entry names are looked for.
type Discovery struct {
	IncludeSchemas    []string    `json:"include_schemas,omitempty" jsonschema:"nullable" jsonschema_description:"Look in these schemas only." absent:"all" example:"[public, sales]"`
	ExcludeSchemas    []string    `json:"exclude_schemas,omitempty" jsonschema:"nullable" jsonschema_description:"Do not look in these schemas." absent:"none" example:"[scratch]"`
	IncludeTableTypes []TableType `json:"include_table_types" jsonschema:"nullable" jsonschema_description:"Types of tables that are looked for, where an entry has no 'table_types'. An empty list is all types." example:"[table, view]"`
	ExcludeTableTypes []TableType `json:"exclude_table_types,omitempty" jsonschema:"nullable" jsonschema_description:"Types of tables that are not looked for, where an entry has no 'table_types'; for use with an empty or longer 'include_table_types'." absent:"none" example:"[foreign_table]"`
	MaxTables         int         `json:"max_tables_per_pattern" jsonschema:"exclusiveMinimum=0" jsonschema_description:"How many tables an entry with 'pattern' selects at most, all its schemas together and after its filters." example:"200"`
	MaxSchemas        int         `json:"max_schemas_per_database" jsonschema:"exclusiveMinimum=0" jsonschema_description:"How many schemas 'select_all_schemas' takes at most, after 'include_schemas' and 'exclude_schemas'." example:"20"`
	LimitAction       LimitAction `json:"discovery_limit_action" jsonschema_description:"What happens beyond a limit. 'warn' and 'skip' take the first in the order of names and leave the rest out, with a warning, which with 'warn' says what to do; 'error' ends with exit code 2." example:"error"`
	ValidateRegex     bool        `json:"validate_regex" jsonschema_description:"Check regular expressions when the file is read. 'false' leaves that to the plan." example:"false"`
	Cache             bool        `json:"cache_discovery" jsonschema_description:"Keep what the source's catalog answers, in the user's cache folder, for the plans of the next minutes and for when the source is down. 'false' keeps nothing and uses nothing that was kept." example:"false"`
	CacheTTL          int64       `json:"cache_ttl_seconds" jsonschema:"exclusiveMinimum=0" jsonschema_description:"Seconds for which a plan uses what was kept before the catalog is asked again. SQLite's, which costs nothing, is always asked; so is the catalog by a run." example:"60"`
	DBTManifestPath   string      `json:"dbt_manifest_path,omitempty" jsonschema:"nullable" jsonschema_description:"Path of dbt's 'manifest.json', for 'tag_provider: dbt' and for entries that name no manifest." absent:"none" example:"dbt/target/manifest.json"`
	TagProvider       string      `json:"tag_provider,omitempty" jsonschema:"nullable" jsonschema_description:"Where tags come from: 'auto' and the engine's name are its comments, 'dbt' is its manifest." absent:"'auto'" example:"dbt"`
}

// Origin is where an entry stands.
type Origin struct {
	File         string
	Line, Column int
	Path         string
}

// Problem returns a problem of the entry, or of its key where there is one.
func (o Origin) Problem(severity Severity, key, message, hint string) Problem {
	at := o.Path
	if key != "" {
		at = path(at, key)
	}
	return Problem{severity, o.File, o.Line, o.Column, at, message, hint}
}

// The priorities of entries without override_priority, as in the reference.
const (
	priorityTable      = 100
	priorityTags       = 50
	priorityPattern    = 10
	prioritySchema     = 5
	priorityAllSchemas = 1
)

// Priority says which of several entries a table belongs to: the one with the highest, of equal ones the first.
func (t TablePattern) Priority() int {
	switch {
	case t.OverridePriority != nil:
		return *t.OverridePriority
	case t.Pattern == "" && !t.SelectSchema && !t.SelectAllSchemas:
		return priorityTable
	case len(t.Tags)+len(t.TagsAny) > 0:
		return priorityTags
	case t.Pattern != "":
		return priorityPattern
	case t.SelectSchema:
		return prioritySchema
	default:
		return priorityAllSchemas
	}
}

// AsksCatalog reports whether what the entry selects depends on more than its own words.
func (t TablePattern) AsksCatalog() bool {
	return t.Table == "" || len(t.Tags)+len(t.TagsAny)+len(t.TableTypes)+len(t.RequiredColumns)+t.ModifiedSinceDays > 0 ||
		t.MinRows > 0 || t.MaxRows > 0
}

// takesWholeSchemas reports whether every table of the entry's schemas is selected.
func (t TablePattern) takesWholeSchemas() bool {
	f := t.Filters
	return t.Table == "" && !t.ByDBT() && (t.Pattern == "" || t.Pattern == "*" && t.PatternType == PatternWildcard) &&
		len(f.Tags)+len(f.TagsAny)+len(f.ExcludePatterns)+len(f.TableTypes)+len(f.RequiredColumns)+f.ModifiedSinceDays == 0 &&
		f.MinRows == 0 && f.MaxRows == 0
}

// byPriority returns the indices of entries, that of the highest priority first.
func byPriority(entries []TablePattern) []int {
	order := make([]int, len(entries))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(entries[b].Priority(), entries[a].Priority()) })
	return order
}
