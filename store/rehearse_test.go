package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

func TestARehearsalLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.Rehearse(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if s.has(t.Context(), versionTable, "version") {
			t.Fatal("the rehearsal created tables")
		}
		if err := s.Rehearse(t.Context(), false); err == nil {
			t.Fatal("steps are pending and may not be applied, which the rehearsal does not say")
		}
		if _, err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Rehearse(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"baselinr_runs", "baselinr_results", "baselinr_events", "baselinr_schema_registry", runsTable, findingsTable} {
			if n := count(t, s, table); n != 0 {
				t.Errorf("the rehearsal left %d rows in %s", n, table)
			}
		}
	})
}

func TestARehearsalFailsWhereTheFileIsReadOnly(t *testing.T) {
	c := config.Connection{Type: "sqlite", Database: filepath.Join(t.TempDir(), "history.db")}
	s := opener(t, sqlite.OpenHistory, c)()
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Close()
	makeReadOnly(t, c.Database)
	err := opener(t, sqlite.OpenHistory, c)().Rehearse(t.Context(), true)
	if !errors.Is(err, warehouse.ErrReadOnly) {
		t.Errorf("got %v, want an error that says that the history is read-only", err)
	}
}

// makeReadOnly makes a SQLite file read-only for every user, root too: by a write version that no SQLite
// knows (https://www.sqlite.org/fileformat2.html#file_format_version_numbers).
func makeReadOnly(t *testing.T, path string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt([]byte{3}, 18); err != nil {
		t.Fatal(err)
	}
}
