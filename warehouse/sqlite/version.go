package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

var _ warehouse.Versioner = (*Warehouse)(nil)

// Versions implements warehouse.Versioner. SQLite counts changes of the file, not of tables, so that all tables
// have one version: the size and the time of the file and of its write-ahead log, one of which every commit
// writes to. The file's own counter (https://www.sqlite.org/fileformat2.html#file_change_counter) is of no use:
// commits to the log leave it, and to read the file beside SQLite would drop the process's locks on it.
func (w *Warehouse) Versions(_ context.Context, tables []warehouse.TableRef) (map[warehouse.TableRef]warehouse.Version, error) {
	path, err := filepath.EvalSymlinks(w.path) // SQLite keeps the log beside the file itself
	if err != nil {
		return nil, fmt.Errorf("sqlite: %q: %w", w.path, unreadable(err))
	}
	token := Type + ":"
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		switch {
		case name != path && errors.Is(err, os.ErrNotExist):
		case err != nil:
			return nil, fmt.Errorf("sqlite: %q: %w", w.path, unreadable(err))
		case info.Size() > 0: // a log without a commit is as none
			token += fmt.Sprintf("%d@%d,", info.Size(), info.ModTime().UnixNano())
		}
	}
	versions := make(map[warehouse.TableRef]warehouse.Version, len(tables))
	for _, t := range tables {
		versions[t] = warehouse.Version{Token: token}
	}
	return versions, nil
}
