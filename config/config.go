package config

import (
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
)

// Config is a whole configuration, checked and with every default filled in.
type Config struct {
	Environment string     `json:"environment" jsonschema:"minLength=1" jsonschema_description:"Free text that names this environment; it is stored with every run and tags it in Dagster."`
	Source      Connection `json:"source" jsonschema:"required" jsonschema_description:"The database whose tables are profiled."`
	Storage     Storage    `json:"storage" jsonschema:"required" jsonschema_description:"Where the history of runs is kept."`
	Profiling   Profiling  `json:"profiling" jsonschema_description:"Which tables to profile, and what to measure."`
	Datasets    Datasets   `json:"datasets,omitzero" jsonschema:"nullable" jsonschema_description:"Settings of single tables."`
	Contracts   *Contracts `json:"contracts,omitempty" jsonschema:"nullable" jsonschema_description:"Folder of data contracts that name tables and hold their settings."`
	Drift       Drift      `json:"drift_detection" jsonschema_description:"How a run is compared with an earlier one."`
	Hooks       Hooks      `json:"hooks" jsonschema_description:"Who is told of a run that found something."`
	Retry       Retry      `json:"retry" jsonschema_description:"What to do when a statement fails for a passing reason."`
	Execution   Execution  `json:"execution" jsonschema_description:"How the work is carried out."`
	EnvFile     string     `json:"env_file,omitempty" jsonschema:"nullable,minLength=1" jsonschema_description:"File of environment variables, such as .env; a relative path starts at the configuration's folder."`

	SchemaChange SchemaChange `json:"schema_change" jsonschema_description:"Which changes of tables' schemas are told."`

	// Path is the file that the configuration came from, as it was given, or the name of its text.
	Path string `json:"-"`
	// Dir is the folder that paths relative to the configuration start from.
	Dir string `json:"-"`
}

// Storage says where the history of runs is kept.
type Storage struct {
	Connection   Connection `json:"connection" jsonschema:"required" jsonschema_description:"The database that holds the history."`
	ResultsTable string     `json:"results_table" jsonschema:"minLength=1" jsonschema_description:"Table that holds one row a metric."`
	RunsTable    string     `json:"runs_table" jsonschema:"minLength=1" jsonschema_description:"Table that holds one row a profiled table."`
	CreateTables bool       `json:"create_tables" jsonschema_description:"Create missing history tables before the first write."`

	Learning
	Anomalies
}

// Profiling says which tables to profile, and what to measure.
type Profiling struct {
	Tables             []TablePattern `json:"tables" jsonschema_description:"The tables to profile, one entry each or many by a pattern."`
	TableDiscovery     bool           `json:"table_discovery" jsonschema_description:"Look for the tables that patterns select; false profiles only tables that are named."`
	Discovery          Discovery      `json:"discovery_options" jsonschema_description:"How tables are looked for."`
	Metrics            []string       `json:"metrics" jsonschema_description:"What to measure of each column."`
	ComputeHistograms  bool           `json:"compute_histograms" jsonschema_description:"Compute histograms of numeric columns."`
	HistogramBins      int            `json:"histogram_bins" jsonschema:"minimum=1,maximum=10000" jsonschema_description:"Number of bins of a histogram, all of one width."`
	MaxDistinctValues  int            `json:"max_distinct_values" jsonschema:"minimum=1" jsonschema_description:"How many distinct values of a column are listed at most."`
	DefaultSampleRatio float64        `json:"default_sample_ratio" jsonschema:"exclusiveMinimum=0,maximum=1" jsonschema_description:"Share of its rows that is read of a table without sampling of its own; 1 reads them all."`

	Enrichment
}

// TablePattern selects one table by name, or many by a pattern or a whole schema.
// Exactly one of Table, Pattern, SelectSchema, SelectAllSchemas, DBTRef and DBTSelector is set.
type TablePattern struct {
	Database      string      `json:"database,omitempty" jsonschema:"nullable" jsonschema_description:"Database of the table; the source's own when absent."`
	Schema        string      `json:"schema,omitempty" jsonschema:"nullable" jsonschema_description:"Schema of the table; the source's default schema when absent."`
	Table         string      `json:"table,omitempty" jsonschema:"nullable,minLength=1" jsonschema_description:"The name of one table."`
	Pattern       string      `json:"pattern,omitempty" jsonschema:"nullable,minLength=1" jsonschema_description:"Pattern that table names match, read as pattern_type says."`
	PatternType   PatternType `json:"pattern_type,omitempty" jsonschema:"nullable" jsonschema_description:"How pattern and schema_pattern are read; wildcard when absent."`
	SchemaPattern string      `json:"schema_pattern,omitempty" jsonschema:"nullable,minLength=1" jsonschema_description:"Pattern that schema names match, read as pattern_type says."`
	SelectSchema  bool        `json:"select_schema,omitempty" jsonschema:"nullable" jsonschema_description:"Select every table of the schema, or of the schemas that schema_pattern matches."`

	DBT
	SelectAllSchemas bool `json:"select_all_schemas,omitempty" jsonschema:"nullable" jsonschema_description:"Select every table of every schema."`
	Filters

	Origin Origin `json:"-"`
}

// Retry says what to do when a statement fails for a passing reason.
type Retry struct {
	Enabled         bool            `json:"enabled" jsonschema_description:"Try again at all."`
	Retries         int             `json:"retries" jsonschema:"minimum=0,maximum=10" jsonschema_description:"How often to try again after the first failure."`
	BackoffStrategy BackoffStrategy `json:"backoff_strategy" jsonschema_description:"exponential doubles the wait each time; fixed keeps it."`
	MinBackoff      float64         `json:"min_backoff" jsonschema:"exclusiveMinimum=0,maximum=60" jsonschema_description:"First wait, in seconds."`
	MaxBackoff      float64         `json:"max_backoff" jsonschema:"exclusiveMinimum=0,maximum=300" jsonschema_description:"Longest wait, in seconds; at least min_backoff."`
}

// Execution says how the work is carried out. The limits of time are seconds, as many as fit the 32 bits of
// milliseconds of PostgreSQL's statement_timeout.
type Execution struct {
	MaxWorkers       int             `json:"max_workers" jsonschema:"minimum=1,maximum=64" jsonschema_description:"How many tables are profiled side by side."`
	WarehouseLimits  WarehouseLimits `json:"warehouse_limits,omitempty" jsonschema_description:"By engine, how many tables of it are profiled side by side at most, however large max_workers is."`
	StatementTimeout float64         `json:"statement_timeout_seconds" jsonschema:"minimum=0,maximum=2000000" jsonschema_description:"Seconds after which a statement is ended and its table fails; 0 for never."`
	TableTimeout     float64         `json:"table_timeout_seconds" jsonschema:"minimum=0,maximum=2000000" jsonschema_description:"Seconds after which a table fails, all tries and the waits between them included; 0 for never."`
	Mode             Mode            `json:"mode" jsonschema_description:"How tables are read: stream pulls rows and computes here; auto lets the engine decide."`
}

// WarehouseLimits are numbers of scans by the engine's name.
type WarehouseLimits map[string]int

// Default returns a configuration with every default, and neither source nor storage.
// The values are the reference's, but that every metric is measured.
func Default() Config {
	judged := drift.DefaultSettings()
	return Config{
		Environment: "development",
		Storage:     Storage{ResultsTable: "baselinr_results", RunsTable: "baselinr_runs", CreateTables: true, Learning: defaultLearning(), Anomalies: defaultAnomalies()},
		Profiling: Profiling{
			TableDiscovery:     true,
			Discovery:          Discovery{IncludeTableTypes: []TableType{TypeTable}, MaxTables: 1000, MaxSchemas: 100, LimitAction: LimitWarn, ValidateRegex: true, Cache: true, CacheTTL: 300},
			Metrics:            slices.Clone(MetricNames),
			ComputeHistograms:  true,
			HistogramBins:      10,
			MaxDistinctValues:  1000,
			DefaultSampleRatio: 1,
			Enrichment:         defaultEnrichment(),
		},
		Drift: Drift{
			Strategy:          "absolute_threshold",
			AbsoluteThreshold: Thresholds{Low: 5, Medium: 15, High: 30},
			StandardDeviation: Deviations{Low: 1, Medium: 2, High: 3},
			Statistical: Statistical{
				Tests: slices.Clone(judged.Statistical.Tests), Sensitivity: string(judged.Statistical.Sensitivity),
				Level: judged.Statistical.Level, MinRows: judged.Statistical.MinValues,
			},
			MLBased: Chart{
				Lambda: judged.Chart.Lambda, Low: judged.Chart.Deviations.Low, Medium: judged.Chart.Deviations.Medium, High: judged.Chart.Deviations.High,
				MinRuns: judged.Chart.MinRuns, SeasonDays: judged.Chart.SeasonDays,
			},
			Baselines:    Baselines{Strategy: drift.LastRun, Windows: BaselineWindows{MovingAverage: 7, PriorPeriod: 7, MinRuns: 3}},
			TypeSpecific: true,
		},
		Hooks:     Hooks{Enabled: true},
		Retry:     Retry{Enabled: true, Retries: 3, BackoffStrategy: BackoffExponential, MinBackoff: 0.5, MaxBackoff: 8},
		Execution: Execution{MaxWorkers: 1, Mode: ModeAuto},

		SchemaChange: SchemaChange{Enabled: true, SimilarityThreshold: 0.7},
	}
}
