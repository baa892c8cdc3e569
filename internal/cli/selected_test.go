package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/pipes"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// runInStep profiles as the step of our Python package does, which says more in the extra, and returns the messages
// that Dagster gets.
func runInStep(t *testing.T, configPath string, assetKeys map[string]string, more map[string]any) string {
	t.Helper()
	messages := filepath.Join(t.TempDir(), "messages")
	var keys []string
	for _, key := range assetKeys {
		keys = append(keys, key)
	}
	extra := map[string]any{"version": extraVersion, "config": map[string]any{"path": configPath}, "asset_keys": assetKeys, "handles_failures": true}
	maps.Copy(extra, more)
	for name, params := range map[string]any{
		pipes.EnvContext:  map[string]any{"data": map[string]any{"asset_keys": keys, "run_id": "run", "retry_number": 0, "extras": map[string]any{extraName: extra}}},
		pipes.EnvMessages: map[string]any{"path": messages},
	} {
		text, err := pipes.EncodeParams(params)
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv(name, text)
	}
	lifeline, launcher := io.Pipe()
	defer launcher.Close()
	var out bytes.Buffer
	if code := Run(context.Background(), []string{"profile"}, Streams{In: lifeline, Out: &out, Err: &out}); code != 0 {
		t.Fatalf("exit code %d: %s", code, &out)
	}
	text, err := os.ReadFile(messages)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestATableThatHasLeftTheConfigFailsUnread(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", folder)
	source := config.Connection{Type: "sqlite", Database: filepath.Join(folder, "source.db")}
	history := config.Connection{Type: "sqlite", Database: filepath.Join(folder, "history.db")}
	h, err := sqlite.OpenHistory(t.Context(), source, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.DB.Exec("CREATE TABLE stays (i integer); INSERT INTO stays VALUES (1); CREATE TABLE left_it (i integer); INSERT INTO left_it VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	h.DB.Close()
	path := filepath.Join(folder, "baselinr.yml")
	text := fmt.Sprintf(`environment: test
source: {type: sqlite, database: %q}
storage: {connection: {type: sqlite, database: %q}}
profiling: {tables: [{table: stays}]}
`, source.Database, history.Database)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var failed, materialized []string
	for line := range strings.Lines(runInStep(t, path, map[string]string{"stays": "of_stays", "left_it": "of_left_it"}, nil)) {
		var message struct {
			Method string
			Params struct {
				AssetKey string `json:"asset_key"`
				Payload  struct {
					Type, Table string
					Error       struct{ Message string }
				}
			}
		}
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			t.Fatal(err)
		}
		switch payload := message.Params.Payload; {
		case payload.Type == "baselinr/table_failed":
			failed = append(failed, payload.Error.Message)
		case message.Method == "report_asset_materialization":
			materialized = append(materialized, message.Params.AssetKey)
		}
	}
	if want := "table left_it is no longer in the plan; reload the code location"; strings.Join(failed, "|") != want {
		t.Errorf("failed %q, want %q", failed, want)
	}
	if strings.Join(materialized, " ") != "of_stays" {
		t.Errorf("materialized %s", materialized)
	}
	r, _ := newRunner(t, impatient(history))
	if got := storedNames(t, r.store); got != "stays" {
		t.Errorf("stored %s", got)
	}
}
