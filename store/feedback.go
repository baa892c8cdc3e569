package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// FeedbackKind says what feedback says.
type FeedbackKind string

// The kinds of feedback.
const (
	AcceptedRun     FeedbackKind = "accepted_run"     // normal from this run on; what is older is no baseline
	AcceptedFinding FeedbackKind = "accepted_finding" // the level that the finding tells of is normal
	Incident        FeedbackKind = "incident"         // the run is never a baseline
	Mute            FeedbackKind = "mute"             // findings do not count until an end
)

// Feedback is what a user said of a run, a finding, or a table, a column or a metric.
type Feedback struct {
	ID    string
	Kind  FeedbackKind
	Table warehouse.TableRef // of a mute, an empty schema is any

	RunID     string
	RunAt     time.Time
	FindingID string
	Column    string
	Metric    string
	Test      string
	Baseline  float64 // of an accepted finding, as Current
	Current   float64
	Until     time.Time // of a mute

	Reason string
	By     string
	At     time.Time
}

// GiveFeedback stores feedback, all of it or none. What is said already of the same run, finding or choice of
// findings is said anew, with its reason where none is given now, which is put into the list; what it was before is
// returned, in the list's order. It fails with a ContradictionError where a run is said to be normal and an incident.
func (s *Store) GiveFeedback(ctx context.Context, list ...Feedback) (before FeedbackList, err error) {
	err = s.inTransaction(ctx, func(tx *sql.Tx) error {
		before = make(FeedbackList, len(list))
		if err := s.contradicted(ctx, tx, list); err != nil {
			return err
		}
		for i := range list {
			var err error
			if before[i], err = s.saidBefore(ctx, tx, list[i]); err != nil {
				return err
			}
			if list[i].Reason == "" {
				list[i].Reason = before[i].Reason
			}
			f := list[i]
			if _, err := s.undo(ctx, tx, f); err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, s.sql(`
				INSERT INTO %s (feedback_id, kind, dataset_name, schema_name, run_id, run_at, finding_id, column_name, metric_name,
					test, baseline_value, current_value, muted_until, reason, given_by, given_at)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, feedbackTable),
				f.ID, string(f.Kind), f.Table.Name, nullText(f.Table.Schema), nullText(f.RunID), nullStamp(f.RunAt), nullText(f.FindingID),
				nullText(f.Column), nullText(f.Metric), nullText(f.Test), f.Baseline, f.Current, nullStamp(f.Until),
				nullText(storable(f.Reason)), clip(f.By, 255), stamp(f.At))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return before, err
}

// ContradictionError says that a run was said to be an incident where it is to be normal, or the other way round: runs
// before it would be no baselines, and it would be none itself, so that nothing would be left to compare with.
type ContradictionError struct{ Earlier Feedback }

// Error says what was said before.
func (e *ContradictionError) Error() string {
	return fmt.Sprintf("run %s of table %q: it contradicts what was said before, %s", e.Earlier.RunID, e.Earlier.Table.ID(), e.Earlier.Kind)
}

// contradicted fails with a ContradictionError where something that holds says the opposite of the list. Until the
// transaction ends nobody else says anything of the same runs: their rows are locked, in one order for all.
func (s *Store) contradicted(ctx context.Context, tx *sql.Tx, list []Feedback) error {
	opposite := map[FeedbackKind]FeedbackKind{Incident: AcceptedRun, AcceptedRun: Incident}
	for _, f := range slices.SortedFunc(slices.Values(list), func(a, b Feedback) int { return cmp.Compare(a.RunID, b.RunID) }) {
		if opposite[f.Kind] == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, s.sql("UPDATE %s SET status = status WHERE run_id = ?", s.runs()), f.RunID); err != nil {
			return err
		}
		earlier := Feedback{Kind: opposite[f.Kind], Table: f.Table, RunID: f.RunID}
		var reason, by sql.NullString
		var at timestamp
		err := tx.QueryRowContext(ctx, s.sql(`SELECT reason, given_by, given_at FROM %s
			WHERE undone_at IS NULL AND kind = ? AND run_id = ? AND dataset_name = ? ORDER BY given_at DESC LIMIT 1`, feedbackTable),
			string(earlier.Kind), f.RunID, f.Table.Name).Scan(&reason, &by, &at)
		if err == nil {
			earlier.Reason, earlier.By, earlier.At = reason.String, by.String, at.Time
			return &ContradictionError{earlier}
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	return nil
}

// UndoFeedback undoes feedback of the same kind on the same, and returns how much there was. What was undone
// stays in the table, with who did it and when.
func (s *Store) UndoFeedback(ctx context.Context, list ...Feedback) (undone int, err error) {
	err = s.inTransaction(ctx, func(tx *sql.Tx) error {
		for _, f := range list {
			n, err := s.undo(ctx, tx, f)
			if err != nil {
				return err
			}
			undone += n
		}
		return nil
	})
	return undone, err
}

// sameFeedback is the condition that something of the same kind was said of the same, and holds; its arguments are those
// of same.
const sameFeedback = `undone_at IS NULL AND kind = ? AND dataset_name = ? AND coalesce(schema_name, '') = ? AND coalesce(run_id, '') = ?
	AND coalesce(finding_id, '') = ? AND coalesce(column_name, '') = ? AND coalesce(metric_name, '') = ?`

func (f Feedback) same() []any {
	return []any{string(f.Kind), f.Table.Name, f.Table.Schema, f.RunID, f.FindingID, f.Column, f.Metric}
}

// saidBefore returns why, by whom and when the same was said; nothing where it was not.
func (s *Store) saidBefore(ctx context.Context, tx *sql.Tx, f Feedback) (Feedback, error) {
	var before Feedback
	var reason sql.NullString
	var at timestamp
	err := tx.QueryRowContext(ctx, s.sql("SELECT reason, given_by, given_at FROM %s WHERE "+sameFeedback+" ORDER BY given_at DESC LIMIT 1", feedbackTable), f.same()...).
		Scan(&reason, &before.By, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return before, nil
	}
	before.Reason, before.At = reason.String, at.Time
	return before, err
}

func (s *Store) undo(ctx context.Context, tx *sql.Tx, f Feedback) (int, error) {
	result, err := tx.ExecContext(ctx, s.sql("UPDATE %s SET undone_by = ?, undone_at = ? WHERE "+sameFeedback, feedbackTable),
		append([]any{clip(f.By, 255), stamp(f.At)}, f.same()...)...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

func nullStamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}

// FeedbackList is what holds of all tables, the newest first.
type FeedbackList []Feedback

// Feedback returns the feedback that was not undone.
func (s *Store) Feedback(ctx context.Context) (FeedbackList, error) {
	rows, err := s.db.QueryContext(ctx, s.sql(`
		SELECT feedback_id, kind, dataset_name, schema_name, run_id, run_at, finding_id, column_name, metric_name,
			test, baseline_value, current_value, muted_until, reason, given_by, given_at
		FROM %s WHERE undone_at IS NULL ORDER BY given_at DESC, feedback_id`, feedbackTable))
	if err != nil {
		return nil, s.fail(err)
	}
	defer rows.Close()
	var list FeedbackList
	for rows.Next() {
		var f Feedback
		var schema, run, finding, column, metric, test, reason, by sql.NullString
		var baseline, current sql.NullFloat64
		var runAt, until, at timestamp
		err := rows.Scan(&f.ID, &f.Kind, &f.Table.Name, &schema, &run, &runAt, &finding, &column, &metric,
			&test, &baseline, &current, &until, &reason, &by, &at)
		if err != nil {
			s.damaged("%s: row %q: %s", feedbackTable, f.ID, inWords(err))
			continue
		}
		f.Table.Schema, f.RunID, f.FindingID, f.Column, f.Metric, f.Test = schema.String, run.String, finding.String, column.String, metric.String, test.String
		f.Baseline, f.Current, f.Reason, f.By = baseline.Float64, current.Float64, reason.String, by.String
		f.RunAt, f.Until, f.At = runAt.Time, until.Time, at.Time
		list = append(list, f)
	}
	return list, s.fail(rows.Err())
}

// Of returns what a comparison of the subject's runs heeds.
func (l FeedbackList) Of(t Subject) drift.Feedback {
	var found drift.Feedback
	for _, f := range l {
		if f.Table.Name != t.Name {
			continue
		}
		ours := t.AnySchema || f.Table.Schema == t.Schema || t.Default && f.Table.Schema == ""
		switch f.Kind {
		case Mute:
			if ours || f.Table.Schema == "" {
				found.Mutes = append(found.Mutes, drift.Mute{
					ID: f.ID, Column: f.Column, Metric: metrics.Name(f.Metric), Until: f.Until, Given: f.At, Reason: f.Reason,
				})
			}
		case AcceptedRun, AcceptedFinding:
			if ours {
				found.Accepted = append(found.Accepted, drift.Acceptance{
					ID: f.ID, RunID: f.RunID, RunAt: f.RunAt, Reason: f.Reason, Column: f.Column,
					Metric: metrics.Name(f.Metric), Test: f.Test, Baseline: f.Baseline, Current: f.Current,
				})
			}
		}
	}
	return found
}

// OfRun returns what was said of a run as a whole.
func (l FeedbackList) OfRun(r Run) (found []Feedback) {
	for _, f := range l {
		if f.RunID == r.RunID && f.Table.Name == r.Table.Name && (f.Kind == Incident || f.Kind == AcceptedRun) {
			found = append(found, f)
		}
	}
	return found
}

// FeedbackOfEvents finds what was said of events: of the finding, or of its run as a whole.
type FeedbackOfEvents map[string][]Feedback

// OfEvents returns the feedback by what events name.
func (l FeedbackList) OfEvents() FeedbackOfEvents {
	by := FeedbackOfEvents{}
	for _, f := range l {
		switch f.Kind {
		case AcceptedFinding:
			by[f.FindingID] = append(by[f.FindingID], f)
		case AcceptedRun, Incident:
			key := f.RunID + "\x00" + f.Table.Name
			by[key] = append(by[key], f)
		}
	}
	return by
}

// Of returns what was said of an event, the newest first of its finding, then of its run.
func (by FeedbackOfEvents) Of(eventID, runID, table string) []Feedback {
	return append(by[eventID][:len(by[eventID]):len(by[eventID])], by[runID+"\x00"+table]...)
}

// Incident returns what marks a run as an incident, and false where nothing does.
func (l FeedbackList) Incident(r Run) (Feedback, bool) {
	for _, f := range l.OfRun(r) {
		if f.Kind == Incident {
			return f, true
		}
	}
	return Feedback{}, false
}

// learnable is the condition that a run may be a baseline of the run before, one of the subject's: it is no
// incident, and not older than the last run before it that was accepted.
func (t Subject) learnable(before *Run) (string, []any) {
	condition, arguments := t.where()
	sliced, more := acceptedOf(before.Slice)
	text := fmt.Sprintf(`
		NOT EXISTS (SELECT 1 FROM %[1]s AS f WHERE f.kind = '%[2]s' AND f.undone_at IS NULL AND f.run_id = r.run_id AND f.dataset_name = r.dataset_name)
		AND NOT EXISTS (SELECT 1 FROM %[1]s AS f WHERE f.kind = '%[3]s' AND f.undone_at IS NULL AND (%[4]s)
			AND f.run_at > r.profiled_at AND f.run_at <= ? AND f.run_id <> ? AND %[5]s)`,
		feedbackTable, Incident, AcceptedRun, strings.NewReplacer("dataset_name", "f.dataset_name", "schema_name", "f.schema_name").Replace(condition), sliced)
	return text, append(append(arguments, stamp(before.ProfiledAt), before.RunID), more...)
}

// ErrAmbiguous is wrapped where the beginning of an ID is that of several.
var ErrAmbiguous = errors.New("ambiguous")

// RunsNamed returns the runs whose ID, or whose invocation's, is the text or begins so: those of one run ID, or
// of one invocation; none where there is none. It fails with ErrAmbiguous where several IDs begin so.
func (s *Store) RunsNamed(ctx context.Context, text string) ([]Run, error) {
	const most = 10000 // tables of an invocation
	for _, column := range []string{"r.run_id", "p.invocation_id"} {
		ids, err := s.idsNamed(ctx, s.sql("FROM %s AS r LEFT JOIN %s AS p ON p.run_id = r.run_id", s.runs(), runsTable), column, text)
		if err != nil {
			return nil, err
		}
		if len(ids) == 1 {
			return s.query(ctx, column+" = ?", []any{ids[0]}, most)
		}
	}
	return nil, nil
}

// idsNamed returns the one ID of a column that is the text, or begins so.
func (s *Store) idsNamed(ctx context.Context, from, column, text string) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, s.sql(`
		SELECT DISTINCT %[1]s AS id %[2]s WHERE substr(%[1]s, 1, %[3]d) = ? ORDER BY id LIMIT 5`, column, from, len([]rune(text))), text)
	if err != nil {
		return nil, s.fail(err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, s.fail(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, s.fail(err)
	}
	switch {
	case len(ids) > 1 && ids[0] == text: // the whole of one, and the beginning of others
		return ids[:1], nil
	case len(ids) > 1:
		return nil, fmt.Errorf("history: the ID %s is %w: it begins %s; give more of it", text, ErrAmbiguous, strings.Join(ids, ", "))
	}
	return ids, nil
}

// StoredFinding is a finding in the history.
type StoredFinding struct {
	drift.Finding
	RunID string
}

// FindingNamed returns the finding whose ID is the text or begins so; nil where there is none. It fails with
// ErrAmbiguous where several do.
func (s *Store) FindingNamed(ctx context.Context, text string) (*StoredFinding, error) {
	ids, err := s.idsNamed(ctx, "FROM "+findingsTable, "finding_id", text)
	if err != nil {
		return nil, err
	}
	query := s.sql(`SELECT finding_id, run_id, column_name, metric_name, test, baseline_value, current_value, severity
		FROM %s WHERE finding_id = ?`, findingsTable)
	if len(ids) == 0 { // of the Python tool, or from before findings had IDs here
		if ids, err = s.idsNamed(ctx, "FROM baselinr_events", "event_id", text); err != nil || len(ids) == 0 {
			return nil, err
		}
		query = s.sql(`SELECT event_id, run_id, column_name, metric_name, '', baseline_value, current_value, drift_severity
			FROM baselinr_events WHERE event_id = ? AND event_type = 'DataDriftDetected'`)
	}
	var f StoredFinding
	var run, column, metric, severity sql.NullString
	var baseline, current sql.NullFloat64
	err = s.db.QueryRowContext(ctx, query, ids[0]).Scan(&f.ID, &run, &column, &metric, &f.Test, &baseline, &current, &severity)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	f.RunID, f.Column, f.Metric, f.Severity = run.String, column.String, metrics.Name(metric.String), drift.Severity(severity.String)
	f.Baseline, f.Current = baseline.Float64, current.Float64
	return &f, s.fail(err)
}

// HasFindingsOf reports whether the history holds a finding of the metric.
func (s *Store) HasFindingsOf(ctx context.Context, metric string) (bool, error) {
	var n int
	err := s.db.QueryRowContext(ctx, s.sql("SELECT count(*) FROM (SELECT 1 FROM %s WHERE metric_name = ? LIMIT 1) AS f", findingsTable), metric).Scan(&n)
	return n > 0, s.fail(err)
}
