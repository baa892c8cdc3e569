package store

import (
	"fmt"
	"strings"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Tables names the tables whose names a config may choose.
type Tables struct {
	Runs    string // storage.runs_table
	Results string // storage.results_table
}

// migration is one step of the history's schema. Its statements can be run again without harm: a
// history that the Python tool has created is upgraded by the same steps.
type migration struct {
	version     int
	description string
	statements  func(d warehouse.Dialect, t Tables) []string
}

// referenceVersion is the version of its schema that the Python tool 0.9.0 expects.
const referenceVersion = 7

// lastReferenceVersion is that of the last of its migrations that the Python tool 0.9.0 can be told to apply.
const lastReferenceVersion = 10

var migrations = []migration{
	{1, "the tables that the Python tool baselinr 0.9 keeps", referenceTables},
	{2, "runs with their drift, and findings", ownTables},
	{3, "what a run read: rows, sample, partition", readColumns},
	{4, "distributions of columns, and how sure findings are", distributionTables},
	{5, "feedback: accepted, incidents, mutes", feedbackTables},
	{6, "expectations, anomalies, and what earlier runs tell of rows and columns", outlookTables},
	{7, "profiles of partitions, which merge to those of windows", partitionTables},
	{8, "runs of partitions that an orchestrator tells apart", sliceColumns},
}

// referenceTables are the Python tool's tables with its columns, as its own migrations create them.
func referenceTables(d warehouse.Dialect, t Tables) []string {
	return []string{
		table(d, "baselinr_schema_version",
			"version INTEGER PRIMARY KEY",
			"applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP",
			"description VARCHAR(500)",
			"migration_script VARCHAR(255)",
			"checksum VARCHAR(64)"),
		table(d, t.Runs,
			"run_id VARCHAR(36) NOT NULL",
			"dataset_name VARCHAR(255) NOT NULL",
			"schema_name VARCHAR(255)",
			"profiled_at TIMESTAMP NOT NULL",
			"environment VARCHAR(50)",
			"status VARCHAR(20)",
			"row_count INTEGER",
			"column_count INTEGER",
			"PRIMARY KEY (run_id, dataset_name)"),
		table(d, t.Results,
			"id "+d.AutoIncrement(),
			"run_id VARCHAR(36) NOT NULL",
			"dataset_name VARCHAR(255) NOT NULL",
			"schema_name VARCHAR(255)",
			"column_name VARCHAR(255) NOT NULL",
			"column_type VARCHAR(100)",
			"metric_name VARCHAR(100) NOT NULL",
			"metric_value TEXT",
			"profiled_at TIMESTAMP NOT NULL"),
		table(d, "baselinr_events", eventColumns(d)...),
		table(d, "baselinr_schema_registry",
			"id "+d.AutoIncrement(),
			"table_name VARCHAR(255) NOT NULL",
			"schema_name VARCHAR(255)",
			"column_name VARCHAR(255) NOT NULL",
			"column_type VARCHAR(100) NOT NULL",
			"column_hash VARCHAR(64) NOT NULL",
			"nullable BOOLEAN DEFAULT TRUE",
			"run_id VARCHAR(36) NOT NULL",
			"first_seen_at TIMESTAMP NOT NULL",
			"last_seen_at TIMESTAMP NOT NULL"),
		table(d, "baselinr_table_state",
			"database_name VARCHAR(255)",
			"schema_name VARCHAR(255)",
			"table_name VARCHAR(255) NOT NULL",
			"last_run_id VARCHAR(36)",
			"snapshot_id VARCHAR(255)",
			"change_token VARCHAR(255)",
			"decision VARCHAR(50)",
			"decision_reason VARCHAR(255)",
			"last_profiled_at TIMESTAMP",
			"staleness_score INTEGER",
			"row_count BIGINT",
			"bytes_scanned BIGINT",
			"metadata TEXT",
			"PRIMARY KEY (database_name, schema_name, table_name)"),
		index(d, t.Runs, "dataset_name", "profiled_at"),
		index(d, t.Results, "run_id"),
		index(d, "baselinr_events", "run_id"),
		index(d, "baselinr_events", "table_name"),
		index(d, "baselinr_events", "timestamp"),
		index(d, "baselinr_schema_registry", "table_name", "schema_name", "column_name"),
		fmt.Sprintf(`INSERT INTO baselinr_schema_version (version, description, migration_script)
			SELECT %d, 'Initial schema version', 'schema.sql' FROM (SELECT 1) AS one
			WHERE NOT EXISTS (SELECT 1 FROM baselinr_schema_version)`, referenceVersion),
	}
}

// eventColumns are the columns of a table of events.
func eventColumns(d warehouse.Dialect) []string {
	return []string{
		"event_id VARCHAR(36) PRIMARY KEY",
		"event_type VARCHAR(100) NOT NULL",
		"run_id VARCHAR(36)",
		"table_name VARCHAR(255)",
		"column_name VARCHAR(255)",
		"metric_name VARCHAR(100)",
		"baseline_value " + d.Double(),
		"current_value " + d.Double(),
		"change_percent " + d.Double(),
		"drift_severity VARCHAR(20)",
		"timestamp TIMESTAMP NOT NULL",
		"metadata TEXT",
		"created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP",
	}
}

// ownTables hold what the Python tool's tables have no place for.
func ownTables(d warehouse.Dialect, _ Tables) []string {
	return []string{
		table(d, runsTable,
			"run_id VARCHAR(36) PRIMARY KEY",
			"invocation_id VARCHAR(36) NOT NULL",
			"table_id VARCHAR(600) NOT NULL",
			"profiled_at TIMESTAMP NOT NULL",
			"seconds "+d.Double()+" NOT NULL",
			"row_count BIGINT NOT NULL",
			"statements INTEGER NOT NULL",
			"drift_strategy VARCHAR(50) NOT NULL",
			"baseline_run_id VARCHAR(36)",
			"drift_severity VARCHAR(20) NOT NULL",
			"drift_note TEXT",
			"columns TEXT NOT NULL",
			"schema_changes TEXT NOT NULL"),
		table(d, findingsTable,
			"run_id VARCHAR(36) NOT NULL",
			"position INTEGER NOT NULL",
			"column_name VARCHAR(255) NOT NULL",
			"metric_name VARCHAR(100) NOT NULL",
			"test VARCHAR(100) NOT NULL",
			"baseline_value "+d.Double()+" NOT NULL",
			"current_value "+d.Double()+" NOT NULL",
			"change_percent "+d.Double(),
			"score "+d.Double(),
			"p_value "+d.Double(),
			"severity VARCHAR(20) NOT NULL",
			"reason TEXT NOT NULL",
			"PRIMARY KEY (run_id, position)"),
		index(d, runsTable, "table_id", "profiled_at"),
	}
}

// readColumns say what was read of a table; rows_read is null for runs before that was kept, which read all.
func readColumns(d warehouse.Dialect, _ Tables) []string {
	var statements []string
	for _, column := range []string{"rows_read BIGINT", "sampling TEXT", "partition_read TEXT"} {
		statements = append(statements, addColumn(d, runsTable, column))
	}
	return statements
}

// distributionTables hold how the values of columns were spread, and what tests of them found.
func distributionTables(d warehouse.Dialect, _ Tables) []string {
	statements := []string{
		table(d, distributionsTable,
			"run_id VARCHAR(36) NOT NULL",
			"position INTEGER NOT NULL", // of the column among those of the run
			"distribution TEXT NOT NULL",
			"PRIMARY KEY (run_id, position)"),
		addColumn(d, runsTable, "baseline_method VARCHAR(50)"),
		addColumn(d, runsTable, "not_computed TEXT"),
	}
	for _, column := range []string{"effect " + d.Double(), "adjusted_p_value " + d.Double(), "baseline_method VARCHAR(50)", "baseline_run_id VARCHAR(36)"} {
		statements = append(statements, addColumn(d, findingsTable, column))
	}
	return statements
}

// feedbackTables keep what users said of runs and findings. What was undone stays, marked.
func feedbackTables(d warehouse.Dialect, _ Tables) []string {
	return []string{
		table(d, feedbackTable,
			"feedback_id VARCHAR(36) PRIMARY KEY",
			"kind VARCHAR(20) NOT NULL",
			"dataset_name VARCHAR(255) NOT NULL",
			"schema_name VARCHAR(255)",
			"run_id VARCHAR(36)",
			"run_at TIMESTAMP",
			"finding_id VARCHAR(36)",
			"column_name VARCHAR(255)",
			"metric_name VARCHAR(100)",
			"test VARCHAR(100)",
			"baseline_value "+d.Double(),
			"current_value "+d.Double(),
			"muted_until TIMESTAMP",
			"reason TEXT",
			"given_by VARCHAR(255) NOT NULL",
			"given_at TIMESTAMP NOT NULL",
			"undone_by VARCHAR(255)",
			"undone_at TIMESTAMP"),
		index(d, feedbackTable, "dataset_name"),
		addColumn(d, findingsTable, "finding_id VARCHAR(36)"),
		addColumn(d, findingsTable, "muted TEXT"),
	}
}

// The tables of ours.
const (
	versionTable  = "baselinr_pipes_schema_version"
	runsTable     = "baselinr_pipes_runs"
	findingsTable = "baselinr_pipes_findings"

	distributionsTable = "baselinr_pipes_distributions"
	feedbackTable      = "baselinr_pipes_feedback"
)

func table(d warehouse.Dialect, name string, columns ...string) string {
	return createTable(d, d.Quote(name), columns)
}

// createTable makes a table whose name is quoted.
func createTable(d warehouse.Dialect, name string, columns []string) string {
	definitions := make([]string, len(columns))
	for i, c := range columns {
		definitions[i] = d.Column(c)
	}
	return strings.TrimSpace(fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (\n\t%s\n) %s", name, strings.Join(definitions, ",\n\t"), d.TableOptions()))
}

func addColumn(d warehouse.Dialect, table, definition string) string {
	return fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s", d.Quote(table), d.Column(definition))
}

func index(d warehouse.Dialect, table string, columns ...string) string {
	name := "idx_pipes_" + strings.TrimPrefix(table, "baselinr_") + "_" + columns[0]
	return d.CreateIndex(d.Quote(name), d.Quote(table), columns)
}
