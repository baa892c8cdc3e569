package cli

import (
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/store"
)

// passedOver lists the incidents among the runs of the subject before one, the newest first.
func passedOver(feedback store.FeedbackList, subject store.Subject, current *drift.Run) []drift.PassedOver {
	var list []drift.PassedOver
	for _, f := range feedback {
		ours := f.Table.Name == subject.Name &&
			(subject.AnySchema || f.Table.Schema == subject.Schema || subject.Default && f.Table.Schema == "")
		if !ours || f.Kind != store.Incident || f.RunID == current.RunID || f.RunAt.After(current.ProfiledAt) {
			continue
		}
		why := "an incident"
		if f.Reason != "" {
			why += " (" + shortened(f.Reason) + ")"
		}
		list = append(list, drift.PassedOver{RunID: f.RunID, At: f.RunAt, Why: why})
	}
	slices.SortStableFunc(list, func(a, b drift.PassedOver) int { return b.At.Compare(a.At) })
	return list
}
