package cli

import (
	"maps"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/store"
)

// tableDrift sums up the recent drift of a table.
type tableDrift struct {
	Table     string  `json:"table_name"`
	Severity  string  `json:"severity"`
	Type      string  `json:"drift_type"` // schema, volume, distribution, freshness or unknown
	StartedAt *string `json:"started_at"`
	Events    int     `json:"event_count"`
}

// summaryOf sums up events by table, the most severe first. What was accepted is no drift any more.
func summaryOf(events []store.Event, feedback store.FeedbackList) []tableDrift {
	said := feedback.OfEvents()
	accepted := func(e store.Event) bool {
		return slices.ContainsFunc(said.Of(e.ID, e.RunID, e.Table), func(f store.Feedback) bool { return f.Kind != store.Incident })
	}
	byTable := map[string]*tableDrift{}
	types := map[string]int{}
	for _, e := range events {
		if e.Table == "" || accepted(e) {
			continue
		}
		t, ok := byTable[e.Table]
		if !ok {
			t = &tableDrift{Table: e.Table, Severity: string(drift.Low), Type: driftTypes[0]}
			byTable[e.Table] = t
		}
		t.Events++
		if drift.Severity(e.Severity).AtLeast(drift.Severity(t.Severity)) {
			t.Severity = e.Severity
		}
		started := document.Stamp(e.At) // the newest come first
		t.StartedAt = &started
		if n := driftType(e); n > types[e.Table] {
			types[e.Table], t.Type = n, driftTypes[n]
		}
	}
	list := []tableDrift{}
	for _, name := range slices.Sorted(maps.Keys(byTable)) {
		list = append(list, *byTable[name])
	}
	slices.SortStableFunc(list, func(a, b tableDrift) int {
		switch {
		case a.Severity == b.Severity:
			return 0
		case drift.Severity(a.Severity).AtLeast(drift.Severity(b.Severity)):
			return -1
		}
		return 1
	})
	return list
}

// driftTypes are the kinds of drift that a summary names, by rising rank: a table's is its highest.
var driftTypes = []string{"unknown", "freshness", "distribution", "volume", "schema"}

// driftType is the index of an event's kind of drift, which the metric's name tells as in the Python tool.
func driftType(e store.Event) int {
	metric := strings.ToLower(e.Metric)
	holds := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(metric, w) })
	}
	switch {
	case e.Type == store.SchemaEvent || holds("schema", "column"):
		return 4
	case holds("count", "row"):
		return 3
	case holds("mean", "stddev", "distribution", "histogram", "top_values", "quantiles"):
		return 2
	case holds("profiled_at", "freshness"):
		return 1
	}
	return 0
}
