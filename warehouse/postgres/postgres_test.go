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

func TestEveryTypeIsReadAsItsKind(t *testing.T) {
	types := []struct {
		declared, value string
		kind            metrics.Kind
		max             string
	}{
		{"smallint", "-32768", metrics.KindInteger, "-32768"},
		{"integer", "2147483647", metrics.KindInteger, "2147483647"},
		{"bigint", "9223372036854775807", metrics.KindInteger, "9223372036854775807"},
		{"real", "1.5", metrics.KindFloat, "1.5"},
		{"double precision", "'-Infinity'", metrics.KindFloat, "-Infinity"},
		{"numeric", "123456789012345678901234567890.000100", metrics.KindDecimal, "123456789012345678901234567890.0001"},
		{"numeric(12,2)", "-0.05", metrics.KindDecimal, "-0.05"},
		{"numeric(8,0)", "12340000", metrics.KindDecimal, "12340000"},
		{"text", "'żółć'", metrics.KindText, "żółć"},
		{"character varying(10)", "'v'", metrics.KindText, "v"},
		{"character(3)", "'c'", metrics.KindText, "c  "},
		{"boolean", "true", metrics.KindBoolean, "true"},
		{"date", "'2024-02-29'", metrics.KindDate, "2024-02-29"},
		{"time without time zone", "'13:14:15.5'", metrics.KindTime, "13:14:15.500000"},
		{"timestamp without time zone", "'2024-02-29 13:14:15.000001'", metrics.KindTimestamp, "2024-02-29 13:14:15.000001"},
		{"timestamp with time zone", "'2024-02-29 13:14:15+02'", metrics.KindTimestamp, "2024-02-29 11:14:15"},
		{"timestamp(0) without time zone", "'infinity'", metrics.KindTimestamp, "infinity"},
		{"bytea", `'\xdeadbeef'`, metrics.KindBytes, "deadbeef"},
		{"uuid", "'01234567-89ab-cdef-0123-456789abcdef'", metrics.KindUUID, "01234567-89ab-cdef-0123-456789abcdef"},
		{"jsonb", `'{"a": 1}'`, metrics.KindJSON, ""},
		{"json", `'[1]'`, metrics.KindJSON, ""},
		{"interval", "'1 day'", metrics.KindText, "1 day"},
		{"inet", "'10.0.0.1'", metrics.KindText, "10.0.0.1"},
		{"integer[]", "'{1,2}'", metrics.KindText, "{1,2}"},
		{"int4range", "'[1,5)'", metrics.KindText, "[1,5)"},
	}
	for _, test := range types {
		t.Run(test.declared, func(t *testing.T) {
			w, schema := open(t, "CREATE TABLE t (c "+test.declared+")", "INSERT INTO t VALUES ("+test.value+"), (NULL)")
			c := profile(t, w, warehouse.TableRef{Schema: schema, Name: "t"})["c"]
			if c.Kind != test.kind || c.Type != test.declared {
				t.Errorf("kind %s of type %q, want %s of %q", c.Kind, c.Type, test.kind, test.declared)
			}
			if got := c.Metrics[metrics.Max].String(); got != test.max {
				t.Errorf("max %q, want %q", got, test.max)
			}
			if got := c.Metrics[metrics.NullCount].String(); got != "1" {
				t.Errorf("null_count %s", got)
			}
		})
	}
}

func TestEnumsAndDomains(t *testing.T) {
	w, schema := open(t,
		"CREATE TYPE mood AS ENUM ('sad', 'happy')", "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
		"CREATE TABLE t (m mood, p positive, twice integer GENERATED ALWAYS AS (2 * 21) STORED)", "INSERT INTO t VALUES ('happy', 3)")
	columns := profile(t, w, warehouse.TableRef{Schema: schema, Name: "t"})
	for name, want := range map[string]metrics.Kind{"m": metrics.KindText, "p": metrics.KindInteger, "twice": metrics.KindInteger} {
		if columns[name].Kind != want {
			t.Errorf("%s is %s, want %s", name, columns[name].Kind, want)
		}
	}
}

func TestNamesOfAnyCharacters(t *testing.T) {
	w, schema := open(t, `CREATE TABLE "Od""d.näme 🦆" ("a""b" integer, "c d" text, "é.f" text, "Ünder" text)`,
		`INSERT INTO "Od""d.näme 🦆" VALUES (1, 'x', 'y', 'z')`)
	columns := profile(t, w, warehouse.TableRef{Schema: schema, Name: `Od"d.näme 🦆`})
	for _, name := range []string{`a"b`, "c d", "é.f", "Ünder"} {
		if columns[name].Metrics[metrics.Count].String() != "1" {
			t.Errorf("column %q: %v", name, columns[name].Metrics)
		}
	}
}

func TestTablesWithoutColumnsOrRows(t *testing.T) {
	w, schema := open(t, "CREATE TABLE bare ()", "CREATE TABLE empty (a integer)")
	bare := warehouse.TableRef{Schema: schema, Name: "bare"}
	described, err := w.Describe(t.Context(), []warehouse.TableRef{bare})
	if d, ok := described[bare]; err != nil || !ok || len(d.Columns) != 0 {
		t.Errorf("described %v, %v", described, err)
	}
	c := profile(t, w, warehouse.TableRef{Schema: schema, Name: "empty"})["a"]
	if c.Metrics[metrics.Count].String() != "0" || !c.Metrics[metrics.Min].IsNull() {
		t.Errorf("got %v", c.Metrics)
	}
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
		{"a database that does not exist", func(c *config.Connection) { c.Database = "nowhere" }, warehouse.ErrUnreachable},
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
