package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// runsAtOnce is how many runs one statement reads of: their metrics are thousands of rows each.
const runsAtOnce = 100

// Baseline reads the profile of a stored run, and which rows it is of.
func (s *Store) Baseline(ctx context.Context, run Run) (*drift.Run, error) {
	runs, damaged, err := s.Baselines(ctx, []Run{run})
	switch {
	case err != nil:
		return nil, err
	case len(damaged) > 0:
		return nil, damaged[0]
	}
	return runs[0], nil
}

// Damage returns an error that wraps ErrDamaged, and says why, where the profile of a stored run cannot be read.
func (s *Store) Damage(ctx context.Context, run Run) error {
	wrong, err := s.ownProfiles(ctx, []Run{run}, []*drift.Run{{RunID: run.RunID, Profile: &metrics.TableProfile{}}})
	if err == nil && wrong[run.RunID] != nil {
		s.firstDamage("run " + run.RunID) // which who asked is to tell
		return wrong[run.RunID]
	}
	return s.fail(err)
}

// Baselines reads the profiles of stored runs of tables of one name, in their order: of their metrics those that are
// named, or, where none is, all and how the columns' values are spread. Where a run is the Python tool's, all are read:
// of its columns nothing but their metrics tells. Damaged has an error for each run that is left out because it cannot
// be read.
func (s *Store) Baselines(ctx context.Context, runs []Run, only ...metrics.Name) (read []*drift.Run, damaged []error, err error) {
	for some := range slices.Chunk(runs, runsAtOnce) {
		profiles := make([]*drift.Run, len(some))
		for i, run := range some {
			profiles[i] = &drift.Run{RunID: run.RunID, ProfiledAt: run.ProfiledAt, Profile: &metrics.TableProfile{}, Slice: run.Slice}
			if run.RowCount != nil {
				profiles[i].Profile.RowCount = *run.RowCount
			}
			profiles[i].Profile.RowsRead = profiles[i].Profile.RowCount
		}
		wrong, err := s.ownProfiles(ctx, some, profiles)
		if err != nil {
			return nil, nil, s.fail(err)
		}
		profiles = slices.DeleteFunc(profiles, func(r *drift.Run) bool {
			if wrong[r.RunID] != nil {
				s.firstDamage("run " + r.RunID) // which who asked is to tell
				damaged = append(damaged, s.fail(wrong[r.RunID]))
			}
			return wrong[r.RunID] != nil
		})
		if len(profiles) == 0 {
			continue
		}
		if len(only) == 0 || slices.ContainsFunc(some, Run.foreign) {
			err = s.spread(ctx, some[0].Table.Name, profiles, nil)
		} else {
			condition, names := inList("metric_name", only)
			err = s.metrics(ctx, some[0].Table.Name, profiles, condition, names)
		}
		if err != nil {
			return nil, nil, s.fail(err)
		}
		gone, err := s.withoutMetrics(ctx, some, profiles)
		if err != nil {
			return nil, nil, s.fail(err)
		}
		for _, r := range profiles {
			if !gone[r.RunID] {
				read = append(read, r)
				continue
			}
			s.firstDamage("run " + r.RunID)
			damaged = append(damaged, s.fail(fmt.Errorf("run %s: its metrics are %w: gone", r.RunID, ErrDamaged)))
		}
	}
	return read, damaged, nil
}

// Complete reads what Baselines left out of runs of tables of a name, of which it was asked for some metrics only.
func (s *Store) Complete(ctx context.Context, name string, runs []*drift.Run, only ...metrics.Name) error {
	for some := range slices.Chunk(runs, runsAtOnce) {
		if err := s.spread(ctx, name, some, only); err != nil {
			return s.fail(err)
		}
	}
	return nil
}

// foreign reports whether a run is the Python tool's.
func (r Run) foreign() bool { return r.Outcome == nil }

// spread reads how the values of columns are spread, and all metrics but those that are known.
func (s *Store) spread(ctx context.Context, name string, runs []*drift.Run, known []metrics.Name) error {
	if err := s.distributions(ctx, runs); err != nil {
		return err
	}
	condition, names := "1 = 1", []any(nil)
	if len(known) > 0 {
		condition, names = inList("metric_name", known)
		condition = "NOT " + condition
	}
	return s.metrics(ctx, name, runs, condition, names)
}

// inList is the condition that a column holds one of some texts, and its arguments.
func inList[T ~string](column string, texts []T) (string, []any) {
	arguments := make([]any, len(texts))
	for i, text := range texts {
		arguments[i] = string(text)
	}
	return column + " IN (" + strings.TrimSuffix(strings.Repeat("?, ", len(texts)), ", ") + ")", arguments
}

// ofRuns is the condition that a row is of one of the runs, its arguments, and the runs by their IDs.
func ofRuns(runs []*drift.Run) (condition string, arguments []any, byID map[string]*drift.Run) {
	ids := make([]string, len(runs))
	byID = make(map[string]*drift.Run, len(runs))
	for i, r := range runs {
		ids[i], byID[r.RunID] = r.RunID, r
	}
	condition, arguments = inList("run_id", ids)
	return condition, arguments, byID
}

// ownProfiles reads what our table holds of runs that are not the Python tool's: every column of the table, which rows
// were read, and how many. Wrong is, by their IDs, why runs cannot be read.
func (s *Store) ownProfiles(ctx context.Context, stored []Run, runs []*drift.Run) (wrong map[string]error, err error) {
	wrong = map[string]error{}
	var ours []*drift.Run
	for i, r := range stored {
		if !r.foreign() {
			ours = append(ours, runs[i])
			wrong[r.RunID] = fmt.Errorf("run %s: its columns are %w: gone", r.RunID, ErrDamaged) // pruned since it was looked up
		}
	}
	if len(ours) == 0 {
		return wrong, nil
	}
	condition, arguments, byID := ofRuns(ours)
	rows, err := s.db.QueryContext(ctx, s.sql("SELECT run_id, columns, rows_read, sampling, partition_read FROM %s WHERE %s", runsTable, condition), arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, columns string
		var rowsRead sql.NullInt64
		var sampling, partition sql.NullString
		if err := rows.Scan(&id, &columns, &rowsRead, &sampling, &partition); err != nil {
			return nil, err
		}
		run := byID[id]
		run.Reading = &drift.Reading{}
		delete(wrong, id)
		if err := errors.Join(unmarshalNull(sampling, &run.Reading.Sampling), unmarshalNull(partition, &run.Reading.Partition)); err != nil {
			wrong[id] = fmt.Errorf("run %s: which rows it read is %w: no JSON of its form, as after being edited or cut off", id, ErrDamaged)
			continue
		}
		if rowsRead.Valid {
			run.Profile.RowsRead = rowsRead.Int64
		}
		if err := addColumns(run.Profile, columns); err != nil {
			wrong[id] = fmt.Errorf("run %s: its columns are %w: no JSON list of columns, as after being edited or cut off", id, ErrDamaged)
		}
	}
	return wrong, rows.Err()
}

// withoutMetrics returns those of the runs that have columns and of which nothing is left in the results. Of a run of
// which other metrics were asked for than it has, they are there.
func (s *Store) withoutMetrics(ctx context.Context, stored []Run, runs []*drift.Run) (gone map[string]bool, err error) {
	hadColumns := map[string]bool{}
	for _, r := range stored {
		hadColumns[r.RunID] = r.ColumnCount != nil && *r.ColumnCount > 0
	}
	var bare []*drift.Run
	gone = map[string]bool{}
	for _, r := range runs {
		has := slices.ContainsFunc(r.Profile.Columns, func(c metrics.ColumnProfile) bool { return len(c.Metrics) > 0 })
		if !has && hadColumns[r.RunID] {
			bare, gone[r.RunID] = append(bare, r), true
		}
	}
	if len(bare) == 0 {
		return gone, nil
	}
	condition, arguments, _ := ofRuns(bare)
	rows, err := s.db.QueryContext(ctx, s.sql("SELECT DISTINCT run_id FROM %s WHERE %s", s.results(), condition), arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		delete(gone, id)
	}
	return gone, rows.Err()
}

// addColumns gives a profile the columns that are stored of it.
func addColumns(profile *metrics.TableProfile, text string) error {
	var columns []storedColumn
	if err := json.Unmarshal([]byte(text), &columns); err != nil {
		return err
	}
	for _, c := range columns {
		if c.Unread {
			profile.Unread = append(profile.Unread, metrics.Column{Name: c.Name, Type: c.Type, Kind: c.Kind, Nullable: c.Nullable})
			continue
		}
		profile.Columns = append(profile.Columns, metrics.ColumnProfile{
			Name: c.Name, Type: c.Type, Kind: c.Kind, Nullable: c.Nullable, Estimates: c.Estimates, OtherKindCount: c.OtherKindCount,
			Metrics: map[metrics.Name]metrics.Value{},
		})
	}
	return nil
}

// metrics reads those metrics of runs of tables of a name that meet a condition.
func (s *Store) metrics(ctx context.Context, name string, runs []*drift.Run, condition string, more []any) error {
	ids, arguments, byID := ofRuns(runs)
	positions := make(map[string]map[string]int, len(runs)) // of columns by their names as the results hold them
	ordered := ""
	for _, r := range runs {
		positions[r.RunID] = make(map[string]int, len(r.Profile.Columns))
		for i, c := range r.Profile.Columns {
			positions[r.RunID][clip(c.Name, 255)] = i
		}
		if r.Reading == nil {
			ordered = " ORDER BY id" // the Python tool's columns stand in that order
		}
	}
	rows, err := s.db.QueryContext(ctx, s.sql(`
		SELECT run_id, column_name, column_type, metric_name, metric_value FROM %s
		WHERE %s AND dataset_name = ? AND %s%s`, s.results(), ids, condition, ordered), slices.Concat(arguments, []any{name}, more)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var left leftOut
	defer left.tell(s)
	for rows.Next() {
		var id, column, metric string
		var declared, value sql.NullString
		if err := rows.Scan(&id, &column, &declared, &metric, &value); err != nil {
			return err
		}
		profile := byID[id].Profile
		i, seen := positions[id][column]
		if !seen { // in a run of the Python tool
			i = len(profile.Columns)
			positions[id][column] = i
			c := metrics.ColumnProfile{Name: column, Type: declared.String, Nullable: true, Metrics: map[metrics.Name]metrics.Value{}}
			profile.Columns = append(profile.Columns, c)
		}
		if value.Valid {
			parsed := parse(profile.Columns[i].Kind, metrics.Name(metric), value.String)
			if !whole(metrics.Name(metric), parsed) {
				left.add(id, "%s of column %s: it is no JSON of its form, as after being edited or cut off", metric, column)
				continue
			}
			// The Python tool stores texts where it could not compute a number.
			if byID[id].Reading != nil && alwaysNumber(metrics.Name(metric), profile.Columns[i].Kind) && isText(metrics.Parse(metrics.Name(metric), value.String)) {
				left.add(id, "%s of column %s: it is no number, as after being edited", metric, column)
				byID[id].AddDamaged(profile.Columns[i].Name, metrics.Name(metric))
				continue
			}
			profile.Columns[i].Metrics[metrics.Name(metric)] = parsed
		}
	}
	return rows.Err()
}

// parse reads a metric of a column of a kind. Extremes of kinds that have no numbers of 64 bits stay what they are: a decimal has
// more digits, and a text that reads as a number is none.
func parse(kind metrics.Kind, name metrics.Name, text string) metrics.Value {
	switch {
	case name != metrics.Min && name != metrics.Max, kind == "", kind == metrics.KindInteger, kind == metrics.KindFloat:
		return metrics.Parse(name, text)
	}
	return metrics.Text(text)
}

// alwaysNumber reports whether nothing but a number is stored of a metric that is compared, of a column of a kind.
func alwaysNumber(name metrics.Name, kind metrics.Kind) bool {
	switch name {
	case metrics.Count, metrics.NullCount, metrics.NullRatio, metrics.DistinctCount, metrics.UniqueRatio:
		return true
	case metrics.Mean, metrics.StdDev, metrics.Min, metrics.Max:
		return kind.Numeric()
	}
	return false
}

func isText(v metrics.Value) bool {
	_, text := v.Text()
	return text
}

// whole reports whether a metric that is a structure was read as one.
func whole(name metrics.Name, v metrics.Value) bool {
	switch name {
	case metrics.Histogram, metrics.Quantiles, metrics.TopValues:
		_, bins := v.Bins()
		_, quantiles := v.QuantileSet()
		_, counts := v.ValueCounts()
		return bins || quantiles || counts
	}
	return true
}

// distributions reads how the values of runs' columns are spread. One that cannot be read is left out, as if it had
// not been measured.
func (s *Store) distributions(ctx context.Context, runs []*drift.Run) error {
	condition, arguments, byID := ofRuns(runs)
	rows, err := s.db.QueryContext(ctx, s.sql("SELECT run_id, position, distribution FROM %s WHERE %s", distributionsTable, condition), arguments...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var left leftOut
	defer left.tell(s)
	for rows.Next() {
		var id, text string
		var position int
		if err := rows.Scan(&id, &position, &text); err != nil {
			return err
		}
		d := &metrics.Distribution{}
		columns := byID[id].Profile.Columns
		if position < 0 || position >= len(columns) {
			continue
		}
		if d.UnmarshalJSON([]byte(text)) != nil {
			left.add(id, "how the values of column %s are spread: it is no JSON of its form, as after being edited or cut off", columns[position].Name)
			continue
		}
		columns[position].Distribution = d
	}
	return rows.Err()
}
