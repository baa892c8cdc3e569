package config

import (
	"bytes"
	"encoding/json"
)

// Datasets holds the settings of single tables. Load adds those of the files in Dir to Datasets, and empties the
// keys that say where they are.
type Datasets struct {
	Dir             string   `json:"datasets_dir,omitempty" jsonschema:"minLength=1,default=./datasets" jsonschema_description:"Folder of files with settings of single tables; a relative one starts at the configuration's folder."`
	AutoDiscover    *bool    `json:"auto_discover,omitempty" jsonschema:"default=true" jsonschema_description:"Read the files of datasets_dir."`
	FilePattern     string   `json:"file_pattern,omitempty" jsonschema:"minLength=1,default=*.yml" jsonschema_description:"Pattern of the paths of the files to read."`
	Recursive       *bool    `json:"recursive,omitempty" jsonschema:"default=true" jsonschema_description:"Read the folders within the folder too."`
	ExcludePatterns []string `json:"exclude_patterns,omitempty" jsonschema:"nullable" jsonschema_description:"Patterns of paths that are left out, such as **/templates/**."`

	Datasets []Dataset `json:"datasets,omitempty" jsonschema_description:"Settings of single tables; they go before those of profiling."`
}

// Dataset holds the settings of the tables that it names: of one where Table is set, else of all in the
// schema or database. Where several name a table, the one that names it most closely has each setting.
type Dataset struct {
	Database   string            `json:"database,omitempty" jsonschema:"nullable" jsonschema_description:"Database of the tables; any when absent."`
	Schema     string            `json:"schema,omitempty" jsonschema:"nullable" jsonschema_description:"Schema of the tables; any when absent."`
	Table      string            `json:"table,omitempty" jsonschema:"nullable" jsonschema_description:"Name of the table; any when absent."`
	Columns    []ColumnRule      `json:"columns,omitempty" jsonschema:"nullable" jsonschema_description:"Which columns to read and what to measure of them, where profiling.columns is absent."`
	SourceFile string            `json:"source_file,omitempty" jsonschema:"nullable" jsonschema_description:"The file that the settings came from; it is filled in, and has no effect."`
	Profiling  *DatasetProfiling `json:"profiling,omitempty" jsonschema:"nullable" jsonschema_description:"Which rows and columns to read, and what to measure."`
	Drift      *DatasetDrift     `json:"drift,omitempty" jsonschema:"nullable" jsonschema_description:"How runs are compared, where it differs from drift_detection."`
	Anomaly    *DatasetAnomaly   `json:"anomaly,omitempty" jsonschema:"nullable" jsonschema_description:"How a run is held against earlier ones, where it differs from the anomaly_ keys of storage."`
}

// DatasetProfiling says which rows and columns of a table to read, and what to measure.
type DatasetProfiling struct {
	Partition *Partition   `json:"partition,omitempty" jsonschema:"nullable" jsonschema_description:"Which rows to profile, by the value of one column; all when absent."`
	Sampling  *Sampling    `json:"sampling,omitempty" jsonschema:"nullable" jsonschema_description:"How many of those rows to read; all when absent."`
	Columns   []ColumnRule `json:"columns,omitempty" jsonschema:"nullable" jsonschema_description:"Which columns to read and what to measure of them; all alike when absent."`
	Metrics   []string     `json:"metrics,omitempty" jsonschema:"nullable" jsonschema_description:"What to measure of each column, in place of the list of profiling."`
}

// Partition picks rows by the value of one column.
type Partition struct {
	Key              string            `json:"key,omitempty" jsonschema:"nullable" jsonschema_description:"Column whose values are the partitions."`
	Strategy         PartitionStrategy `json:"strategy" jsonschema:"default=all" jsonschema_description:"Which partitions to profile."`
	RecentN          int               `json:"recent_n,omitempty" jsonschema:"nullable,exclusiveMinimum=0" jsonschema_description:"How many partitions, for recent_n and sample."`
	Values           []any             `json:"values,omitempty" jsonschema:"nullable" jsonschema_description:"The partitions, for specific_values."`
	MetadataFallback bool              `json:"metadata_fallback" jsonschema:"default=true" jsonschema_description:"Find a column for key by names and types where it is absent."`
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
	Enabled  bool           `json:"enabled" jsonschema:"default=false" jsonschema_description:"Read a part of the rows instead of all."`
	Method   SamplingMethod `json:"method" jsonschema:"default=random" jsonschema_description:"How the rows are picked."`
	Fraction float64        `json:"fraction,omitempty" jsonschema:"default=0.01,exclusiveMinimum=0,maximum=1" jsonschema_description:"Share of the rows to read, for random and stratified."`
	MaxRows  int64          `json:"max_rows,omitempty" jsonschema:"nullable,exclusiveMinimum=0" jsonschema_description:"How many rows to read at most."`
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
	Name        string           `json:"name" jsonschema:"required,minLength=1" jsonschema_description:"Name of a column, or a pattern that names match."`
	PatternType PatternType      `json:"pattern_type,omitempty" jsonschema:"nullable" jsonschema_description:"How name is read; wildcard when absent."`
	Metrics     []string         `json:"metrics,omitempty" jsonschema:"nullable" jsonschema_description:"What to measure of the columns, in place of their table's list."`
	Profiling   *ColumnProfiling `json:"profiling,omitempty" jsonschema:"nullable" jsonschema_description:"Whether the columns are read."`
	Drift       *ColumnDrift     `json:"drift,omitempty" jsonschema:"nullable" jsonschema_description:"How the columns are compared."`
	Anomaly     *ColumnAnomaly   `json:"anomaly,omitempty" jsonschema:"nullable" jsonschema_description:"How the columns are held against earlier runs."`
}

// ColumnProfiling says whether columns are read.
type ColumnProfiling struct {
	Enabled *bool `json:"enabled,omitempty" jsonschema:"nullable,default=true" jsonschema_description:"Read the columns; false leaves them out."`
}

// Reads reports whether the columns that the rule matches are read.
func (r ColumnRule) Reads() bool {
	return r.Profiling == nil || r.Profiling.Enabled == nil || *r.Profiling.Enabled
}
