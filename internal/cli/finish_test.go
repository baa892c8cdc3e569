package cli

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testpg"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/profiler"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

// impatient is a config that tries again at once, and keeps its history where the connection says.
func impatient(history config.Connection) *config.Config {
	c := config.Default()
	c.Retry.MinBackoff, c.Retry.MaxBackoff = 0.01, 0.01
	c.Storage.Connection = history
	return &c
}

// newRunner returns a runner over a history, and what it logs.
func newRunner(t *testing.T, c *config.Config) (*runner, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	a := &app{Streams: Streams{Err: &log}, logger: slog.New(newLineHandler(&log)), now: time.Now}
	history, err := a.openStore(t.Context(), c, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { history.Close() })
	return &runner{
		app: a, config: c, plan: &plan.Plan{}, store: history,
		invocation: invocationID("test", nil), results: map[string][]report.Table{}, spool: spool{filepath.Join(t.TempDir(), "spool")},
	}, &log
}

func read(names ...string) (results []profiler.Result) {
	for _, name := range names {
		results = append(results, profiler.Result{
			Table: plan.Table{TableRef: warehouse.TableRef{Name: name}}, ProfiledAt: time.Now(), Statements: 1,
			Profile: &metrics.TableProfile{RowCount: 1, Columns: []metrics.ColumnProfile{{
				Name: "i", Kind: metrics.KindInteger, Metrics: map[metrics.Name]metrics.Value{metrics.Count: metrics.Int(1)},
			}}},
		})
	}
	return results
}

// became returns what became of the tables, as name=status.
func became(r *runner, names ...string) string {
	var list []string
	for _, name := range names {
		list = append(list, name+"="+string(r.results[name][0].Status))
	}
	return strings.Join(list, " ")
}

func storedNames(t *testing.T, s *store.Store) string {
	t.Helper()
	runs, err := s.Recent(t.Context(), store.Filter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, run := range runs {
		names = append(names, run.Table.Name)
	}
	return strings.Join(names, " ")
}

func TestATableThatTheHistoryRefusesTakesNoOtherDown(t *testing.T) {
	connection := config.Connection{Type: "sqlite", Database: filepath.Join(t.TempDir(), "history.db")}
	r, _ := newRunner(t, impatient(connection))
	h, err := sqlite.OpenHistory(t.Context(), connection, false)
	if err != nil {
		t.Fatal(err)
	}
	defer h.DB.Close()
	_, err = h.DB.Exec("CREATE TRIGGER refuse BEFORE INSERT ON baselinr_results WHEN NEW.dataset_name = 'b' BEGIN SELECT RAISE(ABORT, 'no b here'); END")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.finish(t.Context(), read("a", "b", "c")); err != nil {
		t.Errorf("the run ends: %v", err)
	}
	if message := r.results["b"][0].Error.Message; !strings.Contains(message, "no b here") {
		t.Errorf("message %s", message)
	}
	if got := became(r, "a", "b", "c"); got != "a=completed b=failed c=completed" {
		t.Errorf("became %s", got)
	}
	if got := storedNames(t, r.store); got != "a c" && got != "c a" {
		t.Errorf("stored %s", got)
	}
}

func TestTablesThatWereReadAreStoredAfterAnInterrupt(t *testing.T) {
	r, _ := newRunner(t, impatient(config.Connection{Type: "sqlite", Database: filepath.Join(t.TempDir(), "history.db")}))
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	if err := r.finish(ctx, read("a")); err != nil || became(r, "a") != "a=completed" {
		t.Errorf("%s, %v", became(r, "a"), err)
	}
}

// postgresHistory is a history in a schema of its own, reached through the server given.
func postgresHistory(t *testing.T, server testpg.Server, schema string) config.Connection {
	t.Helper()
	port, err := strconv.Atoi(server.Port)
	if err != nil {
		t.Fatal(err)
	}
	return config.Connection{
		Type: "postgres", Host: server.Host, Port: port, Database: server.Database, Username: server.User,
		Password: config.NewSecret(server.Password), Schema: schema, ExtraParams: config.Params{"sslmode": "disable"},
	}
}

func TestTheHistoryIsOpenedAgainWhenItsConnectionIsCut(t *testing.T) {
	server := testpg.Connect(t)
	schema := server.Schema(t)
	proxied := server.Proxied(t, func(n int) int64 { return []int64{0, 700, testpg.All, testpg.All}[min(n, 3)] })
	r, log := newRunner(t, impatient(postgresHistory(t, proxied, schema)))
	if err := r.finish(t.Context(), read("a")); err != nil {
		t.Error(err)
	}
	if got := storedNames(t, r.store); got != "a" {
		t.Errorf("stored %s", got)
	}
	if !strings.Contains(log.String(), "trying again in 10ms") {
		t.Errorf("log %s", log)
	}
}

func TestASaveWhoseConnectionIsCutIsTriedAgainAndStoresNothingTwice(t *testing.T) {
	server := testpg.Connect(t)
	schema := server.Schema(t)
	direct, _ := newRunner(t, impatient(postgresHistory(t, server, schema)))
	// Wherever the connection is cut, from before its first answer to after the commit's.
	want := 0
	for bytes := int64(400); bytes < 13000; bytes += 600 {
		proxied := server.Proxied(t, func(n int) int64 {
			if n == 0 {
				return bytes
			}
			return testpg.All
		})
		r, _ := newRunner(t, impatient(postgresHistory(t, proxied, schema)))
		r.invocation = invocationID(strconv.FormatInt(bytes, 10), nil)
		if err := r.finish(t.Context(), read("a", "b", "c")); err != nil {
			t.Errorf("cut after %d bytes: %v", bytes, err)
		}
		want += 3
		runs, err := direct.store.Recent(t.Context(), store.Filter{Limit: 1000})
		if err != nil || len(runs) != want {
			t.Errorf("cut after %d bytes: %d runs, %v; want %d", bytes, len(runs), err, want)
		}
		r.store.Close()
	}
}

func TestAWrongPasswordIsNotTriedAgain(t *testing.T) {
	server := testpg.Connect(t)
	connection := postgresHistory(t, server, "public")
	connection.Password = config.NewSecret("wr0ng")
	var log bytes.Buffer
	a := &app{Streams: Streams{Err: &log}, logger: slog.New(newLineHandler(&log)), now: time.Now}
	if _, err := a.openStore(t.Context(), impatient(connection), true); !errors.Is(err, warehouse.ErrLogin) || log.Len() > 0 {
		t.Errorf("error %v, log %s", err, &log)
	}
}
