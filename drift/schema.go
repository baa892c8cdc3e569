package drift

import (
	"fmt"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// ChangeType says what happened to a table's schema, in the words of the history's events.
type ChangeType string

// The changes of a schema.
const (
	ColumnAdded      ChangeType = "column_added"
	ColumnRemoved    ChangeType = "column_removed"
	ColumnRenamed    ChangeType = "column_renamed"
	TypeChanged      ChangeType = "type_changed"
	PartitionChanged ChangeType = "partition_changed"
)

// ChangeTypes lists the changes of a schema.
func ChangeTypes() []ChangeType {
	return []ChangeType{ColumnAdded, ColumnRemoved, ColumnRenamed, TypeChanged, PartitionChanged}
}

// Breaking is the severity of a change of a schema that readers of the table cannot take unchanged. No
// finding has it.
const Breaking Severity = "breaking"

// SchemaSettings say which changes of a table's schema are told.
type SchemaSettings struct {
	Enabled    bool
	Similarity float64      // of two names from which a column counts as renamed, 0 to 1
	Suppressed []ChangeType // those of this table that are not told
}

// SchemaChange is one difference between the schemas of two runs. OldType is empty for a column that
// was added, NewType for one that was removed; Column is the new name of one that was renamed, and empty
// where the change is of the partition key.
type SchemaChange struct {
	Type      ChangeType       `json:"type"`
	Column    string           `json:"column"`
	OldColumn string           `json:"old_column_name,omitempty"`
	OldType   string           `json:"old_type,omitempty"`
	NewType   string           `json:"new_type,omitempty"`
	Partition *PartitionChange `json:"partition_info,omitempty"`
	Severity  Severity         `json:"severity"`

	Muted *Muted `json:"muted,omitempty"` // why the change does not count, its run being accepted; nil where it does
}

// WorstChange returns the most severe change of the schema that counts, the first of equals; false where there is none.
func (r *Report) WorstChange() (worst SchemaChange, changed bool) {
	for _, c := range r.SchemaChanges {
		if c.Muted == nil && (!changed || ranks[c.Severity] > ranks[worst.Severity]) {
			worst, changed = c, true
		}
	}
	return worst, changed
}

// PartitionChange names the columns by which a table's partitions were told apart, and are now.
type PartitionChange struct {
	OldKey string `json:"old_partition_key"`
	Key    string `json:"partition_key"`
}

// String tells the change in a few words.
func (c SchemaChange) String() string {
	if c.Muted != nil {
		return c.words() + "  (" + c.Muted.String() + ")"
	}
	return c.words()
}

func (c SchemaChange) words() string {
	switch c.Type {
	case ColumnAdded:
		return fmt.Sprintf("column %s added%s", c.Column, inParentheses(c.NewType))
	case ColumnRemoved:
		return fmt.Sprintf("column %s removed%s", c.Column, inParentheses(c.OldType))
	case ColumnRenamed:
		text := fmt.Sprintf("column %s renamed to %s", c.OldColumn, c.Column)
		if canonicalType(c.OldType) != canonicalType(c.NewType) {
			text += fmt.Sprintf(", its type changed from %s to %s", c.OldType, c.NewType)
		}
		return text
	case PartitionChanged:
		if c.Partition == nil { // of a history that was edited
			return "partition key changed"
		}
		return fmt.Sprintf("partition key changed from %s to %s", c.Partition.OldKey, c.Partition.Key)
	default:
		return fmt.Sprintf("column %s changed its type from %s to %s", c.Column, c.OldType, c.NewType)
	}
}

// inParentheses writes a type after a name; SQLite has columns without one.
func inParentheses(declared string) string {
	if declared == "" {
		return ""
	}
	return " (" + declared + ")"
}

// changes lists how the schema changed between two runs: what is told, and what the settings suppress.
func (s SchemaSettings) changes(baseline, current *Run) (told, suppressed []SchemaChange) {
	if !s.Enabled {
		return nil, nil
	}
	before, now := columnsOf(baseline.Profile), columnsOf(current.Profile)
	if readOtherwise(baseline.Reading, current.Reading) != "" {
		for _, columns := range [][]metrics.ColumnProfile{before, now} {
			for i := range columns {
				columns[i].Metrics = nil // of other rows, they say nothing of renames
			}
		}
	}
	changes := schemaChanges(before, now, s.Similarity)
	changes = append(changes, partitionChanges(baseline.Reading, current.Reading)...)
	for _, c := range changes {
		if slices.Contains(s.Suppressed, c.Type) {
			suppressed = append(suppressed, c)
		} else {
			told = append(told, c)
		}
	}
	return told, suppressed
}

// columnsOf returns every column of the table, those that the run did not read too: to leave one out, or
// to read it again, is no change of the schema.
func columnsOf(p *metrics.TableProfile) []metrics.ColumnProfile {
	columns := slices.Clone(p.Columns)
	for _, c := range p.Unread {
		columns = append(columns, metrics.ColumnProfile{Name: c.Name, Type: c.Type, Kind: c.Kind, Nullable: c.Nullable})
	}
	return columns
}

// schemaChanges lists the columns that were added, renamed and retyped, in the order of now, then those
// that were removed, in the order of before.
func schemaChanges(before, now []metrics.ColumnProfile, similarity float64) []SchemaChange {
	old := make(map[string]*metrics.ColumnProfile, len(before))
	for i := range before {
		old[before[i].Name] = &before[i]
	}
	present := make(map[string]bool, len(now))
	var added, removed []*metrics.ColumnProfile
	for i, c := range now {
		present[c.Name] = true
		if old[c.Name] == nil {
			added = append(added, &now[i])
		}
	}
	for i, c := range before {
		if !present[c.Name] {
			removed = append(removed, &before[i])
		}
	}
	renamed := renames(removed, added, similarity)
	var changes []SchemaChange
	for _, c := range now {
		was, existed := old[c.Name]
		former, isRenamed := renamed[c.Name]
		switch {
		case isRenamed:
			changes = append(changes, SchemaChange{
				Type: ColumnRenamed, Column: c.Name, OldColumn: former.Name, OldType: former.Type, NewType: c.Type, Severity: Medium,
			})
			delete(old, former.Name)
		case !existed:
			changes = append(changes, SchemaChange{Type: ColumnAdded, Column: c.Name, NewType: c.Type, Severity: Low})
		case !sameType(was, &c):
			changes = append(changes, SchemaChange{
				Type: TypeChanged, Column: c.Name, OldType: was.Type, NewType: c.Type, Severity: retyped(was.Type, c.Type),
			})
		}
	}
	for _, c := range removed {
		if old[c.Name] != nil {
			changes = append(changes, SchemaChange{Type: ColumnRemoved, Column: c.Name, OldType: c.Type, Severity: High})
		}
	}
	return changes
}

// partitionChanges tells that the partitions of a table are told apart by another column. Whether a run
// reads partitions at all is its config's choice, and no change of the table.
func partitionChanges(before, now *Reading) []SchemaChange {
	if before == nil || now == nil || before.Partition == nil || now.Partition == nil || before.Partition.Key == now.Partition.Key {
		return nil
	}
	return []SchemaChange{{
		Type: PartitionChanged, Partition: &PartitionChange{OldKey: before.Partition.Key, Key: now.Partition.Key}, Severity: High,
	}}
}

// typeSynonyms maps the spellings of one type to one of them: a run of the Python tool has the names
// that SQLAlchemy gives, a run of ours those of the engine's own catalog.
var typeSynonyms = map[string]string{
	"character varying": "varchar", "character": "char", "bpchar": "char", "int": "integer", "int4": "integer",
	"int8": "bigint", "int2": "smallint", "bool": "boolean", "float8": "double precision", "double": "double precision",
	"double_precision": "double precision", "float": "double precision", "float4": "real", "decimal": "numeric",
	"timestamp without time zone": "timestamp", "timestamp with time zone": "timestamp", "timestamptz": "timestamp",
	"time without time zone": "time", "datetime": "timestamp",
}

// canonicalType returns a spelling that equal types share: lower case, no spaces around or in the
// parameters, one name of those that mean the same.
func canonicalType(declared string) string {
	return joinType(splitType(declared))
}

func joinType(name, parameters string) string {
	if parameters == "" {
		return name
	}
	return name + "(" + parameters + ")"
}

// shortenedTypes are types of which SQLAlchemy leaves out the parameters.
var shortenedTypes = []string{"timestamp", "time", "bit", "enum", "set"}

// sameType reports whether a column's type is that of an earlier run. One of the Python tool, which knows no kinds, has types as
// SQLAlchemy writes them: BIGINT for a bigint(20) unsigned, TIME for a time(3).
func sameType(was, now *metrics.ColumnProfile) bool {
	before, is := canonicalType(was.Type), canonicalType(now.Type)
	if before == is || was.Kind != "" {
		return before == is
	}
	name, parameters := splitType(now.Type)
	if name = withoutAttributes(name); slices.Contains(shortenedTypes, name) {
		return before == name
	}
	return before == joinType(name, parameters)
}

// withoutAttributes takes MySQL's attributes off the name of a type.
func withoutAttributes(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, " zerofill"), " unsigned")
}

// widthTypes are types whose parameter says in MySQL how wide they are printed, and on no other engine is there.
var widthTypes = []string{"tinyint", "smallint", "mediumint", "int", "integer", "bigint", "year"}

// splitType returns a type's canonical name, and its parameters without spaces.
func splitType(declared string) (name, parameters string) {
	name, rest, _ := strings.Cut(strings.ToLower(strings.TrimSpace(declared)), "(")
	parameters, tail, _ := strings.Cut(rest, ")")
	name = strings.TrimSpace(strings.TrimSpace(name) + tail) // timestamp(6) without time zone
	base := withoutAttributes(name)
	attributes := strings.TrimPrefix(name, base)
	if slices.Contains(widthTypes, base) {
		parameters = ""
	}
	if synonym, ok := typeSynonyms[base]; ok {
		base = synonym
	}
	return base + attributes, strings.ReplaceAll(parameters, " ", "")
}

// The types that the Python tool takes for alike, by their canonical names.
var (
	wholeTypes = []string{"integer", "bigint", "smallint", "tinyint"}
	realTypes  = []string{"double precision", "real", "numeric"}
	textTypes  = []string{"varchar", "char", "text", "string", "nvarchar"}
	timeTypes  = []string{"date", "timestamp", "time"}
)

// retyped returns the severity of a change of type, as in the Python tool: low within whole numbers, within
// texts and within points in time, breaking from whole numbers to texts and back, else medium. Lengths and
// precisions do not count; there they make every change medium.
func retyped(from, to string) Severity {
	from, _ = splitType(from)
	to, _ = splitType(to)
	from, to = withoutAttributes(from), withoutAttributes(to)
	in := func(types []string, name string) bool { return slices.Contains(types, name) }
	for _, alike := range [][]string{wholeTypes, textTypes, timeTypes} {
		if in(alike, from) && in(alike, to) {
			return Low
		}
	}
	if in(wholeTypes, from) && in(textTypes, to) || in(textTypes, from) && in(wholeTypes, to) {
		return Breaking
	}
	return Medium
}
