package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
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
func (b *batch) findOutlook(ctx context.Context, r Record) error {
	if r.Learning == nil || !r.Learning.Wanted() {
		return nil
	}
	past, err := b.past(ctx, r)
	if err != nil {
		return err
	}
	*r.Outlook = *r.Learning.Of(past, &drift.Run{RunID: r.RunID, ProfiledAt: r.ProfiledAt, Profile: r.Profile, Reading: &r.Reading, Slice: r.Slice})
	return nil
}

// past reads what the settings of a record ask for: for the enrichment one statement, which reads the runs with
// their columns; for what is learned the runs in one, and in one more the values of their metrics.
func (b *batch) past(ctx context.Context, r Record) (*drift.Past, error) {
	past := &drift.Past{}
	var err error
	if r.Learning.Anomalies.Enabled && !r.Learning.Learning.Enabled && r.Slice == nil {
		if past.Expectations, err = b.store.expectations(ctx, b.tx, r); err != nil {
			return nil, err
		}
	}
	if days := r.Learning.SeriesDays(); days > 0 {
		runs, err := b.store.runsBefore(ctx, b.tx, r, runsOfSeries, false)
		if err != nil {
			return nil, err
		}
		since := r.Slice.At(r.ProfiledAt).AddDate(0, 0, -days)
		if past.Series, err = b.store.series(ctx, b.tx, r, slices.DeleteFunc(runs, func(e earlierRun) bool { return e.At.Before(since) || !e.readAlike })); err != nil {
			return nil, err
		}
	}
	enrichment := r.Learning.Enrichment
	if !enrichment.Wanted() {
		return past, nil
	}
	runs, err := b.store.runsBefore(ctx, b.tx, r, enrichment.Runs, enrichment.OfColumns())
	if err != nil {
		return nil, err
	}
	for _, e := range runs {
		past.Runs = append(past.Runs, e.PastRun)
	}
	if !enrichment.OfColumns() {
		return past, nil
	}
	past.FirstSeen = map[string]time.Time{}
	for _, row := range b.registered(r) {
		if seen, ok := past.FirstSeen[row.column]; !row.firstSeen.IsZero() && (!ok || row.firstSeen.Before(seen)) {
			past.FirstSeen[row.column] = row.firstSeen
		}
	}
	return past, b.store.columnsOfOthers(ctx, b.tx, r, past)
}

// earlierRun is a run before the one that is judged.
type earlierRun struct {
	drift.PastRun
	readAlike bool // the same rows, or of unknown ones
}

// runsBefore returns the newest completed runs of the record's table before it, the newest first: no incident, and
// none from before the last run that was accepted. With columns, which those of ours had is read too.
func (s *Store) runsBefore(ctx context.Context, tx *sql.Tx, r Record, limit int, columns bool) ([]earlierRun, error) {
	subject := Subject{TableRef: r.Table, Default: r.DefaultSchema}
	condition, arguments := subject.where()
	now := &Run{RunID: r.RunID, ProfiledAt: r.ProfiledAt, Slice: r.Slice}
	learnable, more := subject.learnable(now)
	arguments = append(append(arguments, stamp(r.ProfiledAt), r.RunID), more...)
	ofColumns, from := "NULL, NULL, NULL", ""
	if columns {
		ofColumns, from = "p.columns, e.schema_version, e.schema_freshness", "LEFT JOIN "+enrichmentTable+" AS e ON e.run_id = r.run_id"
	}
	sliced, more := s.comparable(now)
	arguments = append(arguments, more...)
	rows, err := tx.QueryContext(ctx, s.sql(`
		SELECT r.run_id, r.profiled_at, coalesce(p.row_count, r.row_count), p.sampling, p.partition_read, p.run_id IS NOT NULL, p.partition_start, %s
		FROM %s AS r LEFT JOIN %s AS p ON p.run_id = r.run_id %s
		WHERE (%s) AND (r.status = 'completed' OR r.status IS NULL) AND r.profiled_at <= ? AND r.run_id <> ? AND %s AND %s
		ORDER BY %s LIMIT %d`, ofColumns, s.runs(), runsTable, from, condition, learnable, sliced, orderOf(now), limit), arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	reads := r.Reading.String()
	var runs []earlierRun
	before := map[string]map[string]string{} // columns by their text, which is mostly that of the next run too
	for rows.Next() {
		var e earlierRun
		var at, start, since timestamp
		var count, version sql.NullInt64
		var sampling, partition, text sql.NullString
		var ours bool
		if err := rows.Scan(&e.RunID, &at, &count, &sampling, &partition, &ours, &start, &text, &version, &since); err != nil {
			s.damagedRun(e.RunID, "run %s of table %q: %s", e.RunID, r.Table.Name, inWords(err))
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
			s.damagedRun(e.RunID, "what run %s of table %q read: %s", e.RunID, r.Table.Name, inWords(err))
			continue
		}
		e.readAlike = !ours || reading.String() == reads
		e.SchemaVersion, e.SchemaSince = int(version.Int64), since.Time
		if text.Valid && before[text.String] == nil {
			if before[text.String], err = columnTypes(text.String); err != nil {
				s.damagedRun(e.RunID, "the columns of run %s: %s", e.RunID, inWords(err))
			}
		}
		e.Columns = before[text.String]
		runs = append(runs, e)
	}
	return runs, rows.Err()
}

// columnTypes reads the stored columns of a run: their types by name.
func columnTypes(text string) (map[string]string, error) {
	var columns []storedColumn
	if err := json.Unmarshal([]byte(text), &columns); err != nil {
		return nil, err
	}
	types := map[string]string{}
	for _, c := range columns {
		types[c.Name] = c.Type
	}
	return types, nil
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

// columnsOfOthers reads the columns of runs of the Python tool from their results.
func (s *Store) columnsOfOthers(ctx context.Context, tx *sql.Tx, r Record, past *drift.Past) error {
	arguments := []any{r.Table.Name}
	position := map[string]int{}
	for i, run := range past.Runs {
		if run.Columns == nil {
			position[run.RunID] = i
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
			s.damaged("a row of what earlier runs are known by: %s", inWords(err))
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
