package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// The page's tables have a row a table of the history: its name, what it holds, its columns.
func TestThePageOfTheHistoryNamesEveryTableAndColumn(t *testing.T) {
	page, err := os.ReadFile("../docs/history.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(page), "\n")
	s := opener(t, sqlite.OpenHistory, config.Connection{Type: "sqlite", Database: filepath.Join(t.TempDir(), "history.db")})()
	if err := s.Ready(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	rows, err := s.db.Query(`SELECT m.name, c.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
		WHERE m.type = 'table' AND m.name LIKE 'baselinr%' ORDER BY m.name, c.cid`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	told := 0
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		found := ""
		for _, line := range lines {
			if strings.HasPrefix(line, "| `"+table+"` |") {
				found = line
			}
		}
		if !strings.Contains(found, "`"+column+"`") {
			t.Errorf("docs/history.md does not name %s of %s", column, table)
		}
		told++
	}
	if err := rows.Err(); err != nil || told < 100 {
		t.Errorf("%d columns, %v", told, err)
	}
}
