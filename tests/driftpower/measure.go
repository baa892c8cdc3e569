package main

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// FalseAlarms profiles a table of which nothing changes but the rows, run after run, compares each run with the one
// before, and returns in how many there are findings, and how many of each test.
func FalseAlarms(columns, runs, rows int, seed uint64) (alarms int, findings map[string]int) {
	var makers []maker
	for len(makers) < columns {
		makers = append(makers, mixed()...)
	}
	makers = makers[:columns]
	findings = map[string]int{}
	random := source(seed, 0)
	var last *drift.Run
	for i := range runs + 1 {
		now := &drift.Run{ProfiledAt: day.AddDate(0, 0, i), Profile: profile(random, makers, rows)}
		if last != nil {
			r := drift.Detect(statistical(), []*drift.Run{last}, now)
			if len(r.Findings) > 0 {
				alarms++
			}
			for _, f := range r.Findings {
				findings[f.Test]++
			}
		}
		last = now
	}
	return alarms, findings
}

// Change is one that a run is to find, of one column of a table of 20.
type Change struct {
	Name        string
	before, now maker
	rows        float64 // of the second run, for each of the first
}

// Changes are those of the table of detection rates.
func Changes() []Change {
	normal := func(mean float64) maker {
		return floats(func(r *rand.Rand) float64 { return 10 + mean + r.NormFloat64() })
	}
	withNew := func(share float64) maker {
		m := texts(5, 1)
		return maker{m.column, func(r *rand.Rand, n int, v *metrics.Vector) {
			added := 0
			for range n {
				if r.Float64() < share {
					v.Texts.AppendString("new")
					added++
				}
			}
			m.draw(r, n-added, v)
		}}
	}
	return []Change{
		{"none", normal(0), normal(0), 1},
		{"shift of 0.1 σ", normal(0), normal(0.1), 1},
		{"shift of 0.25 σ", normal(0), normal(0.25), 1},
		{"shift of 0.5 σ", normal(0), normal(0.5), 1},
		{"shift of 1 σ", normal(0), normal(1), 1},
		{"new category of 1 %", withNew(0), withNew(0.01), 1},
		{"new category of 5 %", withNew(0), withNew(0.05), 1},
		{"new category of 20 %", withNew(0), withNew(0.2), 1},
		{"nulls from 0 to 1 %", normal(0), withNulls(normal(0), 0.01), 1},
		{"nulls from 0 to 5 %", normal(0), withNulls(normal(0), 0.05), 1},
		{"20 % fewer rows", normal(0), normal(0), 0.8},
	}
}

// Power returns in which share of pairs of runs the change is found. The other columns of the table, which do not
// change, are drawn once: they are there because the more tests a run makes, the surer each must be.
func Power(c Change, rows, tries int, seed uint64) float64 {
	random := source(seed, uint64(rows))
	unchanged := mixed()[1:]
	sizes := [2]int{rows, int(float64(rows) * c.rows)}
	others := [2][]metrics.ColumnProfile{}
	for i := range others {
		others[i] = profile(random, unchanged, sizes[i]).Columns
	}
	found := 0
	for range tries {
		var runs [2]*drift.Run
		for i, m := range []maker{c.before, c.now} {
			p := profile(random, []maker{m}, sizes[i])
			p.Columns[0].Name = "changed"
			p.Columns = append(p.Columns, slices.Clone(others[i])...)
			runs[i] = &drift.Run{ProfiledAt: day.Add(time.Duration(i) * 24 * time.Hour), Profile: p}
		}
		r := drift.Detect(statistical(), runs[:1], runs[1])
		if slices.ContainsFunc(r.Findings, func(f drift.Finding) bool { return f.Column == "changed" || f.Column == "" }) {
			found++
		}
	}
	return float64(found) / float64(tries)
}
