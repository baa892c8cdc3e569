package store

import (
	"bytes"
	"compress/flate"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Partitions are the profiles of a table's partitions that one run read.
type Partitions struct {
	Key   string
	Every bool // the run read every row: partitions that it did not meet are gone
	List  []PartitionProfile
}

// PartitionProfile is what a run accumulated of one partition.
type PartitionProfile struct {
	Value metrics.Value // a text, and nothing for the rows without a key
	Rows  int64
	Data  []byte // the binary form of a metrics.TableAccumulator
}

const partitionsTable = "baselinr_pipes_partitions"

// partitionTables hold the newest profile of each partition, in a form that merges.
func partitionTables(d warehouse.Dialect, _ Tables) []string {
	return []string{
		table(d, partitionsTable,
			"partition_id VARCHAR(36) PRIMARY KEY",
			"run_id VARCHAR(36) NOT NULL", // the last that read it
			"dataset_name VARCHAR(255) NOT NULL",
			"schema_name VARCHAR(255)",
			"partition_key VARCHAR(255) NOT NULL",
			"partition_value TEXT", // null for the rows without a key
			"profiled_at TIMESTAMP NOT NULL",
			"row_count BIGINT NOT NULL",
			"form INTEGER NOT NULL", // the version of the profile's binary form
			"checksum VARCHAR(16) NOT NULL",
			"profile "+d.Bytes()+" NOT NULL"), // compressed
		index(d, partitionsTable, "dataset_name"),
		index(d, partitionsTable, "run_id"),
	}
}

// savePartitions stores the profiles of a run's partitions, each in place of the one that an earlier run stored. One
// that has not changed keeps its bytes. What a later run stored stays.
func (s *Store) savePartitions(ctx context.Context, tx *sql.Tx, r Record) error {
	p := r.Partitions
	if p == nil {
		return nil
	}
	at := stamp(r.ProfiledAt)
	known, err := s.checksums(ctx, tx, r.Table)
	if err != nil {
		return err
	}
	var same []any
	for _, one := range p.List {
		id, sum := partitionID(r.Table, p.Key, one.Value), checksum(one.Data)
		if known[id] == sum {
			same = append(same, id)
			continue
		}
		value := sql.NullString{String: storable(one.Value.String()), Valid: !one.Value.IsNull()}
		_, err := tx.ExecContext(ctx, s.insert(warehouse.Insert{
			Table: partitionsTable, Rows: 1,
			Columns: []string{"partition_id", "run_id", "dataset_name", "schema_name", "partition_key", "partition_value", "profiled_at",
				"row_count", "form", "checksum", "profile"},
			Existing: &warehouse.Existing{
				Key: []string{"partition_id"}, Newer: "profiled_at",
				Renew: []string{"run_id", "row_count", "form", "checksum", "profile", "profiled_at"},
			},
		}),
			id, r.RunID, r.Table.Name, nullText(r.Table.Schema), p.Key, value, at, one.Rows, int(one.Data[0]), sum, deflated(one.Data))
		if err != nil {
			return err
		}
	}
	for ids := range slices.Chunk(same, rowsPerStatement) {
		_, err := tx.ExecContext(ctx, s.sql("UPDATE %s SET run_id = ?, profiled_at = ? WHERE profiled_at <= ? AND partition_id IN (%s)",
			partitionsTable, marks(len(ids))), append([]any{r.RunID, at, at}, ids...)...)
		if err != nil {
			return err
		}
	}
	gone, arguments := "", []any{r.Table.Name, r.Table.Schema, at, r.RunID}
	if !p.Every {
		gone, arguments = " AND partition_key <> ?", append(arguments, p.Key)
	}
	_, err = tx.ExecContext(ctx, s.sql("DELETE FROM %s WHERE %s AND profiled_at <= ? AND run_id <> ?%s", partitionsTable, ofTable, gone), arguments...)
	return err
}

// ofTable is the condition of a table's rows; its arguments are name and schema.
const ofTable = "dataset_name = ? AND coalesce(schema_name, '') = ?"

// checksums returns those of a table's partitions that are stored, by their IDs.
func (s *Store) checksums(ctx context.Context, tx *sql.Tx, t warehouse.TableRef) (map[string]string, error) {
	rows, err := tx.QueryContext(ctx, s.sql("SELECT partition_id, checksum FROM %s WHERE %s", partitionsTable, ofTable), t.Name, t.Schema)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := map[string]string{}
	for rows.Next() {
		var id, sum string
		if err := rows.Scan(&id, &sum); err != nil {
			return nil, err
		}
		known[id] = sum
	}
	return known, rows.Err()
}

// partitionID is the ID of a table's partition: a UUIDv5 of what it is.
func partitionID(t warehouse.TableRef, key string, value metrics.Value) string {
	kind := "value"
	if value.IsNull() {
		kind = "null"
	}
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(strings.Join([]string{"partition", t.Schema, t.Name, key, kind, value.String()}, "\x00"))).String()
}

// deflated compresses a profile (RFC 1951), to about a third.
func deflated(data []byte) []byte {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err == nil {
		_, err = w.Write(data)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err) // a buffer takes all
	}
	return out.Bytes()
}

// mostInflated bounds what is read of a profile: a table of 1,000 columns of many values has a tenth of it.
const mostInflated = 1 << 30

func inflated(data []byte) ([]byte, error) {
	return io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), mostInflated))
}

// checksum is the one at the end of an accumulator's binary form.
func checksum(data []byte) string { return hex.EncodeToString(data[max(len(data)-8, 0):]) }

// StoredPartition is a partition whose profile is stored.
type StoredPartition struct {
	ID         string
	Value      metrics.Value // a text, and nothing for the rows without a key
	Rows       int64
	RunID      string // the last run that read it
	ProfiledAt time.Time
}

// Partitions returns the partitions of a table whose profiles are stored, sorted by value, and their key; no key
// where there are none.
func (s *Store) Partitions(ctx context.Context, t warehouse.TableRef) (key string, list []StoredPartition, err error) {
	rows, err := s.db.QueryContext(ctx, s.sql(`
		SELECT partition_id, partition_key, partition_value, row_count, run_id, profiled_at FROM %s WHERE %s
		ORDER BY profiled_at DESC, partition_id`, partitionsTable, ofTable), t.Name, t.Schema)
	if err != nil {
		return "", nil, s.fail(err)
	}
	defer rows.Close()
	for rows.Next() {
		var p StoredPartition
		var its string
		var value sql.NullString
		var at timestamp
		if err := rows.Scan(&p.ID, &its, &value, &p.Rows, &p.RunID, &at); err != nil {
			s.damaged("partition %s of table %q: %s", value.String, t.Name, inWords(err))
			continue
		}
		if key == "" {
			key = its // of the newest
		}
		if its != key {
			continue
		}
		p.ProfiledAt = at.Time
		if value.Valid {
			p.Value = metrics.Text(value.String)
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b StoredPartition) int { return strings.Compare(a.Value.String(), b.Value.String()) })
	return key, list, s.fail(rows.Err())
}

// profilesAtOnce is how many profiles of partitions are read by one statement.
const profilesAtOnce = 32

// PartitionProfiles reads the profiles of partitions, and hands them to visit one by one, in their order. One that
// cannot be read is nil there.
func (s *Store) PartitionProfiles(ctx context.Context, list []StoredPartition, visit func(StoredPartition, *metrics.TableAccumulator) error) error {
	for batch := range slices.Chunk(list, profilesAtOnce) {
		read, err := s.partitionProfiles(ctx, batch)
		if err != nil {
			return s.fail(err)
		}
		for _, p := range batch {
			accumulator := &metrics.TableAccumulator{}
			data, err := inflated(read[p.ID])
			if err == nil {
				err = accumulator.UnmarshalBinary(data)
			}
			if err != nil {
				s.damaged("the profile of partition %s: %s", p.Value, inWords(err))
				accumulator = nil
			}
			if err := visit(p, accumulator); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) partitionProfiles(ctx context.Context, list []StoredPartition) (map[string][]byte, error) {
	ids := make([]any, len(list))
	for i, p := range list {
		ids[i] = p.ID
	}
	rows, err := s.db.QueryContext(ctx, s.sql("SELECT partition_id, profile FROM %s WHERE partition_id IN (%s)", partitionsTable, marks(len(ids))), ids...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	read := make(map[string][]byte, len(list))
	for rows.Next() {
		var id string
		var data []byte
		if err := rows.Scan(&id, &data); err != nil {
			return nil, fmt.Errorf("partition %s: %w", id, err)
		}
		read[id] = data
	}
	return read, rows.Err()
}
