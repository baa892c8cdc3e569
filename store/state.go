package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

// State is what is kept of the last profile of a table beside its run: the Python tool's baselinr_table_state.
type State struct {
	Database   string // the one that the config names for the table, else the source's
	Table      warehouse.TableRef
	RunID      string
	ProfiledAt time.Time
	Version    string // of the rows that were read; empty where the source does not tell
}

// saveState stores the state of a record that has one. A profile that was kept aside and is stored late does not
// replace a later one's. Empty names stand as such: PostgreSQL has no null in a key.
func (s *Store) saveState(ctx context.Context, tx *sql.Tx, r Record) error {
	if r.State == nil {
		return nil
	}
	_, err := tx.ExecContext(ctx, s.insert(warehouse.Insert{
		Table: "baselinr_table_state", Rows: 1,
		Columns: []string{"database_name", "schema_name", "table_name", "last_run_id", "snapshot_id",
			"decision", "decision_reason", "last_profiled_at", "row_count", "metadata"},
		Existing: &warehouse.Existing{
			Key: []string{"database_name", "schema_name", "table_name"}, Newer: "last_profiled_at",
			Renew: []string{"last_run_id", "snapshot_id", "decision", "decision_reason", "row_count", "last_profiled_at"},
		},
	}),
		clip(r.State.Database, 255), clip(r.Table.Schema, 255), clip(r.Table.Name, 255), r.RunID,
		nullText(clip(r.State.Version, 255)), "full", "profiled", stamp(r.ProfiledAt), r.Profile.RowCount, "{}")
	return err
}

// States returns what is recorded of the last profiles of tables. What the Python tool wrote when it passed a
// table over is no profile.
func (s *Store) States(ctx context.Context) ([]State, error) {
	rows, err := s.db.QueryContext(ctx, `
		SELECT coalesce(database_name, ''), coalesce(schema_name, ''), table_name, coalesce(last_run_id, ''),
			last_profiled_at, coalesce(snapshot_id, '')
		FROM baselinr_table_state
		WHERE last_profiled_at IS NOT NULL AND coalesce(decision, '') NOT IN ('skip', 'defer')`)
	if err != nil {
		return nil, s.fail(err)
	}
	defer rows.Close()
	var states []State
	for rows.Next() {
		var one State
		var at timestamp
		if err := rows.Scan(&one.Database, &one.Table.Schema, &one.Table.Name, &one.RunID, &at, &one.Version); err != nil {
			return nil, s.fail(err)
		}
		one.ProfiledAt = at.Time
		states = append(states, one)
	}
	return states, s.fail(rows.Err())
}
