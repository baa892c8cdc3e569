package drift

import (
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/baselinr/baselinr-pipes/metrics"
)

// Feedback is what users have said of one table. It takes no finding away: it marks those that do not count.
type Feedback struct {
	Accepted []Acceptance
	Mutes    []Mute
}

// Acceptance says that what a run held is normal from then on: all of it, or, with a metric, the level that
// one finding tells of.
type Acceptance struct {
	ID     string // of the acceptance itself
	RunID  string // the run that is normal
	RunAt  time.Time
	Reason string

	Column string
	Metric metrics.Name // empty for the whole run
	Test   string       // empty for any, as of findings of the Python tool

	// Baseline and Current are the finding's values, by which a level is judged where the run itself cannot be
	// compared with.
	Baseline, Current float64
}

// Mute silences the findings of a table, a column of it or a metric, of runs before its end.
type Mute struct {
	ID     string
	Column string       // empty for every column
	Metric metrics.Name // empty for every metric
	Until  time.Time
	Given  time.Time // when it was said
	Reason string
}

// Muted says why a finding does not count.
type Muted struct {
	By     string     `json:"by"` // ByMute or ByAccept
	ID     string     `json:"id"` // of the mute or the acceptance
	Until  *time.Time `json:"until,omitempty"`
	Reason string     `json:"reason,omitempty"`
}

// What may have muted a finding.
const (
	ByMute   = "mute"
	ByAccept = "accept"
)

// String tells in a few words why a finding does not count.
func (m Muted) String() string {
	text := "muted"
	if m.By == ByAccept {
		text = "accepted"
	}
	if m.Until != nil {
		text += " until " + m.Until.UTC().Format("2006-01-02 15:04") + " UTC"
	}
	if m.Reason != "" {
		text += ": " + m.Reason
	}
	return text
}

// FindingID is the ID of a run's finding, a UUIDv5 of what it is about: that of its event in the history.
func FindingID(runID string, f Finding) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(runID+"\x00drift\x00"+f.Column+"\x00"+string(f.Metric)+f.Test)).String()
}

// Apply gives the findings of a run their IDs, marks those that do not count and puts them last. Changes of the schema do
// not count where the run itself was accepted.
//
// A finding whose level was accepted does not count until it moves away from there by the thresholds again.
// That is judged as it was found: again compares the run, by the same settings, with the one that was accepted,
// and a finding of the same column, metric and test tells that it has moved. Where again returns nil, or a
// report that computed nothing, a level is the accepted one within a tenth of the change that was accepted.
func (f Feedback) Apply(r *Report, run *Run, again func(runID string) (*Report, error)) error {
	for _, a := range f.Accepted {
		if a.RunID == run.RunID && a.Metric == "" {
			for i := range r.SchemaChanges {
				r.SchemaChanges[i].Muted = a.muted()
			}
		}
	}
	reports := map[string]*Report{}
	for i := range r.Findings {
		finding := &r.Findings[i]
		finding.ID = FindingID(run.RunID, *finding)
		finding.Muted = f.mute(*finding, run.ProfiledAt)
		for _, a := range f.Accepted {
			if finding.Muted != nil {
				break
			}
			if a.RunID == run.RunID {
				if a.Metric == "" || a.concerns(*finding) {
					finding.Muted = a.muted()
				}
				continue
			}
			if a.Metric == "" || a.RunAt.After(run.ProfiledAt) || !a.concerns(*finding) {
				continue
			}
			report, ok := reports[a.RunID]
			if !ok {
				var err error
				if report, err = again(a.RunID); err != nil {
					return err
				}
				reports[a.RunID] = report
			}
			if a.holds(*finding, report) {
				finding.Muted = a.muted()
			}
		}
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return boolToInt(a.Muted != nil) - boolToInt(b.Muted != nil) })
	return nil
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// mute returns the mute that silences a finding of a run of that time; nil where none does.
func (f Feedback) mute(finding Finding, at time.Time) *Muted {
	for _, m := range f.Mutes {
		if at.Before(m.Until) && (m.Column == "" || m.Column == finding.Column) && (m.Metric == "" || m.Metric == finding.Metric) {
			return &Muted{By: ByMute, ID: m.ID, Until: &m.Until, Reason: m.Reason}
		}
	}
	return nil
}

// concerns reports whether a finding is of what was accepted. The number of rows is a finding in every
// column, and accepted in one it is in all.
func (a Acceptance) concerns(f Finding) bool {
	return a.Metric == f.Metric && (a.Column == f.Column || a.Metric == metrics.Count) && (a.Test == "" || a.Test == f.Test)
}

// holds reports whether a finding's level still is the accepted one, by the comparison with the run that was.
func (a Acceptance) holds(f Finding, since *Report) bool {
	if since == nil || since.Note != "" {
		return math.Abs(f.Current-a.Current) <= math.Abs(a.Current-a.Baseline)/10
	}
	return !slices.ContainsFunc(since.Findings, func(moved Finding) bool {
		return moved.Column == f.Column && moved.Metric == f.Metric && moved.Test == f.Test
	})
}

func (a Acceptance) muted() *Muted { return &Muted{By: ByAccept, ID: a.ID, Reason: a.Reason} }

// Counted returns how many findings count: those that are not muted.
func (r *Report) Counted() int { return len(r.Findings) - r.MutedCount() }

// MutedCount returns how many findings are muted.
func (r *Report) MutedCount() int {
	n := 0
	for _, f := range r.Findings {
		if f.Muted != nil {
			n++
		}
	}
	return n
}
