package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/store"
)

// addPrior adds to the runs those about a period before the current one, the nearest first, up to the one that it is
// compared with. Those whose profile is damaged are told of and passed over.
func (a *app) addPrior(ctx context.Context, history *store.Store, subject store.Subject, runs []*drift.Run, before store.Run, current *drift.Run, p drift.Period) ([]*drift.Run, error) {
	looked := 0
	for limit := 2; ; limit = min(limit*4, drift.MostPassedOver) {
		found, err := history.Near(ctx, subject, limit, before, p)
		if err != nil {
			return nil, err
		}
		read, damaged, err := history.Baselines(ctx, found[min(looked, len(found)):], drift.Figures()...)
		if err != nil {
			return nil, err
		}
		for _, err := range damaged {
			a.logger.Warn(fmt.Sprintf("%v; another run is looked for", err))
		}
		for _, run := range read {
			if !slices.ContainsFunc(runs, func(other *drift.Run) bool { return other.RunID == run.RunID }) {
				runs = append(runs, run.SetApart())
			}
			if current.Takes(run) {
				return runs, nil
			}
		}
		if looked = len(found); looked < limit || limit == drift.MostPassedOver {
			return runs, nil
		}
	}
}
