package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// FindingsThen returns, by run, what was found and counted when the subject's runs from a time on were made.
func (s *Store) FindingsThen(ctx context.Context, t Subject, since time.Time) (map[string][]drift.Finding, error) {
	condition, arguments := t.where()
	rows, err := s.db.QueryContext(ctx, s.sql(`
		SELECT f.run_id, f.column_name, f.metric_name, f.test, f.severity
		FROM %s AS f JOIN %s AS r ON r.run_id = f.run_id
		WHERE (%s) AND r.profiled_at >= ? AND f.muted IS NULL ORDER BY f.run_id, f.position`, findingsTable, s.runs(), condition),
		append(arguments, stamp(since))...)
	if err != nil {
		return nil, s.fail(err)
	}
	defer rows.Close()
	found := map[string][]drift.Finding{}
	for rows.Next() {
		var run, column, metric, test, severity sql.NullString
		if err := rows.Scan(&run, &column, &metric, &test, &severity); err != nil {
			return nil, s.fail(err)
		}
		found[run.String] = append(found[run.String], drift.Finding{
			Column: column.String, Metric: metrics.Name(metric.String), Test: test.String, Severity: drift.Severity(severity.String),
		})
	}
	return found, s.fail(rows.Err())
}
