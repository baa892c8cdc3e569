package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/internal/testmysql"
	"github.com/baselinr/baselinr-pipes/internal/testpg"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// TestABacktestUnderTheSameConfigFindsWhatWasFound profiles a table that changes, with feedback between the runs, and
// holds that a replay finds in each run what profile found, and takes the history that profile took.
func TestABacktestUnderTheSameConfigFindsWhatWasFound(t *testing.T) {
	server := testpg.Connect(t)
	for _, engine := range []string{"sqlite", "postgres", "mysql"} {
		for _, drifting := range []string{
			"{}", "{baselines: {strategy: moving_average, windows: {moving_average: 3}}}", "{baselines: {strategy: auto}}",
			"{strategy: standard_deviation}", "{strategy: statistical, statistical: {min_rows: 5}}",
		} {
			t.Run(engine+" "+drifting, func(t *testing.T) {
				dir := t.TempDir()
				stored := fmt.Sprintf("{type: sqlite, database: %q}", filepath.Join(dir, "history.db"))
				if engine == "postgres" {
					stored = fmt.Sprintf("{type: postgres, host: %s, port: %s, database: %s, username: %s, password: %q, schema: %s, extra_params: {sslmode: disable}}",
						server.Host, server.Port, server.Database, server.User, server.Password, server.Schema(t))
				}
				if engine == "mysql" {
					stored = mysqlConnection(testmysql.Connect(t), testmysql.Connect(t).Schema(t))
				}
				file := filepath.Join(dir, "baselinr.yml")
				text := fmt.Sprintf("source: {type: sqlite, database: %q}\nstorage: {connection: %s}\nprofiling: {tables: [{table: t}, {table: u}]}\ndrift_detection: %s\n",
					filepath.Join(dir, "source.db"), stored, drifting)
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				run := func(arguments ...string) []byte {
					var out, messages bytes.Buffer
					if code := Run(t.Context(), append([]string{"-c", file}, arguments...), Streams{In: strings.NewReader(""), Out: &out, Err: &messages}); code != exitDone {
						t.Fatalf("%v: exit code %d: %s", arguments, code, &messages)
					}
					return out.Bytes()
				}
				source, err := sqlite.OpenHistory(t.Context(), config.Connection{Database: filepath.Join(dir, "source.db")}, true)
				if err != nil {
					t.Fatal(err)
				}
				defer source.DB.Close()
				execute := func(statement string) {
					if _, err := source.DB.Exec(statement); err != nil {
						t.Fatal(err)
					}
				}
				execute("CREATE TABLE t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT i AS x, i % 5 AS y, 'c' || (i % 3) AS s FROM n")
				execute("CREATE TABLE u AS SELECT 1 AS a")
				for i, factor := range []float64{1, 1.02, 1.4, 1, 1.01, 1.3, 1.02, 2, 1, 1.03} {
					execute(fmt.Sprintf("UPDATE t SET x = x * %v, y = y + %d", factor, i%2))
					id := fmt.Sprint("run", i)
					run("profile", "--run-id", id)
					switch i {
					case 2, 7:
						run("drift", "incident", id, "--dataset", "t")
					case 6:
						run("drift", "accept", id, "--dataset", "t")
					}
				}
				var d struct {
					Total struct {
						Runs, Compared, Alarmed, Muted, Incidents, Unlabelled int
						InHistory                                             struct{ Runs, Alarmed, Added, Removed int } `json:"in_history"`
					}
				}
				before := run("query", "runs", "-o", "json")
				if err := json.Unmarshal(run("drift", "backtest", "-o", "json"), &d); err != nil {
					t.Fatal(err)
				}
				if after := run("query", "runs", "-o", "json"); !bytes.Equal(before, after) {
					t.Error("a backtest changed the history")
				}
				got := d.Total
				// What was accepted after it had been found is not an alarm any more.
				if got.Runs != 20 || got.Incidents != 2 || got.Unlabelled != 17 || got.InHistory.Runs != 20 || got.InHistory.Added != 0 || got.InHistory.Removed != got.Muted || got.Muted > 1 {
					t.Errorf("got %+v", got)
				}
				learnableAsInTheStore(t, file)
			})
		}
	}
}

// learnableAsInTheStore holds the history that a replay takes against the one that profile reads.
func learnableAsInTheStore(t *testing.T, file string) {
	a := &app{configPath: file, logger: slog.New(slog.DiscardHandler), now: time.Now}
	_, history, err := a.configAndHistory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer history.Close()
	ctx := context.Background()
	subject := store.Subject{}
	subject.Name = "t"
	runs, err := history.Latest(ctx, subject, math.MaxInt32, nil)
	if err != nil {
		t.Fatal(err)
	}
	feedback, err := history.Feedback(ctx)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(runs)
	stored := storedRuns(runs, feedback, nil)
	if !slices.IsSortedFunc(stored, drift.Chronological) {
		t.Error("runs are not in the order of a replay")
	}
	for i := range runs {
		var want, got []string
		latest, err := history.Latest(ctx, subject, 100, &runs[i])
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range latest {
			want = append(want, r.RunID)
		}
		for j := range drift.Learnable(stored, i, feedback.Of(subject)) {
			got = append(got, stored[j].RunID)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("run %d: %s", i, d)
		}
	}
}
