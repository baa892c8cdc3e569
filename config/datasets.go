package config

import (
	"bytes"
	"encoding/json"
)

// Datasets holds the settings of single tables. Load adds those of the files in Dir to Datasets, and empties the
// keys that say where they are.
type Datasets struct {
	Dir             string   `json:"datasets_dir,omitempty" jsonschema:"minLength=1,default=./datasets" jsonschema_description:"Folder of files with settings of single tables. A relative path starts at the configuration's folder. A folder that does not exist gives a warning." absent:"'./datasets', where one of the four keys below is set" example:"./tables"`
	AutoDiscover    *bool    `json:"auto_discover,omitempty" jsonschema:"default=true" jsonschema_description:"Read the files; 'false' reads none." example:"false"`
	FilePattern     string   `json:"file_pattern,omitempty" jsonschema:"minLength=1,default=*.yml" jsonschema_description:"Which files: a pattern of their paths, read from the end. '*' is any text, '?' one character, '[abc]' one of a set, '**' any number of folders." example:"'*.yaml'"`
	Recursive       *bool    `json:"recursive,omitempty" jsonschema:"default=true" jsonschema_description:"Read the folders within the folder too; those that are links, or whose names begin with '..', are left out." example:"false"`
	ExcludePatterns []string `json:"exclude_patterns,omitempty" jsonschema:"nullable" jsonschema_description:"Patterns of the files that are left out, such as '**/templates/**'." absent:"none" example:"[draft_*]"`

	Datasets []Dataset `json:"datasets,omitempty" jsonschema_description:"Settings of single tables; they go before those of 'profiling'." absent:"none" example:"[{table: orders, profiling: {metrics: [count]}}]"`
}

// Dataset holds the settings of the tables that it names: of one where Table is set, else of all in the
// schema or database. Where several name a table, the one that names it most closely has each setting.
type Dataset struct {
	Table      string            `json:"table,omitempty" jsonschema:"nullable" jsonschema_description:"Name of the table." absent:"any" example:"orders"`
	Schema     string            `json:"schema,omitempty" jsonschema:"nullable" jsonschema_description:"Schema of the tables." absent:"any" example:"public"`
	Database   string            `json:"database,omitempty" jsonschema:"nullable" jsonschema_description:"Database of the tables." absent:"any" example:"shop"`
	Profiling  *DatasetProfiling `json:"profiling,omitempty" jsonschema:"nullable" jsonschema_description:"Which rows and columns are read, and what is measured." absent:"all rows and columns" example:"{metrics: [count, null_count]}"`
	Drift      *DatasetDrift     `json:"drift,omitempty" jsonschema:"nullable" jsonschema_description:"How runs are compared, where it differs from 'drift_detection'." absent:"that of 'drift_detection'" example:"{strategy: statistical}"`
	Anomaly    *DatasetAnomaly   `json:"anomaly,omitempty" jsonschema:"nullable" jsonschema_description:"How a run is held against earlier ones, where it differs from the 'anomaly_' keys of 'storage'." absent:"that of 'storage'" example:"{enabled: true}"`
	Columns    []ColumnRule      `json:"columns,omitempty" jsonschema:"nullable" jsonschema_description:"Rules for the columns, where 'profiling.columns' is absent." absent:"all are read alike" example:"[{name: '*_id', metrics: [count]}]"`
	Origin     Origin            `json:"-"`
	SourceFile string            `json:"source_file,omitempty" jsonschema:"nullable" jsonschema_description:"The file that the entry came from. It has no effect." absent:"filled in" example:"datasets/orders.yml"`
}

// DatasetProfiling says which rows and columns of a table to read, and what to measure.
type DatasetProfiling struct {
	Partition *Partition   `json:"partition,omitempty" jsonschema:"nullable" jsonschema_description:"Which rows are profiled, by the value of one column." absent:"every row" example:"{key: order_date, strategy: latest}"`
	Sampling  *Sampling    `json:"sampling,omitempty" jsonschema:"nullable" jsonschema_description:"How many of those rows are read." absent:"that of 'profiling.default_sample_ratio' at the top" example:"{enabled: true, fraction: 0.1}"`
	Columns   []ColumnRule `json:"columns,omitempty" jsonschema:"nullable" jsonschema_description:"Rules for the columns: which are left out, and what is measured of each. A column without a rule is read, too." absent:"all are read alike" example:"[{name: note, profiling: {enabled: false}}]"`
	Metrics   []string     `json:"metrics,omitempty" jsonschema:"nullable" jsonschema_description:"What is measured of each column of the table." absent:"those of 'profiling.metrics' at the top" example:"[count, null_count]"`
}

// Partition picks rows by the value of one column.
type Partition struct {
	Key              string            `json:"key,omitempty" jsonschema:"nullable" jsonschema_description:"The column whose values are the partitions." absent:"found, see 'metadata_fallback'" example:"order_date"`
	Strategy         PartitionStrategy `json:"strategy" jsonschema:"default=all" jsonschema_description:"Which partitions are profiled. A 'key' without it has no effect, which gives a warning, unless rows are sampled by it." example:"latest"`
	RecentN          int               `json:"recent_n,omitempty" jsonschema:"nullable,exclusiveMinimum=0" jsonschema_description:"How many partitions, for 'recent_n' and 'sample'." absent:"10 for 'sample'; required for 'recent_n'" example:"7"`
	Values           []any             `json:"values,omitempty" jsonschema:"nullable" jsonschema_description:"The partitions, for 'specific_values'. Dates and times are text, as the engine writes them; 'null' is the rows without a key. Where no row has any of them, a warning says so." absent:"none; required for 'specific_values'" example:"['2026-01-01', '2026-01-02']"`
	KeepProfiles     bool              `json:"keep_profiles,omitempty" jsonschema_description:"Store the profile of each partition too, in a form that merges, so that any window of days is compared with no query to the source, as in 'drift --current 2024-06 --baseline 2024-05'." absent:"'false'" example:"true"`
	MetadataFallback bool              `json:"metadata_fallback" jsonschema:"default=true" jsonschema_description:"Where 'key' is absent, take the first column, in the table's order, that is named 'date', 'event_date', 'partition_date', 'created_at', 'updated_at', 'timestamp', 'dt' or 'ds', or is a date or timestamp with 'date' in its name. A table without one fails." example:"false"`
}

// UnmarshalJSON fills in the defaults of what is absent.
func (p *Partition) UnmarshalJSON(data []byte) error {
	type plain Partition
	filled := plain{Strategy: PartitionAll, MetadataFallback: true}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // a value of 64 bits stays exact
	if err := decoder.Decode(&filled); err != nil {
		return err
	}
	*p = Partition(filled)
	return nil
}

// PartitionStrategy says which partitions are profiled.
type PartitionStrategy string

// The partition strategies.
const (
	// PartitionAll profiles every row.
	PartitionAll PartitionStrategy = "all"
	// PartitionLatest profiles the rows with the greatest key.
	PartitionLatest PartitionStrategy = "latest"
	// PartitionRecentN profiles the rows with one of the recent_n greatest keys.
	PartitionRecentN PartitionStrategy = "recent_n"
	// PartitionSample profiles recent_n partitions whatever their age, the same ones each time.
	PartitionSample PartitionStrategy = "sample"
	// PartitionValues profiles the rows whose key is one of values.
	PartitionValues PartitionStrategy = "specific_values"
)

// PartitionStrategies lists the partition strategies.
var PartitionStrategies = []PartitionStrategy{PartitionAll, PartitionLatest, PartitionRecentN, PartitionSample, PartitionValues}

// DefaultSampledPartitions is how many partitions the strategy sample profiles where recent_n is absent.
const DefaultSampledPartitions = 10

// Sampling says how many of the rows are read.
type Sampling struct {
	Enabled  bool           `json:"enabled" jsonschema:"default=false" jsonschema_description:"Sample at all. Without it the other keys have no effect, which gives a warning." example:"true"`
	Method   SamplingMethod `json:"method" jsonschema:"default=random" jsonschema_description:"How the rows are picked." example:"stratified"`
	Fraction float64        `json:"fraction,omitempty" jsonschema:"default=0.01,exclusiveMinimum=0,maximum=1" jsonschema_description:"Share of the rows to read, for 'random' and 'stratified'." example:"0.1"`
	MaxRows  int64          `json:"max_rows,omitempty" jsonschema:"nullable,exclusiveMinimum=0" jsonschema_description:"How many rows to read at most. A 'fraction' that would give more is made smaller." absent:"none; required for 'topk'" example:"100000"`
}

// UnmarshalJSON fills in the defaults of what is absent.
func (s *Sampling) UnmarshalJSON(data []byte) error {
	type plain Sampling
	filled := plain{Method: SamplingRandom, Fraction: 0.01}
	if err := json.Unmarshal(data, &filled); err != nil {
		return err
	}
	*s = Sampling(filled)
	return nil
}

// ReadsAPart reports whether sampling may leave rows out.
func (s *Sampling) ReadsAPart() bool {
	return s.Enabled && (s.Method == SamplingTopK || s.Fraction < 1 || s.MaxRows > 0)
}

// SamplingMethod says how the rows of a sample are picked.
type SamplingMethod string

// The sampling methods.
const (
	// SamplingRandom picks each row with the same probability.
	SamplingRandom SamplingMethod = "random"
	// SamplingStratified picks the same share of the rows of every partition.
	SamplingStratified SamplingMethod = "stratified"
	// SamplingTopK picks the max_rows rows with the greatest partition keys.
	SamplingTopK SamplingMethod = "topk"
)

// SamplingMethods lists the sampling methods.
var SamplingMethods = []SamplingMethod{SamplingRandom, SamplingStratified, SamplingTopK}

// ColumnRule says of the columns that it matches whether they are read, and what is measured. The first
// rule that matches a column is its rule; a column that none matches is read, and measured as its table.
type ColumnRule struct {
	Name        string           `json:"name" jsonschema:"required,minLength=1" jsonschema_description:"Name of a column, or a pattern that names match." example:"'*_id'"`
	PatternType PatternType      `json:"pattern_type,omitempty" jsonschema:"nullable" jsonschema_description:"How 'name' is read, as for tables." absent:"'wildcard'" example:"regex"`
	Metrics     []string         `json:"metrics,omitempty" jsonschema:"nullable" jsonschema_description:"What is measured of the columns." absent:"the table's" example:"[count, distinct_count]"`
	Profiling   *ColumnProfiling `json:"profiling,omitempty" jsonschema:"nullable" jsonschema_description:"Whether the columns are read." absent:"they are read" example:"{enabled: false}"`
	Drift       *ColumnDrift     `json:"drift,omitempty" jsonschema:"nullable" jsonschema_description:"How the columns are compared." absent:"as the table is" example:"{thresholds: {low: 10, medium: 20, high: 50}}"`
	Anomaly     *ColumnAnomaly   `json:"anomaly,omitempty" jsonschema:"nullable" jsonschema_description:"How the columns are held against earlier runs." absent:"as the table is" example:"{methods: [iqr, mad]}"`
}

// ColumnProfiling says whether columns are read.
type ColumnProfiling struct {
	Enabled *bool `json:"enabled,omitempty" jsonschema:"nullable,default=true" jsonschema_description:"Read the columns; 'false' leaves them out." example:"false"`
}

// Reads reports whether the columns that the rule matches are read.
func (r ColumnRule) Reads() bool {
	return r.Profiling == nil || r.Profiling.Enabled == nil || *r.Profiling.Enabled
}
