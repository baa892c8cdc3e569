package html

import (
	"fmt"
	"slices"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/report"
)

// columnRow is a column with its metrics.
type columnRow struct {
	Name, Type string
	Cells      []cell
}

// cell is a metric's value; Off says by how much it may be off where it is an estimate.
type cell struct{ Text, Off string }

// shownMetrics are the metrics of the table of columns, in the order of its header.
var shownMetrics = []metrics.Name{
	metrics.NullRatio, metrics.DistinctCount, metrics.Min, metrics.Max, metrics.Mean, metrics.StdDev,
}

// columns lists the table's columns, those with findings first where not all fit.
func (shown *table) columns(t *report.Table, left *budget) {
	if t.Profile == nil {
		return
	}
	columns := make([]*metrics.ColumnProfile, len(t.Profile.Columns))
	for i := range t.Profile.Columns {
		columns[i] = &t.Profile.Columns[i]
	}
	n := take(&left.columns, len(columns), mostColumns)
	if shown.MoreColumns = len(columns) - n; shown.MoreColumns > 0 && t.Drift != nil {
		drifted := map[string]int{}
		for _, f := range t.Drift.Findings {
			drifted[f.Column] = -1
		}
		slices.SortStableFunc(columns, func(a, b *metrics.ColumnProfile) int { return drifted[a.Name] - drifted[b.Name] })
	}
	for _, c := range columns[:n] {
		row := columnRow{Name: c.Name, Type: c.Type}
		if row.Type == "" {
			row.Type = string(c.Kind)
		}
		for _, name := range shownMetrics {
			row.Cells = append(row.Cells, cellOf(c, name))
		}
		shown.Columns = append(shown.Columns, row)
	}
}

func cellOf(c *metrics.ColumnProfile, name metrics.Name) cell {
	value := c.Metrics[name]
	shown := cell{Text: cut(value.String())}
	x, isNumber := value.Float64()
	switch {
	case !isNumber:
	case name == metrics.NullRatio:
		shown.Text = percent(x)
	case c.Kind.Numeric() || name == metrics.DistinctCount:
		shown.Text = number(x)
	}
	if bound, estimate := c.Estimates[name]; estimate && shown.Text != "" {
		shown.Off = fmt.Sprintf("an estimate, its bound is %s", number(bound))
	}
	return shown
}
