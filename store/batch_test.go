package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// counting opens connections that count the statements they are sent.
type counting struct {
	driver driver.Driver
	path   string
	n      *int
}

func (c counting) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.path)
	return countingConn{conn.(sqliteConn), c.n}, err
}

func (c counting) Driver() driver.Driver { return c.driver }

// sqliteConn is what database/sql uses of a connection of SQLite's driver.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
}

type countingConn struct {
	sqliteConn
	n *int
}

func (c countingConn) ExecContext(ctx context.Context, text string, arguments []driver.NamedValue) (driver.Result, error) {
	*c.n++
	return c.sqliteConn.ExecContext(ctx, text, arguments)
}

func (c countingConn) QueryContext(ctx context.Context, text string, arguments []driver.NamedValue) (driver.Rows, error) {
	*c.n++
	return c.sqliteConn.QueryContext(ctx, text, arguments)
}

// sixteen are the records of small tables that were read while the one before was stored.
func sixteen(day int, enrichment drift.EnrichmentSettings) []Record {
	records := make([]Record, 16)
	for i := range records {
		r := record(fmt.Sprintf("table-%d-day-%d", i, day), noon.AddDate(0, 0, day))
		r.Table.Name = fmt.Sprintf("table_%d", i)
		r.Drift = &drift.Report{Strategy: drift.AbsoluteThreshold}
		r.Learning, r.Outlook = &drift.OutlookSettings{Enrichment: enrichment}, &drift.Outlook{}
		records[i] = r
	}
	return records
}

func TestTheEnrichmentOfManyTablesTakesAStatementATable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	h, err := sqlite.OpenHistory(t.Context(), config.Connection{Type: "sqlite", Database: path}, true)
	if err != nil {
		t.Fatal(err)
	}
	tables := Tables{Runs: "baselinr_runs", Results: "baselinr_results"}
	first := New(h, tables)
	if err := first.Ready(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	n := 0
	s := New(&warehouse.History{DB: sql.OpenDB(counting{h.DB.Driver(), path, &n}), Dialect: h.Dialect}, tables)
	first.Close()
	t.Cleanup(func() { s.Close() })
	statements := func(records []Record) int {
		t.Helper()
		n = 0
		if err := s.Save(t.Context(), records...); err != nil {
			t.Fatal(err)
		}
		return n
	}
	statements(sixteen(0, drift.DefaultEnrichment()))
	without := statements(sixteen(1, drift.EnrichmentSettings{}))
	with := statements(sixteen(2, drift.DefaultEnrichment()))
	if more := with - without; more > 17 { // and one that stores what they tell
		t.Errorf("%d statements with the enrichment and %d without: %d more", with, without, more)
	}
	if with > 16*4 {
		t.Errorf("%d statements for 16 tables", with)
	}
	if got := count(t, s, enrichmentTable+" WHERE row_count_change = 0 AND schema_version = 1"); got != 32 {
		t.Errorf("%d rows of enrichment, want those of two days", got)
	}
}

func TestRecordsOfOneTableInOneSaveTellOfEachOther(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.Ready(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		first, second := watched(0, 1), watched(1, 1)
		elsewhere := watched(0, 1)
		elsewhere.RunID, elsewhere.Table.Schema = "elsewhere", "other"
		elsewhere.Profile.Columns = append(elsewhere.Profile.Columns, metrics.ColumnProfile{Name: "more", Type: "text"})
		second.Profile.RowCount = 5
		if err := s.Save(t.Context(), first, elsewhere, second); err != nil {
			t.Fatal(err)
		}
		if got := second.Outlook.Enrichment; got.RowCountChange == nil || *got.RowCountChange != 2 || got.ColumnCountChange != 0 || got.SchemaVersion != 1 {
			t.Errorf("the second run is told %+v", got)
		}
		if diff := cmp.Diff([]drift.ColumnEnrichment{{Column: "amount", Stability: 1, AgeDays: 1, SameType: 1}}, second.Outlook.Enrichment.Columns); diff != "" {
			t.Error(diff)
		}
		if n := count(t, s, "baselinr_schema_registry WHERE schema_name = 's' AND run_id = 'day-1'"); n != 1 {
			t.Errorf("%d registered columns were seen by the last run, want 1", n)
		}
	})
}
