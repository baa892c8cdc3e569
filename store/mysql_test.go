package store

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testmysql"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/mysql"
)

// TestAHistoryOfThePythonToolInMySQLGoesOn opens the tables as the Python tool makes them there: its times have no fraction, its
// texts end at 64 KiB, and names compare without regard to case.
func TestAHistoryOfThePythonToolInMySQLGoesOn(t *testing.T) {
	server := testmysql.Connect(t)
	schema := server.Schema(t)
	dump, err := os.ReadFile("testdata/reference-0.9.0-mysql.sql")
	if err != nil {
		t.Fatal(err)
	}
	db := server.Open(t, schema, "multiStatements=true&charset=utf8mb4")
	defer db.Close()
	if _, err := db.Exec(string(dump)); err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(server.Port)
	if err != nil {
		t.Fatal(err)
	}
	s := opener(t, mysql.OpenHistory, config.Connection{
		Type: "mysql", Host: server.Host, Port: port, Database: schema, Username: server.User, Password: config.NewSecret(server.Password),
	})()
	if err := s.Ready(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	table := warehouse.TableRef{Schema: "shop", Name: "t"}
	runs, err := s.Latest(t.Context(), Subject{TableRef: table, Default: true}, 5, nil)
	if err != nil || len(runs) != 1 || *runs[0].RowCount != 20 {
		t.Fatalf("runs %+v, %v", runs, err)
	}
	baseline, err := s.Baseline(t.Context(), runs[0])
	if err != nil || len(baseline.Profile.Columns) != 5 || baseline.Profile.Columns[0].Metrics[metrics.Mean].String() != "10.5" {
		t.Fatalf("baseline %+v, %v", baseline, err)
	}
	r := record("11111111-1111-1111-1111-000000000001", time.Now().UTC())
	r.Table, r.DefaultSchema, r.Partitions = table, true, nil
	for range 2 {
		if err := s.Save(t.Context(), r); err != nil {
			t.Fatalf("saving beside the Python tool's runs: %v", err)
		}
	}
	now, err := s.Find(t.Context(), r.RunID, "t")
	if err != nil {
		t.Fatal(err)
	}
	before, err := s.Latest(t.Context(), Subject{TableRef: table, Default: true}, 5, &now)
	if err != nil || len(before) != 1 || before[0].RunID != runs[0].RunID {
		t.Errorf("runs before ours %+v, %v", before, err)
	}
	if after := r.ProfiledAt.Sub(now.ProfiledAt); after < 0 || after >= time.Second {
		t.Errorf("the time %v is kept as %v, which is not its second", r.ProfiledAt, now.ProfiledAt)
	}
	r.RunID = "11111111-1111-1111-1111-000000000002"
	r.Profile.Columns[0].Metrics[metrics.Max] = metrics.Text(strings.Repeat("x", 70000))
	if err := s.Save(t.Context(), r); err == nil || !strings.Contains(err.Error(), "MODIFY metric_value LONGTEXT") {
		t.Errorf("a text of 70,000 characters: %v, want what to do", err)
	}
	if n := count(t, s, "baselinr_runs"); n != 2 {
		t.Errorf("%d runs after one that failed, want 2", n)
	}
}
