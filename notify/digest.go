package notify

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// Version is that of a digest's JSON form; fields are added within it, never renamed.
const Version = 1

// Digest is a run in short, as far as a hook wants to hear of it. Its JSON form is what webhooks and executables
// get.
type Digest struct {
	Version     int            `json:"version"`
	Test        bool           `json:"test"`   // nothing happened: somebody tries the hook
	RunID       string         `json:"run_id"` // of the invocation, the same however often it is told
	Environment string         `json:"environment"`
	StartedAt   time.Time      `json:"started_at"`
	Seconds     float64        `json:"seconds"`
	Status      Status         `json:"status"`
	Error       string         `json:"error,omitempty"` // why the run failed as a whole
	Summary     string         `json:"summary"`         // one line
	Severity    drift.Severity `json:"severity"`        // of the worst finding
	Totals      Totals         `json:"totals"`
	Tables      []TableDigest  `json:"tables"`   // those with findings, changes or a failure, the worst first
	Findings    []Finding      `json:"findings"` // the worst first
	Changes     []SchemaChange `json:"schema_changes"`
	Failures    []TableFailure `json:"failures"`
	Omitted     Omitted        `json:"omitted"`
}

// Status says how a run ended.
type Status string

// How a run can end.
const (
	Completed   Status = "completed"
	Failed      Status = "failed" // as a whole, or one of its tables
	Interrupted Status = "interrupted"
)

// Totals count what the digest is of, with what it leaves out of its lists.
type Totals struct {
	Tables    int `json:"tables"`
	Completed int `json:"completed"`
	Failed    int `json:"failed"`
	Skipped   int `json:"skipped"`
	Drifted   int `json:"drifted"` // tables with findings
	Findings  int `json:"findings"`
	High      int `json:"high"`
	Medium    int `json:"medium"`
	Low       int `json:"low"`
	Changes   int `json:"schema_changes"`
	Late      int `json:"late"` // tables of earlier runs with findings or changes
}

// TableDigest is a table in short.
type TableDigest struct {
	ID            string         `json:"id"`
	RunID         string         `json:"run_id,omitempty"`
	BaselineRunID string         `json:"baseline_run_id,omitempty"`
	RowCount      *metrics.Value `json:"row_count"`
	Severity      drift.Severity `json:"severity"`
	Findings      int            `json:"findings"`
	Changes       int            `json:"schema_changes"`
	Failed        bool           `json:"failed"`
	Late          bool           `json:"late,omitempty"` // an earlier run read it, and could not store it
}

// Finding is a metric that drifted.
type Finding struct {
	Table         string         `json:"table"`
	RunID         string         `json:"run_id"`
	Column        string         `json:"column"`
	Columns       int            `json:"columns"` // how many columns it holds for alike: a table's row count is one finding
	Metric        metrics.Name   `json:"metric"`
	Test          string         `json:"test"`
	Baseline      metrics.Value  `json:"baseline"`
	Current       metrics.Value  `json:"current"`
	ChangePercent *metrics.Value `json:"change_percent"`
	Score         *metrics.Value `json:"score"`
	PValue        *metrics.Value `json:"p_value"`
	Severity      drift.Severity `json:"severity"`
	Reason        string         `json:"reason"`

	of            *Table
	baselineRunID string
}

// SchemaChange is a change of a table's columns.
type SchemaChange struct {
	Table string `json:"table"`
	RunID string `json:"run_id"`
	drift.SchemaChange
	Text string `json:"text"` // the change in a few words

	of *Table
}

// TableFailure is why a table could not be profiled.
type TableFailure struct {
	Table   string `json:"table"`
	Kind    string `json:"kind"`
	Message string `json:"message"`

	of *Table
}

// Omitted counts what the lists leave out.
type Omitted struct {
	Tables   int `json:"tables"`
	Findings int `json:"findings"`
	Changes  int `json:"schema_changes"`
	Failures int `json:"failures"`
}

// Brief returns the digest with lists of at most so many entries, and with what is the same finding in every
// column of a table, its row count, as one.
func (d *Digest) Brief(most int) *Digest {
	brief := *d
	brief.Tables, brief.Omitted.Tables = cut(d.Tables, most)
	brief.Findings, brief.Omitted.Findings = cut(folded(d.Findings), most)
	brief.Changes, brief.Omitted.Changes = cut(d.Changes, most)
	brief.Failures, brief.Omitted.Failures = cut(d.Failures, most)
	return &brief
}

// cut returns the first entries of a list, and how many there are more. It is never nil, which JSON has no list for.
func cut[T any](list []T, most int) ([]T, int) {
	n := min(len(list), most)
	return append([]T{}, list[:n]...), len(list) - n
}

// folded makes one finding of those that say the same of every column of a table.
func folded(findings []Finding) []Finding {
	type rows struct {
		table, test       string
		baseline, current metrics.Value
	}
	var list []Finding
	seen := map[rows]int{}
	for _, f := range findings {
		if f.Metric != metrics.Count {
			list = append(list, f)
			continue
		}
		same := rows{f.Table, f.Test, f.Baseline, f.Current}
		if i, ok := seen[same]; ok {
			list[i].Columns++
			continue
		}
		seen[same] = len(list)
		list = append(list, f)
	}
	return list
}

// mostSent is how many entries a list has in the digest that is sent as JSON.
const mostSent = 200

// message returns the digest in JSON.
func (d *Digest) message() ([]byte, error) { return json.Marshal(d.Brief(mostSent)) }

// sortWorstFirst sorts findings by their severity; among equals each table's strongest come before any other's
// second.
func sortWorstFirst(findings []Finding) {
	type place struct {
		table    string
		severity drift.Severity
	}
	rank := make(map[place]int)
	type ranked struct {
		Finding
		rank int
	}
	list := make([]ranked, len(findings))
	for i, f := range findings {
		at := place{f.Table, f.Severity}
		list[i] = ranked{f, rank[at]}
		rank[at]++
	}
	slices.SortStableFunc(list, func(a, b ranked) int {
		return cmp.Or(bySeverity(a.Severity, b.Severity), cmp.Compare(a.rank, b.rank))
	})
	for i, r := range list {
		findings[i] = r.Finding
	}
}

// bySeverity compares severities, the higher first.
func bySeverity(a, b drift.Severity) int {
	switch {
	case a == b:
		return 0
	case a.AtLeast(b):
		return -1
	default:
		return 1
	}
}
