package html

import (
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/report/terminal"
)

// What a page shows at most, so that a run of a thousand tables stays a page that opens at once. The rest is
// counted where it is left out.
const (
	mostFindings         = 3000 // in all
	mostFindingsOfTable  = 100
	mostPictured         = 150 // columns with pictures, in all
	mostPicturedOfTable  = 12
	mostSeriesOfColumn   = 2
	mostColumns          = 4000 // lines of columns' metrics, in all; those of the worst tables
	mostSkippedOfTable   = 50
	mostRunsInSeries     = 30
	mostValuesOfAColumn  = 8
	mostWarnings         = 100
	mostCharactersOfText = 60
)

// Wanted is what a page needs of the history to draw a table's pictures.
type Wanted struct {
	Table     *report.Table
	Baselines []string // IDs of runs
	Figures   []report.Figure
	Runs      int // how many of the last ones
}

// WantedOf lists what the page of a run needs of the history, the most severe tables first.
func WantedOf(r *report.Run) []Wanted {
	var all []Wanted
	left := mostPictured
	for _, t := range r.BySeverity() {
		groups := groupsOf(t)
		n := min(len(groups), mostPicturedOfTable, left)
		if n == 0 {
			continue
		}
		left -= n
		w := Wanted{Table: t, Runs: mostRunsInSeries}
		for _, g := range groups[:n] {
			for _, f := range g.findings {
				for _, id := range f.BaselineRuns {
					if !slices.Contains(w.Baselines, id) {
						w.Baselines = append(w.Baselines, id)
					}
				}
			}
			w.Figures = append(w.Figures, g.figures()...)
		}
		all = append(all, w)
	}
	return all
}

// group are the findings of one column, or of the table's rows.
type group struct {
	subject  string
	column   string // empty for the table
	findings []drift.Finding
}

// groupsOf puts the findings of a table that count together by column, in the order of the worst of each.
func groupsOf(t *report.Table) []*group {
	if t.Drift == nil {
		return nil
	}
	var groups []*group
	byKey := map[string]*group{}
	for _, line := range terminal.Lines(t.Drift.Findings) {
		f := line.Finding
		if f.Muted != nil {
			continue
		}
		subject, column := line.Subject, f.Column
		if f.Metric == metrics.Count {
			subject, column = "all rows", ""
		}
		g := byKey[subject]
		if g == nil {
			g = &group{subject: subject, column: column}
			byKey[subject] = g
			groups = append(groups, g)
		}
		g.findings = append(g.findings, f)
	}
	return groups
}

// figures are the metrics whose course is drawn beside the group's findings.
func (g *group) figures() []report.Figure {
	var figures []report.Figure
	for _, f := range g.findings {
		figure := report.Figure{Column: g.column, Metric: f.Metric}
		switch f.Metric {
		case metrics.Histogram:
			figure.Metric = metrics.Mean
		case metrics.TopValues:
			figure.Metric = metrics.DistinctCount
		}
		if len(figures) < mostSeriesOfColumn && !slices.Contains(figures, figure) {
			figures = append(figures, figure)
		}
	}
	return figures
}

// ofValues reports whether a finding of the group is about the values of a column, and not about how many there are.
func (g *group) ofValues() bool {
	return slices.ContainsFunc(g.findings, func(f drift.Finding) bool {
		return f.Metric != metrics.Count && f.Metric != metrics.NullRatio
	})
}
