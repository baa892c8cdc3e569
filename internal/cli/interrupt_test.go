package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testmysql"
	"github.com/baselinr/baselinr-pipes/internal/testpg"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// soon is how long an interrupted process may take to end. It is meant to take less than a second, which
// the tests log and a busy machine does not always grant.
const soon = 10 * time.Second

// running is the program at work in a process of its own.
type running struct {
	*exec.Cmd
	out, messages bytes.Buffer
	history       string
}

// start profiles what a source holds, into a new history.
func start(t *testing.T, source, tables string, workers int) *running {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := t.TempDir()
	r := &running{history: filepath.Join(dir, "history.db")}
	file := filepath.Join(dir, "baselinr.yml")
	text := fmt.Sprintf("source: %s\nstorage: {connection: {type: sqlite, filepath: %q}}\nprofiling: {tables: [%s]}\nexecution: {max_workers: %d}\n", source, r.history, tables, workers)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r.Cmd = exec.Command("baselinr-pipes", "--config", file, "profile", "-o", "json")
	r.Stdout, r.Stderr = &r.out, &r.messages
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Process.Kill() })
	return r
}

// stored counts the runs in the history, −1 where there is none yet.
func (r *running) stored() (n int) {
	history, err := sqlite.OpenHistory(context.Background(), config.Connection{Database: r.history}, false)
	if err != nil {
		return -1
	}
	defer history.DB.Close()
	if err := history.DB.QueryRow("SELECT count(*) FROM baselinr_runs").Scan(&n); err != nil {
		return -1
	}
	return n
}

// interrupt sends a signal and waits for the end, which has to come soon and with exit code 130.
func (r *running) interrupt(t *testing.T, signal os.Signal) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- r.Wait() }()
	sent := time.Now()
	if err := r.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		t.Logf("ended %v after the signal", time.Since(sent).Round(time.Millisecond))
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
			t.Errorf("ended with %v, want exit code %d; %s", err, exitInterrupted, &r.messages)
		}
	case <-time.After(soon):
		t.Fatalf("still running %v after the signal", soon)
	}
}

// whole fails the test where what is stored is not what the document says was completed, each table whole.
func (r *running) whole(t *testing.T, metricsOfATable int) (completed, interrupted int) {
	t.Helper()
	var document struct {
		Tables []struct {
			ID, Status string
			Seconds    float64
			Error      struct{ Kind, Message string }
		}
	}
	if err := json.Unmarshal(r.out.Bytes(), &document); err != nil {
		t.Fatalf("%v: %s", err, &r.out)
	}
	for _, table := range document.Tables {
		switch table.Status {
		case "completed":
			completed++
		case "skipped":
			if table.Error.Kind != "interrupted" {
				t.Errorf("table %s is skipped for %+v", table.ID, table.Error)
			}
			if (table.Seconds > 0) != strings.Contains(table.Error.Message, "s of reading this table") {
				t.Errorf("table %s was read for %v s, and is skipped for %+v", table.ID, table.Seconds, table.Error)
			}
			if table.Seconds > 0 {
				interrupted++
			}
		default:
			t.Errorf("a table is %s", table.Status)
		}
	}
	history, err := sqlite.OpenHistory(t.Context(), config.Connection{Database: r.history}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer history.DB.Close()
	var runs, own, whole int
	err = history.DB.QueryRow(`SELECT (SELECT count(*) FROM baselinr_runs), (SELECT count(*) FROM baselinr_pipes_runs),
		(SELECT count(*) FROM (SELECT 1 FROM baselinr_results GROUP BY run_id HAVING count(*) = ?))`, metricsOfATable).Scan(&runs, &own, &whole)
	if err != nil || runs != completed || own != completed || whole != completed {
		t.Errorf("%d tables completed; stored are %d runs, %d of ours, %d with %d metrics each, %v", completed, runs, own, whole, metricsOfATable, err)
	}
	return completed, interrupted
}

// waitFor waits until a condition holds.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatal("never came: " + what)
}

// metricsOfAnInteger is how many metrics a column of integers has in the history.
func metricsOfAnInteger(t *testing.T, source, table string) int {
	t.Helper()
	r := start(t, source, table, 1)
	if err := r.Wait(); err != nil {
		t.Fatalf("%v: %s", err, &r.messages)
	}
	history, err := sqlite.OpenHistory(t.Context(), config.Connection{Database: r.history}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer history.DB.Close()
	n := 0
	if err := history.DB.QueryRow("SELECT count(*) FROM baselinr_results").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAnInterruptedRunEndsSoonAndKeepsWhatWasRead(t *testing.T) {
	server := testpg.Connect(t)
	conn, err := pgx.Connect(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	active := func(schema, state string) (n int) {
		err := conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'baselinr-pipes'
			AND query LIKE '%' || $1 || '%' AND state LIKE $2`, schema, state).Scan(&n)
		if err != nil {
			t.Error(err)
		}
		return n
	}
	source := fmt.Sprintf("{type: postgres, host: %s, port: %s, database: %s, username: %s, password: %s, extra_params: {sslmode: disable}}",
		server.Host, server.Port, server.Database, server.User, server.Password)
	many := func(t *testing.T, n int) (schema string) {
		schema = server.Schema(t)
		server.Exec(t, fmt.Sprintf(`DO $$ BEGIN FOR n IN 1..%d LOOP
			EXECUTE format('CREATE TABLE %s.t%%s AS SELECT i FROM generate_series(1, 100) AS i', n); END LOOP; END $$`, n, schema))
		return schema
	}
	whole := fmt.Sprintf("{schema: %s, table: t1}", many(t, 1))
	metrics := metricsOfAnInteger(t, source, whole)

	for name, signal := range map[string]os.Signal{"SIGINT": os.Interrupt, "SIGTERM": syscall.SIGTERM} {
		t.Run(name+" while a view is read on PostgreSQL", func(t *testing.T) {
			schema := many(t, 30)
			server.Exec(t, "CREATE VIEW "+schema+".slow AS SELECT i, pg_sleep(600)::text FROM generate_series(1, 100) AS i")
			r := start(t, source, fmt.Sprintf("{schema: %s, select_schema: true, table_types: [table, view]}", schema), 3)
			waitFor(t, "all but the view stored", func() bool { return r.stored() == 30 && active(schema, "active") == 1 })
			r.interrupt(t, signal)
			if n, interrupted := r.whole(t, metrics); n != 30 || interrupted != 1 {
				t.Errorf("%d tables completed, %d interrupted; want 30 and 1", n, interrupted)
			}
			waitFor(t, "no session of ours on the server", func() bool { return active(schema, "%") == 0 })
		})
		t.Run(name+" between many tables of PostgreSQL", func(t *testing.T) {
			schema := many(t, 1000)
			r := start(t, source, fmt.Sprintf("{schema: %s, select_schema: true, table_types: [table, view]}", schema), 3)
			waitFor(t, "some tables stored", func() bool { return r.stored() > 20 })
			r.interrupt(t, signal)
			n, _ := r.whole(t, metrics)
			t.Logf("%d tables stored", n)
			waitFor(t, "no session of ours on the server", func() bool { return active(schema, "%") == 0 })
		})
		t.Run(name+" while a view is read on MySQL", func(t *testing.T) {
			server := testmysql.Connect(t)
			schema := server.Schema(t)
			server.Exec(t, schema, "CREATE TABLE t1 (i integer) AS SELECT seq AS i FROM seq_1_to_100", "CREATE TABLE t2 AS SELECT * FROM t1",
				"CREATE VIEW z AS SELECT seq AS i, sleep(600) AS slept FROM seq_1_to_100")
			db := server.Open(t, schema, "")
			defer db.Close()
			reading := func() (n int) {
				err := db.QueryRow("SELECT count(*) FROM information_schema.processlist WHERE db = database() AND id <> connection_id() AND info LIKE '%slept%'").Scan(&n)
				if err != nil {
					t.Error(err)
				}
				return n
			}
			r := start(t, mysqlConnection(server, schema),
				"{table: t1}, {table: t2}, {table: z}", 2)
			waitFor(t, "both tables stored", func() bool { return r.stored() == 2 && reading() == 1 })
			r.interrupt(t, signal)
			if n, interrupted := r.whole(t, metrics); n != 2 || interrupted != 1 {
				t.Errorf("%d tables completed, %d interrupted; want 2 and 1", n, interrupted)
			}
			waitFor(t, "no statement of ours on the server", func() bool { return reading() == 0 })
		})
		t.Run(name+" while a view is read on SQLite", func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "source.db")
			db, err := sqlite.OpenHistory(t.Context(), config.Connection{Database: file}, true)
			if err != nil {
				t.Fatal(err)
			}
			for _, statement := range []string{
				"CREATE TABLE t1 (i integer)", "INSERT INTO t1 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n",
				"CREATE TABLE t2 AS SELECT * FROM t1",
				// Its first row comes after all of its steps.
				"CREATE VIEW z AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000) SELECT count(*) AS i FROM n",
			} {
				if _, err := db.DB.Exec(statement); err != nil {
					t.Fatal(err)
				}
			}
			db.DB.Close()
			r := start(t, fmt.Sprintf("{type: sqlite, database: %q}", file), "{table: t1}, {table: t2}, {table: z}", 1)
			waitFor(t, "both tables stored", func() bool { return r.stored() == 2 })
			r.interrupt(t, signal)
			if n, interrupted := r.whole(t, metrics); n != 2 || interrupted != 1 {
				t.Errorf("%d tables completed, %d interrupted; want 2 and 1", n, interrupted)
			}
		})
	}
}
