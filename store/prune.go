package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Retention says which runs are kept: those that either of its rules keeps, and, whatever the rules, the last of
// each table, accepted ones, and the baselines of those that the rules keep.
type Retention struct {
	Since time.Time // keeps runs from then on; the zero time is no rule
	Runs  int       // keeps so many of the newest of each table; 0 is no rule
}

// Pruning is which runs go and which stay.
type Pruning struct {
	Delete []Run // sorted by table

	ByRule   int // runs that stay by a rule
	Last     int // the others that stay: as the last of their table,
	Accepted int // since they, or a finding of theirs, were accepted,
	Baseline int // as the baseline of one that stays by a rule
}

// Kept is how many runs stay.
func (p *Pruning) Kept() int { return p.ByRule + p.Last + p.Accepted + p.Baseline }

// Prunable finds the runs that go under a retention. Runs whose row cannot be read stay.
func (s *Store) Prunable(ctx context.Context, keep Retention) (*Pruning, error) {
	runs, err := s.heads(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.Feedback(ctx)
	if err != nil {
		return nil, err
	}
	accepted := map[string]bool{}
	for _, f := range list {
		if f.Kind == AcceptedRun || f.Kind == AcceptedFinding {
			accepted[f.RunID+"\x00"+f.Table.Name] = true
		}
	}
	baselines := map[string]bool{}
	older := make([]head, 0, len(runs))
	p := &Pruning{}
	for _, r := range runs {
		if !keep.Since.IsZero() && !r.ProfiledAt.Before(keep.Since) || r.newer < keep.Runs {
			p.ByRule++
			baselines[r.baseline] = true
			continue
		}
		older = append(older, r)
	}
	for _, r := range older {
		switch {
		case r.last:
			p.Last++
		case accepted[r.RunID+"\x00"+r.Table.Name]:
			p.Accepted++
		case baselines[r.RunID]:
			p.Baseline++
		default:
			p.Delete = append(p.Delete, r.Run)
		}
	}
	return p, nil
}

// head is what pruning asks of a run.
type head struct {
	Run
	baseline string // the ID of its baseline
	newer    int    // how many of its table are newer
	last     bool   // no run of its table is newer, or no completed one
}

// heads returns every run, by table, the newest first.
func (s *Store) heads(ctx context.Context) ([]head, error) {
	rows, err := s.db.QueryContext(ctx, s.sql(`
		SELECT r.run_id, r.dataset_name, coalesce(r.schema_name, ''), r.profiled_at, coalesce(r.status, ''), coalesce(p.baseline_run_id, '')
		FROM %s AS r LEFT JOIN %s AS p ON p.run_id = r.run_id
		ORDER BY r.dataset_name, coalesce(r.schema_name, ''), r.profiled_at DESC, r.run_id`, s.runs(), runsTable))
	if err != nil {
		return nil, s.fail(err)
	}
	defer rows.Close()
	var heads []head
	completed := false // a run of the table was
	for rows.Next() {
		var h head
		var at timestamp
		if err := rows.Scan(&h.RunID, &h.Table.Name, &h.Table.Schema, &at, &h.Status, &h.baseline); err != nil {
			s.damagedRun(h.RunID, "run %s of table %q: %s", h.RunID, h.Table.Name, inWords(err))
			continue
		}
		h.ProfiledAt = at.Time
		if n := len(heads); n > 0 && heads[n-1].Table == h.Table {
			h.newer = heads[n-1].newer + 1
		} else {
			completed = false
		}
		h.last = h.newer == 0 || !completed && h.Status == "completed"
		completed = completed || h.Status == "completed"
		heads = append(heads, h)
	}
	return heads, s.fail(rows.Err())
}

// perRun lists the tables whose rows belong to a run, with the column that names its table; the runs themselves
// come last, since rows may refer to them.
func (s *Store) perRun() []struct{ table, name string } {
	return []struct{ table, name string }{
		{s.tables.Results, "dataset_name"},
		{"baselinr_events", "table_name"},
		{"baselinr_validation_results", "table_name"},
		{"baselinr_quality_scores", "table_name"},
		{"baselinr_column_quality_scores", "table_name"},
		{findingsTable, ""},
		{distributionsTable, ""},
		{partitionsTable, ""},
		{anomaliesTable, ""},
		{enrichmentTable, ""},
		{feedbackTable, "dataset_name"},
		{runsTable, ""},
		{s.tables.Runs, "dataset_name"},
	}
}

// TableRows is a number of rows of a table.
type TableRows struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
}

// runsPerTransaction bounds how long others wait while runs are deleted.
const runsPerTransaction = 25

// Prune deletes runs with all that belongs to them, a few in each transaction, so that others can write in
// between, and returns how many rows of which tables went. Where it fails, what was deleted before stays so. A
// transaction that fails for a passing reason is tried again as retry says. With dry it counts the rows alone.
func (s *Store) Prune(ctx context.Context, runs []Run, retry warehouse.Retry, dry bool) ([]TableRows, error) {
	counts := []TableRows{}
	var tables []struct{ table, name string }
	for _, t := range s.perRun() {
		if s.has(ctx, t.table, "run_id") { // the Python tool makes some where it needs them
			tables = append(tables, t)
			counts = append(counts, TableRows{Table: t.table})
		}
	}
	for batch := range batches(runs, runsPerTransaction) {
		deleted, err := warehouse.Try(ctx, retry, s.Transient, func() ([]int64, error) {
			deleted := make([]int64, len(tables))
			err := s.inTransaction(ctx, func(tx *sql.Tx) error {
				batch, err := s.stillPrunable(ctx, tx, batch)
				if err != nil || len(batch) == 0 {
					return err
				}
				for i, t := range tables {
					if deleted[i], err = s.deleteRows(ctx, tx, t.table, t.name, batch, dry); err != nil {
						return err
					}
				}
				return nil
			})
			return deleted, err
		})
		if errors.Is(err, warehouse.ErrPermission) {
			err = fmt.Errorf("%w; to prune, DELETE is needed besides", err)
		}
		if err != nil {
			return counts, err
		}
		for i, n := range deleted {
			counts[i].Rows += n
		}
	}
	return slices.DeleteFunc(counts, func(c TableRows) bool { return c.Rows == 0 }), nil
}

// batches cuts runs, which are sorted by table, into pieces of one table's name, of at most so many.
func batches(runs []Run, most int) func(yield func([]Run) bool) {
	return func(yield func([]Run) bool) {
		for len(runs) > 0 {
			n := 1
			for n < len(runs) && n < most && runs[n].Table.Name == runs[0].Table.Name {
				n++
			}
			if !yield(runs[:n]) {
				return
			}
			runs = runs[n:]
		}
	}
}

// stillPrunable leaves out runs that were accepted since they were looked up.
func (s *Store) stillPrunable(ctx context.Context, tx *sql.Tx, runs []Run) ([]Run, error) {
	marks, arguments := idsOf(runs)
	rows, err := tx.QueryContext(ctx, s.sql("SELECT run_id FROM %s WHERE undone_at IS NULL AND kind IN ('%s', '%s') AND run_id IN (%s)",
		feedbackTable, AcceptedRun, AcceptedFinding, marks), arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	accepted := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		accepted[id] = true
	}
	return slices.DeleteFunc(slices.Clone(runs), func(r Run) bool { return accepted[r.RunID] }), rows.Err()
}

// deleteRows deletes, or with dry counts, the rows of runs, which are of one table's name. A run of the Python
// tool covers several tables; the column name tells its rows apart, where there is one.
func (s *Store) deleteRows(ctx context.Context, tx *sql.Tx, table, name string, runs []Run, dry bool) (n int64, err error) {
	marks, arguments := idsOf(runs)
	condition := "run_id IN (" + marks + ")"
	if name != "" {
		condition, arguments = condition+" AND "+name+" = ?", append(arguments, runs[0].Table.Name)
	}
	if dry {
		err := tx.QueryRowContext(ctx, s.sql("SELECT count(*) FROM %s WHERE %s", s.dialect.Quote(table), condition), arguments...).Scan(&n)
		return n, err
	}
	result, err := tx.ExecContext(ctx, s.sql("DELETE FROM %s WHERE %s", s.dialect.Quote(table), condition), arguments...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// idsOf returns the parameters of the runs' IDs, and these.
func idsOf(runs []Run) (marks string, arguments []any) {
	for _, r := range runs {
		arguments = append(arguments, r.RunID)
	}
	return strings.TrimSuffix(strings.Repeat("?, ", len(runs)), ", "), arguments
}
