// Package plan decides what a run profiles: a config and what the warehouse holds, turned into a
// sorted list of tables, each with what is measured of it.
package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Plan is what a run profiles.
type Plan struct {
	Environment   string
	SourceType    string
	Database      string
	DefaultSchema string
	DriftStrategy string
	Mode          config.Mode // how tables are measured, unless one is told otherwise: config.ModeStream or config.ModePushdown
	ModeReason    string
	ConfigPath    string
	Tables        []Table // sorted by ID
	Warnings      []string
	Discovery     *Discovery // nil where the catalog was not asked
	Estimated     bool       // the tables' estimates were asked for
	settings      settings
}

// Table is what a run does with one table.
type Table struct {
	warehouse.TableRef
	Database      string
	Metrics       []string            // of each column that no rule gives others
	Columns       []config.ColumnRule // which columns are read; none for all of them, alike
	Partition     *config.Partition   // which rows are profiled; nil for all
	PartitionKey  string              // the column that the config names as the partitions' key, whatever is read; in no signature where it is every row
	Sampling      *config.Sampling    // how many of them are read; nil for all
	DriftStrategy string
	Drift         config.Drift        // how runs of it are compared
	DriftColumns  []config.ColumnRule // how single columns are, where it differs; the first that matches one counts
	EstimatedRows int64               // −1 where it is not known

	Anomalies      config.Anomalies    // how runs of it are held against earlier ones
	AnomalyColumns []config.ColumnRule // how single columns are, where it differs; the first that matches one counts

	EstimatedBytes int64  // on disk; −1 where it is not known
	SelectedBy     string // the config's entry, as profiling.tables[2]

	Mode config.Mode // how it is measured: config.ModeStream or config.ModePushdown

	Again *Due // whether it is profiled again while its plan is the same; nil where that was not asked
}

// Discovery says where what the catalog says of the tables came from. It is no part of a signature.
type Discovery struct {
	From Origin
	At   time.Time // when the catalog said it; zero for FromCatalog
}

// Origin is where an answer of the catalog came from.
type Origin string

// The origins.
const (
	FromCatalog   Origin = "catalog"    // the catalog itself
	FromCache     Origin = "cache"      // what it said before
	FromLastKnown Origin = "last_known" // what it said before, because the source failed
)

// settings are the parts of a config that change every table's result.
type settings struct {
	HistogramBins     int            `json:"histogram_bins,omitempty"`
	MaxDistinctValues int            `json:"max_distinct_values"`
	Storage           map[string]any `json:"storage"`
	Outlook           any            `json:"outlook,omitempty"` // what is asked of earlier runs, where it is not the default
	schemas           config.SchemaChange
	sharesHistory     bool // the source is the database that holds the history
}

func settingsOf(c *config.Config) settings {
	return settings{
		HistogramBins:     c.Profiling.HistogramBins,
		MaxDistinctValues: c.Profiling.MaxDistinctValues,
		Storage:           map[string]any{"runs_table": c.Storage.RunsTable, "results_table": c.Storage.ResultsTable},
		Outlook:           outlookOf(c),
		schemas:           c.SchemaChange,
		sharesHistory:     samePlace(c.Source, c.Storage.Connection),
	}
}

// samePlace reports whether two connections lead to one database.
func samePlace(a, b config.Connection) bool {
	return a.Type == b.Type && a.Host == b.Host && a.Port == b.Port && a.File() == b.File()
}

// historyTables are the history's tables whose names a config cannot choose.
var historyTables = []string{
	"baselinr_events", "baselinr_schema_registry", "baselinr_table_state", "baselinr_schema_version",
	"baselinr_lineage", "baselinr_column_lineage", "baselinr_expectations",
}

// ownHistory reports whether a table of the source is one of the history, which a pattern leaves out: it
// grows with every run.
func (s settings) ownHistory(table string) bool {
	return s.sharesHistory && (table == s.Storage["runs_table"] || table == s.Storage["results_table"] ||
		slices.Contains(historyTables, table) || strings.HasPrefix(table, "baselinr_pipes_"))
}

// columnsEstimated is how many columns a table is taken to have, as in the Python tool.
const columnsEstimated = 10

// EstimatedMetrics estimates how many metrics a run computes.
func (p *Plan) EstimatedMetrics() int {
	n := 0
	for _, t := range p.Tables {
		n += columnsEstimated * len(t.Metrics)
	}
	return n
}

// Signature is the SHA-256 of what would change the run's result: it differs when, and only when,
// the plan does. Secrets and the paths of files never enter it.
func (p *Plan) Signature() string {
	signatures := make([]string, len(p.Tables))
	for i, t := range p.Tables {
		signatures[i] = p.TableSignature(t)
	}
	return digest(struct {
		Environment string   `json:"environment"`
		SourceType  string   `json:"source_type"`
		Tables      []string `json:"tables"`
	}{p.Environment, p.SourceType, signatures})
}

// DriftSignature is the SHA-256 of how runs of the table are compared.
func (t Table) DriftSignature() string {
	compared, byColumn := t.signedDrift()
	return digest([]any{compared, byColumn})
}

// TableSignature is the SHA-256 of what would change the result of one table.
func (p *Plan) TableSignature(t Table) string {
	compared, byColumn := t.signedDrift()
	return digest(struct {
		ID        string              `json:"id"`
		Database  string              `json:"database"`
		Metrics   []string            `json:"metrics"`
		Columns   []config.ColumnRule `json:"columns,omitempty"`
		Partition *config.Partition   `json:"partition,omitempty"`
		Sampling  *config.Sampling    `json:"sampling,omitempty"`
		Drift     config.Drift        `json:"drift"`
		ByColumn  []config.ColumnRule `json:"drift_columns,omitempty"`
		Settings  settings            `json:"settings"`
		Schema    any                 `json:"schema_change"`
		Anomalies any                 `json:"anomalies,omitempty"`
	}{t.ID(), t.Database, t.Metrics, t.signedColumns(), t.Partition, t.Sampling, compared, byColumn, p.settings.signed(t), p.settings.schemas.Of(t.Schema, t.Name), t.anomalies()})
}

// withoutFiles returns rules without the paths of their baseline files.
func withoutFiles(rules []config.ColumnRule) []config.ColumnRule {
	rules = slices.Clone(rules)
	for i, r := range rules {
		if r.Drift != nil && r.Drift.Baselines != nil {
			compared, baselines := *r.Drift, *r.Drift.Baselines
			baselines.File = ""
			compared.Baselines, rules[i].Drift = &baselines, &compared
		}
	}
	return rules
}

// digest hashes the canonical JSON of v: encoding/json writes struct fields in their order and map
// keys sorted.
func digest(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("plan: %v", err)) // the structs above hold nothing that JSON cannot carry
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// ID is the table's name as users see and give it.
func (t Table) ID() string {
	if t.Database == "" {
		return t.TableRef.ID()
	}
	return t.Database + "." + t.TableRef.ID()
}

// Find returns the table with the ID, and false where the plan has none.
func (p *Plan) Find(id string) (Table, bool) {
	for _, t := range p.Tables {
		if t.ID() == id {
			return t, true
		}
	}
	return Table{}, false
}
