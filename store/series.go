package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// Until returns the subject's newest completed runs up to a time, incidents too, the newest first. Those of a partition
// are it and what it may be held against.
func (s *Store) Until(ctx context.Context, t Subject, at time.Time, slice *metrics.Slice, limit int) ([]Run, error) {
	condition, arguments := t.where()
	last := &Run{ProfiledAt: at, Slice: slice}
	if slice.OfTime() {
		next := *slice
		next.Start = next.End // so that the partition itself is among them
		last.Slice = &next
	}
	sliced, more := s.comparable(last)
	arguments = append(append(arguments, stamp(at)), more...)
	return s.page(ctx, "("+condition+") AND r.status = 'completed' AND r.profiled_at <= ? AND "+sliced, arguments, orderOf(last), limit, 0)
}

// Measured is the value of a metric of a column in a run.
type Measured struct {
	RunID  string
	Column string
	Metric metrics.Name
	Value  float64
}

// Measured returns what runs of a table measured, as far as it is a number, of the columns and metrics given.
func (s *Store) Measured(ctx context.Context, runs []Run, columns []string, names []metrics.Name) ([]Measured, error) {
	if len(runs) == 0 || len(names) == 0 {
		return nil, nil
	}
	var all []Measured
	for batch := range slices.Chunk(columns, rowsPerStatement) {
		arguments := []any{runs[0].Table.Name}
		called := map[string]string{} // by the name as the results hold it
		for _, r := range runs {
			arguments = append(arguments, r.RunID)
		}
		for _, c := range batch {
			called[clip(c, 255)] = c
			arguments = append(arguments, clip(c, 255))
		}
		for _, n := range names {
			arguments = append(arguments, string(n))
		}
		rows, err := s.db.QueryContext(ctx, s.sql(`SELECT run_id, column_name, metric_name, metric_value FROM %s
			WHERE dataset_name = ? AND run_id IN (%s) AND column_name IN (%s) AND metric_name IN (%s) AND metric_value IS NOT NULL`,
			s.results(), marks(len(runs)), marks(len(batch)), marks(len(names))), arguments...)
		if err != nil {
			return nil, s.fail(err)
		}
		for rows.Next() {
			var m Measured
			var text string
			if err := rows.Scan(&m.RunID, &m.Column, &m.Metric, &text); err != nil {
				rows.Close()
				return nil, s.fail(fmt.Errorf("results: %w", err))
			}
			x, ok := metrics.Parse(m.Metric, text).Float64()
			if m.Column, m.Value = called[m.Column], x; ok {
				all = append(all, m)
			}
		}
		err = rows.Err()
		rows.Close()
		if err != nil {
			return nil, s.fail(err)
		}
	}
	return all, nil
}

// marks are the places of n arguments of a statement.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }
