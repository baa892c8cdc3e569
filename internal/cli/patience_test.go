package cli

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/profiler"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// slowReporter takes all the time that it is given for a table with partitions. As a session does, it sends nothing
// once its time is over.
type slowReporter struct{ told []string }

func (r *slowReporter) tell(ctx context.Context, what string) error {
	if ctx.Err() == nil {
		r.told = append(r.told, what)
	}
	return ctx.Err()
}

func (r *slowReporter) Materialize(ctx context.Context, t report.Table) error {
	return r.tell(ctx, t.Plan.ID()+" materialized")
}

func (r *slowReporter) MaterializePartitions(ctx context.Context, partitions []report.Table) error {
	err := r.tell(ctx, partitions[0].Plan.ID()+" materialized")
	<-ctx.Done()
	return err
}

func (r *slowReporter) Fail(ctx context.Context, t report.Table) error {
	return r.tell(ctx, t.Plan.ID()+" failed")
}

func TestTheTimeOfPartitionsIsNotTakenFromTheTablesBesideThem(t *testing.T) {
	r, _ := newRunner(t, impatient(config.Connection{Type: "sqlite", Database: filepath.Join(t.TempDir(), "history.db")}))
	reporter := &slowReporter{}
	r.reporter, r.storeWithin = reporter, 3*time.Second
	results := read("days", "broken", "fine")
	results[0].Slices = []profiler.SliceProfile{{Slice: metrics.Slice{Name: "a"}, Profile: results[0].Profile}}
	results[1].Err = errors.New("no such thing")
	if err := r.finish(t.Context(), results); err != nil {
		t.Errorf("the run ends: %v", err)
	}
	if got := strings.Join(reporter.told, ", "); got != "days materialized, broken failed, fine materialized" {
		t.Errorf("told %s", got)
	}
}

func TestAHistoryThatTakesAllTheTimeFailsItsTablesAndTheyAreTold(t *testing.T) {
	connection := config.Connection{Type: "sqlite", Database: filepath.Join(t.TempDir(), "history.db")}
	r, _ := newRunner(t, impatient(connection))
	h, err := sqlite.OpenHistory(t.Context(), connection, false)
	if err != nil {
		t.Fatal(err)
	}
	defer h.DB.Close()
	writer, err := h.DB.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	if _, err := writer.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	reporter := &slowReporter{}
	r.reporter, r.storeWithin = reporter, time.Second
	if err := r.finish(t.Context(), read("a", "b")); err != nil {
		t.Errorf("the run ends: %v", err)
	}
	if got := strings.Join(reporter.told, ", "); got != "a failed, b failed" {
		t.Errorf("told %s; %s", got, became(r, "a", "b"))
	}
}
