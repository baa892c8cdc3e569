package engines

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/profiler"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// engine is what the cases need to know of an engine.
type engine struct {
	name  string // in a config's source.type
	title string // as docs call it
	held  string // on what the cases run

	openSource  func(context.Context, config.Connection, ...warehouse.Option) (warehouse.Warehouse, error)
	openHistory func(context.Context, config.Connection, bool) (*warehouse.History, error)
	transient   func(error) bool

	start   func(t *testing.T) *place // an empty database or schema, gone when the test ends
	sql     snippets
	without map[string]string // cases that do not apply, and why

	unproven []string // what no server of the tests shows, a sentence each
}

// place is an empty database or schema of an engine's.
type place struct {
	connection config.Connection // of a user who may do everything
	schema     string            // that tables without one are in; empty where the engine has none

	exec      func(t *testing.T, statements ...string)                // in the place, with every right
	another   func(t *testing.T) string                               // makes one more schema
	reader    func(t *testing.T, granted ...string) config.Connection // a user who may read these tables and no other
	running   func(t *testing.T) int                                  // statements that read from the place now
	terminate func(t *testing.T) (ended int)                          // ends the sessions that do, as an administrator would
	wrong     []wrong                                                 // connections that fail
}

// wrong is a connection that fails, and how.
type wrong struct {
	name   string
	change func(*config.Connection)
	want   error // of package warehouse
	passes bool  // another try may succeed
}

// snippets are where the engines' SQL differs in what the cases need.
type snippets struct {
	quote  func(name string) string
	types  map[metrics.Kind]string // the declared type of a column of each kind that the engine has
	bytes  func(hex string) string // a literal
	long   func(n int) string      // a text of n times x
	series func(n int) string      // a source of rows with a column i from 1 to n, as FROM takes it
	slow   string                  // a SELECT of a column a that takes minutes
	text   string                  // the type of a text of any length
	wide   int                     // how many columns a table may have
	key    string                  // the type of a primary key
	update string                  // what has the catalog's estimates brought up to date, of a table %s; empty where nothing need
	remark string                  // gives a table %s a comment %s; empty where there are none
}

// opened opens the place as a source.
func (e engine) opened(t *testing.T, c config.Connection, options ...warehouse.Option) warehouse.Warehouse {
	t.Helper()
	w, err := e.openSource(t.Context(), c, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// through is the place's connection by way of a proxy.
func (p *place) through(t *testing.T, by *proxy) config.Connection {
	t.Helper()
	c := p.connection
	by.listening(t, net.JoinHostPort(c.Host, strconv.Itoa(c.Port)))
	c.Host, c.Port = by.host, by.port
	return c
}

func (p *place) table(name string) warehouse.TableRef {
	return warehouse.TableRef{Schema: p.schema, Name: name}
}

// described returns the columns of a table.
func described(t *testing.T, w warehouse.Warehouse, ref warehouse.TableRef) []metrics.Column {
	t.Helper()
	all, err := w.Describe(t.Context(), []warehouse.TableRef{ref})
	if err != nil {
		t.Fatal(err)
	}
	d, ok := all[ref]
	if !ok || d.Err != nil {
		t.Fatalf("%s is not described: %v", ref.ID(), d.Err)
	}
	return d.Columns
}

// profiled reads a whole table.
func profiled(t *testing.T, w warehouse.Warehouse, ref warehouse.TableRef) *metrics.TableProfile {
	t.Helper()
	columns := described(t, w, ref)
	a := metrics.NewTableAccumulator(columns, metrics.DefaultSettings())
	if _, err := w.Scan(t.Context(), warehouse.Scan{Table: ref, Columns: columns}, a.Add); err != nil {
		t.Fatal(err)
	}
	return a.Profile()
}

// fill makes a table of a text of some 100 bytes and the numbers from 1 to n.
func (e engine) fill(name string, n int) []string {
	q := e.sql.quote
	return []string{
		fmt.Sprintf("CREATE TABLE %s (%s %s NOT NULL, %s %s)", q(name), q("i"), e.sql.types[metrics.KindInteger], q("pad"), e.sql.types[metrics.KindText]),
		fmt.Sprintf("INSERT INTO %s SELECT i, %s FROM %s", q(name), e.sql.long(100), e.sql.series(n)),
	}
}

type quiet struct{}

func (quiet) Started(plan.Table)         {}
func (quiet) Read(plan.Table, int64)     {}
func (quiet) Planned([]plan.Table)       {}
func (quiet) Restarted(plan.Table)       {}
func (quiet) Finished(plan.Table, error) {}

// run profiles a table of the place as a run does, with retries.
func (p *place) run(t *testing.T, w warehouse.Warehouse, name string, retries int) (r profiler.Result, tries int) {
	t.Helper()
	return p.runBy(t, w, name, retries, config.ModeStream)
}

func (p *place) runBy(t *testing.T, w warehouse.Warehouse, name string, retries int, mode config.Mode) (r profiler.Result, tries int) {
	t.Helper()
	tries = 1
	planned := []plan.Table{{TableRef: p.table(name), Metrics: []string{"count", "max"}, EstimatedRows: -1, Mode: mode}}
	s := profiler.Settings{
		Metrics: metrics.DefaultSettings(), Workers: 1, Now: time.Now,
		Retry: warehouse.Retry{Retries: retries, Fixed: true, Min: time.Millisecond, Max: time.Millisecond, Again: func(error, time.Duration) { tries++ }},
	}
	err := profiler.Run(t.Context(), w, planned, s, quiet{}, func(finished []profiler.Result) error {
		r = finished[0]
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, tries
}

// measured profiles a table of the place with every metric, by a mode.
func (p *place) measured(t *testing.T, w warehouse.Warehouse, name string, mode config.Mode) (profile *metrics.TableProfile, statements int) {
	t.Helper()
	table := plan.Table{TableRef: p.table(name), EstimatedRows: -1, Mode: mode}
	for _, n := range metrics.Names() {
		table.Metrics = append(table.Metrics, string(n))
	}
	s := profiler.Settings{Metrics: metrics.DefaultSettings(), Workers: 1, Now: time.Now}
	err := profiler.Run(t.Context(), w, []plan.Table{table}, s, quiet{}, func(finished []profiler.Result) error {
		if finished[0].Err != nil {
			return finished[0].Err
		}
		profile, statements = finished[0].Profile, finished[0].Statements
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return profile, statements
}

// whole fails the test where the rows from 1 to n of a table that fill made were not read once each.
func whole(t *testing.T, r profiler.Result, n int) {
	t.Helper()
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	c := r.Profile.Columns[0].Metrics
	if want := fmt.Sprint(n); c[metrics.Count].String() != want || c[metrics.Max].String() != want {
		t.Errorf("count %s and max %s of %d rows", c[metrics.Count], c[metrics.Max], n)
	}
}

// ends waits until no statement reads from the place.
func (p *place) ends(t *testing.T) {
	t.Helper()
	if p.running == nil {
		return // the engine has no server
	}
	begun := time.Now()
	for p.running(t) > 0 {
		if time.Since(begun) > 30*time.Second { // of the minutes that it would take
			t.Fatal("the statement still runs on the server")
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Logf("ended on the server within %v", time.Since(begun).Round(time.Millisecond))
}

// starts waits until a statement reads from the place.
func (p *place) starts(t *testing.T) {
	t.Helper()
	if p.running == nil {
		time.Sleep(200 * time.Millisecond)
		return
	}
	for begun := time.Now(); p.running(t) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > 30*time.Second {
			t.Fatal("no statement has begun")
		}
	}
}

// quotedList quotes names and sets commas between.
func quotedList(quote func(string) string, names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	return strings.Join(quoted, ", ")
}

// literal writes a text as SQL does.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
