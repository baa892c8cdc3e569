package document

import (
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

type backtestDocument struct {
	Version   int             `json:"version"`
	Candidate string          `json:"candidate"`
	AtLeast   drift.Severity  `json:"at_least"`
	Since     *string         `json:"since"`
	Until     *string         `json:"until"`
	Total     tally           `json:"total"`
	Tables    []backtestTable `json:"tables"`
}

type tally struct {
	Runs           int       `json:"runs"`
	First          string    `json:"first"`
	Last           string    `json:"last"`
	Compared       int       `json:"compared"`
	Alarmed        int       `json:"alarmed"`
	AWeek          *float64  `json:"alarms_a_week"`
	Muted          int       `json:"muted"`
	Incidents      int       `json:"incidents"`
	TruePositives  int       `json:"true_positives"`
	FalsePositives int       `json:"false_positives"`
	Precision      *float64  `json:"precision"`
	Recall         *float64  `json:"recall"`
	Unlabelled     int       `json:"unlabelled"`
	History        inHistory `json:"in_history"`
}

type inHistory struct {
	Runs    int `json:"runs"`
	Alarmed int `json:"alarmed"`
	Added   int `json:"added"`
	Removed int `json:"removed"`
}

type backtestTable struct {
	ID string `json:"id"`
	tally
	Findings []backtestCell `json:"findings"`
	Told     []backtestRun  `json:"alarms"`

	NotCompared []notCompared `json:"not_compared"`
}

type notCompared struct {
	Why  string `json:"why"`
	Runs int    `json:"runs"`
}

type backtestCell struct {
	Column    string       `json:"column"`
	Metric    metrics.Name `json:"metric"`
	Test      string       `json:"test"`
	Alarms    int          `json:"alarms"`
	Incidents int          `json:"incidents"`
	History   int          `json:"in_history"`
	Added     int          `json:"added"`
	Removed   int          `json:"removed"`
}

type backtestRun struct {
	RunID      string         `json:"run_id"`
	ProfiledAt string         `json:"profiled_at"`
	Incident   bool           `json:"incident"`
	Accepted   bool           `json:"accepted"`
	Alarm      bool           `json:"alarm"`
	Muted      bool           `json:"muted"`
	Severity   drift.Severity `json:"severity"`
	Note       *string        `json:"note"`
	History    *bool          `json:"alarm_in_history"`
	Reasons    []string       `json:"reasons"`
}

// mostReasons is how many findings of a run are told: the strongest.
const mostReasons = 3

// Backtest is the document of a backtest.
func Backtest(r *drift.BacktestResult) any {
	d := backtestDocument{
		Version: Version, Candidate: r.Candidate, AtLeast: r.Backtest.AtLeast,
		Since: stampOrNull(r.Backtest.Since), Until: stampOrNull(r.Backtest.Until), Total: tallyOf(r.Total), Tables: []backtestTable{},
	}
	for _, t := range r.Tables {
		table := backtestTable{ID: t.ID, tally: tallyOf(t.Tally), Findings: []backtestCell{}, Told: []backtestRun{}, NotCompared: []notCompared{}}
		for _, c := range t.Cells {
			table.Findings = append(table.Findings, backtestCell{c.Column, c.Metric, c.Test, c.Fires, c.Incidents, c.Before, c.Added, c.Removed})
		}
		for _, run := range t.Notable {
			table.Told = append(table.Told, replayed(run))
		}
		for _, n := range t.NotCompared {
			table.NotCompared = append(table.NotCompared, notCompared(n))
		}
		d.Tables = append(d.Tables, table)
	}
	return d
}

func replayed(r drift.Replayed) backtestRun {
	run := backtestRun{
		RunID: r.RunID, ProfiledAt: Stamp(r.ProfiledAt), Incident: r.Incident, Accepted: r.Accepted, Alarm: r.Alarm, Muted: r.Muted,
		Severity: r.Report.Severity(), Note: orNull(r.Report.Note), Reasons: []string{},
	}
	if r.Told {
		run.History = &r.Before
	}
	for _, f := range r.Report.Findings {
		if f.Muted == nil && len(run.Reasons) < mostReasons {
			reason := f.Reason
			if f.Column != "" {
				reason = f.Column + ": " + reason
			}
			run.Reasons = append(run.Reasons, reason)
		}
	}
	return run
}

func tallyOf(t drift.Tally) tally {
	return tally{
		Runs: t.Runs, First: Stamp(t.First), Last: Stamp(t.Last), Compared: t.Compared, Alarmed: t.Alarmed, AWeek: numberOrNull(t.AWeek()),
		Muted: t.Muted, Incidents: t.Incidents, TruePositives: t.Found, FalsePositives: t.False(),
		Precision: numberOrNull(t.Precision()), Recall: numberOrNull(t.Recall()), Unlabelled: t.Unmarked,
		History: inHistory{t.Told, t.Before, t.Added, t.Removed},
	}
}

func numberOrNull(x float64, known bool) *float64 {
	if !known {
		return nil
	}
	return &x
}

func stampOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return orNull(Stamp(t))
}
