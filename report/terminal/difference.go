package terminal

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/baselinr/baselinr-pipes/plan"
)

// Difference prints how a plan differs from an earlier one.
func Difference(w io.Writer, d *plan.Difference) {
	if d.Same() {
		fmt.Fprintf(w, "no difference\nsignature %s\n", d.After)
		return
	}
	for _, c := range d.Changes {
		fmt.Fprintf(w, "%s: %v, was %v\n", c.Setting, c.After, c.Before)
	}
	fmt.Fprintf(w, "tables: %d added, %d removed, %d changed\n", len(d.Added), len(d.Removed), len(d.Changed))
	if len(d.Added)+len(d.Removed)+len(d.Changed) > 0 {
		t := NewTable(w, "table", "difference")
		for _, id := range d.Added {
			t.AppendRow(table.Row{id, "added"})
		}
		for _, id := range d.Removed {
			t.AppendRow(table.Row{id, "removed"})
		}
		for _, changed := range d.Changed {
			var parts []string
			for _, c := range changed.Changes {
				parts = append(parts, describeChange(c))
			}
			t.AppendRow(table.Row{changed.ID, strings.Join(parts, "\n")})
		}
		t.Render()
	}
	fmt.Fprintf(w, "signature %s, was %s\n", d.After, d.Before)
}

// describeChange says in a few words what a setting was and is.
func describeChange(c plan.Change) string {
	before, listed := c.Before.([]any)
	after, both := c.After.([]any)
	switch {
	case c.Before == nil && c.After == nil && c.Setting == "drift_settings":
		return "settings of drift, as thresholds, tests, baselines or those of columns"
	case c.Before == nil && c.After == nil:
		return "other settings, as of histograms, listed values, schema changes or the history's tables"
	case c.Setting == "metrics" && listed && both:
		var parts []string
		for _, name := range after {
			if !slices.Contains(before, name) {
				parts = append(parts, fmt.Sprintf("+%v", name))
			}
		}
		for _, name := range before {
			if !slices.Contains(after, name) {
				parts = append(parts, fmt.Sprintf("-%v", name))
			}
		}
		return "metrics: " + strings.Join(parts, " ")
	}
	return fmt.Sprintf("%s: %s, was %s", c.Setting, compact(c.After), compact(c.Before))
}

// compact writes what JSON knows on one line.
func compact(v any) string {
	if v == nil {
		return "none"
	}
	if text, ok := v.(string); ok {
		return text
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
