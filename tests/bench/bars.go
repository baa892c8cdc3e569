package main

import (
	"fmt"
	"math"
	"strings"
)

// bar is a number that must be met, and one that we would like to meet.
type bar struct {
	name       string
	work       string // as the page says it
	limit, aim float64
	unit       string
	atLeast    bool // limit and aim are the least that is wanted, not the most
}

var bars = []bar{
	{name: "flights-postgres", work: "flights, PostgreSQL: whole command ÷ raw read through pgx", limit: 1.2, aim: 1.05},
	{name: "flights-postgres-cpu", work: "the same: our own CPU ÷ the raw reader's", limit: 1.7, aim: 1.4},
	{name: "flights-sqlite", work: "flights, SQLite: whole command ÷ raw read through `database/sql`", limit: 0.7, aim: 0.45},
	{name: "reference-postgres", work: "flights, PostgreSQL: reference ÷ ours", limit: 25, aim: 28, atLeast: true},
	{name: "reference-sqlite", work: "flights, SQLite: reference ÷ ours", limit: 9, aim: 14, atLeast: true},
	{name: "large", work: "10 M rows × 19 columns, PostgreSQL: whole command ÷ raw read through pgx", limit: 1.3, aim: 1.1},
	{name: "large-growth", work: "10 M rows ÷ 1 M rows of the same table", limit: 10.5, aim: 10},
	{name: "large-memory", work: "10 M rows × 19 columns: peak resident memory", limit: 128, aim: 64, unit: " MiB"},
	{name: "wide-memory", work: "1,600 columns × 100,000 rows: peak resident memory", limit: 256, aim: 128, unit: " MiB"},
	{name: "many", work: "1,000 tables of 100 rows in one invocation: time a table", limit: 6, aim: 3, unit: " ms"},
	{name: "history", work: "`drift` of two stored runs of 1,000 columns, 10,000 runs in PostgreSQL", limit: 1, aim: 0.5, unit: " s"},
	{name: "dagster-job", work: "Dagster, a job of 40 tiny tables: reference ÷ ours", limit: 25, aim: 30, atLeast: true},
	{name: "dagster-200", work: "Dagster, 200 tables: what comes beyond an empty multi-asset of as many outputs", limit: 10, aim: 5, unit: " %"},
	{name: "dagster-1000", work: "the same for 1,000 tables", limit: 10, aim: 5, unit: " %"},
	{name: "dagster-load", work: "Dagster, loading a code location of 1,000 tables, beyond `import dagster`", limit: 3, aim: 1.5, unit: " s"},
	{name: "dagster-tick", work: "Dagster, a tick of the sensor at 5,000 tables", limit: 5, aim: 2.5, unit: " s"},
	{name: "allocations", work: "allocations a row in the steady state", limit: 0.1, aim: 0},
}

// meets reports whether a number is as good as another, to the digits that are printed.
func (b bar) meets(measured, wanted float64) bool {
	const half = 0.005
	if b.atLeast {
		return measured > wanted-half
	}
	return measured < wanted+half
}

// verdict says whether the bar holds, and how far off it is where it does not.
func (b bar) verdict(measured float64) string {
	switch {
	case b.meets(measured, b.aim):
		return "yes, and the aim"
	case b.meets(measured, b.limit):
		return "yes"
	default:
		return "**no**: " + rounded(measured/b.limit) + " × the bar"
	}
}

// row is the bar's line of the table.
func (b bar) row(measured float64) string {
	sign := "≤"
	if b.atLeast {
		sign = "≥"
	}
	return fmt.Sprintf("| %s | %s %g%s | %g%s | %s%s | %s |", b.work, sign, b.limit, b.unit, b.aim, b.unit, rounded(measured), b.unit, b.verdict(measured))
}

// barTable is the table of the bars. A bar that was not measured now keeps its line of the table that the page has.
func barTable(measured map[string]float64, page string) string {
	lines := []string{"| work | bar | aim | measured | holds? |", "|---|---:|---:|---:|---|"}
	old := strings.Split(page, "\n")
	for _, b := range bars {
		if value, ok := measured[b.name]; ok {
			lines = append(lines, b.row(value))
			continue
		}
		for _, line := range old {
			if strings.HasPrefix(line, "| "+b.work+" | ") {
				lines = append(lines, line)
			}
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// missed lists the bars that do not hold.
func missed(measured map[string]float64) (works []string) {
	for _, b := range bars {
		if value, ok := measured[b.name]; ok && !b.meets(value, b.limit) {
			works = append(works, b.work)
		}
	}
	return works
}

// rounded prints a number with as many digits as are worth reading.
func rounded(x float64) string {
	switch {
	case math.Abs(x) < 0.005:
		return "0"
	case math.Abs(x) >= 100:
		return fmt.Sprintf("%.0f", x)
	case math.Abs(x) >= 10:
		return fmt.Sprintf("%.1f", x)
	default:
		return fmt.Sprintf("%.2f", x)
	}
}
