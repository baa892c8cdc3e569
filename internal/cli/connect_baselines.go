package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/store"
)

// checkBaselines looks whether the runs and the baseline files that the config names are there, for each table that is
// compared with one. The history is nil where there is none yet. What it cannot tell is a note.
func (a *app) checkBaselines(ctx context.Context, history *store.Store, c *config.Config, p *plan.Plan) (note string, err error) {
	var problems []error
	named := func(b drift.BaselineSettings) bool {
		return b.Strategy == drift.PinnedRun || b.Strategy == drift.BaselineFile
	}
	for _, t := range p.Tables {
		settings, err := a.driftSettings(c, t)
		if err != nil { // which ends every run
			return "", errors.Join(append(problems, err)...)
		}
		if !slices.ContainsFunc(settings.Baselines(), named) {
			continue
		}
		switch known, err := resolvedByHistory(ctx, history, subjectIn(p, t.TableRef), settings); {
		case err != nil:
			note = fmt.Sprintf("whether the history has the runs that the config compares with cannot be told: %v", err)
		default:
			settings = known
		}
		var why []string
		for _, b := range settings.Baselines() {
			if b.Strategy == drift.BaselineFile && b.File.Run == nil {
				b.Refused = fmt.Sprintf("the baseline file %s lacks the table", b.File.Name)
			}
			if b.Refused != "" && !slices.Contains(why, b.Refused) {
				why = append(why, b.Refused)
				problems = append(problems, fmt.Errorf("drift of table %q will not be computed: %s", t.ID(), b.Refused))
			}
		}
	}
	return note, errors.Join(problems...)
}

// resolvedByHistory is resolved with the feedback that the history has.
func resolvedByHistory(ctx context.Context, history *store.Store, subject store.Subject, settings drift.Settings) (drift.Settings, error) {
	if history == nil {
		return settings, errors.New("there is no history yet")
	}
	feedback, err := history.Feedback(ctx)
	if err != nil {
		return settings, err
	}
	return resolved(ctx, history, feedback, subject, settings)
}
