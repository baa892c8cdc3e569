package engines

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// saved saves a record as a run does, trying again what passes.
func saved(ctx context.Context, s *store.Store, r store.Record) error {
	_, err := warehouse.Try(ctx, warehouse.Retry{Retries: 20, Fixed: true, Min: 20 * time.Millisecond}, s.Transient, func() (struct{}, error) {
		return struct{}{}, s.Save(ctx, r)
	})
	return err
}

func concurrentWriters(t *testing.T, e engine) {
	p := e.start(t)
	e.ready(t, p.connection)
	const writers, each = 16, 4
	profile := accumulated(10)
	var wait sync.WaitGroup
	errs := make([]error, writers)
	for i := range writers {
		s := e.ready(t, p.connection)
		wait.Go(func() {
			for n := range each {
				r := record(uuid.NewString(), noon.Add(time.Duration(i*each+n)*time.Second), profile)
				r.Table.Name = fmt.Sprintf("t%d", n) // the same tables in every writer
				if errs[i] = saved(t.Context(), s, r); errs[i] != nil {
					return
				}
			}
		})
	}
	wait.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("writer %d: %v", i, err)
		}
	}
	for query, want := range map[string]int{
		"SELECT count(*) FROM baselinr_runs":            writers * each,
		"SELECT count(*) FROM baselinr_pipes_runs":      writers * each,
		"SELECT count(*) FROM baselinr_pipes_findings":  writers * each,
		"SELECT count(*) FROM baselinr_schema_registry": each * len(profile.Columns),
		"SELECT count(*) FROM baselinr_table_state":     each,
	} {
		if n := e.count(t, p.connection, query); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
}

func cutSave(t *testing.T, e engine) {
	p := e.start(t)
	e.ready(t, p.connection)
	for _, after := range []int64{200, 600, 1200, 2500, 5000} { // of the server's answers
		cut := false
		s, err := e.history(t.Context(), p.through(t, &proxy{cut: func(int) int64 {
			if cut {
				return -1
			}
			cut = true
			return after
		}}))
		if err != nil {
			if !e.transient(err) {
				t.Errorf("cut after %d bytes: %v does not pass", after, err)
			}
			continue
		}
		one := record(uuid.NewString(), noon, accumulated(100))
		if err := saved(t.Context(), s, one); err != nil {
			t.Errorf("cut after %d bytes: %v", after, err)
		}
		s.Close()
		results := 0
		for _, c := range one.Profile.Columns {
			results += len(c.Metrics)
		}
		if n := e.count(t, p.connection, "SELECT count(*) FROM baselinr_results WHERE run_id = "+literal(one.RunID)); n != results {
			t.Errorf("cut after %d bytes: %d results, want %d", after, n, results)
		}
	}
}
