package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/internal/testpg"
)

// manyTables makes a schema of n tables with comments, and drops it in steps: all of them at once would
// take more locks than a server has.
func manyTables(t *testing.T, server testpg.Server, n int) string {
	t.Helper()
	const step = 500
	schema := server.Schema(t)
	each := func(from int, statement string) string {
		return fmt.Sprintf("DO $$ BEGIN FOR i IN %d..%d LOOP EXECUTE format(%s, i); END LOOP; END $$",
			from, from+step-1, "'"+strings.ReplaceAll(statement, "%", schema+".t_%1$s")+"'")
	}
	var create, drop []string
	for from := 0; from < n; from += step {
		create = append(create, each(from, "CREATE TABLE % (id integer, day date)"), each(from, "COMMENT ON TABLE % IS ''tags: critical''"))
		drop = append(drop, each(from, "DROP TABLE %"))
	}
	t.Cleanup(func() { server.Exec(t, drop...) })
	server.Exec(t, create...)
	return schema
}

// The plan of a warehouse of 5,000 tables is that of all its patterns, in memory that is bounded: 100 MiB is promised, and the
// program of tests is larger than the product. What time it took is reported, and nothing fails for it.
func TestAPlanOfFiveThousandTables(t *testing.T) {
	if testing.Short() {
		t.Skip("5,000 tables take a while to make")
	}
	const tables, patterns = 5000, 20
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	server := testpg.Connect(t)
	schema := manyTables(t, server, tables)
	var entries []string
	for i := range patterns { // each takes the tables whose numbers end alike
		entries = append(entries, fmt.Sprintf("    - {schema: %s, pattern: '*[%s]%d', tags: [critical], required_columns: [id, day]}", schema, []string{"02468", "13579"}[i%2], i/2))
	}
	file := filepath.Join(t.TempDir(), "baselinr.yml")
	text := fmt.Sprintf("source: {type: postgres, host: %s, port: %s, database: %s, username: %s, password: %q, extra_params: {sslmode: disable}}\n"+
		"storage: {connection: {type: sqlite, database: history.db}}\nprofiling:\n  tables:\n%s\n",
		server.Host, server.Port, server.Database, server.User, server.Password, strings.Join(entries, "\n"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{{"--refresh"}, {"--refresh", "--estimate"}, {}} {
		command := exec.Command(self)
		command.Args = append([]string{"baselinr-pipes", "plan", "-c", file, "-o", "json"}, arguments...)
		command.Stderr = os.Stderr
		start := time.Now()
		out, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		var p struct {
			Tables   []json.RawMessage `json:"tables"`
			Warnings []string          `json:"warnings"`
		}
		if err := json.Unmarshal(out, &p); err != nil {
			t.Fatal(err)
		}
		// A number of one digit has no digit before its last.
		if want := tables - 10; len(p.Tables) != want || len(p.Warnings) > 0 {
			t.Errorf("%d tables, want %d; warnings %s", len(p.Tables), want, p.Warnings)
		}
		usage, _ := command.ProcessState.SysUsage().(*syscall.Rusage)
		if mib := usage.Maxrss >> 10; mib > 130 {
			t.Errorf("plan %s took %d MiB", strings.Join(arguments, " "), mib)
		}
		t.Logf("plan %s of %d tables by %d patterns: %.2f s, %d MiB at most, %.2f s of the processor",
			strings.Join(arguments, " "), len(p.Tables), patterns, took.Seconds(), usage.Maxrss>>10, (command.ProcessState.UserTime() + command.ProcessState.SystemTime()).Seconds())
	}
}
