package config

import (
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
)

// Config is a whole configuration, checked and with every default filled in.
type Config struct {
	Environment string     `json:"environment" jsonschema:"minLength=1" jsonschema_description:"Free text that names this environment; it is stored with every run and tags it in Dagster." example:"production"`
	Source      Connection `json:"source" jsonschema:"required" jsonschema_description:"The database whose tables are profiled." example:"{type: postgres, database: shop}"`
	Storage     Storage    `json:"storage" jsonschema:"required" jsonschema_description:"Where the history of runs is kept." example:"{connection: {type: sqlite, filepath: history.db}}"`
	Profiling   Profiling  `json:"profiling" jsonschema_description:"Which tables are profiled, and what is measured." absent:"its keys' defaults" example:"{tables: [{table: orders}]}"`
	Datasets    Datasets   `json:"datasets,omitzero" jsonschema:"nullable" jsonschema_description:"Settings of single tables: rows, columns, metrics, comparison." absent:"none" example:"{datasets: [{table: orders, profiling: {metrics: [count]}}]}"`
	Contracts   *Contracts `json:"contracts,omitempty" jsonschema:"nullable" jsonschema_description:"A folder of data contracts that name tables and hold their settings." absent:"none" example:"{directory: ./contracts}"`
	Drift       Drift      `json:"drift_detection" jsonschema_description:"How a run is compared with earlier ones." absent:"its keys' defaults" example:"{strategy: statistical}"`
	Hooks       Hooks      `json:"hooks" jsonschema_description:"Who is told of a run that found something." absent:"nobody" example:"{hooks: [{type: logging}]}"`
	Retry       Retry      `json:"retry" jsonschema_description:"What to do when a statement fails for a passing reason." absent:"its keys' defaults" example:"{retries: 5}"`
	Execution   Execution  `json:"execution" jsonschema_description:"How the work is carried out." absent:"its keys' defaults" example:"{max_workers: 4}"`
	EnvFile     string     `json:"env_file,omitempty" jsonschema:"nullable,minLength=1" jsonschema_description:"A file of environment variables; a relative path starts at the configuration's folder." absent:"none" example:".env"`

	Incremental Incremental `json:"incremental" jsonschema_description:"Which tables are profiled again though nothing of their plan changed." absent:"its keys' defaults" example:"{enabled: true}"`

	Privacy Privacy `json:"privacy,omitempty" jsonschema:"nullable" jsonschema_description:"Whether values of the tables are told. 'no_values' keeps them out of reports, Dagster's metadata, logs and hooks; the history holds them, since drift is computed of them." absent:"they are told" example:"no_values"`

	SchemaChange SchemaChange `json:"schema_change" jsonschema_description:"Which changes of tables' schemas are told." absent:"its keys' defaults" example:"{similarity_threshold: 0.8}"`

	// Path is the file that the configuration came from, as it was given, or the name of its text.
	Path string `json:"-"`
	// Dir is the folder that paths relative to the configuration start from.
	Dir string `json:"-"`
}

// Storage says where the history of runs is kept.
type Storage struct {
	Connection   Connection `json:"connection" jsonschema:"required" jsonschema_description:"The database that holds the history." example:"{type: sqlite, filepath: history.db}"`
	ResultsTable string     `json:"results_table" jsonschema:"minLength=1" jsonschema_description:"Table that holds one row a metric." example:"shop_results"`
	RunsTable    string     `json:"runs_table" jsonschema:"minLength=1" jsonschema_description:"Table that holds one row a profiled table." example:"shop_runs"`
	CreateTables bool       `json:"create_tables" jsonschema_description:"Create missing history tables before the first write." example:"false"`

	Learning
	Anomalies
}

// Profiling says which tables to profile, and what to measure.
type Profiling struct {
	Tables             []TablePattern `json:"tables" jsonschema_description:"The tables to profile: an entry for each, or for many by a pattern." absent:"those of data contracts, else none" example:"[{table: orders}, {pattern: 'customer_*'}]"`
	TableDiscovery     bool           `json:"table_discovery" jsonschema_description:"Look for the tables that patterns select. 'false' profiles only tables that are named: an entry with 'pattern', 'select_schema' or 'select_all_schemas' then selects none, which gives a warning." example:"false"`
	Discovery          Discovery      `json:"discovery_options" jsonschema_description:"How tables are looked for." absent:"its keys' defaults" example:"{exclude_schemas: [scratch]}"`
	Metrics            []string       `json:"metrics" jsonschema_description:"What is measured of each column." absent:"all of them" example:"[count, null_ratio, mean]"`
	ComputeHistograms  bool           `json:"compute_histograms" jsonschema_description:"Compute histograms of numeric columns." example:"false"`
	HistogramBins      int            `json:"histogram_bins" jsonschema:"minimum=1,maximum=10000" jsonschema_description:"Number of bins of a histogram, all of one width." example:"20"`
	MaxDistinctValues  int            `json:"max_distinct_values" jsonschema:"minimum=1" jsonschema_description:"How many distinct values of a column are listed at most." example:"50"`
	DefaultSampleRatio float64        `json:"default_sample_ratio" jsonschema:"exclusiveMinimum=0,maximum=1" jsonschema_description:"Share of its rows that is read of a table without sampling of its own; 1 reads them all." example:"0.1"`

	Enrichment
}

// TablePattern selects one table by name, or many by a pattern or a whole schema.
// Exactly one of Table, Pattern, SelectSchema, SelectAllSchemas, DBTRef and DBTSelector is set.
type TablePattern struct {
	Table            string      `json:"table,omitempty" jsonschema:"nullable,minLength=1" jsonschema_description:"The name of one table." absent:"none" example:"orders"`
	Pattern          string      `json:"pattern,omitempty" jsonschema:"nullable,minLength=1" jsonschema_description:"A pattern that table names match." absent:"none" example:"'customer_*'"`
	PatternType      PatternType `json:"pattern_type,omitempty" jsonschema:"nullable" jsonschema_description:"How 'pattern', 'schema_pattern' and 'exclude_patterns' are read." absent:"'wildcard'" example:"regex"`
	SelectSchema     bool        `json:"select_schema,omitempty" jsonschema:"nullable" jsonschema_description:"Select every table of the schema, or of the schemas that 'schema_pattern' matches." absent:"'false'" example:"true"`
	SelectAllSchemas bool        `json:"select_all_schemas,omitempty" jsonschema:"nullable" jsonschema_description:"Select every table of every schema. It takes neither 'schema' nor 'schema_pattern'." absent:"'false'" example:"true"`
	Schema           string      `json:"schema,omitempty" jsonschema:"nullable" jsonschema_description:"Schema of the table or tables." absent:"the source's default schema" example:"sales"`
	SchemaPattern    string      `json:"schema_pattern,omitempty" jsonschema:"nullable,minLength=1" jsonschema_description:"A pattern that schema names match, for 'pattern' and 'select_schema'." absent:"none" example:"'sales_*'"`
	Database         string      `json:"database,omitempty" jsonschema:"nullable" jsonschema_description:"Database of the table or tables." absent:"the source's" example:"shop"`

	DBT
	Filters

	Origin Origin `json:"-"`
}

// Retry says what to do when a statement fails for a passing reason.
type Retry struct {
	Enabled         bool            `json:"enabled" jsonschema_description:"Try again at all." example:"false"`
	Retries         int             `json:"retries" jsonschema:"minimum=0,maximum=10" jsonschema_description:"How often to try again after the first failure." example:"5"`
	BackoffStrategy BackoffStrategy `json:"backoff_strategy" jsonschema_description:"'exponential' doubles the wait each time, 'fixed' keeps it." example:"fixed"`
	MinBackoff      float64         `json:"min_backoff" jsonschema:"exclusiveMinimum=0,maximum=60" jsonschema_description:"First wait, in seconds." example:"1"`
	MaxBackoff      float64         `json:"max_backoff" jsonschema:"exclusiveMinimum=0,maximum=300" jsonschema_description:"Longest wait, in seconds; at least 'min_backoff'." example:"30"`
}

// Execution says how the work is carried out. The limits of time are seconds, as many as fit the 32 bits of
// milliseconds of PostgreSQL's statement_timeout.
type Execution struct {
	MaxWorkers       int             `json:"max_workers" jsonschema:"minimum=1,maximum=64" jsonschema_description:"How many tables are profiled side by side, the largest first by the catalog's estimate. Each is read over a connection of its own." example:"4"`
	WarehouseLimits  WarehouseLimits `json:"warehouse_limits,omitempty" jsonschema_description:"By engine, how many tables of it are profiled side by side at most, however large 'max_workers' is." absent:"none" example:"{postgres: 8, sqlite: 2}"`
	StatementTimeout float64         `json:"statement_timeout_seconds" jsonschema:"minimum=0,maximum=2000000" jsonschema_description:"Seconds after which a statement is ended, on the server too, and its table fails; 0 for never." example:"600"`
	TableTimeout     float64         `json:"table_timeout_seconds" jsonschema:"minimum=0,maximum=2000000" jsonschema_description:"Seconds after which a table fails, all tries and the waits between them included; 0 for never." example:"3600"`
	Mode             Mode            `json:"mode" jsonschema_description:"How tables are measured. 'stream' pulls every row once and computes here; 'pushdown' has the engine compute, in two statements a table; 'auto' takes what suits the engine. 'plan' says which, and why. What they cost is in [warehouses.md](warehouses.md#stream-or-pushdown)." example:"stream"`
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

		Incremental:  defaultIncremental(),
		SchemaChange: SchemaChange{Enabled: true, SimilarityThreshold: 0.7},
	}
}
