package sqlite

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheCatalogListsTablesWithTypeAndRows(t *testing.T) {
	w := holding(t, "CREATE TABLE a (Id INTEGER PRIMARY KEY, name)", "INSERT INTO a (name) VALUES (1), (2)", "CREATE INDEX i ON a (name)",
		"CREATE VIEW v AS SELECT id FROM a", "ANALYZE", "CREATE TABLE b (x)")
	tables, err := w.Tables(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, table := range tables {
		got = append(got, fmt.Sprint(table.Name, " ", table.Type, " ", table.Rows, " ", table.Bytes))
	}
	if diff := cmp.Diff([]string{"a table 2 -1", "b table -1 -1", "v view -1 -1"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRequiredColumnsAreFoundWhateverTheirCase(t *testing.T) {
	for name, broken := range map[string][]string{
		"in one statement":             nil,
		"beside a view without a base": {"CREATE TABLE gone (x)", "CREATE VIEW broken AS SELECT * FROM gone", "DROP TABLE gone"},
	} {
		t.Run(name, func(t *testing.T) {
			w := holding(t, append([]string{"CREATE TABLE a (Id INTEGER, name)", "CREATE VIEW v AS SELECT id FROM a", "CREATE TABLE b (x)"}, broken...)...)
			columns, err := w.TablesWithColumns(t.Context(), nil, []string{"id", "name"})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]int{}
			for ref, names := range columns {
				got[ref.Name] = len(names)
			}
			if diff := cmp.Diff(map[string]int{"a": 2, "v": 1}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
