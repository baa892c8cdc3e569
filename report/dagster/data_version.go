package dagster

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// versionOfAll is the data version of several partitions: of one, its own.
func versionOfAll(versions []string) string {
	if len(versions) == 1 {
		return versions[0]
	}
	sum := sha256.Sum256([]byte(strings.Join(versions, ",")))
	return hex.EncodeToString(sum[:])
}

// dataVersion is the same for two profiles that say the same of a table, and differs for others. It is
// a hash of what was measured of its rows and columns, and of the columns that were not asked for;
// what a scan took and when is not in it.
func dataVersion(p *metrics.TableProfile) (string, error) {
	type column struct {
		Name, Type string
		Nullable   bool
		Metrics    map[metrics.Name]metrics.Value
	}
	said := struct {
		Rows    int64
		Columns []column
		Unread  []metrics.Column
	}{Rows: p.RowCount, Unread: p.Unread}
	for _, c := range p.Columns {
		said.Columns = append(said.Columns, column{c.Name, c.Type, c.Nullable, c.Metrics})
	}
	text, err := json.Marshal(said)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}
