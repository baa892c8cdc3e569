package html

import (
	"fmt"
	"math"
	"strings"

	"github.com/baselinr/baselinr-pipes/report"
)

// series is the picture of a metric over the table's last runs, evenly spaced: the time between two runs may be
// a second or a month.
type series struct {
	Name      string
	Path      string
	Points    []point
	From, To  string // when the first and the last run were
	Low, High string // what the bottom and the top of the plot stand for
	Describes string
}

// point is a run in a series.
type point struct {
	X, Y  float64
	Class string // current, baseline, incident or run
	Title string
}

// seriesOf draws a figure's course; nil where fewer than two runs have it. Compared are the IDs of the runs that
// the findings are compared with.
func seriesOf(f report.Figure, h *report.History, runID string, compared map[string]bool) *series {
	var runs []report.PastRun
	for _, r := range h.Runs {
		if x, ok := r.Values[f]; ok && !math.IsInf(x, 0) && !math.IsNaN(x) {
			runs = append(runs, r)
		}
	}
	if len(runs) < 2 {
		return nil
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, r := range runs {
		low, high = min(low, r.Values[f]), max(high, r.Values[f])
	}
	last := runs[len(runs)-1]
	s := &series{
		Name: string(f.Metric), Low: number(low), High: number(high), From: minute(runs[0].At), To: minute(last.At),
		Describes: fmt.Sprintf("%s in %d runs: from %s to %s, last %s", f.Metric, len(runs), number(low), number(high), number(last.Values[f])),
	}
	var path strings.Builder
	for i, r := range runs {
		value := r.Values[f]
		p := point{
			X: left + 6 + float64(i)*float64(right-left-12)/float64(len(runs)-1), Y: (top + bottom) / 2, Class: "run",
			Title: fmt.Sprintf("%s: %s", minute(r.At), number(value)),
		}
		if high > low {
			p.Y = bottom - 6 - (value/(high-low)-low/(high-low))*(bottom-top-12)
		}
		switch {
		case r.Incident:
			p.Class, p.Title = "incident", p.Title+", marked as an incident"
		case r.RunID == runID:
			p.Class, p.Title = "current", p.Title+", this run"
		case compared[r.RunID]:
			p.Class, p.Title = "baseline", p.Title+", the baseline"
		}
		letter := "L"
		if i == 0 {
			letter = "M"
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", letter, p.X, p.Y)
		s.Points = append(s.Points, p)
	}
	s.Path = path.String()
	return s
}
