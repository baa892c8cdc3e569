package engines

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testmysql"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse/mysql"
)

var mysqlEngine = engine{
	name: mysql.Type, title: "MySQL, MariaDB", held: "Debian's MariaDB 10.11",
	openSource: mysql.Open, openHistory: mysql.OpenHistory, transient: mysql.Transient,
	start: startMySQL,
	sql: snippets{
		quote: quoteMySQL,
		types: map[metrics.Kind]string{
			metrics.KindInteger: "bigint", metrics.KindFloat: "double", metrics.KindDecimal: "decimal(40,10)", metrics.KindText: "varchar(200)",
			metrics.KindBoolean: "bit(1)", metrics.KindDate: "date", metrics.KindTime: "time", metrics.KindTimestamp: "datetime",
			metrics.KindBytes: "varbinary(20)", metrics.KindJSON: "json", metrics.KindUUID: "uuid",
		},
		bytes:  func(hex string) string { return "x'" + hex + "'" },
		long:   func(n int) string { return fmt.Sprintf("repeat('x', %d)", n) },
		series: func(n int) string { return fmt.Sprintf("(SELECT seq AS i FROM seq_1_to_%d) AS n", n) },
		slow:   "SELECT sleep(600) AS a FROM seq_1_to_10",
		text:   "longtext",
		wide:   1000, // of 1,017 that InnoDB allows, whose rows have to fit into half a page
		key:    "bigint", remark: "ALTER TABLE %s COMMENT = %s",
	},
	unproven: []string{
		"MySQL 8 itself: no server of it can be had for the tests. `tests/mysql8` reads, samples and keeps a history on go-mysql-server, which speaks as MySQL 8 does: the settings of a session, the catalog, JSON, the SQL of " +
			"the history, its collation. By MySQL's documentation alone are: that `max_execution_time` and `KILL QUERY` end a statement there, the numbers of errors that MariaDB has not, change detection, and locks between writers.",
		"Logging in by `caching_sha2_password`, by a certificate, and by LDAP or IAM, which the driver does.",
		"Pools (ProxySQL, MaxScale), Galera, Aurora and other services that speak MySQL's protocol.",
	},
}

func quoteMySQL(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func startMySQL(t *testing.T) *place {
	t.Helper()
	server := testmysql.Connect(t)
	port, err := strconv.Atoi(server.Port)
	if err != nil {
		t.Fatal(err)
	}
	schema := server.Schema(t)
	server.Exec(t, schema, "ALTER DATABASE "+schema+" CHARACTER SET utf8mb4")
	c := config.Connection{
		Type: mysql.Type, Host: server.Host, Port: port, Database: schema, Username: server.User, Password: config.NewSecret(server.Password),
	}
	// What reads from the place: its prepared statements name it in their text.
	sessions := func(t *testing.T) (ids []int64) {
		t.Helper()
		db := server.Open(t, schema, "")
		defer db.Close()
		rows, err := db.Query("SELECT id FROM information_schema.processlist WHERE info LIKE concat('%', database(), '%') AND id <> connection_id()")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var id int64
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		return ids
	}
	return &place{
		connection: c, schema: schema,
		exec:    func(t *testing.T, statements ...string) { t.Helper(); server.Exec(t, schema, statements...) },
		another: func(t *testing.T) string { return server.Schema(t) },
		reader: func(t *testing.T, granted ...string) config.Connection {
			t.Helper()
			user := schema + "_reader"
			server.Exec(t, schema, "CREATE USER "+user+" IDENTIFIED BY 'r3ader'")
			t.Cleanup(func() { server.Exec(t, schema, "DROP USER "+user) })
			for _, table := range granted {
				server.Exec(t, schema, "GRANT SELECT ON "+schema+"."+quoteMySQL(table)+" TO "+user)
			}
			limited := c
			limited.Username, limited.Password = user, config.NewSecret("r3ader")
			return limited
		},
		running: func(t *testing.T) int { t.Helper(); return len(sessions(t)) },
		terminate: func(t *testing.T) int {
			t.Helper()
			ids := sessions(t)
			for _, id := range ids {
				server.Exec(t, schema, fmt.Sprintf("KILL %d", id))
			}
			return len(ids)
		},
		wrong: wrongOfServers("nowhere"),
	}
}
