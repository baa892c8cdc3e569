package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/report/html"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// How long a report waits for what its pictures show of the history; and after an interrupt.
const (
	historyWithin          = 30 * time.Second
	historyWithinInterrupt = time.Second
)

// subjects says whose runs are those of a table.
type subjects func(warehouse.TableRef) store.Subject

// rowCount is the figure of a table as a whole.
var rowCount = report.Figure{Metric: metrics.Count}

// histories reads what a report of a run shows of the history. A history that fails takes pictures away, and no
// report. What an interrupted run found is shown too.
func (a *app) histories(ctx context.Context, history *store.Store, r *report.Run, subject subjects) map[string]*report.History {
	within := historyWithin
	if ctx.Err() != nil {
		within = historyWithinInterrupt
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	feedback, err := history.Feedback(ctx)
	all := map[string]*report.History{}
	for _, wanted := range html.WantedOf(r) {
		if err != nil {
			break
		}
		all[wanted.Table.Title()], err = a.historyOf(ctx, history, feedback, wanted, subject(wanted.Table.Plan.TableRef))
	}
	if err != nil {
		a.logger.Warn(fmt.Sprintf("the report lacks pictures: %v", err))
	}
	return all
}

// historyOf reads what the pictures of a table show. What cannot be read of one run is left out.
func (a *app) historyOf(ctx context.Context, history *store.Store, feedback store.FeedbackList, wanted html.Wanted, subject store.Subject) (*report.History, error) {
	h := &report.History{Baselines: map[string]*drift.Run{}}
	for _, id := range wanted.Baselines {
		run, err := history.Find(ctx, id, subject.Name)
		if err == nil {
			h.Baselines[id], err = history.Baseline(ctx, run)
		}
		if err != nil && !errors.Is(err, store.ErrNoRun) && !errors.Is(err, store.ErrDamaged) {
			return h, err
		}
		if err != nil {
			delete(h.Baselines, id)
		}
	}
	runs, err := history.Until(ctx, subject, wanted.Table.ProfiledAt, wanted.Table.Slice, wanted.Runs)
	if err != nil {
		return h, err
	}
	columns, names := map[string]bool{}, map[metrics.Name]bool{}
	for _, f := range wanted.Figures {
		if f.Column != "" {
			columns[f.Column], names[f.Metric] = true, true
		}
	}
	values := map[string]map[report.Figure]float64{}
	for _, r := range runs {
		values[r.RunID] = map[report.Figure]float64{}
		if r.RowCount != nil {
			values[r.RunID][rowCount] = float64(*r.RowCount)
		}
	}
	measured, err := history.Measured(ctx, runs, slices.Sorted(maps.Keys(columns)), slices.Sorted(maps.Keys(names)))
	if err != nil {
		return h, err
	}
	for _, m := range measured {
		values[m.RunID][report.Figure{Column: m.Column, Metric: m.Metric}] = m.Value
	}
	for _, r := range slices.Backward(runs) {
		_, incident := feedback.Incident(r)
		h.Runs = append(h.Runs, report.PastRun{RunID: r.RunID, At: r.At(), Incident: incident, Values: values[r.RunID]})
	}
	return h, nil
}
