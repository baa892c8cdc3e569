package profiler

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testpg"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/postgres"
)

// openPostgres opens a schema of the server as a source.
func openPostgres(t *testing.T, s testpg.Server, schema string, options ...warehouse.Option) warehouse.Warehouse {
	t.Helper()
	port, err := strconv.Atoi(s.Port)
	if err != nil {
		t.Fatal(err)
	}
	w, err := postgres.Open(t.Context(), config.Connection{
		Type: "postgres", Host: s.Host, Port: port, Database: s.Database, Username: s.User,
		Password: config.NewSecret(s.Password), Schema: schema, ExtraParams: config.Params{"sslmode": "disable"},
	}, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func planned(schema string, names ...string) (tables []plan.Table) {
	for _, name := range names {
		tables = append(tables, plan.Table{
			TableRef: warehouse.TableRef{Schema: schema, Name: name}, Metrics: []string{"count", "distinct_count", "max"}, EstimatedRows: -1,
		})
	}
	return tables
}

// whole fails the test where a table i of 1 to rows was not read exactly once.
func whole(t *testing.T, r Result, rows int64, statements int) {
	t.Helper()
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	c := r.Profile.Columns[0].Metrics
	if r.Profile.RowCount != rows || c[metrics.Count].String() != strconv.FormatInt(rows, 10) || c[metrics.Max].String() != strconv.FormatInt(rows, 10) {
		t.Errorf("%d rows, %v; want %d", r.Profile.RowCount, c, rows)
	}
	if r.Statements != statements {
		t.Errorf("%d statements, want %d", r.Statements, statements)
	}
}

func TestATableIsReadAnewWhenItsConnectionIsCut(t *testing.T) {
	server := testpg.Connect(t)
	schema := server.Schema(t)
	server.Exec(t, "CREATE TABLE "+schema+".t AS SELECT i, repeat('x', 50) FROM generate_series(1, 50000) AS i")
	// The first connection ends in the middle of the rows, of which there are some 3 MB.
	w := openPostgres(t, server.Proxied(t, func(n int) int64 {
		if n == 0 {
			return 1 << 20
		}
		return testpg.All
	}), schema)
	whole(t, run(t, w, planned(schema, "t"), settings(1, 2))[schema+".t"], 50000, 2)
}

func TestATableIsReadAnewWhenItsSessionIsTerminated(t *testing.T) {
	server := testpg.Connect(t)
	schema := server.Schema(t)
	server.Exec(t, "CREATE VIEW "+schema+".v AS SELECT i, pg_sleep(0.0005)::text FROM generate_series(1, 500) AS i")
	w := openPostgres(t, server, schema)
	terminated := make(chan error, 1)
	go func() { terminated <- terminate(t.Context(), server, schema) }()
	whole(t, run(t, w, planned(schema, "v"), settings(1, 2))[schema+".v"], 500, 2)
	if err := <-terminated; err != nil {
		t.Error(err)
	}
}

// terminate ends the session that reads from the schema, as soon as there is one.
func terminate(ctx context.Context, server testpg.Server, schema string) error {
	conn, err := pgx.Connect(ctx, server.URL())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for range 500 {
		n := 0
		err := conn.QueryRow(ctx, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE state = 'active' AND query LIKE 'SELECT%' || $1 || '%' AND pid <> pg_backend_pid()`, schema+`"."v`).Scan(&n)
		if n > 0 || err != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("no session read from the view")
}

func TestASourceThatIsGoneIsNotWaitedForAtEachTable(t *testing.T) {
	server := testpg.Connect(t)
	schema := server.Schema(t)
	var names []string
	for i := range 20 {
		names = append(names, fmt.Sprintf("t%d", i))
		server.Exec(t, fmt.Sprintf("CREATE TABLE %s.t%d AS SELECT i, repeat('x', 1000) FROM generate_series(1, 2000) AS i", schema, i))
	}
	w := openPostgres(t, server.Proxied(t, func(n int) int64 {
		if n == 0 {
			return 1 << 20
		}
		return 0
	}), schema)
	waited := 0
	s := settings(1, 3)
	s.Retry.Again = func(error, time.Duration) { waited++ }
	for id, r := range run(t, w, planned(schema, names...), s) {
		if !errors.Is(r.Err, warehouse.ErrUnreachable) {
			t.Errorf("%s: %v", id, r.Err)
		}
	}
	if waited != 3 {
		t.Errorf("waited %d times, want 3, for the first table alone", waited)
	}
}

func TestAStatementThatTakesTooLongFailsItsTableAlone(t *testing.T) {
	server := testpg.Connect(t)
	schema := server.Schema(t)
	server.Exec(t, "CREATE TABLE "+schema+".t AS SELECT i FROM generate_series(1, 100) AS i",
		"CREATE VIEW "+schema+".slow AS SELECT i, pg_sleep(30)::text FROM generate_series(1, 100) AS i")
	w := openPostgres(t, server, schema, warehouse.StatementTimeout(300*time.Millisecond))
	begun := time.Now()
	results := run(t, w, planned(schema, "slow", "t"), settings(1, 3))
	t.Logf("ended after %v", time.Since(begun))
	timedOut(t, results[schema+".slow"], schema+".slow", "300ms", "execution.statement_timeout_seconds")
	whole(t, results[schema+".t"], 100, 1)
	if n := active(t, server, schema); n > 0 {
		t.Errorf("%d statements still run on the server", n)
	}
}

func TestATableThatTakesTooLongFailsAlone(t *testing.T) {
	server := testpg.Connect(t)
	schema := server.Schema(t)
	server.Exec(t, "CREATE TABLE "+schema+".t AS SELECT i FROM generate_series(1, 100) AS i",
		"CREATE VIEW "+schema+".slow AS SELECT i, pg_sleep(30)::text FROM generate_series(1, 100) AS i")
	s := settings(2, 3)
	s.TableTimeout = 300 * time.Millisecond
	results := run(t, openPostgres(t, server, schema), planned(schema, "slow", "t"), s)
	timedOut(t, results[schema+".slow"], schema+".slow", "300ms", "execution.table_timeout_seconds")
	whole(t, results[schema+".t"], 100, 1)
}

func timedOut(t *testing.T, r Result, table, limit, key string) {
	t.Helper()
	if !errors.Is(r.Err, warehouse.ErrTimeout) || r.Statements != 1 {
		t.Errorf("error %v after %d statements, want one that timed out", r.Err, r.Statements)
		return
	}
	for _, word := range []string{table, limit, "raise " + key} {
		if !strings.Contains(r.Err.Error(), word) {
			t.Errorf("error %q, want %q in it", r.Err, word)
		}
	}
}

// active counts the statements that read from the schema.
func active(t *testing.T, server testpg.Server, schema string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	err = conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
		WHERE state = 'active' AND query LIKE '%' || $1 || '%' AND pid <> pg_backend_pid()`, schema).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheLargestTableIsReadFirst(t *testing.T) {
	server := testpg.Connect(t)
	schema := server.Schema(t)
	for i, name := range []string{"middle", "small", "large", "unknown"} {
		server.Exec(t, fmt.Sprintf("CREATE TABLE %s.%s AS SELECT i FROM generate_series(1, %d) AS i", schema, name, []int{500, 10, 3000, 9000}[i]))
		if name != "unknown" {
			server.Exec(t, "ANALYZE "+schema+"."+name)
		}
	}
	w := openPostgres(t, server, schema)
	var order []string
	s := settings(1, 0)
	err := Run(t.Context(), w, planned(schema, "middle", "small", "large", "unknown"), s, silent{}, func(finished []Result) error {
		for _, r := range finished {
			order = append(order, fmt.Sprintf("%s %d", r.Table.Name, r.Table.EstimatedRows))
		}
		return nil
	})
	if got := strings.Join(order, ", "); err != nil || got != "large 3000, middle 500, small 10, unknown -1" {
		t.Errorf("order %s, %v", got, err)
	}
}
