package postgres

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testpg"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func connection(t *testing.T, s testpg.Server, schema string) config.Connection {
	t.Helper()
	port, err := strconv.Atoi(s.Port)
	if err != nil {
		t.Fatal(err)
	}
	return config.Connection{
		Type: "postgres", Host: s.Host, Port: port, Database: s.Database, Username: s.User,
		Password: config.NewSecret(s.Password), Schema: schema, ExtraParams: config.Params{"sslmode": "disable"},
	}
}

// open returns a warehouse whose default schema is new and holds what the statements make.
func open(t *testing.T, statements ...string) (warehouse.Warehouse, string) {
	t.Helper()
	server := testpg.Connect(t)
	schema := server.Schema(t)
	server.Exec(t, append([]string{"SET search_path = " + schema}, statements...)...)
	w, err := Open(t.Context(), connection(t, server, schema))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w, schema
}

func profile(t *testing.T, w warehouse.Warehouse, ref warehouse.TableRef) map[string]metrics.ColumnProfile {
	t.Helper()
	described, err := w.Describe(t.Context(), []warehouse.TableRef{ref})
	if err != nil {
		t.Fatal(err)
	}
	a := metrics.NewTableAccumulator(described[ref].Columns, metrics.DefaultSettings())
	if _, err := w.Scan(t.Context(), warehouse.Scan{Table: ref, Columns: described[ref].Columns}, a.Add); err != nil {
		t.Fatal(err)
	}
	columns := map[string]metrics.ColumnProfile{}
	for _, c := range a.Profile().Columns {
		columns[c.Name] = c
	}
	return columns
}

func TestTheCatalogListsTablesAndViewsOfASchema(t *testing.T) {
	w, schema := open(t, "CREATE TABLE b (a integer)", "CREATE VIEW a AS SELECT 1 AS x",
		"CREATE TABLE parts (d date) PARTITION BY RANGE (d)", "CREATE TABLE part PARTITION OF parts DEFAULT")
	tables, err := w.Tables(t.Context(), []string{schema})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, table := range tables {
		names = append(names, table.Name)
	}
	if len(names) != 3 || names[0] != "a" || names[1] != "b" || names[2] != "parts" {
		t.Errorf("tables %v", names)
	}
	if w.DefaultSchema() != schema {
		t.Errorf("default schema %q, want %q", w.DefaultSchema(), schema)
	}
}

func TestErrorsSayWhatKindTheyAre(t *testing.T) {
	server := testpg.Connect(t)
	schema := server.Schema(t)
	c := connection(t, server, schema)
	tests := []struct {
		name   string
		change func(*config.Connection)
		want   error
	}{
		{"a wrong password", func(c *config.Connection) { c.Password = config.NewSecret("wr0ng-s3cret") }, warehouse.ErrLogin},
		{"a database that does not exist", func(c *config.Connection) { c.Database = "nowhere" }, warehouse.ErrNoDatabase},
		{"a port that nobody listens at", func(c *config.Connection) { c.Port = 1 }, warehouse.ErrUnreachable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			changed := c
			test.change(&changed)
			if _, err := Open(t.Context(), changed); !errors.Is(err, test.want) {
				t.Errorf("error %v, want one that is %v", err, test.want)
			}
			if _, err := OpenHistory(t.Context(), changed, true); !errors.Is(err, test.want) {
				t.Errorf("error of the history %v, want one that is %v", err, test.want)
			}
		})
	}
}

func TestATableWithoutPermissionFailsAlone(t *testing.T) {
	server := testpg.Connect(t)
	schema := server.Schema(t)
	user := schema + "_reader"
	server.Exec(t, "SET search_path = "+schema, "CREATE TABLE open (a integer)", "CREATE TABLE closed (a integer)",
		"CREATE USER "+user+" PASSWORD 'r3ader'", "GRANT USAGE ON SCHEMA "+schema+" TO "+user, "GRANT SELECT ON open TO "+user)
	t.Cleanup(func() {
		server.Exec(t, "SET search_path = "+schema, "DROP OWNED BY "+user, "DROP USER "+user)
	})
	c := connection(t, server, schema)
	c.Username, c.Password = user, config.NewSecret("r3ader")
	w, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	scan := func(name string) error {
		ref := warehouse.TableRef{Schema: schema, Name: name}
		_, err := w.Scan(t.Context(), warehouse.Scan{Table: ref, Columns: []metrics.Column{{Name: "a"}}}, func(*metrics.Batch) error { return nil })
		return err
	}
	if err := scan("closed"); !errors.Is(err, warehouse.ErrPermission) || w.Transient(err) {
		t.Errorf("error %v", err)
	}
	if err := scan("open"); err != nil {
		t.Error(err)
	}
}

func TestACancelledScanEndsOnTheServer(t *testing.T) {
	w, schema := open(t, "CREATE VIEW slow AS SELECT pg_sleep(60)::text AS a FROM generate_series(1, 10)")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	slow := warehouse.Scan{Table: warehouse.TableRef{Schema: schema, Name: "slow"}, Columns: []metrics.Column{{Name: "a"}}}
	_, err := w.Scan(ctx, slow, func(*metrics.Batch) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	running := 1
	for try := 0; try < 50 && running > 0; try++ {
		time.Sleep(100 * time.Millisecond)
		err := w.(*Warehouse).pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%"+schema+"%slow%' AND pid <> pg_backend_pid()").Scan(&running)
		if err != nil {
			t.Fatal(err)
		}
	}
	if running > 0 {
		t.Error("the statement still runs on the server")
	}
}

func TestTheTLSModeHoldsForEveryHost(t *testing.T) {
	for mode, encrypted := range map[string]bool{"require": true, "verify-full": true, "disable": false} {
		s, err := poolConfig(config.Connection{Host: "db.example.com", Database: "d", ExtraParams: config.Params{"sslmode": mode}})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.ConnConfig.TLSConfig != nil; got != encrypted || s.ConnConfig.Host != "db.example.com" {
			t.Errorf("sslmode %s: encrypted %t to %s", mode, got, s.ConnConfig.Host)
		}
	}
}
