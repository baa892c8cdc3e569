package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/internal/testpg"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func TestAVersionIsAnotherAfterEachKindOfChange(t *testing.T) {
	w, schema := open(t,
		"CREATE TABLE plain AS SELECT 1 AS a", "CREATE TABLE still AS SELECT 1 AS a",
		"CREATE TABLE parent (a integer, day integer) PARTITION BY RANGE (day)",
		"CREATE TABLE part PARTITION OF parent FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (day)",
		"CREATE TABLE leaf PARTITION OF part FOR VALUES FROM (0) TO (5)",
		"CREATE VIEW seen AS SELECT * FROM plain", "CREATE MATERIALIZED VIEW kept AS SELECT count(*) FROM plain")
	server := testpg.Connect(t)
	var refs []warehouse.TableRef
	for _, name := range []string{"plain", "still", "parent", "seen", "kept", "missing"} {
		refs = append(refs, warehouse.TableRef{Schema: schema, Name: name})
	}
	versions := func() map[string]warehouse.Version {
		found, err := w.(warehouse.Versioner).Versions(t.Context(), refs)
		if err != nil {
			t.Fatal(err)
		}
		named := map[string]warehouse.Version{}
		for ref, v := range found {
			named[ref.Name] = v
		}
		return named
	}
	// The server brings its counters up to date a moment after a transaction.
	settled := func() map[string]warehouse.Version {
		server.Exec(t, "SELECT pg_stat_clear_snapshot()")
		before := versions()
		for {
			time.Sleep(1500 * time.Millisecond)
			now := versions()
			if now["plain"] == before["plain"] && now["parent"] == before["parent"] {
				return now
			}
			before = now
		}
	}
	start := settled()
	if v := start["seen"]; v.Token != "" || !strings.Contains(v.Why, "view") {
		t.Errorf("a view: %+v", v)
	}
	if _, ok := start["missing"]; ok || len(start) != 5 {
		t.Errorf("got %v", start)
	}
	for _, change := range []struct{ table, statement string }{
		{"plain", "INSERT INTO plain VALUES (2)"},
		{"plain", "UPDATE plain SET a = 3"},
		{"plain", "DELETE FROM plain WHERE a = 3"},
		{"plain", "TRUNCATE plain"},
		{"plain", "ALTER TABLE plain ADD COLUMN b integer DEFAULT 5"},
		{"plain", "ALTER TABLE plain RENAME COLUMN b TO c"},
		{"parent", "INSERT INTO parent VALUES (1, 2)"},
		{"parent", "CREATE TABLE more PARTITION OF parent FOR VALUES FROM (10) TO (20)"},
		{"kept", "REFRESH MATERIALIZED VIEW kept"},
	} {
		before := versions()
		server.Exec(t, "SET search_path = "+warehouse.QuoteANSI(schema)+"; "+change.statement)
		deadline := time.Now().Add(time.Minute)
		for versions()[change.table] == before[change.table] {
			if time.Now().After(deadline) {
				t.Fatalf("after %s the version is the same", change.statement)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if now := versions()["still"]; now != start["still"] || now.Token == "" {
			t.Errorf("after %s the version of another table is another: %v", change.statement, now)
		}
	}
	still := warehouse.QuoteANSI(schema) + ".still"
	server.Exec(t, "ANALYZE "+still, "VACUUM "+still, "SELECT * FROM "+still)
	if now := versions()["still"]; now != start["still"] {
		t.Errorf("reading and analysing made another version: %v", now)
	}
}
