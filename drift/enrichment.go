package drift

import (
	"math"
	"time"
)

// EnrichmentSettings say what is told of how a table's rows and columns came to be as they are.
type EnrichmentSettings struct {
	Rows    bool // how the number of rows goes
	Schema  bool // when the columns last changed, and how often
	Columns bool // how steady each column is

	Runs int // how many earlier runs are looked at
}

// DefaultEnrichment are the Python tool's settings.
func DefaultEnrichment() EnrichmentSettings {
	return EnrichmentSettings{Rows: true, Schema: true, Columns: true, Runs: 7}
}

// Wanted reports whether anything is.
func (s EnrichmentSettings) Wanted() bool { return s.Rows || s.Schema || s.Columns }

// OfColumns reports whether the columns of earlier runs are asked for.
func (s EnrichmentSettings) OfColumns() bool { return s.Schema || s.Columns }

// PastRun is an earlier run, as far as the enrichment looks at it.
type PastRun struct {
	RunID    string
	At       time.Time
	RowCount *int64
	Columns  map[string]string // types by name; nil where it is not known

	SchemaVersion int       // as the run's own enrichment has it; 0 where it has none
	SchemaSince   time.Time // when that version began
}

// Enrichment is what earlier runs tell of a table's rows and columns. What they do not tell, or was not asked for,
// is nil.
type Enrichment struct {
	RowCountChange        *int64
	RowCountChangePercent *float64 // nil from no rows, which has no percentage
	RowCountStability     *float64 // 1 less the coefficient of variation, 0 at least
	RowCountTrend         string   // increasing, decreasing, stable; empty where rows were not asked for

	SchemaVersion     int       // counts the forms that the columns had; 0 where it was not asked for
	SchemaSince       time.Time // when the columns last changed
	ColumnCountChange int

	Columns []ColumnEnrichment // in the order of the run's
}

// ColumnEnrichment says how steady a column is.
type ColumnEnrichment struct {
	Column    string  `json:"name"`
	Stability float64 `json:"column_stability_score"` // share of the runs that have it, the current one among them
	AgeDays   int     `json:"column_age_days"`        // since a run first saw it
	SameType  float64 `json:"type_consistency_score"` // 1 where its type is the same in all of them, else 0
}

// steadyShare is the change of a number of rows up to which it is stable, as in the Python tool where there are
// two runs.
const steadyShare = 0.01

func (s EnrichmentSettings) of(past *Past, current *Run) *Enrichment {
	e := &Enrichment{}
	if s.Rows {
		e.rows(past.Runs, current.Profile.RowCount)
	}
	var now map[string]string
	if s.OfColumns() {
		now = map[string]string{}
		for _, c := range current.Profile.Columns {
			now[c.Name] = canonicalType(c.Type)
		}
		for _, c := range current.Profile.Unread {
			now[c.Name] = canonicalType(c.Type)
		}
	}
	if s.Schema {
		e.schema(past, now, current.ProfiledAt)
	}
	if s.Columns {
		e.columns(past, current)
	}
	return e
}

// rows tells how the number of rows goes. The trend is that since the run before the last, where there is one.
func (e *Enrichment) rows(runs []PastRun, rows int64) {
	counts := []float64{float64(rows)}
	for _, r := range runs {
		if r.RowCount != nil {
			counts = append(counts, float64(*r.RowCount))
		}
	}
	change, stability := int64(0), 1.0
	if len(counts) > 1 {
		change = rows - int64(counts[1])
	}
	e.RowCountChange = &change
	if len(counts) == 1 || counts[1] > 0 {
		percent := 0.0
		if len(counts) > 1 {
			percent = float64(change) / counts[1] * 100
		}
		e.RowCountChangePercent = &percent
	}
	if mean, variance := meanAndVariance(counts); mean > 0 {
		stability = max(0, 1-math.Sqrt(variance)/mean)
	}
	e.RowCountStability = &stability
	before := counts[min(2, len(counts)-1)]
	switch since := counts[0] - before; {
	case math.Abs(since) <= steadyShare*before:
		e.RowCountTrend = "stable"
	case since > 0:
		e.RowCountTrend = "increasing"
	default:
		e.RowCountTrend = "decreasing"
	}
}

// schema tells which form of the columns this is. What the last run does not tell, as one of before this was
// kept, begins with the first version, at the time when the newest of the columns was first seen.
func (e *Enrichment) schema(past *Past, now map[string]string, at time.Time) {
	e.SchemaVersion, e.SchemaSince = 1, at
	last := newestWithColumns(past.Runs)
	if last == nil {
		return
	}
	e.SchemaSince = past.newestColumn(last)
	for _, r := range past.Runs {
		if r.SchemaVersion > 0 {
			e.SchemaVersion, e.SchemaSince = r.SchemaVersion, r.SchemaSince
			break
		}
	}
	e.ColumnCountChange = len(now) - len(last.Columns)
	same := len(now) == len(last.Columns)
	for column, declared := range now {
		before, existed := last.Columns[column]
		same = same && existed && canonicalType(before) == declared
	}
	if !same {
		e.SchemaVersion, e.SchemaSince = e.SchemaVersion+1, at
	}
}

// newestColumn is when the newest column of a run was first seen; where that is not known, the run's own time.
func (p *Past) newestColumn(r *PastRun) time.Time {
	var newest time.Time
	for column := range r.Columns {
		if seen := p.FirstSeen[column]; seen.After(newest) && !seen.After(r.At) {
			newest = seen
		}
	}
	if newest.IsZero() {
		return r.At
	}
	return newest
}

func newestWithColumns(runs []PastRun) *PastRun {
	for i := range runs {
		if runs[i].Columns != nil {
			return &runs[i]
		}
	}
	return nil
}

// columns tells how steady each column is.
func (e *Enrichment) columns(past *Past, current *Run) {
	for _, c := range current.Profile.Columns {
		column := ColumnEnrichment{Column: c.Name, SameType: 1}
		having, runs := 1, 1
		for _, r := range past.Runs {
			if r.Columns == nil {
				continue
			}
			runs++
			declared, has := r.Columns[c.Name]
			if !has {
				continue
			}
			having++
			if canonicalType(declared) != canonicalType(c.Type) {
				column.SameType = 0
			}
		}
		column.Stability = float64(having) / float64(runs)
		if seen, ok := past.FirstSeen[c.Name]; ok && seen.Before(current.ProfiledAt) {
			column.AgeDays = int(current.ProfiledAt.Sub(seen).Hours() / 24)
		}
		e.Columns = append(e.Columns, column)
	}
}
