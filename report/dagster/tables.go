package dagster

import (
	"math"
	"strconv"
	"strings"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/pipes"
)

func columnSchema(p *metrics.TableProfile) pipes.MetadataValue {
	columns := make([]pipes.Column, len(p.Columns))
	for i, c := range p.Columns {
		columns[i] = pipes.Column{Name: c.Name, Type: c.Type, NotNull: !c.Nullable}
	}
	return pipes.TableSchema(columns)
}

func columnProfiles(p *metrics.TableProfile) pipes.MetadataValue {
	columns := []pipes.Column{
		{Name: "column"}, {Name: "type"}, {Name: "kind"},
		{Name: "null_ratio", Type: "float"}, {Name: "distinct_count", Type: "int"},
		{Name: "min"}, {Name: "mean", Type: "float"}, {Name: "max"}, {Name: "stddev", Type: "float"},
		{Name: "estimated"},
	}
	rows := make([][]any, len(p.Columns))
	for i, c := range p.Columns {
		rows[i] = []any{
			c.Name, c.Type, string(c.Kind),
			number(c.Metrics[metrics.NullRatio]), whole(c.Metrics[metrics.DistinctCount]),
			clip(c.Metrics[metrics.Min].String(), 100, true), number(c.Metrics[metrics.Mean]),
			clip(c.Metrics[metrics.Max].String(), 100, true), number(c.Metrics[metrics.StdDev]),
			estimated(c),
		}
	}
	return pipes.Table(columns, rows)
}

// estimated names the figures of a column's row that are estimates.
func estimated(c metrics.ColumnProfile) string {
	var names []string
	for _, n := range []metrics.Name{metrics.NullRatio, metrics.DistinctCount, metrics.Min, metrics.Mean, metrics.Max, metrics.StdDev} {
		if _, ok := c.Estimates[n]; ok {
			names = append(names, string(n))
		}
	}
	return strings.Join(names, ", ")
}

// whole is a count, and nil where there is none.
func whole(v metrics.Value) any {
	x, ok := v.Float64()
	if !ok {
		return nil
	}
	return int64(x)
}

func number(v metrics.Value) any {
	x, ok := v.Float64()
	if !ok {
		return nil
	}
	return shown(x)
}

// shownDigits of a figure are what a person reads.
const shownDigits = 7

// shown is a figure with shownDigits, and all those before the point: sixteen make a table so wide that its sentences stand in a column
// of single words. The history has all digits.
func shown(x float64) float64 {
	if math.Abs(x) >= 1e7 {
		return math.Round(x)
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', shownDigits, 64), 64)
	if err != nil {
		return x
	}
	return rounded
}

// findingsShown is how many findings the metadata lists; the history has them all.
const findingsShown = 100

func findings(r *drift.Report) pipes.MetadataValue {
	columns := []pipes.Column{
		{Name: "severity"}, {Name: "column"}, {Name: "reason"}, {Name: "metric"}, {Name: "test"},
		{Name: "baseline", Type: "float"}, {Name: "current", Type: "float"}, {Name: "change_percent", Type: "float"},
		{Name: "id"}, {Name: "muted"},
	}
	rows := [][]any{}
	for _, f := range r.Findings[:min(len(r.Findings), findingsShown)] {
		var change any
		if f.ChangePercent != nil {
			change = shown(*f.ChangePercent)
		}
		muted := ""
		if f.Muted != nil {
			muted = f.Muted.String()
		}
		baseline, current := f.Figures()
		rows = append(rows, []any{string(f.Severity), f.Column, f.Reason, string(f.Metric), f.Test, number(baseline), number(current), change, f.ID, muted})
	}
	return pipes.Table(columns, rows)
}
