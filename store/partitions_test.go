package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// withPartitions is a run of s.orders that read the partitions, each of so many rows.
func withPartitions(t *testing.T, runID string, at time.Time, every bool, rows map[string]int) Record {
	t.Helper()
	r := record(runID, at)
	r.Partitions = &Partitions{Key: "day", Every: every}
	for day, n := range rows {
		a := metrics.NewTableAccumulator([]metrics.Column{{Name: "amount", Kind: metrics.KindInteger}}, metrics.DefaultSettings())
		v := metrics.Vector{Ints: make([]int64, n)}
		if err := a.Add(&metrics.Batch{Rows: n, Vectors: []metrics.Vector{v}}); err != nil {
			t.Fatal(err)
		}
		data, err := a.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		p := PartitionProfile{Rows: int64(n), Data: data}
		if day != "" {
			p.Value = metrics.Text(day)
		}
		r.Partitions.List = append(r.Partitions.List, p)
	}
	return r
}

// stored tells the partitions of s.orders: each with its rows and the run that read it last.
func stored(t *testing.T, s *Store) string {
	t.Helper()
	key, list, err := s.Partitions(t.Context(), warehouse.TableRef{Schema: "s", Name: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	text := []string{key}
	err = s.PartitionProfiles(t.Context(), list, func(p StoredPartition, a *metrics.TableAccumulator) error {
		if a == nil {
			text = append(text, p.Value.String()+":damaged")
			return nil
		}
		if a.Rows() != p.Rows {
			t.Errorf("partition %s has %d rows, and its profile %d", p.Value, p.Rows, a.Rows())
		}
		text = append(text, fmt.Sprintf("%s:%d:%s", p.Value, p.Rows, p.RunID))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(text, " ")
}

func TestTheNewestProfileOfEachPartitionIsKept(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.Ready(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		later := func(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
		for _, step := range []struct {
			run  Record
			want string
		}{
			{withPartitions(t, "a", later(0), true, map[string]int{"": 1, "d1": 2, "d2": 3}), "day :1:a d1:2:a d2:3:a"},
			{withPartitions(t, "b", later(1), false, map[string]int{"d2": 4, "d3": 5}), "day :1:a d1:2:a d2:4:b d3:5:b"},
			{withPartitions(t, "older", later(0).Add(time.Minute), true, map[string]int{"d1": 7, "d2": 8, "d3": 9}), "day d1:7:older d2:4:b d3:5:b"},
			{withPartitions(t, "c", later(2), true, map[string]int{"d2": 4, "d3": 6}), "day d2:4:c d3:6:c"},
			{withPartitions(t, "c", later(3), true, map[string]int{"d9": 1}), "day d2:4:c d3:6:c"}, // stored already
			{record("none", later(4)), "day d2:4:c d3:6:c"},
		} {
			if err := s.Save(t.Context(), step.run); err != nil {
				t.Fatal(err)
			}
			if got := stored(t, s); got != step.want {
				t.Errorf("after %s: %s, want %s", step.run.RunID, got, step.want)
			}
		}
		other := withPartitions(t, "d", later(5), false, map[string]int{"x": 1})
		other.Partitions.Key = "region"
		if err := s.Save(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		if got, want := stored(t, s), "region x:1:d"; got != want {
			t.Errorf("by another key: %s, want %s", got, want)
		}
	})
}

func TestPartitionsGoWithTheRunThatReadThemLast(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.Ready(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		for i, day := range []string{"d1", "d2", "d3"} {
			if err := s.Save(t.Context(), withPartitions(t, fmt.Sprint("run-", i), noon.AddDate(0, 0, i), false, map[string]int{day: 1})); err != nil {
				t.Fatal(err)
			}
		}
		p, err := s.Prunable(t.Context(), Retention{Runs: 2})
		if err != nil {
			t.Fatal(err)
		}
		counts, err := s.Prune(t.Context(), p.Delete, warehouse.Retry{}, false)
		if err != nil {
			t.Fatal(err)
		}
		var gone []string
		for _, c := range counts {
			gone = append(gone, fmt.Sprint(c.Table, " ", c.Rows))
		}
		if !strings.Contains(strings.Join(gone, ", "), "baselinr_pipes_partitions 1") {
			t.Errorf("deleted: %s", gone)
		}
		if got, want := stored(t, s), "day d2:1:run-1 d3:1:run-2"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

func TestADamagedPartitionIsToldAndTheOthersAreRead(t *testing.T) {
	each(t, func(t *testing.T, open func() *Store) {
		s := open()
		if err := s.Ready(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if err := s.Save(t.Context(), withPartitions(t, "a", noon, true, map[string]int{"d1": 2, "d2": 3})); err != nil {
			t.Fatal(err)
		}
		if _, err := s.db.Exec("UPDATE baselinr_pipes_partitions SET profile = " + map[string]string{"sqlite": "x'00ff'", "postgres": `'\x00ff'`, "mysql": "x'00ff'"}[s.dialect.Type()] + " WHERE partition_value = 'd1'"); err != nil {
			t.Fatal(err)
		}
		var told []string
		s.Damaged = func(text string) { told = append(told, text) }
		if got, want := stored(t, s), "day d1:damaged d2:3:a"; got != want || len(told) != 1 || !strings.Contains(told[0], "the profile of partition d1") {
			t.Errorf("%s, want %s; told: %s", got, want, told)
		}
	})
}

func TestProfilesAreCompressed(t *testing.T) {
	data := []byte(strings.Repeat("a day like any other. ", 100))
	read, err := inflated(deflated(data))
	if err != nil || cmp.Diff(data, read) != "" || len(deflated(data)) > len(data)/3 {
		t.Errorf("%d bytes become %d and read back as %d, %v", len(data), len(deflated(data)), len(read), err)
	}
}
