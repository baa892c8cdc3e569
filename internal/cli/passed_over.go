package cli

import (
	"fmt"
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/store"
)

// passedOver lists the incidents among the runs of the subject before one, the newest first.
func passedOver(feedback store.FeedbackList, subject store.Subject, current *drift.Run) []drift.PassedOver {
	var list []drift.PassedOver
	for _, f := range feedback {
		if f.Kind != store.Incident || !ofEarlierRun(f, subject, current) {
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

// ofEarlierRun reports whether feedback is of a run of the subject before one.
func ofEarlierRun(f store.Feedback, subject store.Subject, current *drift.Run) bool {
	ours := f.Table.Name == subject.Name &&
		(subject.AnySchema || f.Table.Schema == subject.Schema || subject.Default && f.Table.Schema == "")
	return ours && f.RunID != current.RunID && !f.RunAt.After(current.ProfiledAt)
}

// lastAccepted is the newest run of the subject before one that was accepted; nil where there is none.
func lastAccepted(feedback store.FeedbackList, subject store.Subject, current *drift.Run) *drift.PassedOver {
	var last *drift.PassedOver
	for _, f := range feedback {
		if f.Kind == store.AcceptedRun && ofEarlierRun(f, subject, current) && (last == nil || f.RunAt.After(last.At)) {
			last = &drift.PassedOver{RunID: f.RunID, At: f.RunAt}
		}
	}
	return last
}

// noteAccepted warns of a baseline that a config or a flag names, and that is older than the run from which on all is
// normal: no other comparison would choose it.
func (a *app) noteAccepted(feedback store.FeedbackList, subject store.Subject, runs []*drift.Run, r *drift.Report, current *drift.Run) {
	accepted := lastAccepted(feedback, subject, current)
	if accepted == nil || r.BaselineMethod != drift.PinnedRun && r.BaselineMethod != drift.BaselineFile {
		return
	}
	for _, run := range runs {
		if run != nil && run.RunID == r.BaselineRunID && run.ProfiledAt.Before(accepted.At) {
			a.logger.Warn(fmt.Sprintf("the baseline, run %s of %s, is older than run %s, which was accepted: runs before it are no baselines unless they are named",
				run.RunID, document.Stamp(run.ProfiledAt), accepted.RunID))
		}
	}
}
