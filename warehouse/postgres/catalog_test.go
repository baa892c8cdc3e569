package postgres

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/config"
)

func TestTheCatalogListsTablesWithTypeRowsAndComment(t *testing.T) {
	w, schema := open(t,
		"CREATE TABLE plain (id integer, name text)", "INSERT INTO plain SELECT g, 'x' FROM generate_series(1, 3000) AS g", "COMMENT ON TABLE plain IS 'tags: a, b'",
		"COMMENT ON COLUMN plain.id IS 'tags: of the column'",
		"CREATE VIEW seen AS SELECT id FROM plain", "CREATE MATERIALIZED VIEW kept AS SELECT id FROM plain",
		"CREATE TABLE parted (id integer, day integer) PARTITION BY RANGE (day)",
		"CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10)",
		"CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (day)",
		"CREATE TABLE parted_2a PARTITION OF parted_2 FOR VALUES FROM (10) TO (20)",
		"INSERT INTO parted SELECT g, g % 20 FROM generate_series(1, 4000) AS g",
		"ANALYZE plain", "ANALYZE kept", "ANALYZE parted_1", "ANALYZE parted_2a", "CREATE TABLE fresh (a integer)")
	tables, err := w.Tables(t.Context(), []string{schema})
	if err != nil {
		t.Fatal(err)
	}
	type known struct {
		Type    config.TableType
		Rows    int64
		Bytes   bool
		Comment string
	}
	got := map[string]known{}
	for _, table := range tables {
		got[table.Name] = known{table.Type, table.Rows, table.Bytes > 0, table.Comment}
		if table.Age >= 0 {
			t.Errorf("%s: modified %v ago, which PostgreSQL does not know", table.Name, table.Age)
		}
	}
	want := map[string]known{
		"plain": {config.TypeTable, 3000, true, "tags: a, b"}, "seen": {config.TypeView, -1, false, ""},
		"kept": {config.TypeMaterializedView, 3000, true, ""}, "parted": {config.TypeTable, 4000, true, ""}, "fresh": {config.TypeTable, -1, false, ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	columns, err := w.TablesWithColumns(t.Context(), []string{schema}, []string{"id", "name", "ID"})
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]int{}
	for ref, names := range columns {
		has[ref.Name] = len(names)
	}
	if diff := cmp.Diff(map[string]int{"plain": 2, "seen": 1, "kept": 1, "parted": 1}, has); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}
