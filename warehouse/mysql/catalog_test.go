package mysql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testmysql"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func TestTablesOfEverySortAreListedWithWhatTheCatalogKnows(t *testing.T) {
	w, schema := open(t, "CREATE TABLE plain (id integer PRIMARY KEY) COMMENT 'tags: a'", "INSERT INTO plain SELECT seq FROM seq_1_to_300", "ANALYZE TABLE plain",
		"CREATE VIEW seen AS SELECT id FROM plain", "CREATE SEQUENCE numbers", "CREATE TABLE kept (a integer) WITH SYSTEM VERSIONING",
		"CREATE TABLE parts (a integer) PARTITION BY HASH (a) PARTITIONS 3", "CREATE TABLE old (a integer) ENGINE = MyISAM", "CREATE TEMPORARY TABLE passing (a integer)")
	tables, err := w.Tables(t.Context(), []string{schema})
	if err != nil {
		t.Fatal(err)
	}
	type known struct {
		Type    config.TableType
		Rows    int64
		Comment string
		Aged    bool
	}
	got := map[string]known{}
	for _, table := range tables {
		if table.Type == config.TypeTable && table.Bytes < 0 {
			t.Errorf("%s: %d bytes", table.Name, table.Bytes)
		}
		got[table.Name] = known{table.Type, table.Rows, table.Comment, table.Age >= 0}
	}
	want := map[string]known{ // InnoDB estimates at least a row of each partition
		"plain": {config.TypeTable, 300, "tags: a", true}, "seen": {config.TypeView, -1, "", false}, "kept": {config.TypeTable, 0, "", false},
		"parts": {config.TypeTable, 3, "", false}, "old": {config.TypeTable, 0, "", true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAViewOfATableThatIsGoneSaysSo(t *testing.T) {
	w, schema := open(t, "CREATE TABLE base (a integer)", "CREATE VIEW broken AS SELECT a FROM base", "CREATE VIEW good AS SELECT 1 AS a", "DROP TABLE base")
	broken, good := warehouse.TableRef{Schema: schema, Name: "broken"}, warehouse.TableRef{Schema: schema, Name: "good"}
	all, err := w.Describe(t.Context(), []warehouse.TableRef{broken, good})
	if err != nil || all[good].Err != nil || len(all[good].Columns) != 1 {
		t.Errorf("the other view: %+v, %v", all[good], err)
	}
	if err := all[broken].Err; err == nil || !strings.Contains(err.Error(), "broken") || !strings.Contains(err.Error(), "mend the view") {
		t.Errorf("the broken view: %v", err)
	}
}

func TestColumnsThatAreNotPlainAreRead(t *testing.T) {
	w, schema := open(t, "CREATE TABLE t (a integer, twice integer AS (a * 2) VIRTUAL, kept integer AS (a * 3) STORED, hidden integer INVISIBLE DEFAULT 7, j json, k json NOT NULL, text longtext COLLATE utf8mb4_bin CHECK (length(text) > 0))",
		"INSERT INTO t (a, k, text) VALUES (2, '{}', 'x')")
	columns := profile(t, w, warehouse.TableRef{Schema: schema, Name: "t"})
	for name, want := range map[string]string{"twice": "4", "kept": "6", "hidden": "7"} {
		if got := columns[name].Metrics[metrics.Max].String(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if columns["j"].Kind != metrics.KindJSON || columns["k"].Kind != metrics.KindJSON || columns["text"].Kind != metrics.KindText {
		t.Errorf("kinds %s, %s, %s", columns["j"].Kind, columns["k"].Kind, columns["text"].Kind)
	}
}

// TestStatementsAreFewAndAsManyForManyTables counts, in the server's own log, what is sent that names the schema.
func TestStatementsAreFewAndAsManyForManyTables(t *testing.T) {
	server := testmysql.Connect(t)
	schema := server.Schema(t)
	var refs []warehouse.TableRef
	for i := range 40 {
		server.Exec(t, schema, fmt.Sprintf("CREATE TABLE t%d (a integer PRIMARY KEY, j json)", i))
		refs = append(refs, warehouse.TableRef{Schema: schema, Name: fmt.Sprintf("t%d", i)})
	}
	w, err := Open(t.Context(), connection(t, server, schema))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	log := server.Open(t, "mysql", "")
	defer log.Close()
	server.Exec(t, schema, "SET GLOBAL log_output = 'TABLE'", "SET GLOBAL general_log = 1")
	t.Cleanup(func() { server.Exec(t, schema, "SET GLOBAL general_log = 0") })
	sent := func(work func() error) int {
		t.Helper()
		count := func() (n int) {
			t.Helper()
			err := log.QueryRow("SELECT count(*) FROM general_log WHERE command_type IN ('Query', 'Execute') AND argument LIKE concat('%', ?, '%') AND argument NOT LIKE '%general_log%'", schema).Scan(&n)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := count()
		if err := work(); err != nil {
			t.Fatal(err)
		}
		return count() - before
	}
	describe := func(tables []warehouse.TableRef) func() error {
		return func() error { _, err := w.Describe(t.Context(), tables); return err }
	}
	scan := func(s warehouse.Scan) func() error {
		s.Table, s.Columns = refs[0], []metrics.Column{{Name: "a"}}
		return func() error {
			_, err := w.Scan(t.Context(), s, func(*metrics.Batch) error { return nil })
			return err
		}
	}
	for name, test := range map[string]struct {
		work func() error
		want int
	}{
		"one table described":    {describe(refs[:1]), 3}, // the tables, their columns, and which of these are JSON
		"forty tables described": {describe(refs), 3},
		"the tables listed":      {func() error { _, err := w.Tables(t.Context(), []string{schema}); return err }, 1},
		"versions": {func() error {
			_, err := w.(*Warehouse).Versions(t.Context(), refs)
			return err
		}, 1},
		"a scan":                     {scan(warehouse.Scan{}), 1},
		"a scan of the newest value": {scan(warehouse.Scan{Partition: &warehouse.Partition{Key: "a", Strategy: config.PartitionLatest}}), 2},
	} {
		if got := sent(test.work); got != test.want {
			t.Errorf("%s: %d statements, want %d", name, got, test.want)
		}
	}
}

// TestNamesAreFoundAsTheServerComparesThem is of the servers of Windows and macOS, which tell tables apart without regard to case.
func TestNamesAreFoundAsTheServerComparesThem(t *testing.T) {
	asked := []warehouse.TableRef{{Schema: "Shop", Name: "Orders"}, {Schema: "shop", Name: "orders"}, {Schema: "shop", Name: "other"}}
	stored := warehouse.TableRef{Schema: "shop", Name: "orders"}
	for fold, want := range map[bool]int{true: 2, false: 1} {
		w := &Warehouse{server: server{foldNames: fold}}
		if got := w.asked(asked).of(stored); len(got) != want {
			t.Errorf("without regard to case: %t: %v is asked for as %v, want %d", fold, stored, got, want)
		}
	}
}
