package cli

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// TestTheConfigOfTheDocsIsQuietOnDaysThatAreDrawnAlike takes the config from docs/dagster.md.
func TestTheConfigOfTheDocsIsQuietOnDaysThatAreDrawnAlike(t *testing.T) {
	const days = 30
	page, err := os.ReadFile("../../docs/dagster.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```yaml\n(drift_detection:\n  strategy: statistical\n.*?)```").FindSubmatch(page)
	if found == nil {
		t.Fatal("docs/dagster.md has no such config")
	}
	for _, last := range []string{"alike", "twice the seconds"} {
		t.Run(last, func(t *testing.T) {
			folder := t.TempDir()
			t.Setenv("XDG_CACHE_HOME", folder)
			source := config.Connection{Type: "sqlite", Database: filepath.Join(folder, "source.db")}
			history := config.Connection{Type: "sqlite", Database: filepath.Join(folder, "history.db")}
			keys, windows := fillVisits(t, source, days, last != "alike")
			path := filepath.Join(folder, "baselinr.yml")
			text := fmt.Sprintf(`environment: test
source: {type: sqlite, database: %q}
storage: {connection: {type: sqlite, database: %q}}
profiling: {tables: [{table: visits}]}
datasets: {datasets: [{table: visits, profiling: {partition: {key: day, strategy: all}}}]}
%s`, source.Database, history.Database, found[1])
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			runInStep(t, path, map[string]string{"visits": "of_visits"}, map[string]any{
				"partition_keys": keys, "partition_windows": windows, "partitions_by": "daily",
			})
			r, _ := newRunner(t, impatient(history))
			if got := len(strings.Fields(storedNames(t, r.store))); got != days {
				t.Fatalf("%d partitions are stored, want %d", got, days)
			}
			if got, want := columnsWithFindings(t, history), map[string]string{"alike": "", "twice the seconds": "seconds"}[last]; got != want {
				t.Errorf("found of %q, want %q", got, want)
			}
		})
	}
}

// fillVisits makes the table visits: about 300 rows a day, all drawn alike, but for the last day's seconds where it is
// another. It returns the days' names and windows.
func fillVisits(t *testing.T, source config.Connection, days int, another bool) (keys []string, windows []map[string]time.Time) {
	t.Helper()
	h, err := sqlite.OpenHistory(t.Context(), source, true)
	if err != nil {
		t.Fatal(err)
	}
	defer h.DB.Close()
	tx, err := h.DB.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("CREATE TABLE visits (id integer PRIMARY KEY, day date, page text, seconds real, country text)"); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for d := range days {
		day := start.AddDate(0, 0, d)
		keys = append(keys, day.Format(time.DateOnly))
		windows = append(windows, map[string]time.Time{"start": day, "end": day.AddDate(0, 0, 1)})
		scale := 40.
		if another && d == days-1 {
			scale = 80
		}
		for range int(300 + 10*r.NormFloat64()) {
			_, err := tx.Exec("INSERT INTO visits (day, page, seconds, country) VALUES (?, ?, ?, ?)",
				keys[d], []string{"/", "/a", "/b"}[r.IntN(3)], r.ExpFloat64()*scale, []string{"DE", "DE", "FR", "US", "NL"}[r.IntN(5)])
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return keys, windows
}

// columnsWithFindings names the columns that have stored findings of drift.
func columnsWithFindings(t *testing.T, history config.Connection) string {
	t.Helper()
	h, err := sqlite.OpenHistory(context.Background(), history, false)
	if err != nil {
		t.Fatal(err)
	}
	defer h.DB.Close()
	var columns string
	err = h.DB.QueryRow("SELECT coalesce(group_concat(DISTINCT column_name), '') FROM baselinr_events WHERE metric_name IS NOT NULL").Scan(&columns)
	if err != nil {
		t.Fatal(err)
	}
	return columns
}
