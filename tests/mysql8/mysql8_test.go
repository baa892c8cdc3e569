// Package mysql8 holds the MySQL engine to a server that speaks as MySQL 8 does: go-mysql-server, which keeps its tables in memory. It
// shows what differs from MariaDB: how a session is set up, what the catalog is like, its JSON, and the SQL of the history.
package mysql8

import (
	"errors"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	sqle "github.com/dolthub/go-mysql-server"
	"github.com/dolthub/go-mysql-server/memory"
	"github.com/dolthub/go-mysql-server/server"
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/sirupsen/logrus"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/mysql"
)

// start starts a server with a database shop, whose only user is root without a password.
func start(t *testing.T) config.Connection {
	t.Helper()
	logrus.SetOutput(io.Discard)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().(*net.TCPAddr)
	shop := memory.NewDatabase("shop")
	shop.EnablePrimaryKeyIndexes()
	provider := memory.NewDBProvider(shop)
	s, err := server.NewServer(server.Config{Protocol: "tcp", Listener: listener}, sqle.NewDefault(provider), gms.NewContext, memory.NewSessionBuilder(provider), nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Start() }()
	t.Cleanup(func() { s.Close() })
	return config.Connection{Type: mysql.Type, Host: address.IP.String(), Port: address.Port, Database: "shop", Username: "root"}
}

// made runs statements on the server, which the engine itself opens as a history: there it may write.
func made(t *testing.T, c config.Connection, statements ...string) {
	t.Helper()
	h, err := mysql.OpenHistory(t.Context(), c, false)
	if err != nil {
		t.Fatal(err)
	}
	defer h.DB.Close()
	for _, s := range statements {
		if _, err := h.DB.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func TestTablesAreListedDescribedAndRead(t *testing.T) {
	c := start(t)
	made(t, c, "CREATE TABLE t (id int PRIMARY KEY, wide bigint unsigned, f float, d decimal(20,4), at datetime(6), day date, j json, word varchar(20), mood enum('sad','happy'), raw varbinary(8), flag bit(1))",
		"INSERT INTO t VALUES (1, 18446744073709551615, 0.1, 1.50, '2024-02-29 13:14:15.000001', '2024-02-29', '{\"a\": 1}', 'żółć 🐘', 'happy', x'00ff', b'1'), (2, 7, 1.5, -0.05, NULL, '1969-12-31', NULL, 'x', 'sad', x'', b'0')",
		"CREATE VIEW seen AS SELECT id FROM t")
	w, err := mysql.Open(t.Context(), c, warehouse.StatementTimeout(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	listed, err := w.Tables(t.Context(), []string{"shop"})
	if err != nil || len(listed) != 2 || listed[0].Name != "seen" || listed[0].Type != config.TypeView || listed[1].Name != "t" {
		t.Errorf("tables %+v, %v", listed, err)
	}
	ref := warehouse.TableRef{Schema: "shop", Name: "t"}
	described, err := w.Describe(t.Context(), []warehouse.TableRef{ref, {Schema: "shop", Name: "missing"}})
	if err != nil || len(described) != 1 {
		t.Fatalf("described %+v, %v", described, err)
	}
	columns := described[ref].Columns
	a := metrics.NewTableAccumulator(columns, metrics.DefaultSettings())
	if _, err := w.Scan(t.Context(), warehouse.Scan{Table: ref, Columns: columns}, a.Add); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		kind metrics.Kind
		max  string
	}{
		{metrics.KindInteger, "2"}, {metrics.KindDecimal, "18446744073709551615"}, {metrics.KindFloat, "1.5"}, {metrics.KindDecimal, "1.5"},
		{metrics.KindTimestamp, "2024-02-29 13:14:15.000001"}, {metrics.KindDate, "2024-02-29"}, {metrics.KindJSON, ""}, {metrics.KindText, "żółć 🐘"},
		{metrics.KindText, "sad"}, {metrics.KindBytes, "00ff"}, {metrics.KindBoolean, "true"},
	} {
		if got := a.Profile().Columns[i]; got.Kind != want.kind || got.Metrics[metrics.Max].String() != want.max {
			t.Errorf("%s %s is %s with max %s, want %s with %s", got.Name, got.Type, got.Kind, got.Metrics[metrics.Max], want.kind, want.max)
		}
	}
	_, err = w.Scan(t.Context(), warehouse.Scan{Table: warehouse.TableRef{Schema: "shop", Name: "missing"}, Columns: columns[:1]}, func(*metrics.Batch) error { return nil })
	if !errors.Is(err, warehouse.ErrNoTable) || w.Transient(err) {
		t.Errorf("a table that is not there: %v", err)
	}
}

func TestPartitionsAndSamplesAreRead(t *testing.T) {
	c := start(t)
	made(t, c, "CREATE TABLE t (id int PRIMARY KEY, day date)")
	for i := range 20 {
		rows := ""
		for n := range 50 {
			if n > 0 {
				rows += ", "
			}
			rows += "(" + strconv.Itoa(i*50+n) + ", '2024-01-0" + strconv.Itoa(n%5+1) + "')"
		}
		made(t, c, "INSERT INTO t VALUES "+rows)
	}
	w, err := mysql.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	scan := func(s warehouse.Scan) (int, warehouse.Coverage) {
		t.Helper()
		s.Table, s.Columns = warehouse.TableRef{Schema: "shop", Name: "t"}, []metrics.Column{{Name: "id"}}
		n := 0
		coverage, err := w.Scan(t.Context(), s, func(b *metrics.Batch) error { n += b.Rows; return nil })
		if err != nil {
			t.Fatal(err)
		}
		return n, coverage
	}
	n, coverage := scan(warehouse.Scan{Partition: &warehouse.Partition{Key: "day", Strategy: config.PartitionLatest}})
	if n != 200 || len(coverage.Partitions) != 1 || coverage.Partitions[0].String() != "2024-01-05" {
		t.Errorf("the latest partition: %d rows of %v", n, coverage.Partitions)
	}
	if n, coverage = scan(warehouse.Scan{Seed: 1, Sample: &warehouse.Sample{Method: config.SamplingRandom, Fraction: 0.2}}); n < 150 || n > 250 || coverage.Rows != 1000 {
		t.Errorf("a sample: %d of %d rows, want about 200 of 1,000", n, coverage.Rows)
	}
	if n, _ = scan(warehouse.Scan{Sample: &warehouse.Sample{Method: config.SamplingStratified, Fraction: 0.1, Key: "day"}}); n < 95 || n > 105 {
		t.Errorf("a sample by strata: %d rows, want 100", n)
	}
}

func TestAHistoryIsMadeWrittenAndReadBack(t *testing.T) {
	c := start(t)
	open := func() *store.Store {
		t.Helper()
		h, err := mysql.OpenHistory(t.Context(), c, false)
		if err != nil {
			t.Fatal(err)
		}
		s := store.New(h, store.Tables{Runs: "baselinr_runs", Results: "baselinr_results"})
		t.Cleanup(func() { s.Close() })
		return s
	}
	s := open()
	if err := s.Ready(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if applied, err := s.Migrate(t.Context()); err != nil || len(applied) != 0 {
		t.Errorf("applied again %v, %v", applied, err)
	}
	at := time.Date(2026, 1, 2, 12, 0, 0, 123456000, time.UTC)
	r := store.Record{
		RunID: "11111111-1111-1111-1111-111111111111", InvocationID: "i", Table: warehouse.TableRef{Schema: "s", Name: "Orders"}, TableID: "s.Orders", ProfiledAt: at,
		Profile: &metrics.TableProfile{RowCount: 3, Columns: []metrics.ColumnProfile{{
			Name: "a", Type: "double", Kind: metrics.KindFloat, Metrics: map[metrics.Name]metrics.Value{metrics.Mean: metrics.Float(0.1), metrics.Max: metrics.Float(5e-324)},
		}}},
		Drift:      &drift.Report{Findings: []drift.Finding{{Column: "a", Metric: metrics.Mean, Baseline: 0.1, Current: 0.30000000000000004, Severity: drift.High, Reason: "it's 🐘"}}},
		State:      &store.State{Database: "db", Version: "v:1"},
		Partitions: &store.Partitions{Key: "day", Every: true, List: []store.PartitionProfile{{Value: metrics.Text("d1"), Rows: 3, Data: []byte{1, 0, 255, 39, 92, 0, 0, 0, 0}}}},
	}
	for range 2 { // the second time nothing is written
		if err := s.Save(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	r.RunID, r.ProfiledAt = "11111111-1111-1111-1111-222222222222", at.Add(time.Hour)
	r.Partitions.List[0].Data = []byte{1, 7, 255, 39, 92, 0, 0, 0, 1}
	if err := s.Save(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	again := open()
	runs, err := again.Latest(t.Context(), store.Subject{TableRef: r.Table}, 5, nil)
	if err != nil || len(runs) != 2 || !runs[1].ProfiledAt.Equal(at) {
		t.Fatalf("runs %+v, %v", runs, err)
	}
	baseline, err := again.Baseline(t.Context(), runs[0])
	if err != nil || baseline.Profile.Columns[0].Metrics[metrics.Max].String() != "5e-324" {
		t.Errorf("baseline %+v, %v", baseline, err)
	}
	findings, err := again.FindingsOf(t.Context(), r.RunID)
	if err != nil || len(findings) != 1 || findings[0].Current != 0.30000000000000004 || findings[0].Reason != "it's 🐘" {
		t.Errorf("findings %+v, %v", findings, err)
	}
	states, err := again.States(t.Context())
	if err != nil || len(states) != 1 || states[0].RunID != r.RunID {
		t.Errorf("states %+v, %v", states, err)
	}
	_, partitions, err := again.Partitions(t.Context(), r.Table)
	if err != nil || len(partitions) != 1 || partitions[0].RunID != r.RunID {
		t.Errorf("partitions %+v, %v", partitions, err)
	}
	if problems, err := again.Validate(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("the tables lack %v, %v", problems, err)
	}
}
