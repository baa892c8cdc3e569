package drift

import (
	"fmt"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// ChangeType says what happened to a column, in the words of the history's events.
type ChangeType string

// The changes of a schema.
const (
	ColumnAdded   ChangeType = "column_added"
	ColumnRemoved ChangeType = "column_removed"
	TypeChanged   ChangeType = "type_changed"
)

// SchemaChange is one difference between the columns of two runs. OldType is empty for a column that
// was added, NewType for one that was removed.
type SchemaChange struct {
	Type     ChangeType `json:"type"`
	Column   string     `json:"column"`
	OldType  string     `json:"old_type,omitempty"`
	NewType  string     `json:"new_type,omitempty"`
	Severity Severity   `json:"severity"`
}

// String tells the change in a few words.
func (c SchemaChange) String() string {
	switch c.Type {
	case ColumnAdded:
		return fmt.Sprintf("column %s added (%s)", c.Column, c.NewType)
	case ColumnRemoved:
		return fmt.Sprintf("column %s removed (%s)", c.Column, c.OldType)
	default:
		return fmt.Sprintf("column %s changed its type from %s to %s", c.Column, c.OldType, c.NewType)
	}
}

// columnsOf returns every column of the table, those that the run did not read too: to leave one out, or
// to read it again, is no change of the schema.
func columnsOf(p *metrics.TableProfile) []metrics.ColumnProfile {
	columns := slices.Clone(p.Columns)
	for _, c := range p.Unread {
		columns = append(columns, metrics.ColumnProfile{Name: c.Name, Type: c.Type})
	}
	return columns
}

// schemaChanges lists the columns that were added and retyped, in the order of now, then those that
// were removed, in the order of before.
func schemaChanges(before, now []metrics.ColumnProfile) []SchemaChange {
	old := make(map[string]string, len(before))
	for _, c := range before {
		old[c.Name] = c.Type
	}
	var changes []SchemaChange
	present := make(map[string]bool, len(now))
	for _, c := range now {
		present[c.Name] = true
		was, existed := old[c.Name]
		switch {
		case !existed:
			changes = append(changes, SchemaChange{Type: ColumnAdded, Column: c.Name, NewType: c.Type, Severity: Low})
		case canonicalType(was) != canonicalType(c.Type):
			changes = append(changes, SchemaChange{Type: TypeChanged, Column: c.Name, OldType: was, NewType: c.Type, Severity: Medium})
		}
	}
	for _, c := range before {
		if !present[c.Name] {
			changes = append(changes, SchemaChange{Type: ColumnRemoved, Column: c.Name, OldType: c.Type, Severity: High})
		}
	}
	return changes
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
	name, rest, _ := strings.Cut(strings.ToLower(strings.TrimSpace(declared)), "(")
	parameters, tail, _ := strings.Cut(rest, ")")
	name = strings.TrimSpace(strings.TrimSpace(name) + tail) // timestamp(6) without time zone
	if synonym, ok := typeSynonyms[name]; ok {
		name = synonym
	}
	if parameters = strings.ReplaceAll(parameters, " ", ""); parameters == "" {
		return name
	}
	return name + "(" + parameters + ")"
}
