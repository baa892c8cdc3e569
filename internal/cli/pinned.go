package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/store"
)

// resolved returns the settings with the whole IDs of the runs that they pin, and with why a run that is pinned, or that
// a baseline file holds, is no baseline: it is not there, marked as an incident, or damaged.
func resolved(ctx context.Context, history *store.Store, feedback store.FeedbackList, subject store.Subject, settings drift.Settings) (drift.Settings, error) {
	return settings.Resolved(func(b drift.BaselineSettings) (drift.BaselineSettings, error) {
		switch {
		case b.Strategy == drift.PinnedRun:
			run, err := findRun(ctx, history, b.Run, subject.Name)
			if err == nil {
				err = history.Damage(ctx, run)
			}
			switch {
			case errors.Is(err, store.ErrDamaged):
				b.Refused = "the pinned " + strings.TrimPrefix(err.Error(), "history: ")
			case errors.Is(err, store.ErrNoRun):
				b.Refused = fmt.Sprintf("the pinned run %s is not in the history of the table", b.Run)
			case errors.Is(err, store.ErrAmbiguous):
				b.Refused = fmt.Sprintf("the pinned run %s is not one: several IDs begin so; give more of it", b.Run)
			case err != nil:
				return b, err
			case run.Table.Schema != subject.Schema && !(subject.Default && run.Table.Schema == ""):
				b.Refused = fmt.Sprintf("the pinned run %s is of the table %s", b.Run, run.Table.ID())
			default:
				b.Run = run.RunID
				b.Refused = asIncident(feedback, run, "the pinned run "+b.Run)
			}
		case b.Strategy == drift.BaselineFile && b.File.Run != nil:
			run := store.Run{RunID: b.File.Run.RunID, Table: subject.TableRef}
			b.Refused = asIncident(feedback, run, fmt.Sprintf("the baseline file %s: run %s", b.File.Name, run.RunID))
		}
		return b, nil
	})
}

// asIncident says that a run is an incident, and so no baseline; nothing where it is none.
func asIncident(feedback store.FeedbackList, run store.Run, name string) string {
	f, marked := feedback.Incident(run)
	if !marked {
		return ""
	}
	return name + " is marked as an incident" + because(f)
}
