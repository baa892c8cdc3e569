package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// runsOfSeries bounds how many earlier runs of a table are looked at, so that a table that is profiled every minute
// takes no more memory than one that is profiled every hour.
const runsOfSeries = 1000

// findOutlook finds what the history before a run says of it. Here that is read, in the transaction that stores the
// run; what follows from it is computed by drift.
func (s *Store) findOutlook(ctx context.Context, tx *sql.Tx, r Record) error {
	if r.Learning == nil || !r.Learning.Wanted() {
		return nil
	}
	past, err := s.past(ctx, tx, r)
	if err != nil {
		return err
	}
	*r.Outlook = *r.Learning.Of(past, &drift.Run{RunID: r.RunID, ProfiledAt: r.ProfiledAt, Profile: r.Profile, Reading: &r.Reading, Slice: r.Slice})
	return nil
}

// past reads what the settings of a record ask for: the runs in one statement, and in one more each the values of
// their metrics, what their tables' columns were, and when each column was first seen.
func (s *Store) past(ctx context.Context, tx *sql.Tx, r Record) (*drift.Past, error) {
	past := &drift.Past{}
	var err error
	if r.Learning.Anomalies.Enabled && !r.Learning.Learning.Enabled && r.Slice == nil {
		if past.Expectations, err = s.expectations(ctx, tx, r); err != nil {
			return nil, err
		}
	}
	enrichment, days := r.Learning.Enrichment, r.Learning.SeriesDays()
	limit := enrichment.Runs
	if days > 0 {
		limit = max(limit, runsOfSeries)
	}
	runs, err := s.runsBefore(ctx, tx, r, limit)
	if err != nil {
		return nil, err
	}
	if days > 0 {
		since := r.at().AddDate(0, 0, -days)
		if past.Series, err = s.series(ctx, tx, r, slices.DeleteFunc(slices.Clone(runs), func(e earlierRun) bool { return e.At.Before(since) || !e.readAlike })); err != nil {
			return nil, err
		}
	}
	if !enrichment.Wanted() {
		return past, nil
	}
	for _, e := range runs[:min(len(runs), enrichment.Runs)] {
		past.Runs = append(past.Runs, e.PastRun)
	}
	if enrichment.OfColumns() {
		if err := s.columnsBefore(ctx, tx, r, past); err != nil {
			return nil, err
		}
	}
	return past, nil
}

// earlierRun is a run before the one that is judged.
type earlierRun struct {
	drift.PastRun
	readAlike bool // the same rows, or of unknown ones
}

// runsBefore returns the newest completed runs of the record's table before it, the newest first: no incident, and
// none from before the last run that was accepted.
func (s *Store) runsBefore(ctx context.Context, tx *sql.Tx, r Record, limit int) ([]earlierRun, error) {
	subject := Subject{TableRef: r.Table, Default: r.DefaultSchema}
	condition, arguments := subject.where()
	now := &Run{RunID: r.RunID, ProfiledAt: r.ProfiledAt, Slice: r.Slice}
	learnable, more := subject.learnable(now)
	arguments = append(append(arguments, stamp(r.ProfiledAt), r.RunID), more...)
	sliced, more := s.comparable(now)
	arguments = append(arguments, more...)
	rows, err := tx.QueryContext(ctx, s.sql(`
		SELECT r.run_id, r.profiled_at, coalesce(p.row_count, r.row_count), p.sampling, p.partition_read, p.run_id IS NOT NULL, p.partition_start
		FROM %s AS r LEFT JOIN %s AS p ON p.run_id = r.run_id
		WHERE (%s) AND (r.status = 'completed' OR r.status IS NULL) AND r.profiled_at <= ? AND r.run_id <> ? AND %s AND %s
		ORDER BY %s LIMIT %d`, s.runs(), runsTable, condition, learnable, sliced, orderOf(now), limit), arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	reads := r.Reading.String()
	var runs []earlierRun
	for rows.Next() {
		var e earlierRun
		var at, start timestamp
		var count sql.NullInt64
		var sampling, partition sql.NullString
		var ours bool
		if err := rows.Scan(&e.RunID, &at, &count, &sampling, &partition, &ours, &start); err != nil {
			s.damaged("run %s of table %q: %v", e.RunID, r.Table.Name, err)
			continue
		}
		if e.At = at.Time; !start.IsZero() {
			e.At = start.Time
		}
		if count.Valid {
			e.RowCount = &count.Int64
		}
		reading := drift.Reading{}
		if err := errors.Join(unmarshalNull(sampling, &reading.Sampling), unmarshalNull(partition, &reading.Partition)); err != nil {
			s.damaged("what run %s of table %q read: %v", e.RunID, r.Table.Name, err)
			continue
		}
		e.readAlike = !ours || reading.String() == reads
		runs = append(runs, e)
	}
	return runs, rows.Err()
}

// series reads the values of the metrics that are learned of, in runs that are given the newest first. What is no
// finite number, as the Python tool's error, is left out.
func (s *Store) series(ctx context.Context, tx *sql.Tx, r Record, runs []earlierRun) (map[drift.ColumnMetric][]drift.Point, error) {
	type key struct {
		drift.ColumnMetric
		run string
	}
	values := map[key]float64{}
	names := drift.LearnedMetrics()
	for batch := range slices.Chunk(runs, rowsPerStatement) {
		arguments := []any{r.Table.Name}
		for _, n := range names {
			arguments = append(arguments, string(n))
		}
		for _, e := range batch {
			arguments = append(arguments, e.RunID)
		}
		err := s.eachRow(ctx, tx, s.sql("SELECT run_id, column_name, metric_name, metric_value FROM %s WHERE dataset_name = ? AND metric_name IN (%s) AND run_id IN (%s)",
			s.results(), marks(len(names)), marks(len(batch))), arguments, func(scan func(...any) error) error {
			var k key
			var name string
			var text sql.NullString
			if err := scan(&k.run, &k.Column, &name, &text); err != nil {
				return err
			}
			k.Metric = metrics.Name(name)
			if x, ok := number(k.Metric, text); ok {
				values[k] = x
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	series := map[drift.ColumnMetric][]drift.Point{}
	for _, c := range r.Profile.Columns {
		for _, n := range names {
			of := drift.ColumnMetric{Column: c.Name, Metric: n}
			for _, e := range slices.Backward(runs) {
				if x, ok := values[key{drift.ColumnMetric{Column: clip(c.Name, 255), Metric: n}, e.RunID}]; ok {
					series[of] = append(series[of], drift.Point{At: e.At, Value: x})
				}
			}
		}
	}
	return series, nil
}

// columnsBefore reads which columns the table had in the past's runs, and when each was first seen.
func (s *Store) columnsBefore(ctx context.Context, tx *sql.Tx, r Record, past *drift.Past) error {
	position := map[string]int{}
	var ids []any
	for i, run := range past.Runs {
		position[run.RunID] = i
		ids = append(ids, run.RunID)
	}
	if len(ids) == 0 {
		return nil
	}
	err := s.eachRow(ctx, tx, s.sql(`
		SELECT p.run_id, p.columns, e.schema_version, e.schema_freshness
		FROM %s AS p LEFT JOIN %s AS e ON e.run_id = p.run_id WHERE p.run_id IN (%s)`, runsTable, enrichmentTable, marks(len(ids))), ids,
		func(scan func(...any) error) error {
			var id, text string
			var version sql.NullInt64
			var since timestamp
			if err := scan(&id, &text, &version, &since); err != nil {
				return err
			}
			run := &past.Runs[position[id]]
			run.SchemaVersion, run.SchemaSince = int(version.Int64), since.Time
			var columns []storedColumn
			if err := json.Unmarshal([]byte(text), &columns); err != nil {
				return fmt.Errorf("the columns of run %s: %w", id, err)
			}
			run.Columns = map[string]string{}
			for _, c := range columns {
				run.Columns[c.Name] = c.Type
			}
			return nil
		})
	if err != nil {
		return err
	}
	if err := s.columnsOfOthers(ctx, tx, r, past, position); err != nil {
		return err
	}
	condition, arguments := inRegistry(r)
	past.FirstSeen = map[string]time.Time{}
	return s.eachRow(ctx, tx, s.sql("SELECT column_name, first_seen_at FROM baselinr_schema_registry WHERE %s", condition), arguments,
		func(scan func(...any) error) error {
			var name string
			var at timestamp
			if err := scan(&name, &at); err != nil {
				return err
			}
			if seen, ok := past.FirstSeen[name]; !ok || at.Before(seen) {
				past.FirstSeen[name] = at.Time
			}
			return nil
		})
}

// columnsOfOthers reads the columns of runs of the Python tool from their results.
func (s *Store) columnsOfOthers(ctx context.Context, tx *sql.Tx, r Record, past *drift.Past, position map[string]int) error {
	arguments := []any{r.Table.Name}
	for _, run := range past.Runs {
		if run.Columns == nil {
			arguments = append(arguments, run.RunID)
		}
	}
	if len(arguments) == 1 {
		return nil
	}
	return s.eachRow(ctx, tx, s.sql("SELECT DISTINCT run_id, column_name, column_type FROM %s WHERE dataset_name = ? AND run_id IN (%s)",
		s.results(), marks(len(arguments)-1)), arguments, func(scan func(...any) error) error {
		var id, name string
		var declared sql.NullString
		if err := scan(&id, &name, &declared); err != nil {
			return err
		}
		run := &past.Runs[position[id]]
		if run.Columns == nil {
			run.Columns = map[string]string{}
		}
		run.Columns[name] = declared.String
		return nil
	})
}

// eachRow runs a query. A row that read fails at is told of, and left out.
func (s *Store) eachRow(ctx context.Context, tx *sql.Tx, query string, arguments []any, read func(scan func(...any) error) error) error {
	rows, err := tx.QueryContext(ctx, query, arguments...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows.Scan); err != nil {
			s.damaged("a row of what earlier runs are known by: %v", err)
		}
	}
	return rows.Err()
}

// number reads a metric's text; false where it is no finite number.
func number(n metrics.Name, text sql.NullString) (float64, bool) {
	if !text.Valid || text.String == "" {
		return 0, false
	}
	return drift.Finite(metrics.Parse(n, text.String))
}
