package html

import (
	"fmt"
	"html/template"
	"strconv"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/report/picture"
	"github.com/baselinr/baselinr-pipes/report/terminal"
)

// page is what the template shows.
type page struct {
	Style        template.CSS
	Title        string
	Facts        []fact
	Cards        []card
	Warnings     []string
	MoreWarnings int
	Tables       []*table // the most severe first
	Pictures     bool     // there are some, so that their colours are explained
}

type fact struct{ Name, Value string }

// card is a number at the top of the page.
type card struct {
	Label string
	Count int
	Class string
}

// budget is how much of each thing the page may still show.
type budget struct{ findings, pictured, columns int }

// take returns how many of n things fit, at most most, and takes them off what is left.
func take(left *int, n, most int) int {
	n = max(min(n, most, *left), 0)
	*left -= n
	return n
}

func pageOf(d *report.Document) page {
	r := d.Run
	totals := r.Totals()
	p := page{Style: style, Title: d.Title, Warnings: r.Warnings}
	p.Facts = []fact{{"run", r.ID}, {"environment", r.Environment}, {"started", r.StartedAt.UTC().Format(time.DateTime) + " UTC"}}
	if r.Seconds > 0 {
		p.Facts = append(p.Facts, fact{"took", fmt.Sprintf("%.2f s", r.Seconds)})
	}
	for _, c := range []card{
		{"tables", totals.Tables, "always"}, {"failed", totals.Failed, "failed"}, {"skipped", totals.Skipped, "medium"}, {"with drift", totals.Drifted, "always"},
		{"high", totals.Findings[drift.High], "high"}, {"medium", totals.Findings[drift.Medium], "medium"}, {"low", totals.Findings[drift.Low], "low"},
		{"anomalies", totals.Anomalies, ""}, {"muted", totals.Muted, ""}, {"changes of schemas", totals.SchemaChanges, ""}, {"not compared", totals.NotCompared, ""},
	} {
		if c.Count > 0 || c.Class == "always" {
			p.Cards = append(p.Cards, c)
		}
	}
	if n := len(p.Warnings); n > mostWarnings {
		p.Warnings, p.MoreWarnings = p.Warnings[:mostWarnings], n-mostWarnings
	}
	left := budget{mostFindings, mostPictured, mostColumns}
	for i, t := range r.BySeverity() {
		shown := tableOf(t, d.History[t.Title()], &left)
		shown.Anchor = "t" + strconv.Itoa(i+1)
		p.Tables = append(p.Tables, shown)
		for _, g := range shown.Groups {
			p.Pictures = p.Pictures || g.Histogram != nil || len(g.Values) > 0 || len(g.Series) > 0
		}
	}
	return p
}

// table is a section of the page.
type table struct {
	ID, Anchor, Status, Class, Verdict string
	Rows, Read, Seconds                string
	ColumnCount                        int
	High, Medium, Low, MutedCount      int
	AnomalyCount                       int
	Error, Note, Compared, Reading     string
	Strategy                           string
	Open                               bool

	Changes []change

	Anomalies      []finding
	MoreAnomalies  int
	MutedAnomalies []finding // at most as many as of those that count

	Groups       []groupView
	MoreFindings int
	Muted        []finding
	MoreMuted    int
	Skipped      []drift.Skipped
	MoreSkipped  int
	Columns      []columnRow
	MoreColumns  int
}

// Counted is how many findings count.
func (t *table) Counted() int { return t.High + t.Medium + t.Low }

// change is one of the schema.
type change struct{ Severity, Text string }

// groupView are the findings of a column, with its pictures.
type groupView struct {
	Subject   string
	Severity  string
	Findings  []finding
	Histogram *histogram
	Values    []valueBar
	Series    []*series
}

// finding is one sentence.
type finding struct{ Subject, Severity, Metric, Reason, ID, Muted string }

func findingOf(subject string, f drift.Finding) finding {
	shown := finding{Subject: subject, Severity: string(f.Severity), Metric: string(f.Metric), Reason: f.Reason, ID: terminal.ShortID(f.ID)}
	if f.Muted != nil {
		shown.Muted = f.Muted.String()
	}
	return shown
}

func tableOf(t *report.Table, h *report.History, left *budget) *table {
	shown := &table{ID: t.Title(), Status: string(t.Status), Open: t.Telling(), Class: string(t.Status)}
	if t.Seconds > 0 {
		shown.Seconds = fmt.Sprintf("%.2f", t.Seconds)
	}
	if t.Error != nil {
		shown.Error = t.Error.Message
	}
	if t.Profile != nil {
		shown.Rows, shown.ColumnCount = terminal.Rows(t.Profile.RowsRead, t.Profile.RowCount), len(t.Profile.Columns)
	}
	if text := t.Reading.String(); text != (drift.Reading{}).String() {
		shown.Reading = text
	}
	if t.Drift != nil {
		shown.drift(t, h, left)
	}
	shown.anomalies(t, left)
	shown.columns(t, left)
	return shown
}

// drift shows what a table's comparison found.
func (shown *table) drift(t *report.Table, h *report.History, left *budget) {
	r := t.Drift
	shown.Strategy, shown.Verdict, shown.Class = r.Strategy, r.Verdict(), string(r.Severity())
	shown.High, shown.Medium, shown.Low, shown.MutedCount = r.Count(drift.High), r.Count(drift.Medium), r.Count(drift.Low), r.MutedCount()
	shown.Note, shown.Compared = r.Note, r.BaselineReason
	for _, c := range r.SchemaChanges {
		shown.Changes = append(shown.Changes, change{string(c.Severity), c.String()})
	}
	groups := groupsOf(t)
	pictured := take(&left.pictured, len(groups), mostPicturedOfTable)
	told := 0
	for i, g := range groups {
		n := take(&left.findings, len(g.findings), mostFindingsOfTable-told)
		told += n
		shown.MoreFindings += len(g.findings) - n
		if n == 0 {
			continue
		}
		view := groupView{Subject: g.subject, Severity: string(g.findings[0].Severity)}
		for _, f := range g.findings[:n] {
			view.Findings = append(view.Findings, findingOf(g.subject, f))
		}
		if i < pictured {
			view.draw(g, t, h)
		}
		shown.Groups = append(shown.Groups, view)
	}
	for _, line := range terminal.Lines(r.Findings) {
		if line.Finding.Muted == nil {
			continue
		}
		if take(&left.findings, 1, mostFindingsOfTable-len(shown.Muted)) == 0 {
			shown.MoreMuted++
			continue
		}
		shown.Muted = append(shown.Muted, findingOf(line.Subject, line.Finding))
	}
	shown.Skipped = r.NotComputed
	if n := len(r.NotComputed); n > mostSkippedOfTable {
		shown.Skipped, shown.MoreSkipped = r.NotComputed[:mostSkippedOfTable], n-mostSkippedOfTable
	}
}

// anomalies shows what earlier runs did not let expect, a line a metric.
func (shown *table) anomalies(t *report.Table, left *budget) {
	shown.AnomalyCount = t.Outlook.FoldedCount()
	for _, line := range terminal.AnomalyLines(t.Outlook) {
		list := &shown.Anomalies
		if line.Muted != "" {
			list = &shown.MutedAnomalies
		}
		if take(&left.findings, 1, mostFindingsOfTable-len(*list)) == 0 {
			shown.MoreAnomalies++
			continue
		}
		*list = append(*list, finding{Subject: line.Subject, Severity: string(line.Severity), Reason: line.Text, Muted: line.Muted})
	}
}

// draw adds the pictures: of the column's values, now and in the baseline of its worst finding, and of its metrics
// in the last runs.
func (view *groupView) draw(g *group, t *report.Table, h *report.History) {
	if h == nil {
		h = &report.History{}
	}
	if g.column != "" && g.ofValues() && t.Profile != nil {
		now := picture.Sample(g.column, &drift.Run{RunID: t.RunID, ProfiledAt: t.ProfiledAt, Profile: t.Profile})
		var runs []*drift.Run
		for _, id := range g.findings[0].BaselineRuns {
			if run := h.Baselines[id]; run != nil {
				runs = append(runs, run)
			}
		}
		if len(now.Runs) > 0 {
			before := picture.Sample(g.column, runs...)
			if view.Histogram = histogramOf(now, before, t.Private); view.Histogram == nil {
				view.Values = valuesOf(now, before)
			}
		}
	}
	compared := map[string]bool{}
	for _, f := range g.findings {
		for _, id := range f.BaselineRuns {
			compared[id] = true
		}
	}
	for _, figure := range g.figures() {
		if s := seriesOf(figure, h, t.RunID, compared); s != nil {
			view.Series = append(view.Series, s)
		}
	}
}
