package notify

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/internal/testpg"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/postgres"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// eachEngine runs a test on an empty database of every engine; table is the name of a table of events that does
// not exist yet.
func eachEngine(t *testing.T, test func(t *testing.T, open func(context.Context) (*warehouse.History, error), table string)) {
	t.Run("sqlite", func(t *testing.T) {
		c := config.Connection{Type: "sqlite", Database: filepath.Join(t.TempDir(), "events.db")}
		test(t, func(ctx context.Context) (*warehouse.History, error) { return sqlite.OpenHistory(ctx, c, true) }, "baselinr_events")
	})
	t.Run("postgres", func(t *testing.T) {
		server := testpg.Connect(t)
		port, err := strconv.Atoi(server.Port)
		if err != nil {
			t.Fatal(err)
		}
		c := config.Connection{
			Type: "postgres", Host: server.Host, Port: port, Database: server.Database, Username: server.User,
			Password: config.NewSecret(server.Password), ExtraParams: config.Params{"sslmode": "disable"},
		}
		test(t, func(ctx context.Context) (*warehouse.History, error) { return postgres.OpenHistory(ctx, c, true) }, server.Schema(t)+".baselinr_events")
	})
}

// row is a row of a table of events.
type row struct {
	Type, RunID, Table, Column, Metric, Severity string
	Baseline, Current, Change                    float64
}

func rowsOf(t *testing.T, h *warehouse.History, table string) (list []row, metadata []map[string]any) {
	t.Helper()
	rows, err := h.DB.Query(`SELECT event_type, run_id, table_name, COALESCE(column_name, ''), COALESCE(metric_name, ''), COALESCE(drift_severity, ''),
		COALESCE(baseline_value, 0), COALESCE(current_value, 0), COALESCE(change_percent, 0), metadata FROM ` + table + " ORDER BY event_type, column_name")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		var text string
		if err := rows.Scan(&r.Type, &r.RunID, &r.Table, &r.Column, &r.Metric, &r.Severity, &r.Baseline, &r.Current, &r.Change, &text); err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		list, metadata = append(list, r), append(metadata, m)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list, metadata
}

func TestEventsStandInTheTableOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, open func(context.Context) (*warehouse.History, error), table string) {
		hook := &SQL{Transient: func(error) bool { return false }, Open: func(ctx context.Context) (*store.EventLog, error) {
			h, err := open(ctx)
			if err != nil {
				return nil, err
			}
			return store.NewEventLog(h, table), nil
		}}
		h, err := open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer h.DB.Close()

		if err := hook.Send(t.Context(), Summarize(Sample("id", "e", noon), everything)); err != nil {
			t.Fatal(err)
		}
		if _, err := h.DB.Query("SELECT 1 FROM " + table); err == nil {
			t.Error("a test left a table")
		}
		d := Summarize(runOf(drifted("orders", found("amount", metrics.Mean, drift.High)), changed("customers", "email"), failed("returns")), everything)
		for range 2 {
			if err := hook.Send(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		list, metadata := rowsOf(t, h, table)
		want := []row{
			{Type: "DataDriftDetected", RunID: "run-of-orders", Table: "orders", Column: "amount", Metric: "mean", Severity: "high", Baseline: 2, Current: 3, Change: 50},
			{Type: "ProfilingFailed", RunID: d.RunID, Table: "returns"},
			{Type: "SchemaChangeDetected", RunID: "run-of-customers", Table: "customers", Column: "email"},
		}
		if diff := cmp.Diff(want, list); diff != "" {
			t.Fatal(diff)
		}
		// The keys are those that the Python tool's events have (its DataDriftDetected, ProfilingFailed and SchemaChangeDetected).
		for i, keys := range [][]string{
			{"table", "column", "metric", "baseline_value", "current_value", "change_percent", "drift_severity", "explanation"},
			{"table", "run_id", "error"},
			{"table", "change_type", "column", "old_column_name", "old_type", "new_type", "partition_info", "change_severity", "explanation"},
		} {
			for _, key := range keys {
				if _, ok := metadata[i][key]; !ok {
					t.Errorf("the metadata of %s has no %s", list[i].Type, key)
				}
			}
		}
	})
}

func TestATableThatIsThereNeedsNoLeaveToCreateAny(t *testing.T) {
	server := testpg.Connect(t)
	schema := server.Schema(t)
	role := schema + "_writer"
	server.Exec(t,
		"CREATE ROLE "+role,
		"CREATE TABLE "+schema+".told (event_id VARCHAR(36) PRIMARY KEY, event_type VARCHAR(100), run_id VARCHAR(36), table_name VARCHAR(255), column_name VARCHAR(255), metric_name VARCHAR(100), baseline_value FLOAT, current_value FLOAT, change_percent FLOAT, drift_severity VARCHAR(20), timestamp TIMESTAMP NOT NULL, metadata TEXT, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)",
		"GRANT USAGE ON SCHEMA "+schema+" TO "+role, "GRANT SELECT, INSERT ON "+schema+".told TO "+role)
	t.Cleanup(func() { server.Exec(t, "DROP OWNED BY "+role, "DROP ROLE "+role) })
	port, err := strconv.Atoi(server.Port)
	if err != nil {
		t.Fatal(err)
	}
	h, err := postgres.OpenHistory(t.Context(), config.Connection{
		Type: "postgres", Host: server.Host, Port: port, Database: server.Database, Username: server.User,
		Password: config.NewSecret(server.Password), ExtraParams: config.Params{"sslmode": "disable", "role": role},
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	log := store.NewEventLog(h, schema+".told")
	defer log.Close()
	if err := log.Append(t.Context(), events(digest())...); err != nil {
		t.Error(err)
	}
	if err := store.NewEventLog(h, schema+".other").Append(t.Context(), events(digest())...); err == nil {
		t.Error("made a table without leave to")
	}
}
