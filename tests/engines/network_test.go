package engines

import (
	"errors"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

const manyRows = 50000 // of some 5 MB

// first ends the first connection in the middle of the rows, and no other.
func first(n int) int64 {
	if n == 0 {
		return 1 << 20
	}
	return -1
}

// triedAgain reads a table by way of a proxy that ends the first connection.
func triedAgain(t *testing.T, e engine, by *proxy) {
	t.Helper()
	p := e.start(t)
	p.exec(t, e.fill("t", manyRows)...)
	w := e.opened(t, p.through(t, by), warehouse.Scans(1))
	r, tries := p.run(t, w, "t", 3)
	whole(t, r, manyRows)
	if tries != 2 {
		t.Errorf("%d tries, want 2", tries)
	}
	p.ends(t)
}

func cutConnection(t *testing.T, e engine) { triedAgain(t, e, &proxy{cut: first}) }

func halfClosed(t *testing.T, e engine) { triedAgain(t, e, &proxy{cut: first, end: halfOpen}) }

func slowNetwork(t *testing.T, e engine) {
	p := e.start(t)
	p.exec(t, e.fill("t", 5000)...)
	r, tries := p.run(t, e.opened(t, p.through(t, &proxy{delay: 20 * time.Millisecond})), "t", 3)
	whole(t, r, 5000)
	if tries != 1 {
		t.Errorf("%d tries, want 1", tries)
	}
}

func endedSession(t *testing.T, e engine) {
	p := slowly(t, e)
	w := e.opened(t, p.connection)
	done := make(chan error, 1)
	go func() {
		_, err := w.Scan(t.Context(), p.slowScan(), func(*metrics.Batch) error { return nil })
		done <- err
	}()
	p.starts(t)
	if n := p.terminate(t); n != 1 {
		t.Errorf("%d sessions were ended, want 1", n)
	}
	if err := <-done; !errors.Is(err, warehouse.ErrUnreachable) || !w.Transient(err) {
		t.Errorf("got %v, want one that is %v and passes", err, warehouse.ErrUnreachable)
	}
	r, _ := p.run(t, w, "t", 0)
	whole(t, r, 5000)
}

func silentServer(t *testing.T, e engine) {
	p := e.start(t)
	p.exec(t, e.fill("t", manyRows)...)
	w := e.opened(t, p.through(t, &proxy{cut: first, end: silence}), warehouse.StatementTimeout(time.Second), warehouse.Scans(1))
	columns := described(t, w, p.table("t"))
	for range 2 {
		begun := time.Now()
		_, err := w.Scan(t.Context(), warehouse.Scan{Table: p.table("t"), Columns: columns}, func(*metrics.Batch) error { return nil })
		if err == nil {
			return // over another connection
		}
		t.Logf("given up after %v: %v", time.Since(begun).Round(time.Millisecond), err)
		if !errors.Is(err, warehouse.ErrTimeout) || w.Transient(err) {
			t.Errorf("got %v, want one that is %v and does not pass", err, warehouse.ErrTimeout)
		}
	}
}

func neverAnswers(t *testing.T, e engine) {
	p := e.start(t)
	begun := time.Now()
	w, err := e.openSource(t.Context(), p.through(t, &proxy{mute: true}))
	if err == nil {
		w.Close()
	}
	t.Logf("given up after %v: %v", time.Since(begun).Round(time.Millisecond), err)
	if !errors.Is(err, warehouse.ErrUnreachable) || !e.transient(err) {
		t.Errorf("got %v, want one that is %v and passes", err, warehouse.ErrUnreachable)
	}
}

func permanentFailures(t *testing.T, e engine) {
	p := e.start(t)
	p.exec(t, e.fill("t", 10)...)
	w := e.opened(t, p.connection)
	tried := 0
	_, err := warehouse.Try(t.Context(), warehouse.Retry{Retries: 3, Fixed: true, Min: time.Millisecond}, w.Transient, func() (warehouse.Coverage, error) {
		tried++
		return w.Scan(t.Context(), warehouse.Scan{Table: p.table("t"), Columns: []metrics.Column{{Name: "missing"}}}, func(*metrics.Batch) error { return nil })
	})
	if err == nil || tried != 1 {
		t.Errorf("%v after %d tries, want an error after one", err, tried)
	}
	r, tries := p.run(t, w, "t", 3)
	whole(t, r, 10)
	if tries != 1 {
		t.Errorf("%d tries, want 1", tries)
	}
}
