package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/internal/testmysql"
	"github.com/baselinr/baselinr-pipes/internal/testpg"
)

// TestDriftAgainstAnExportedFileIsDriftAgainstTheRun compares, of every type of a source and on each engine as
// history, what drift finds against a run and against its file.
func TestDriftAgainstAnExportedFileIsDriftAgainstTheRun(t *testing.T) {
	server := testpg.Connect(t)
	connection := func(schema string) string {
		return fmt.Sprintf("{type: postgres, host: %s, port: %s, database: %s, username: %s, password: %q, schema: %s, extra_params: {sslmode: disable}}",
			server.Host, server.Port, server.Database, server.User, server.Password, schema)
	}
	for _, history := range []string{"sqlite", "postgres", "mysql"} {
		t.Run(history, func(t *testing.T) {
			dir, schema := t.TempDir(), server.Schema(t)
			stored := fmt.Sprintf("{type: sqlite, database: %q}", filepath.Join(dir, "history.db"))
			if history == "postgres" {
				stored = connection(server.Schema(t))
			}
			if history == "mysql" {
				stored = mysqlConnection(testmysql.Connect(t), testmysql.Connect(t).Schema(t))
			}
			server.Exec(t, "CREATE TABLE "+schema+`.t AS SELECT i AS id, i % 7 AS few, (i * 9007199254740993) % 9223372036854775807::numeric AS big,
				CASE WHEN i % 9 = 0 THEN 'NaN'::float8 WHEN i % 9 = 1 THEN 'Infinity' ELSE i / 3.0 END AS real, (i / 7.0)::numeric(30,10) AS exact,
				CASE WHEN i % 5 > 0 THEN 'c' || chr(8230) || i % 11 || chr(10) END AS text, i % 3 = 0 AS truth, '2013-01-01'::date + i AS day,
				CASE WHEN i % 50 = 0 THEN 'infinity'::timestamptz ELSE '2013-01-01 00:00:00.000001Z'::timestamptz + i * interval '1 hour' END AS at,
				make_interval(mins => i)::time AS clock, decode(md5(i::text), 'hex') AS bytes, md5(i::text)::uuid AS id2, json_build_object('i', i % 4) AS doc,
				NULL::int AS nothing FROM generate_series(1, 400) AS i`)
			config := func(name, strategy string) string {
				file := filepath.Join(dir, name)
				text := fmt.Sprintf("source: %s\nstorage: {connection: %s}\nprofiling: {tables: [{table: t, schema: %s}]}\ndrift_detection: {strategy: %s, statistical: {tests: [%s]}}\n",
					connection("public"), stored, schema, strategy, strings.Join(drift.TestNames(), ", "))
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				return file
			}
			run := func(arguments ...string) []byte {
				var out, messages bytes.Buffer
				if code := Run(t.Context(), arguments, Streams{In: strings.NewReader(""), Out: &out, Err: &messages}); code != exitDone {
					t.Fatalf("%v: exit code %d: %s", arguments, code, &messages)
				}
				if strings.Contains(messages.String(), "is left out") {
					t.Errorf("%v: what was exported contradicts itself: %s", arguments, &messages)
				}
				return out.Bytes()
			}
			main := config("baselinr.yml", drift.AbsoluteThreshold)
			run("-c", main, "profile", "--run-id", "before")
			server.Exec(t, "UPDATE "+schema+".t SET few = few * 3, real = real + 40, exact = exact * 2, text = CASE WHEN id % 4 > 0 THEN text END, truth = true, day = day + 90, big = 1 WHERE id > 150",
				"ALTER TABLE "+schema+".t DROP COLUMN id2")
			run("-c", main, "profile")
			file := filepath.Join(dir, "base.yml")
			run("-c", main, "baseline", "export", "--run", "before", "--out", file)
			for _, strategy := range drift.Strategies() {
				c := config(strategy+".yml", strategy)
				type document = map[string]any
				compare := func(baseline string) (d document) {
					if err := json.Unmarshal(run("-c", c, "drift", "--dataset", "t", "--baseline", baseline, "-o", "json"), &d); err != nil {
						t.Fatal(err)
					}
					report := d["drift"].(document)
					delete(report, "baseline_method")
					for _, f := range report["findings"].([]any) {
						finding := f.(document)
						finding["reason"], _, _ = strings.Cut(finding["reason"].(string), ", against ")
						delete(finding, "baseline_method")
					}
					return d
				}
				byRun, byFile := compare("before"), compare(file)
				if d := cmp.Diff(byRun, byFile); d != "" {
					t.Errorf("%s: %s", strategy, d)
				}
				if n := len(byRun["drift"].(document)["findings"].([]any)); strategy == drift.AbsoluteThreshold && n == 0 || strategy == drift.Statistical && n == 0 {
					t.Errorf("%s finds nothing, so that nothing is compared", strategy)
				}
			}
		})
	}
}
