package store

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// ofColumns is a record of a table with these columns: pairs of a name and a type.
func ofColumns(runID string, at time.Time, pairs ...string) Record {
	r := record(runID, at)
	r.Profile = &metrics.TableProfile{}
	for i := 0; i < len(pairs); i += 2 {
		r.Profile.Columns = append(r.Profile.Columns, metrics.ColumnProfile{Name: pairs[i], Type: pairs[i+1], Nullable: true})
	}
	r.Drift = &drift.Report{}
	return r
}

// registry lists the registered columns: name, type, the run that saw it last, and how many hours after noon
// it was seen first and last.
func registry(t *testing.T, s *Store) (rows [][3]string, hours [][2]int) {
	t.Helper()
	result, err := s.db.Query("SELECT column_name, column_type, run_id, first_seen_at, last_seen_at FROM baselinr_schema_registry ORDER BY column_name")
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	for result.Next() {
		var row [3]string
		var first, last timestamp
		if err := result.Scan(&row[0], &row[1], &row[2], &first, &last); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
		hours = append(hours, [2]int{int(first.Sub(noon).Hours()), int(last.Sub(noon).Hours())})
	}
	return rows, hours
}

func TestTheRegistryKeepsEveryColumnThatWasEverSeen(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		unread := ofColumns("r3", noon.Add(3*time.Hour), "a", "integer")
		unread.Profile.Unread = []metrics.Column{{Name: "c", Type: "text", Nullable: true}}
		for i, r := range []Record{
			ofColumns("r0", noon, "a", "integer", "b", "text"),
			ofColumns("r1", noon.Add(time.Hour), "a", "integer", "c", "text"),
			ofColumns("r2", noon.Add(2*time.Hour), "a", "bigint", "c", "text"),
			unread,
			ofColumns("r4", noon.Add(4*time.Hour), "a", "integer", "c", "text"),
		} {
			if err := s.Save(t.Context(), r); err != nil {
				t.Fatalf("run %d: %v", i, err)
			}
		}
		rows, hours := registry(t, s)
		if diff := cmp.Diff([][3]string{{"a", "integer", "r4"}, {"b", "text", "r0"}, {"c", "text", "r4"}}, rows); diff != "" {
			t.Errorf("columns (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([][2]int{{0, 4}, {0, 0}, {1, 4}}, hours); diff != "" {
			t.Errorf("hours (-want +got):\n%s", diff)
		}
		if err := s.Save(t.Context(), ofColumns("r5", noon.Add(5*time.Hour), "a", "integer", "b", "text", "c", "text")); err != nil {
			t.Fatal(err)
		}
		if rows, hours = registry(t, s); rows[1][2] != "r5" || hours[1] != [2]int{0, 5} {
			t.Errorf("a column that came back: %v %v", rows[1], hours[1])
		}
	})
}

func TestTheRegistryGoesOnWhereThePythonToolLeftIt(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		theirs := ofColumns("r0", noon, "a", "integer")
		theirs.Table.Schema = "" // as it registers a table whose config names no schema
		ours := ofColumns("r1", noon.Add(time.Hour), "a", "integer")
		ours.DefaultSchema = true
		if err := s.Save(t.Context(), theirs, ours); err != nil {
			t.Fatal(err)
		}
		rows, hours := registry(t, s)
		if len(rows) != 1 || rows[0] != [3]string{"a", "integer", "r1"} || hours[0] != [2]int{0, 1} {
			t.Errorf("%v %v", rows, hours)
		}
	})
}

func TestSchemaChangesAreEventsInTheFormOfThePythonTool(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		r := ofColumns("r0", noon, "b", "text")
		r.Drift.SchemaChanges = []drift.SchemaChange{
			{Type: drift.ColumnRenamed, Column: "b", OldColumn: "a", OldType: "text", NewType: "text", Severity: drift.Medium},
			{Type: drift.PartitionChanged, Partition: &drift.PartitionChange{OldKey: "day", Key: "month"}, Severity: drift.High},
		}
		r.Drift.Suppressed = []drift.SchemaChange{{Type: drift.ColumnAdded, Column: "c", NewType: "text", Severity: drift.Low}}
		if err := s.Save(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		rows, err := s.db.Query("SELECT column_name, metadata FROM baselinr_events WHERE event_type = 'SchemaChangeDetected' ORDER BY column_name IS NULL")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var got []map[string]any
		for rows.Next() {
			var column, text *string
			if err := rows.Scan(&column, &text); err != nil {
				t.Fatal(err)
			}
			var metadata map[string]any
			if err := json.Unmarshal([]byte(*text), &metadata); err != nil {
				t.Fatal(err)
			}
			if (column == nil) != (metadata["column"] == nil) {
				t.Errorf("column %v, in the metadata %v", column, metadata["column"])
			}
			got = append(got, metadata)
		}
		// The keys of SchemaChangeDetected in events/events.py of the Python tool, and run_id and schema.
		want := []map[string]any{{
			"table": "orders", "change_type": "column_renamed", "column": "b", "old_column_name": "a", "old_type": "text", "new_type": "text",
			"partition_info": nil, "change_severity": "medium", "explanation": "column a renamed to b", "run_id": "r0", "schema": "s",
		}, {
			"table": "orders", "change_type": "partition_changed", "column": nil, "old_column_name": nil, "old_type": nil, "new_type": nil,
			"partition_info":  map[string]any{"old_partition_key": "day", "partition_key": "month"},
			"change_severity": "high", "explanation": "partition key changed from day to month", "run_id": "r0", "schema": "s",
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}
