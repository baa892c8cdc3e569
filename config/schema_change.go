package config

import (
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
)

// SchemaChange says which changes of tables' schemas are told.
type SchemaChange struct {
	Enabled             bool          `json:"enabled" jsonschema_description:"Tell how the columns and the partition key of a table differ from the run before. The registry of columns in the history is kept up either way." example:"false"`
	SimilarityThreshold float64       `json:"similarity_threshold" jsonschema:"minimum=0,maximum=1" jsonschema_description:"How similar the names of a removed and an added column must be to count as one that was renamed." example:"0.8"`
	Suppression         []Suppression `json:"suppression,omitempty" jsonschema_description:"Changes that are not told." absent:"none" example:"[{table: staging, change_type: column_added}]"`
}

// Suppression picks changes that are not told; what it leaves out is any.
type Suppression struct {
	Table      string           `json:"table,omitempty" jsonschema:"nullable,minLength=1" jsonschema_description:"Name of the table." absent:"any" example:"staging"`
	Schema     string           `json:"schema,omitempty" jsonschema:"nullable,minLength=1" jsonschema_description:"Schema of the table." absent:"any" example:"public"`
	ChangeType drift.ChangeType `json:"change_type,omitempty" jsonschema:"nullable" jsonschema_description:"What changed." absent:"any" example:"column_added"`
}

// Of returns what holds for a table, in drift's terms.
func (s SchemaChange) Of(schema, table string) drift.SchemaSettings {
	settings := drift.SchemaSettings{Enabled: s.Enabled, Similarity: s.SimilarityThreshold}
	for _, change := range drift.ChangeTypes() {
		if slices.ContainsFunc(s.Suppression, func(r Suppression) bool {
			return r.fits(schema, table) && (r.ChangeType == "" || r.ChangeType == change)
		}) {
			settings.Suppressed = append(settings.Suppressed, change)
		}
	}
	return settings
}

func (r Suppression) fits(schema, table string) bool {
	return (r.Table == "" || r.Table == table) && (r.Schema == "" || r.Schema == schema)
}
