package engines

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 123456000, time.UTC)

// history opens the history of a place.
func (e engine) history(ctx context.Context, c config.Connection) (*store.Store, error) {
	h, err := e.openHistory(ctx, c, true)
	if err != nil {
		return nil, err
	}
	return store.New(h, store.Tables{Runs: "baselinr_runs", Results: "baselinr_results"}), nil
}

// ready opens the history of a place with its tables.
func (e engine) ready(t *testing.T, c config.Connection) *store.Store {
	t.Helper()
	s, err := e.history(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Ready(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	return s
}

// count runs a query of one number.
func (e engine) count(t *testing.T, c config.Connection, query string) (n int) {
	t.Helper()
	h, err := e.openHistory(t.Context(), c, true)
	if err != nil {
		t.Fatal(err)
	}
	defer h.DB.Close()
	if err := h.DB.QueryRow(query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// accumulated is the profile of a table with columns of every kind, and so many more, with values that are hard to keep.
func accumulated(more int) *metrics.TableProfile {
	columns := []metrics.Column{
		{Name: "whole", Type: "bigint", Kind: metrics.KindInteger}, {Name: "part", Type: "double", Kind: metrics.KindFloat, Nullable: true},
		{Name: `odd "name" żółć 🐘`, Type: "numeric(40,10)", Kind: metrics.KindDecimal}, {Name: "text", Type: "text", Kind: metrics.KindText},
		{Name: "raw", Type: "bytea", Kind: metrics.KindBytes}, {Name: "Text", Type: "timestamp", Kind: metrics.KindTimestamp},
	}
	for i := range more {
		columns = append(columns, metrics.Column{Name: fmt.Sprintf("c%d", i), Type: "bigint", Kind: metrics.KindInteger})
	}
	batch := metrics.Batch{Rows: 3, Vectors: make([]metrics.Vector, len(columns))}
	v := batch.Vectors
	v[0].Ints = []int64{math.MinInt64, 0, math.MaxInt64}
	v[1].Floats = []float64{5e-324, math.MaxFloat64 / 4}
	v[1].Nulls = 1
	for _, text := range []string{"123456789012345678901234567890.0000000001", "-0.1", "0.30000000000000004"} {
		v[2].Texts.AppendString(text)
	}
	for _, text := range []string{"it's a \\ \"quoted\" 🐘", "line\nfeed", "trailing "} {
		v[3].Texts.AppendString(text)
		v[4].Blobs.AppendString(text + "\x00\xff")
	}
	v[5].Ints = []int64{noon.UnixMicro(), 0, -1}
	for i := range more {
		v[6+i].Ints = []int64{int64(i), int64(i * 3), 5}
	}
	a := metrics.NewTableAccumulator(columns, metrics.DefaultSettings())
	if err := a.Add(&batch); err != nil {
		panic(err)
	}
	return a.Profile()
}

func record(runID string, at time.Time, profile *metrics.TableProfile) store.Record {
	change, p := -1.0/3, 1e-300
	return store.Record{
		RunID: runID, InvocationID: uuid.NewString(), Table: warehouse.TableRef{Schema: "Some schema", Name: "Orders żółć"}, TableID: "Some schema.Orders żółć",
		Environment: "test", ProfiledAt: at, Seconds: 0.1, Statements: 1, Profile: profile,
		Drift: &drift.Report{
			Strategy: drift.AbsoluteThreshold, BaselineRunID: "base",
			Findings: []drift.Finding{{
				Column: profile.Columns[2].Name, Metric: metrics.Mean, Test: drift.AbsoluteThreshold, Baseline: 0.1, Current: math.MaxFloat64,
				ChangePercent: &change, PValue: &p, Severity: drift.High, Reason: "it's \"more\": 100 % 🐘",
			}},
			SchemaChanges: []drift.SchemaChange{{Type: drift.ColumnAdded, Column: "text", NewType: "text", Severity: drift.Low}},
		},
		State:      &store.State{Database: "db", Version: "v:1"},
		Partitions: &store.Partitions{Key: "day", Every: true, List: []store.PartitionProfile{{Value: metrics.Text("2026-01-02"), Rows: 3, Data: everyByte()}}},
	}
}

// everyByte is not a profile, but as hard to keep as one.
func everyByte() []byte {
	all := make([]byte, 4096)
	for i := range all {
		all[i] = byte(i)
	}
	return all
}

func readsBack(t *testing.T, e engine) {
	p := e.start(t)
	s := e.ready(t, p.connection)
	saved := record(uuid.NewString(), noon, accumulated(0))
	if err := s.Save(t.Context(), saved); err != nil {
		t.Fatal(err)
	}
	again := e.ready(t, p.connection)
	runs, err := again.Latest(t.Context(), store.Subject{TableRef: saved.Table}, 5, nil)
	if err != nil || len(runs) != 1 {
		t.Fatalf("runs %v, %v", runs, err)
	}
	run := runs[0]
	if run.RunID != saved.RunID || !run.ProfiledAt.Equal(noon) || run.Table != saved.Table || *run.RowCount != 3 || run.Outcome.Seconds != 0.1 || run.Outcome.FindingCount != 1 {
		t.Errorf("run %+v %+v", run, run.Outcome)
	}
	if diff := cmp.Diff(saved.Drift.SchemaChanges, run.Outcome.SchemaChanges); diff != "" {
		t.Errorf("schema changes (-saved +read):\n%s", diff)
	}
	baseline, err := again.Baseline(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(texts(t, saved.Profile), texts(t, baseline.Profile)); diff != "" {
		t.Errorf("profile (-saved +read):\n%s", diff)
	}
	findings, err := again.FindingsOf(t.Context(), saved.RunID)
	if err != nil || len(findings) != 1 {
		t.Fatalf("findings %v, %v", findings, err)
	}
	want, got := saved.Drift.Findings[0], findings[0].Finding
	if got.Baseline != want.Baseline || got.Current != want.Current || *got.ChangePercent != *want.ChangePercent || *got.PValue != *want.PValue || got.Reason != want.Reason || got.Column != want.Column {
		t.Errorf("finding %+v, want %+v", got, want)
	}
	events, err := again.Events(t.Context(), store.EventFilter{Limit: 10})
	if err != nil || len(events) != 2 || events[0].At.Nanosecond() == events[1].At.Nanosecond() {
		t.Errorf("events %+v, %v", events, err)
	}
	states, err := again.States(t.Context())
	if err != nil || len(states) != 1 || states[0].Version != "v:1" || states[0].RunID != saved.RunID || !states[0].ProfiledAt.Equal(noon) || states[0].Table != saved.Table {
		t.Errorf("states %+v, %v", states, err)
	}
	key, partitions, err := again.Partitions(t.Context(), saved.Table)
	if err != nil || key != "day" || len(partitions) != 1 || partitions[0].Value.String() != "2026-01-02" || partitions[0].Rows != 3 {
		t.Errorf("partitions by %q: %+v, %v", key, partitions, err)
	}
	if problems, err := again.Validate(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("the tables lack %v, %v", problems, err)
	}
}

// texts is a profile in a form that compares.
func texts(t *testing.T, p *metrics.TableProfile) map[string]string {
	t.Helper()
	all := map[string]string{"rows": fmt.Sprint(p.RowCount, p.RowsRead)}
	for i, c := range p.Columns {
		at := fmt.Sprintf("%d %s ", i, c.Name)
		all[at+"type"] = fmt.Sprint(c.Type, " ", c.Kind, " ", c.Nullable, " ", c.Estimates)
		for name, value := range c.Metrics {
			if !value.IsNull() {
				all[at+string(name)] = value.String()
			}
		}
		if c.Distribution != nil {
			text, err := json.Marshal(c.Distribution)
			if err != nil {
				t.Fatal(err)
			}
			all[at+"distribution"] = string(text)
		}
	}
	return all
}

func storedOnce(t *testing.T, e engine) {
	p := e.start(t)
	s := e.ready(t, p.connection)
	one := record(uuid.NewString(), noon, accumulated(0))
	for range 3 {
		if err := s.Save(t.Context(), one); err != nil {
			t.Fatal(err)
		}
	}
	var wait sync.WaitGroup // and at once, in processes of their own
	errs := make([]error, 4)
	for i := range errs {
		other := e.ready(t, p.connection)
		wait.Go(func() { errs[i] = saved(t.Context(), other, one) })
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	results := 0
	for _, c := range one.Profile.Columns {
		results += len(c.Metrics)
	}
	for table, want := range map[string]int{
		"baselinr_runs": 1, "baselinr_pipes_runs": 1, "baselinr_pipes_findings": 1, "baselinr_results": results, "baselinr_events": 2,
		"baselinr_schema_registry": len(one.Profile.Columns), "baselinr_table_state": 1, "baselinr_pipes_partitions": 1,
	} {
		if n := e.count(t, p.connection, "SELECT count(*) FROM "+table); n != want {
			t.Errorf("%s has %d rows, want %d", table, n, want)
		}
	}
}

func rehearsal(t *testing.T, e engine) {
	p := e.start(t)
	s, err := e.history(t.Context(), p.connection)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Rehearse(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Migrations(t.Context()); err != nil || list[0].AppliedAt != nil {
		t.Errorf("before there are tables, a rehearsal leaves some: %v, %v", list, err)
	}
	if err := s.Ready(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if err := s.Rehearse(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"baselinr_runs", "baselinr_results", "baselinr_events", "baselinr_schema_registry", "baselinr_pipes_runs"} {
		if n := e.count(t, p.connection, "SELECT count(*) FROM "+table); n != 0 {
			t.Errorf("%s has %d rows", table, n)
		}
	}
}

func hookEvents(t *testing.T, e engine) {
	p := e.start(t)
	e.ready(t, p.connection).Close() // which makes the file, where the history is one
	h, err := e.openHistory(t.Context(), p.connection, true)
	if err != nil {
		t.Fatal(err)
	}
	log := store.NewEventLog(h, "told")
	defer log.Close()
	baseline := 0.1
	events := []store.EventRow{
		{ID: uuid.NewString(), Type: store.DriftEvent, RunID: "r", Table: "Orders żółć", Column: "it's", Metric: "mean", Baseline: &baseline, Severity: drift.High, Timestamp: noon, Metadata: map[string]any{"a": "🐘"}},
		{ID: uuid.NewString(), Type: "ProfilingFailed", Table: "t", Timestamp: noon},
	}
	if err := log.Rehearse(t.Context(), events...); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := log.Append(t.Context(), events...); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Rehearse(t.Context(), store.EventRow{ID: uuid.NewString(), Type: store.DriftEvent, Timestamp: noon}); err != nil {
		t.Fatal(err)
	}
	if n := e.count(t, p.connection, "SELECT count(*) FROM told"); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
	if n := e.count(t, p.connection, "SELECT count(*) FROM told WHERE table_name = 'Orders żółć' AND column_name = 'it''s' AND baseline_value = 0.1 AND metadata LIKE '%🐘%'"); n != 1 {
		t.Errorf("%d events of the table, want 1", n)
	}
}
