package drift

import (
	"fmt"
	"strings"
)

// NoneLeft says in the report of a run without a baseline why none of its earlier runs, the newest first, is one: what
// users said of them, or that they cannot be read. Of a table's first run, and of one that was compared, it changes
// nothing.
func (r *Report) NoneLeft(earlier []StoredRun) {
	if r.Note != noBaseline || len(earlier) == 0 {
		return
	}
	var incidents, older, unread int
	accepted := ""
	for _, run := range earlier {
		switch {
		case accepted != "":
			older++
		case run.Incident:
			incidents++
		default:
			unread++
		}
		if run.Accepted && accepted == "" {
			accepted = run.RunID
		}
	}
	var why []string
	add := func(n int, what string) {
		switch {
		case n == 1:
			why = append(why, "1 is "+what)
		case n > 1:
			why = append(why, fmt.Sprintf("%d are %s", n, what))
		}
	}
	add(incidents, "marked as incident")
	add(older, "older than the accepted run "+accepted)
	add(unread, "damaged")
	r.Note = fmt.Sprintf("not computed: no earlier run may be a baseline: of %d, %s", len(earlier), strings.Join(why, ", "))
	if incidents+older > 0 {
		r.Note += "; drift incident RUN --undo, or drift accept RUN --undo, takes that back"
	}
}
