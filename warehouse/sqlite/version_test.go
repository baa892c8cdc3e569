package sqlite

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func TestAVersionIsAnotherAfterACommitAndTheSameAfterReading(t *testing.T) {
	for _, mode := range []string{"DELETE", "WAL"} {
		t.Run(mode, func(t *testing.T) {
			folder := t.TempDir()
			path, link := filepath.Join(folder, "source.db"), filepath.Join(folder, "link.db")
			writer := create(t, path, "PRAGMA journal_mode = "+mode, "CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")
			defer writer.Close()
			if err := os.Symlink(path, link); err != nil {
				t.Fatal(err)
			}
			w, err := Open(t.Context(), config.Connection{Type: "sqlite", Database: link})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			ref := warehouse.TableRef{Name: "t"}
			version := func() warehouse.Version {
				versions, err := w.(warehouse.Versioner).Versions(t.Context(), []warehouse.TableRef{ref})
				if err != nil {
					t.Fatal(err)
				}
				return versions[ref]
			}
			before := version()
			if got := profile(t, w, "t")["a"].Metrics[metrics.Count].String(); got != "1" {
				t.Fatalf("read %s rows", got)
			}
			if now := version(); now != before || now.Token == "" {
				t.Errorf("reading made %v of %v", now, before)
			}
			for _, statement := range []string{"INSERT INTO t VALUES (2)", "UPDATE t SET a = 5", "DELETE FROM t"} {
				before := version()
				time.Sleep(20 * time.Millisecond) // the file system's clock has steps
				if _, err := writer.Exec(statement); err != nil {
					t.Fatal(err)
				}
				if now := version(); now == before {
					t.Errorf("after %s the version is still %v", statement, now)
				}
			}
		})
	}
}
