package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Record is one profiled table with its drift.
type Record struct {
	RunID        string
	InvocationID string
	Table        warehouse.TableRef
	TableID      string
	Environment  string
	ProfiledAt   time.Time
	Seconds      float64
	Statements   int
	Profile      *metrics.TableProfile
	Reading      drift.Reading
	Drift        *drift.Report

	Slice      *metrics.Slice `json:",omitempty"` // the partition that it is of, where an orchestrator tells them apart
	Partitions *Partitions    `json:",omitempty"` // nil where those are not kept
	State      *State         `json:",omitempty"` // nil where it is not kept; its table, run and time are the record's
	// Learning says what is asked of the runs before this one; nil for nothing. Save finds it out in its
	// transaction, and leaves it in Outlook, which must not be nil then.
	Learning *drift.OutlookSettings `json:"-"`
	Outlook  *drift.Outlook         `json:"-"`

	// DefaultSchema says that the table is in the source's default schema, as Subject.Default does.
	DefaultSchema bool
}

// Save stores records in one transaction: all of them, each whole, or none. A run that is stored already
// is left as it is, so that the same attempt twice, or a save that is tried again, writes the same rows
// once.
func (s *Store) Save(ctx context.Context, records ...Record) error {
	return s.inTransaction(ctx, func(tx *sql.Tx) error {
		return s.saveAll(ctx, tx, records)
	})
}

func (s *Store) saveRun(ctx context.Context, tx *sql.Tx, r Record) (isNew bool, err error) {
	// The Python tool's column holds 32 bits; a larger count stands in the results and in our own table.
	rows := sql.NullInt64{Int64: r.Profile.RowCount, Valid: r.Profile.RowCount <= math.MaxInt32}
	result, err := tx.ExecContext(ctx, s.insert(warehouse.Insert{
		Table: s.runs(), Rows: 1, Existing: &warehouse.Existing{Key: []string{"run_id", "dataset_name"}},
		Columns: []string{"run_id", "dataset_name", "schema_name", "profiled_at", "environment", "status", "row_count", "column_count"},
	}), r.RunID, r.Table.Name, nullText(r.Table.Schema), stamp(r.ProfiledAt), clip(r.Environment, 50), "completed", rows, len(r.Profile.Columns))
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

func (b *batch) saveResults(ctx context.Context, r Record) error {
	insert := b.into(b.store.results(),
		"run_id", "dataset_name", "schema_name", "column_name", "column_type", "metric_name", "metric_value", "profiled_at")
	at := stamp(r.ProfiledAt)
	for _, c := range r.Profile.Columns {
		for _, name := range metrics.Names() {
			value, ok := c.Metrics[name]
			if !ok {
				continue
			}
			text := sql.NullString{String: storable(value.String()), Valid: !value.IsNull()}
			err := insert.add(ctx, r.RunID, r.Table.Name, nullText(r.Table.Schema), clip(c.Name, 255), clip(c.Type, 100), string(name), text, at)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// storedColumn is what the Python tool's results have no place for.
type storedColumn struct {
	Name           string                   `json:"name"`
	Type           string                   `json:"type"`
	Kind           metrics.Kind             `json:"kind"`
	Nullable       bool                     `json:"nullable"`
	Estimates      map[metrics.Name]float64 `json:"estimates,omitempty"`
	OtherKindCount int64                    `json:"other_kind_count,omitempty"`
	Unread         bool                     `json:"unread,omitempty"` // the table has it, the config left it out
}

func (b *batch) saveOwnRun(ctx context.Context, r Record) error {
	columns := []storedColumn{}
	for _, c := range r.Profile.Columns {
		columns = append(columns, storedColumn{c.Name, c.Type, c.Kind, c.Nullable, c.Estimates, c.OtherKindCount, false})
	}
	for _, c := range r.Profile.Unread {
		columns = append(columns, storedColumn{Name: c.Name, Type: c.Type, Kind: c.Kind, Nullable: c.Nullable, Unread: true})
	}
	columnsJSON, err := json.Marshal(columns)
	if err != nil {
		return err
	}
	changesJSON, err := json.Marshal(append([]drift.SchemaChange{}, r.Drift.SchemaChanges...))
	if err != nil {
		return err
	}
	sampling, err := nullJSON(r.Reading.Sampling)
	if err != nil {
		return err
	}
	partition, err := nullJSON(r.Reading.Partition)
	if err != nil {
		return err
	}
	var skipped sql.NullString
	if len(r.Drift.NotComputed) > 0 {
		if skipped, err = nullJSON(&r.Drift.NotComputed); err != nil {
			return err
		}
	}
	slice := sliceColumnsOf(r.Slice)
	return b.into(runsTable,
		"run_id", "invocation_id", "table_id", "profiled_at", "seconds", "row_count", "statements",
		"drift_strategy", "baseline_run_id", "drift_severity", "drift_note", "columns", "schema_changes",
		"rows_read", "sampling", "partition_read", "baseline_method", "not_computed",
		"partition_by", "partition_name", "partition_start", "partition_end").
		add(ctx, r.RunID, r.InvocationID, r.TableID, stamp(r.ProfiledAt), r.Seconds, r.Profile.RowCount, r.Statements,
			r.Drift.Strategy, nullText(r.Drift.BaselineRunID), string(r.Drift.Severity()), nullText(r.Drift.Note),
			string(columnsJSON), string(changesJSON), r.Profile.RowsRead, sampling, partition,
			nullText(r.Drift.BaselineMethod), skipped,
			slice.by, slice.name, slice.start, slice.end)
}

// saveDistributions stores how the values of the columns are spread.
func (b *batch) saveDistributions(ctx context.Context, r Record) error {
	insert := b.into(distributionsTable,
		"run_id", "position", "distribution")
	for i, c := range r.Profile.Columns {
		if c.Distribution == nil {
			continue
		}
		text, err := json.Marshal(c.Distribution)
		if err != nil {
			return err
		}
		if err := insert.add(ctx, r.RunID, i, string(text)); err != nil {
			return err
		}
	}
	return nil
}

// nullJSON writes x as JSON, and nil as SQL's null.
func nullJSON[T any](x *T) (sql.NullString, error) {
	if x == nil {
		return sql.NullString{}, nil
	}
	text, err := json.Marshal(x)
	return sql.NullString{String: storable(string(text)), Valid: true}, err
}

func (b *batch) saveFindings(ctx context.Context, r Record) error {
	insert := b.into(findingsTable,
		"run_id", "position", "column_name", "metric_name", "test", "baseline_value", "current_value",
		"change_percent", "score", "effect", "p_value", "adjusted_p_value", "severity", "reason", "baseline_method", "baseline_run_id",
		"finding_id", "muted")
	for i, f := range r.Drift.Findings {
		muted, err := nullJSON(f.Muted)
		if err != nil {
			return err
		}
		err = insert.add(ctx, r.RunID, i, clip(f.Column, 255), string(f.Metric), f.Test, f.Baseline, f.Current,
			nullFloat(f.ChangePercent), nullFloat(f.Score), nullFloat(f.Effect), nullFloat(f.PValue), nullFloat(f.AdjustedPValue),
			string(f.Severity), f.Reason, nullText(f.BaselineMethod), nullText(f.BaselineRunID), drift.FindingID(r.RunID, f), muted)
		if err != nil {
			return err
		}
	}
	return nil
}

// saveEvents writes findings and schema changes as the Python tool's events, so that its commands and
// its dashboard show them. They lie a microsecond apart, the most severe finding last: its status shows the
// severity of a table's newest event.
func (b *batch) saveEvents(ctx context.Context, r Record) error {
	insert := b.intoEvents()
	after := len(r.Drift.Findings) + len(r.Drift.SchemaChanges)
	next := func() string {
		after--
		return stamp(r.ProfiledAt.Add(time.Duration(after) * time.Microsecond))
	}
	for _, f := range r.Drift.Findings {
		if f.Muted != nil {
			continue // an event is an alarm
		}
		metadata := map[string]any{
			"table": r.Table.Name, "column": f.Column, "metric": f.Metric,
			"baseline_value": f.Baseline, "current_value": f.Current, "change_percent": f.ChangePercent,
			"drift_severity": f.Severity, "explanation": f.Reason,
			"run_id": r.RunID, "baseline_run_id": r.Drift.BaselineRunID, "schema": r.Table.Schema, "test": f.Test,
		}
		text, err := json.Marshal(metadata)
		if err != nil {
			return err
		}
		err = insert.add(ctx, drift.FindingID(r.RunID, f), "DataDriftDetected", r.RunID,
			r.Table.Name, clip(f.Column, 255), string(f.Metric), f.Baseline, f.Current, nullFloat(f.ChangePercent),
			string(f.Severity), next(), string(text))
		if err != nil {
			return err
		}
	}
	for _, c := range r.Drift.SchemaChanges {
		metadata := map[string]any{
			"table": r.Table.Name, "change_type": c.Type, "column": emptyNil(c.Column), "old_column_name": emptyNil(c.OldColumn),
			"old_type": emptyNil(c.OldType), "new_type": emptyNil(c.NewType), "partition_info": c.Partition,
			"change_severity": c.Severity, "explanation": c.String(), "run_id": r.RunID, "schema": r.Table.Schema,
		}
		text, err := json.Marshal(metadata)
		if err != nil {
			return err
		}
		err = insert.add(ctx, SchemaEventID(r.RunID, c.Column, c.Type), "SchemaChangeDetected", r.RunID,
			r.Table.Name, nullText(clip(c.Column, 255)), nil, nil, nil, nil, nil, next(), string(text))
		if err != nil {
			return err
		}
	}
	return nil
}

// intoEvents collects rows for the Python tool's events.
func (b *batch) intoEvents() *inserter {
	return b.into("baselinr_events",
		"event_id", "event_type", "run_id", "table_name", "column_name", "metric_name",
		"baseline_value", "current_value", "change_percent", "drift_severity", "timestamp", "metadata")
}

// eventID derives an event's ID from what it is about, so that storing it twice is the same.
func eventID(runID string, parts ...string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(runID+"\x00"+strings.Join(parts, "\x00"))).String()
}

// columnHash is the Python tool's hash of a column's name, type and nullability.
func columnHash(c metrics.Column) string {
	nullable := "False"
	if c.Nullable {
		nullable = "True"
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s:%s:%s", c.Name, strings.ToLower(strings.TrimSpace(c.Type)), nullable))
	return hex.EncodeToString(sum[:])
}

// storable leaves out NUL, which PostgreSQL's text cannot hold.
func storable(text string) string { return strings.ReplaceAll(text, "\x00", "\uFFFD") }

// clip cuts a text to the characters that a column of the Python tool's tables holds.
func clip(text string, characters int) string {
	if runes := []rune(storable(text)); len(runes) > characters {
		return string(runes[:characters])
	}
	return storable(text)
}

func nullText(text string) sql.NullString { return sql.NullString{String: text, Valid: text != ""} }

func nullFloat(x *float64) sql.NullFloat64 {
	if x == nil {
		return sql.NullFloat64{}
	}
	return sql.NullFloat64{Float64: *x, Valid: true}
}

func emptyNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}
