package engines

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testpg"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/postgres"
)

var postgresEngine = engine{
	name: postgres.Type, title: "PostgreSQL", held: "Debian's PostgreSQL",
	openSource: postgres.Open, openHistory: postgres.OpenHistory, transient: postgres.Transient,
	start: startPostgres,
	sql: snippets{
		quote: warehouse.QuoteANSI,
		types: map[metrics.Kind]string{
			metrics.KindInteger: "bigint", metrics.KindFloat: "double precision", metrics.KindDecimal: "numeric", metrics.KindText: "text",
			metrics.KindBoolean: "boolean", metrics.KindDate: "date", metrics.KindTime: "time", metrics.KindTimestamp: "timestamp",
			metrics.KindBytes: "bytea", metrics.KindJSON: "json", metrics.KindUUID: "uuid",
		},
		bytes:  func(hex string) string { return `'\x` + hex + "'" },
		long:   func(n int) string { return fmt.Sprintf("repeat('x', %d)", n) },
		series: func(n int) string { return fmt.Sprintf("generate_series(1, %d) AS n(i)", n) },
		slow:   "SELECT pg_sleep(600)::text AS a FROM generate_series(1, 10)",
		text:   "text", wide: 1600,
		key: "bigint", update: "ANALYZE %s", remark: "COMMENT ON TABLE %s IS %s",
	},
}

// sleeping picks the statements that read from a schema.
const sleeping = " FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%' || $1 || '%' AND pid <> pg_backend_pid()"

func startPostgres(t *testing.T) *place {
	t.Helper()
	server := testpg.Connect(t)
	port, err := strconv.Atoi(server.Port)
	if err != nil {
		t.Fatal(err)
	}
	schema := server.Schema(t)
	c := config.Connection{
		Type: postgres.Type, Host: server.Host, Port: port, Database: server.Database, Username: server.User,
		Password: config.NewSecret(server.Password), Schema: schema, ExtraParams: config.Params{"sslmode": "disable"},
	}
	count := func(t *testing.T, what string) (n int) {
		t.Helper()
		conn, err := pgx.Connect(context.Background(), server.URL())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		if err := conn.QueryRow(context.Background(), "SELECT count("+what+")"+sleeping, schema).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	return &place{
		connection: c, schema: schema,
		exec: func(t *testing.T, statements ...string) {
			t.Helper()
			server.Exec(t, append([]string{"SET search_path = " + schema}, statements...)...)
		},
		another: func(t *testing.T) string { return server.Schema(t) },
		reader: func(t *testing.T, granted ...string) config.Connection {
			t.Helper()
			user := schema + "_reader"
			server.Exec(t, "SET search_path = "+schema, "CREATE USER "+user+" PASSWORD 'r3ader'", "GRANT USAGE ON SCHEMA "+schema+" TO "+user)
			for _, table := range granted {
				server.Exec(t, "SET search_path = "+schema, "GRANT SELECT ON "+warehouse.QuoteANSI(table)+" TO "+user)
			}
			t.Cleanup(func() { server.Exec(t, "SET search_path = "+schema, "DROP OWNED BY "+user, "DROP USER "+user) })
			limited := c
			limited.Username, limited.Password = user, config.NewSecret("r3ader")
			return limited
		},
		running:   func(t *testing.T) int { t.Helper(); return count(t, "*") },
		terminate: func(t *testing.T) int { t.Helper(); return count(t, "pg_terminate_backend(pid)") },
		wrong:     wrongOfServers(strings.Repeat("x", 8)),
	}
}

// wrongOfServers are the wrong connections of an engine that has users, databases and addresses.
func wrongOfServers(database string) []wrong {
	return []wrong{
		{"a wrong password", func(c *config.Connection) { c.Password = config.NewSecret(wrongPassword) }, warehouse.ErrLogin, false},
		{"a user who does not exist", func(c *config.Connection) { c.Username, c.Password = "nobody_here", config.NewSecret(wrongPassword) }, warehouse.ErrLogin, false},
		{"a database that does not exist", func(c *config.Connection) { c.Database, c.Schema = database, "" }, warehouse.ErrNoDatabase, false},
		{"a port that nobody listens at", func(c *config.Connection) { c.Port = 1 }, warehouse.ErrUnreachable, true},
		{"a host that has no address", func(c *config.Connection) { c.Host = "nowhere.invalid" }, warehouse.ErrUnreachable, false},
	}
}

const wrongPassword = "wr0ng-s3cret"
