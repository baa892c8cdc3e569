package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/store"
)

// heed marks the findings of a comparison that users' feedback makes not count.
func heed(ctx context.Context, history *store.Store, list store.FeedbackList, subject store.Subject, settings drift.Settings, r *drift.Report, run *drift.Run) error {
	return list.Of(subject).Apply(r, run, func(runID string) (*drift.Report, error) {
		accepted, err := history.Find(ctx, runID, subject.Name)
		var baseline *drift.Run
		if err == nil {
			baseline, err = history.Baseline(ctx, accepted)
		}
		switch {
		case errors.Is(err, store.ErrNoRun), errors.Is(err, store.ErrDamaged):
			return nil, nil
		case err != nil:
			return nil, err
		}
		return settings.Since(baseline, run), nil
	})
}

// noneLeft says in the report of a run without a baseline why none of its earlier runs is one.
func noneLeft(ctx context.Context, history *store.Store, list store.FeedbackList, subject store.Subject, r *drift.Report, run *drift.Run) error {
	if r.Verdict() != "no baseline" {
		return nil
	}
	const most = 1000 // of which the sentence counts
	earlier, err := history.Earlier(ctx, subject, most, store.Run{RunID: run.RunID, ProfiledAt: run.ProfiledAt})
	if err == nil {
		r.NoneLeft(storedRuns(earlier, list, nil))
	}
	return err
}

// noteBaseline warns of a baseline that was asked for and that no comparison would choose.
func (a *app) noteBaseline(list store.FeedbackList, current, baseline store.Run) {
	if f, marked := list.Incident(baseline); marked {
		a.logger.Warn(fmt.Sprintf("the baseline, run %s, is marked as an incident%s", baseline.RunID, because(f)))
	}
	switch {
	case baseline.RunID == current.RunID:
		a.logger.Warn(fmt.Sprintf("run %s is compared with itself", current.RunID))
	case baseline.ProfiledAt.After(current.ProfiledAt):
		a.logger.Warn(fmt.Sprintf("the baseline, run %s of %s, is later than the run that is compared with it, of %s",
			baseline.RunID, document.Stamp(baseline.ProfiledAt), document.Stamp(current.ProfiledAt)))
	}
}
