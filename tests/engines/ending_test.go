package engines

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// slowly is a place with a view slow, whose rows take minutes, and a table t of 5,000 rows.
func slowly(t *testing.T, e engine) *place {
	t.Helper()
	p := e.start(t)
	p.exec(t, e.fill("t", 5000)...)
	p.exec(t, "CREATE VIEW slow AS "+e.sql.slow)
	return p
}

func (p *place) slowScan() warehouse.Scan {
	return warehouse.Scan{Table: p.table("slow"), Columns: []metrics.Column{{Name: "a", Kind: metrics.KindText}}}
}

func cancelled(t *testing.T, e engine) {
	p := slowly(t, e)
	w := e.opened(t, p.connection)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := w.Scan(ctx, p.slowScan(), func(*metrics.Batch) error { return nil })
		done <- err
	}()
	p.starts(t)
	begun := time.Now()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || w.Transient(err) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	t.Logf("returned within %v", time.Since(begun).Round(time.Millisecond))
	p.ends(t)
	if profile := profiled(t, w, p.table("t")); profile.RowCount != 5000 {
		t.Errorf("afterwards %d rows are read of 5,000", profile.RowCount)
	}
}

func tooLong(t *testing.T, e engine) {
	p := slowly(t, e)
	w := e.opened(t, p.connection, warehouse.StatementTimeout(300*time.Millisecond), warehouse.Scans(1))
	_, err := w.Scan(t.Context(), p.slowScan(), func(*metrics.Batch) error { return nil })
	if !errors.Is(err, warehouse.ErrTimeout) || w.Transient(err) || !strings.Contains(fmt.Sprint(err), "raise execution.statement_timeout_seconds") {
		t.Errorf("got %v, want one that is %v, does not pass, and names the key", err, warehouse.ErrTimeout)
	}
	p.ends(t)
	for _, mode := range []config.Mode{config.ModeStream, config.ModePushdown} {
		r, tries := p.runBy(t, w, "slow", 3, mode)
		if !errors.Is(r.Err, warehouse.ErrTimeout) || tries != 1 {
			t.Errorf("a run by %s fails with %v after %d tries, want one", mode, r.Err, tries)
		}
		p.ends(t)
	}
}

func failingReceiver(t *testing.T, e engine) {
	p := e.start(t)
	p.exec(t, e.fill("t", 200000)...)
	w := e.opened(t, p.connection, warehouse.Scans(1))
	full := errors.New("no more")
	columns := described(t, w, p.table("t"))
	for range 3 { // more often than there are connections
		batches := 0
		_, err := w.Scan(t.Context(), warehouse.Scan{Table: p.table("t"), Columns: columns}, func(*metrics.Batch) error {
			if batches++; batches == 2 {
				return full
			}
			return nil
		})
		if !errors.Is(err, full) || batches != 2 {
			t.Errorf("got %v after %d batches, want %v after 2", err, batches, full)
		}
		p.ends(t)
	}
	r, _ := p.run(t, w, "t", 0)
	whole(t, r, 200000)
}

// oneState writes pairs that add up to 0 while the table is read: a scan that saw two states would miss one of a pair, or count
// rows that it does not read.
func oneState(t *testing.T, e engine) {
	p := e.start(t)
	p.exec(t, numbered(e)...)
	p.exec(t, "CREATE TABLE pairs (id "+e.sql.key+" PRIMARY KEY, day "+e.sql.types[metrics.KindDate]+")", "INSERT INTO pairs SELECT i, '2024-01-01' FROM "+e.sql.series(2000))
	w := e.opened(t, p.connection)
	var stop atomic.Bool
	written := make(chan struct{})
	go func() {
		defer close(written)
		for n := 2001; !stop.Load(); n += 2 {
			p.exec(t, fmt.Sprintf("INSERT INTO pairs VALUES (%d, '2024-01-01'), (%d, '2024-01-01')", n, n+1))
			time.Sleep(2 * time.Millisecond)
		}
	}()
	for range 30 {
		s := warehouse.Scan{Table: p.table("pairs"), Partition: &warehouse.Partition{Key: "day", Strategy: config.PartitionLatest},
			Sample: &warehouse.Sample{Method: config.SamplingRandom, Fraction: 0.999999999, MaxRows: 1 << 40}}
		read, coverage := ids(t, w, s)
		if coverage.Rows%2 != 0 || coverage.Rows-int64(len(read)) > 1 || int64(len(read)) > coverage.Rows {
			t.Errorf("%d rows were counted and %d read", coverage.Rows, len(read))
		}
	}
	stop.Store(true)
	<-written
}

func versions(t *testing.T, e engine) {
	p := e.start(t)
	p.exec(t, e.fill("t", 10)...)
	w := e.opened(t, p.connection)
	versioner, ok := w.(warehouse.Versioner)
	if !ok {
		t.Fatal("the engine tells no versions; its entry should say so")
	}
	version := func() warehouse.Version {
		t.Helper()
		for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) {
			all, err := versioner.Versions(t.Context(), []warehouse.TableRef{p.table("t"), p.table("missing")})
			if err != nil {
				t.Fatal(err)
			}
			v, known := all[p.table("t")]
			if !known || len(v.Token) > 255 || v.Token != "" && !strings.HasPrefix(v.Token, e.name+":") {
				t.Fatalf("versions %v", all)
			}
			if v.Token != "" || time.Since(begun) > 30*time.Second {
				return v // MySQL and PostgreSQL know some seconds after a change
			}
		}
	}
	last := version()
	if last.Token == "" {
		t.Fatalf("no version: %s", last.Why)
	}
	for _, change := range []string{
		"UPDATE t SET pad = 'y' WHERE i = 3", "INSERT INTO t VALUES (11, 'x')", "DELETE FROM t WHERE i = 1", "ALTER TABLE t ADD COLUMN more integer",
	} {
		time.Sleep(1100 * time.Millisecond) // MySQL tells changes by the second
		p.exec(t, change)
		var now warehouse.Version
		for begun := time.Now(); time.Since(begun) < 30*time.Second; time.Sleep(100 * time.Millisecond) {
			if now = version(); now.Token != last.Token {
				break
			}
		}
		if now.Token == last.Token {
			t.Errorf("%s: the version is the same", change)
		}
		profiled(t, w, p.table("t"))
		if last = version(); last.Token != now.Token {
			t.Errorf("%s: reading made another version", change)
		}
	}
}
