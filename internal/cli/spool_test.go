package cli

import (
	"math"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

func TestAKeptRecordReadsBackAsItWouldHaveBeenStored(t *testing.T) {
	change, infinite := 0.0, math.Inf(1)
	r := store.Record{
		RunID: "run", InvocationID: "invocation", Table: warehouse.TableRef{Schema: "s", Name: "t"}, TableID: "s.t", Environment: "e",
		ProfiledAt: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC), Seconds: 1.5, Statements: 2,
		Reading: drift.Reading{Partition: &drift.Partition{Key: "k", Values: []metrics.Value{metrics.Text("a"), {}}}},
		Profile: &metrics.TableProfile{RowCount: 9, RowsRead: 8, Unread: []metrics.Column{{Name: "u"}}, Columns: []metrics.ColumnProfile{{
			Name: "c", Kind: metrics.KindDecimal, Nullable: true, Estimates: map[metrics.Name]float64{metrics.Mean: 0.1},
			Metrics: map[metrics.Name]metrics.Value{
				metrics.Max: metrics.Text("1.10"), metrics.Min: metrics.Int(math.MaxInt64), metrics.Mean: metrics.Float(math.NaN()),
				metrics.StdDev: {}, metrics.Histogram: metrics.Structured(metrics.Bins{{Start: 0, End: 0.1, Count: 3}}),
				metrics.TopValues: metrics.Structured(metrics.ValueCounts{{Value: metrics.Text("\x00"), Count: 2}}),
			},
		}}},
		Partitions: &store.Partitions{Key: "k", Every: true, List: []store.PartitionProfile{{Value: metrics.Text("a"), Rows: 2, Data: []byte{1, 0, 255}}, {Rows: 7}}},
		Drift:      &drift.Report{Strategy: "s", Findings: []drift.Finding{{Column: "c", ChangePercent: &change, Severity: drift.Low}}},
	}
	s := spool{t.TempDir()}
	path, err := s.keep(r)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	paths, err := s.files()
	if err != nil || len(paths) != 1 || paths[0] != path {
		t.Errorf("files %v, %v", paths, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	back, err := decodeRecord(text)
	if err != nil {
		t.Fatal(err)
	}
	byText := cmp.Transformer("stored", func(v metrics.Value) []any { return []any{v.IsNull(), v.String()} })
	if diff := cmp.Diff(r, back, byText); diff != "" {
		t.Error(diff)
	}
	r.Drift.Findings[0].Score = &infinite
	if text, err = encodeRecord(r); err != nil {
		t.Fatal(err)
	}
	if back, err = decodeRecord(text); err != nil || back.Drift != nil {
		t.Errorf("drift that JSON cannot carry is found again: %+v, %v", back.Drift, err)
	}
	if _, err := decodeRecord(text[:len(text)/2]); err == nil {
		t.Error("half of a file is taken for a record")
	}
}

// later is a runner of a later run over the same history and spool.
func later(t *testing.T, c *config.Config, earlier *runner) (*runner, func() string) {
	t.Helper()
	r, log := newRunner(t, c)
	r.spool, r.invocation = earlier.spool, invocationID("later", nil)
	return r, log.String
}

func TestWhatASQLiteHistoryCannotTakeIsStoredByTheNextRun(t *testing.T) {
	connection := config.Connection{Type: "sqlite", Database: filepath.Join(t.TempDir(), "history.db")}
	c := impatient(connection)
	r, log := newRunner(t, c)
	h, err := sqlite.OpenHistory(t.Context(), connection, false)
	if err != nil {
		t.Fatal(err)
	}
	defer h.DB.Close()
	if err := r.finish(t.Context(), read("a")); err != nil {
		t.Fatal(err)
	}
	// The table is read, and the history can neither be read nor written any more.
	if _, err := h.DB.Exec("ALTER TABLE baselinr_runs RENAME TO away"); err != nil {
		t.Fatal(err)
	}
	second := read("a", "b")
	second[0].Profile.Columns[0].Metrics[metrics.Count] = metrics.Int(2)
	r.invocation = invocationID("second", nil)
	if err := r.finish(t.Context(), second); err != nil {
		t.Errorf("the run ends: %v", err)
	}
	if got := became(r, "a", "b"); got != "a=failed b=failed" {
		t.Errorf("became %s", got)
	}
	paths, _ := r.spool.files()
	if len(paths) != 2 || !strings.Contains(r.results["b"][0].Error.Message, paths[1]) || !strings.Contains(log.String(), "the next run stores it") {
		t.Errorf("kept %v, message %s, log %s", paths, r.results["b"][0].Error.Message, log)
	}
	if _, err := h.DB.Exec("ALTER TABLE away RENAME TO baselinr_runs"); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(r.spool.folder, "0.json")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	next, said := later(t, c, r)
	if err := next.storeSpooled(t.Context()); err != nil {
		t.Fatal(err)
	}
	runs, err := next.store.Recent(t.Context(), store.Filter{Limit: 9})
	if err != nil || len(runs) != 3 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	baselines := 0
	for _, run := range runs {
		if run.Outcome.BaselineRunID != "" {
			baselines++
			if run.Outcome.Note != "" || run.Outcome.Strategy != drift.AbsoluteThreshold {
				t.Errorf("compared by %q: %s", run.Outcome.Strategy, run.Outcome.Note)
			}
		}
	}
	if baselines != 1 {
		t.Errorf("%d runs were compared with one before, want that of a", baselines)
	}
	if paths, _ = r.spool.files(); len(paths) != 1 || paths[0] != broken {
		t.Errorf("still kept: %v", paths)
	}
	// Of b nothing was stored before. Of a there are twice as many rows as before.
	if len(next.late) != 2 || !strings.Contains(said(), "is stored now; drift no baseline") || !strings.Contains(said(), "; drift high; high i: count went from 1 to 2") {
		t.Errorf("%d are told, log %s", len(next.late), said())
	}
	told := filepath.Join(t.TempDir(), "told.json")
	next.config.Hooks = config.Hooks{Enabled: true, Hooks: []config.Hook{{Type: config.HookExec, Enabled: true, Timeout: 10, OnDrift: true, MinSeverity: "low", Command: config.Command{"sh", "-c", "cat > " + told}}}}
	next.outcome = &report.Run{ID: next.invocation}
	next.app.tellHooks(t.Context(), next.config, "unused", next, nil)
	if got, err := os.ReadFile(told); err != nil || !strings.Contains(string(got), "count went from 1 to 2") || !strings.Contains(string(got), `"late":true`) {
		t.Errorf("hooks are told %s, %v", got, err)
	}
	if !strings.Contains(said(), "is stored now") || !strings.Contains(said(), broken+" cannot be read") {
		t.Errorf("log %s", said())
	}
}

func TestWhatWasReadWhileThePostgresHistoryWasDownIsStoredByTheNextRun(t *testing.T) {
	state := t.TempDir()
	server := func(command string) string {
		t.Helper()
		c := exec.Command("../../tests/postgres.sh", command, state)
		c.Stderr = os.Stderr
		out, err := c.Output()
		if err != nil {
			t.Fatalf("postgres.sh %s: %v", command, err)
		}
		return strings.TrimSpace(string(out))
	}
	u, err := url.Parse(server("start"))
	if err != nil {
		t.Fatal(err)
	}
	defer server("stop")
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	c := impatient(config.Connection{
		Type: "postgres", Host: u.Hostname(), Port: port, Database: "postgres", Username: u.User.Username(),
		Password: config.NewSecret(password), ExtraParams: config.Params{"sslmode": "disable"},
	})
	r, _ := newRunner(t, c)
	if err := r.finish(t.Context(), read("a")); err != nil {
		t.Fatal(err)
	}
	server("halt")
	if err := r.finish(t.Context(), read("b", "c")); err != nil {
		t.Errorf("the run ends: %v", err)
	}
	if got := became(r, "a", "b", "c"); got != "a=completed b=failed c=failed" {
		t.Errorf("became %s", got)
	}
	paths, _ := r.spool.files()
	for _, path := range paths {
		if text, err := os.ReadFile(path); err != nil || strings.Contains(string(text), password) {
			t.Errorf("%s: %v, or it holds the password", path, err)
		}
	}
	server("resume")
	if err := r.finish(t.Context(), read("d")); err != nil || became(r, "d") != "d=completed" {
		t.Errorf("the same run goes on when the server is back: %s, %v", became(r, "d"), err)
	}
	next, _ := later(t, c, r)
	if err := next.storeSpooled(t.Context()); err != nil {
		t.Fatal(err)
	}
	runs, err := next.store.Recent(t.Context(), store.Filter{Limit: 9})
	if err != nil || len(runs) != 4 {
		t.Errorf("%d runs, %v; want those of a, b, c and d", len(runs), err)
	}
	if paths, _ = r.spool.files(); len(paths) != 0 {
		t.Errorf("still kept: %v", paths)
	}
}
