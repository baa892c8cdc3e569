package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/internal/testpg"
)

// planned is what the command plan gave.
type planned struct {
	code     int
	messages string
	raw      string // without where the catalog's word came from, and warnings
	From     string
	Warnings []string
}

// planOf runs the command plan.
func planOf(t *testing.T, config string, flags ...string) planned {
	t.Helper()
	var out, messages bytes.Buffer
	code := Run(t.Context(), append([]string{"plan", "-o", "json", "-c", config}, flags...), Streams{Out: &out, Err: &messages})
	p := planned{code: code, messages: messages.String()}
	if code != exitDone {
		return p
	}
	var document map[string]json.RawMessage
	if err := json.Unmarshal(out.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	var from struct {
		From string
		At   *time.Time
	}
	if err := json.Unmarshal(document["discovery"], &from); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(document["warnings"], &p.Warnings); err != nil {
		t.Fatal(err)
	}
	p.From = from.From
	delete(document, "discovery")
	delete(document, "warnings")
	rest, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	p.raw = string(rest)
	return p
}

// patternsOf writes a config of all tables of a schema that have a column id, and returns its path.
func patternsOf(t *testing.T, s testpg.Server, schema string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "baselinr.yml")
	text := fmt.Sprintf(`source: {type: postgres, host: %s, port: %s, database: %s, username: %s, password: %q, extra_params: {sslmode: disable}}
storage: {connection: {type: sqlite, database: history.db}}
profiling: {tables: [{schema: %s, pattern: "*", required_columns: [id]}]}
retry: {retries: 1, min_backoff: 0.01, max_backoff: 0.01}
`, s.Host, s.Port, s.Database, s.User, s.Password, schema)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// door leads to a server while it is open; while it hangs, it takes connections and says nothing.
type door struct {
	connections   atomic.Int64
	closed, hangs atomic.Bool
}

// behind returns the server as it is reached through the door.
func (d *door) behind(t *testing.T, s testpg.Server) testpg.Server {
	t.Helper()
	return s.Proxied(t, func(int) int64 {
		d.connections.Add(1)
		switch {
		case d.closed.Load():
			return 0
		case d.hangs.Load():
			return testpg.Never
		}
		return testpg.All
	})
}

func TestAPlanOutlivesItsSource(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	server := testpg.Connect(t)
	schema := server.Schema(t)
	server.Exec(t, "CREATE TABLE "+schema+".orders (id integer)", "CREATE TABLE "+schema+".other (x integer)")
	var d door
	config := patternsOf(t, d.behind(t, server), schema)

	live := planOf(t, config)
	if live.code != exitDone || live.From != "catalog" || !strings.Contains(live.raw, schema+".orders") || strings.Contains(live.raw, ".other") {
		t.Fatalf("%+v", live)
	}
	asked := d.connections.Load()
	if again := planOf(t, config); again.From != "cache" || again.raw != live.raw || again.messages != "" {
		t.Errorf("soon after: %+v", again)
	}
	if now := d.connections.Load(); now != asked {
		t.Errorf("a plan from the cache opened %d connections", now-asked)
	}

	d.closed.Store(true)
	down := planOf(t, config, "--max-age", "0")
	if down.code != exitDone || down.From != "last_known" || down.raw != live.raw || len(down.Warnings) != 1 {
		t.Errorf("with its source down: %+v", down)
	}
	if !strings.Contains(down.messages, "warning: THE SOURCE FAILED") || strings.Contains(down.messages, server.Password) {
		t.Errorf("not said, or too much: %s", down.messages)
	}
	if hard := planOf(t, config, "--refresh"); hard.code != exitFailed {
		t.Errorf("--refresh with its source down: %+v", hard)
	}

	d.closed.Store(false)
	d.hangs.Store(true)
	start := time.Now()
	late := planOf(t, config, "--max-age", "0", "--timeout", "300ms")
	t.Logf("a server that hangs takes %v", time.Since(start))
	if late.code != exitDone || late.From != "last_known" || late.raw != live.raw || !strings.Contains(late.messages, "no answer within 300ms") {
		t.Errorf("with its source hanging: %+v", late)
	}
	unknown := patternsOf(t, d.behind(t, server), schema)
	if first := planOf(t, unknown, "--timeout", "300ms"); first.code != exitFailed || !strings.Contains(first.messages, "no answer within 300ms; raise --timeout") {
		t.Errorf("hanging, and not known: %+v", first)
	}

	d.hangs.Store(false)
	server.Exec(t, "CREATE TABLE "+schema+".newer (id integer)")
	if back := planOf(t, config, "--refresh"); back.From != "catalog" || !strings.Contains(back.raw, ".newer") || len(back.Warnings) > 0 {
		t.Errorf("with its source back: %+v", back)
	}
	if after := planOf(t, config); after.From != "cache" || !strings.Contains(after.raw, ".newer") {
		t.Errorf("after that: %+v", after)
	}
}

func TestManyPlansAtOnceAreOnePlan(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	server := testpg.Connect(t)
	schema := server.Schema(t)
	server.Exec(t, "CREATE TABLE "+schema+".orders (id integer)")
	config := patternsOf(t, server, schema)
	live := planOf(t, config)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 3 {
				if p := planOf(t, config, "--max-age", []string{"0", "1h"}[i%2]); p.code != exitDone || p.raw != live.raw || p.messages != "" {
					t.Errorf("%+v", p)
				}
			}
		})
	}
	group.Wait()
}
