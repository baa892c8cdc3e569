package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// expectationsTable is the Python tool's.
const expectationsTable = "baselinr_expectations"

// expectationColumns are those that a new expectation fills, in their order; the rest have defaults.
var expectationColumns = []string{
	"table_name", "schema_name", "column_name", "metric_name", "column_type",
	"expected_mean", "expected_variance", "expected_stddev", "expected_min", "expected_max",
	"lower_control_limit", "upper_control_limit", "lcl_method", "ucl_method", "ewma_value", "ewma_lambda",
	"distribution_type", "distribution_params", "category_distribution", "sample_size", "learning_window_days", "last_updated",
}

// storedExpectation is a row of the table as it is found.
type storedExpectation struct {
	id     int64
	schema sql.NullString
}

// saveExpectations stores what was learned before a run, a row a metric, as the Python tool does: one that is
// there is renewed, and its version counted up. One that a later run has renewed stays.
func (s *Store) saveExpectations(ctx context.Context, tx *sql.Tx, r Record) error {
	if r.Slice != nil || r.Outlook == nil || len(r.Outlook.Expectations) == 0 {
		return nil
	}
	learned := r.Outlook.Expectations
	known, err := s.knownExpectations(ctx, tx, r)
	if err != nil {
		return err
	}
	fresh := func() (n int) {
		for _, e := range learned {
			if _, ok := known[storedName(e.ColumnMetric)]; !ok {
				n++
			}
		}
		return n
	}
	if fresh() > 0 {
		if lock := s.dialect.BeginSchemaChange(); lock != "" { // another process may be adding the same rows
			if _, err := tx.ExecContext(ctx, lock); err != nil {
				return err
			}
			if known, err = s.knownExpectations(ctx, tx, r); err != nil {
				return err
			}
		}
	}
	added := inserter{store: s, tx: tx, table: expectationsTable, columns: expectationColumns}
	renewed := inserter{store: s, tx: tx, table: expectationsTable, columns: append([]string{"id"}, expectationColumns...), existing: renewal()}
	for _, e := range learned {
		row, err := expectationRow(r, e)
		if err != nil {
			return err
		}
		before, ok := known[storedName(e.ColumnMetric)]
		if !ok {
			if err := added.add(ctx, row...); err != nil {
				return err
			}
			continue
		}
		row[1] = before.schema
		if err := renewed.add(ctx, append([]any{before.id}, row...)...); err != nil {
			return err
		}
	}
	if err := added.flush(ctx); err != nil {
		return err
	}
	return renewed.flush(ctx)
}

// storedName is how the table names a metric of a column.
func storedName(of drift.ColumnMetric) drift.ColumnMetric {
	return drift.ColumnMetric{Column: clip(of.Column, 255), Metric: of.Metric}
}

// renewal ends the insertion of rows whose IDs are there: they are renewed.
func renewal() *warehouse.Existing {
	return &warehouse.Existing{Key: []string{"id"}, Renew: expectationColumns[4:], Newer: "last_updated", Count: "expectation_version"}
}

func expectationRow(r Record, e drift.Expectation) ([]any, error) {
	var kind, parameters sql.NullString
	if d := e.Distribution; d != nil {
		text, err := json.Marshal(d.Parameters)
		if err != nil {
			return nil, err
		}
		kind, parameters = nullText(d.Type), nullText(string(text))
	}
	const shewhart = "shewhart" // the Python tool's only one
	return []any{
		r.Table.Name, nullText(r.Table.Schema), clip(e.Column, 255), string(e.Metric), clip(e.ColumnType, 100),
		e.Mean, e.Variance, e.StdDev, e.Min, e.Max,
		e.LowerLimit, e.UpperLimit, shewhart, shewhart, nullFloat(e.EWMA), e.Lambda,
		kind, parameters, nil, e.Samples, e.WindowDays, stamp(e.At),
	}, nil
}

// knownExpectations returns the rows that a table has, by column and metric. The Python tool stores those of a
// table that its config names without a schema without one.
func (s *Store) knownExpectations(ctx context.Context, tx *sql.Tx, r Record) (map[drift.ColumnMetric]storedExpectation, error) {
	known := map[drift.ColumnMetric]storedExpectation{}
	condition, arguments := inRegistry(r)
	err := s.eachRow(ctx, tx, s.sql("SELECT id, schema_name, column_name, metric_name FROM %s WHERE %s", expectationsTable, condition), arguments,
		func(scan func(...any) error) error {
			var e storedExpectation
			var of drift.ColumnMetric
			if err := scan(&e.id, &e.schema, &of.Column, &of.Metric); err != nil {
				return err
			}
			if before, twice := known[of]; !twice || before.schema.String != r.Table.Schema {
				known[of] = e
			}
			return nil
		})
	return known, err
}

// expectations reads what was learned of a table before, by column and metric.
func (s *Store) expectations(ctx context.Context, tx *sql.Tx, r Record) (map[drift.ColumnMetric]drift.Expectation, error) {
	known := map[drift.ColumnMetric]drift.Expectation{}
	condition, arguments := inRegistry(r)
	err := s.eachRow(ctx, tx, s.sql(`
		SELECT column_name, metric_name, column_type, expected_mean, expected_variance, expected_stddev, expected_min, expected_max,
			lower_control_limit, upper_control_limit, ewma_value, ewma_lambda, sample_size, learning_window_days, last_updated
		FROM %s WHERE %s AND expected_mean IS NOT NULL ORDER BY schema_name IS NOT NULL`, expectationsTable, condition), arguments,
		func(scan func(...any) error) error {
			var e drift.Expectation
			var column, declared sql.NullString
			var variance, deviation, least, greatest, lower, upper, average, lambda sql.NullFloat64
			var samples, days sql.NullInt64
			var at timestamp
			err := scan(&column, &e.Metric, &declared, &e.Mean, &variance, &deviation, &least, &greatest, &lower, &upper, &average, &lambda, &samples, &days, &at)
			if err != nil {
				return err
			}
			e.Column, e.ColumnType = column.String, declared.String
			e.Variance, e.StdDev, e.Min, e.Max = variance.Float64, deviation.Float64, least.Float64, greatest.Float64
			e.LowerLimit, e.UpperLimit = lower.Float64, upper.Float64
			e.EWMA, e.Lambda = floatOrNil(average), lambda.Float64
			e.Samples, e.WindowDays, e.At = int(samples.Int64), int(days.Int64), at.Time
			known[e.ColumnMetric] = e
			return nil
		})
	for _, c := range r.Profile.Columns { // by their whole names
		for _, n := range []metrics.Name(drift.LearnedMetrics()) {
			if e, ok := known[drift.ColumnMetric{Column: clip(c.Name, 255), Metric: n}]; ok {
				e.Column = c.Name
				known[e.ColumnMetric] = e
			}
		}
	}
	return known, err
}
