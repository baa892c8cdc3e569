package engines

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

const (
	noServer = "there is no server"
	noRights = "there are no users; the file's rights are the system's"
)

var sqliteEngine = engine{
	name: sqlite.Type, title: "SQLite", held: "the SQLite that is built in",
	openSource: sqlite.Open, openHistory: sqlite.OpenHistory, transient: sqlite.Transient,
	start: startSQLite,
	sql: snippets{
		quote: warehouse.QuoteANSI,
		types: map[metrics.Kind]string{
			metrics.KindInteger: "INTEGER", metrics.KindFloat: "REAL", metrics.KindText: "TEXT", metrics.KindBoolean: "BOOLEAN",
			metrics.KindDate: "DATE", metrics.KindTime: "TIME", metrics.KindTimestamp: "TIMESTAMP", metrics.KindBytes: "BLOB",
			metrics.KindJSON: "JSON", metrics.KindUUID: "UUID",
		},
		bytes: func(hex string) string { return "x'" + hex + "'" },
		long:  func(n int) string { return fmt.Sprintf("printf('%%.*c', %d, 'x')", n) },
		series: func(n int) string {
			return fmt.Sprintf("(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i FROM n) AS n", n)
		},
		slow: "SELECT count(*) AS a FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000) SELECT i FROM n)",
		text: "TEXT", wide: 2000,
		key: "INTEGER", update: "ANALYZE %s",
	},
	without: map[string]string{
		"names that differ in case alone":                               "SQLite takes them for one name",
		"several schemas":                                               "a file has one",
		"comments of tables":                                            "SQLite has none",
		"a table that the user may not read fails alone":                noRights,
		"a connection that is cut is tried again":                       noServer,
		"a connection that is half-closed is tried again":               noServer,
		"a session that the server ends is tried again":                 noServer,
		"a slow network changes nothing":                                noServer,
		"a server that falls silent is not waited for beyond the limit": noServer,
		"a server that never answers is given up, and told":             noServer,
		"history: a save whose connection is cut is tried again":        noServer,
	},
}

func startSQLite(t *testing.T) *place {
	t.Helper()
	c := config.Connection{Type: sqlite.Type, Database: filepath.Join(t.TempDir(), "place.db")}
	return &place{
		connection: c,
		exec: func(t *testing.T, statements ...string) {
			t.Helper()
			writer, err := sqlite.OpenHistory(t.Context(), c, true)
			if err != nil {
				t.Fatal(err)
			}
			defer writer.DB.Close()
			for _, s := range statements {
				if _, err := writer.DB.Exec(s); err != nil {
					t.Fatalf("%.300s: %v", s, err)
				}
			}
		},
		wrong: []wrong{
			{"a file that does not exist", func(c *config.Connection) { c.Database = filepath.Join(filepath.Dir(c.Database), "nowhere.db") }, warehouse.ErrNoDatabase, false},
			{"a folder that does not exist", func(c *config.Connection) { c.Database = "/nowhere/at/all.db" }, warehouse.ErrNoDatabase, false},
		},
	}
}
