package cli

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testmysql"
	"github.com/baselinr/baselinr-pipes/internal/testpg"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/mysql"
	"github.com/baselinr/baselinr-pipes/warehouse/postgres"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// How many processes write to one history, how many tables each profiles, and how long all of them may take: a
// deadlock shows in that, and a lock that is waited for too long in a failure.
const (
	writers       = 16
	writtenTables = 12
	writersWithin = 3 * time.Minute
)

func TestSixteenProcessesWriteToOneHistoryWithoutALostRow(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		c := config.Connection{Type: "sqlite", Database: filepath.Join(t.TempDir(), "history.db")}
		sixteenWrite(t, fmt.Sprintf("{type: sqlite, database: %q}", c.Database), func() (*warehouse.History, error) {
			return sqlite.OpenHistory(t.Context(), c, false)
		})
	})
	t.Run("postgres", func(t *testing.T) {
		server := testpg.Connect(t)
		c := postgresHistory(t, server, server.Schema(t))
		text := fmt.Sprintf("{type: postgres, host: %s, port: %s, database: %s, username: %s, password: %q, schema: %s, extra_params: {sslmode: disable}}",
			server.Host, server.Port, server.Database, server.User, server.Password, c.Schema)
		sixteenWrite(t, text, func() (*warehouse.History, error) { return postgres.OpenHistory(t.Context(), c, false) })
	})
	t.Run("mysql", func(t *testing.T) {
		server := testmysql.Connect(t)
		port, err := strconv.Atoi(server.Port)
		if err != nil {
			t.Fatal(err)
		}
		c := config.Connection{
			Type: "mysql", Host: server.Host, Port: port, Database: server.Schema(t), Username: server.User, Password: config.NewSecret(server.Password),
		}
		sixteenWrite(t, mysqlConnection(server, c.Database), func() (*warehouse.History, error) { return mysql.OpenHistory(t.Context(), c, false) })
	})
}

// mysqlConnection is a config's connection of a database of the server.
func mysqlConnection(s testmysql.Server, database string) string {
	return fmt.Sprintf("{type: mysql, host: %s, port: %s, database: %s, username: %s, password: %q}", s.Host, s.Port, database, s.User, s.Password)
}

// sixteenWrite starts the processes at once on an empty history, which the first of them makes, and counts the
// rows afterwards.
func sixteenWrite(t *testing.T, storage string, open func() (*warehouse.History, error)) {
	dir := t.TempDir()
	source, err := sqlite.OpenHistory(t.Context(), config.Connection{Database: filepath.Join(dir, "source.db")}, true)
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for i := range writtenTables {
		name := fmt.Sprintf("t%d", i)
		tables = append(tables, "{table: "+name+"}")
		if _, err := source.DB.Exec("CREATE TABLE " + name + " AS SELECT 1 AS a, 'x' AS b, 2.5 AS c UNION ALL SELECT 2, 'y', 3.5"); err != nil {
			t.Fatal(err)
		}
	}
	source.DB.Close()
	file := filepath.Join(dir, "baselinr.yml")
	text := fmt.Sprintf("source: {type: sqlite, database: %q}\nstorage: {connection: %s}\nprofiling: {tables: [%s]}\n",
		filepath.Join(dir, "source.db"), storage, strings.Join(tables, ", "))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), writersWithin)
	defer cancel()
	commands := make([]*exec.Cmd, writers)
	messages := make([]bytes.Buffer, writers)
	for i := range commands {
		commands[i] = exec.CommandContext(ctx, "baselinr-pipes", "--config", file, "profile", "--run-id", fmt.Sprintf("writer %d", i))
		commands[i].Env = append(os.Environ(), SpoolVariable+"="+filepath.Join(dir, "spool"))
		commands[i].Stderr = &messages[i]
		if err := commands[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range commands {
		if err := c.Wait(); err != nil {
			t.Errorf("writer %d: %v\n%s", i, err, &messages[i])
		}
	}
	if kept, err := filepath.Glob(filepath.Join(dir, "spool", "*", "*.json")); err != nil || len(kept) > 0 {
		t.Errorf("profiles were kept aside: %v, %v", kept, err)
	}
	history, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer history.DB.Close()
	const runs, columns = writers * writtenTables, 3
	for query, want := range map[string]int{
		"SELECT count(*) FROM baselinr_runs":                                                                   runs,
		"SELECT count(*) FROM baselinr_pipes_runs":                                                             runs,
		"SELECT count(DISTINCT invocation_id) FROM baselinr_pipes_runs":                                        writers,
		"SELECT count(*) FROM baselinr_results WHERE metric_name = 'count'":                                    runs * columns,
		"SELECT count(*) FROM (SELECT 1 FROM baselinr_results GROUP BY run_id, column_name, metric_name) AS r": rows(t, history.DB, "SELECT count(*) FROM baselinr_results"),
		"SELECT count(*) FROM (SELECT table_name, column_name FROM baselinr_schema_registry) AS r":             writtenTables * columns,
	} {
		if got := rows(t, history.DB, query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
}

func rows(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}
