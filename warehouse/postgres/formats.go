package postgres

import (
	"sync"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// formats remembers the formats in which columns are to come, by what Describe saw of their types, so that
// a scan need not ask the server for them first.
type formats struct {
	mu     sync.Mutex
	tables map[warehouse.TableRef]map[string]int16
}

func (f *formats) remember(t warehouse.TableRef, column string, oid uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tables == nil {
		f.tables = map[warehouse.TableRef]map[string]int16{}
	}
	if f.tables[t] == nil {
		f.tables[t] = map[string]int16{}
	}
	f.tables[t][column] = decoderOf(oid).format
}

// of returns the formats of a table's columns; nil where one of them is not known.
func (f *formats) of(t warehouse.TableRef, columns []metrics.Column) []int16 {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]int16, len(columns))
	for i, c := range columns {
		format, ok := f.tables[t][c.Name]
		if !ok {
			return nil
		}
		list[i] = format
	}
	return list
}
