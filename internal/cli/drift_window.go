package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report"
	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/report/terminal"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// namesWindow reports whether a flag's value names a window of partitions rather than a run.
func namesWindow(text string) bool { return text != "" && drift.LooksLikeSpan(text) }

// side is what one of the flags names: a window, or a run.
type side struct {
	window *drift.Window // nil where it is a run
	run    *drift.Run
	rows   int64
}

// String tells the side, as the terminal does.
func (s side) String() string {
	if s.window == nil {
		return fmt.Sprintf("run %s of %s", s.run.RunID, document.Stamp(s.run.ProfiledAt))
	}
	return fmt.Sprintf("%s, %s rows", s.window, terminal.Count(s.rows))
}

// driftOfWindows compares windows of partitions, whose profiles the history holds, or a window with a run.
func (a *app) driftOfWindows(ctx context.Context, history *store.Store, c *config.Config, flags driftFlags, files []reportFile) error {
	last, err := newest(ctx, history, flags.subject(c))
	if err != nil {
		return err
	}
	w := windows{app: a, history: history, flags: flags, table: last.Table, plan: plan.DriftOf(c, last.Table, defaultSchema(c)), config: c}
	if err := w.load(ctx); err != nil {
		return err
	}
	now, before, err := w.sides(ctx, last)
	if err != nil {
		return err
	}
	w.tellOverlap(now.window, before.window)
	settings, err := driftSettings(c, w.plan)
	if err != nil {
		return err
	}
	r := drift.DetectWindows(settings, before.run, now.run, chosen(now.window, before.window))
	subject := subjectOfRun(last, c)
	mutes := drift.Feedback{Mutes: w.feedback.Of(subject).Mutes} // what was accepted is of runs
	if err := mutes.Apply(r, now.run, nil); err != nil {
		return err
	}
	r = toldDrift(c, r)
	id := w.table.ID()
	head := fmt.Sprintf("%s: %s\ncompared with %s\n", id, now, before)
	for _, s := range chosen(now.window, before.window) {
		head += fmt.Sprintf("not compared: %s, %s\n", s.Column, s.Why)
	}
	compares := comparison{
		subject: subject, head: head, document: document.Windows(id, now.run.RunID, r, now.window, before.window), baselines: []*drift.Run{before.run},
		table: report.Table{
			Plan: plan.Table{TableRef: w.table}, Status: report.Completed, RunID: now.run.RunID, ProfiledAt: now.run.ProfiledAt, Profile: now.run.Profile, Drift: r,
		},
	}
	if private(c) {
		compares.table = compares.table.WithoutValues()
	}
	if err := a.tellComparison(ctx, history, compares, *flags.form, files); err != nil {
		return err
	}
	return failedOn(id, r, drift.Severity(flags.failOn))
}

// chosen lists the columns in which the sides differ by how they were chosen.
func chosen(now, before *drift.Window) []drift.Skipped {
	if now == nil {
		return before.Chosen(nil)
	}
	return now.Chosen(before)
}

// windows reads windows of one table.
type windows struct {
	*app
	history  *store.Store
	config   *config.Config
	flags    driftFlags
	table    warehouse.TableRef
	plan     plan.Table
	feedback store.FeedbackList

	key        string
	partitions []store.StoredPartition
	days       bool // the partitions are days
}

func (w *windows) load(ctx context.Context) (err error) {
	if w.key, w.partitions, err = w.history.Partitions(ctx, w.table); err != nil {
		return err
	}
	if len(w.partitions) == 0 {
		return usageError{fmt.Errorf("the history has no profile of a partition of table %q, so that no window of it can be compared; write keep_profiles: true in the table's partition (datasets.datasets[].profiling.partition) and profile it",
			w.table.ID())}
	}
	w.days = slices.ContainsFunc(w.partitions, func(p store.StoredPartition) bool { return metrics.IsDay(p.Value.String()) })
	w.feedback, err = w.history.Feedback(ctx)
	return err
}

// sides returns what the flags name: without --current the last run, without --baseline the window before, as long.
func (w *windows) sides(ctx context.Context, last store.Run) (now, before side, err error) {
	if namesWindow(w.flags.current) {
		now, err = w.window(ctx, "--current", w.flags.current, false)
	} else {
		if w.flags.current != "" {
			last, err = findRun(ctx, w.history, w.flags.current, w.table.Name)
		}
		now = w.run(ctx, last, &err)
	}
	if err != nil {
		return now, before, err
	}
	switch baseline := w.flags.baseline; {
	case namesWindow(baseline):
		before, err = w.window(ctx, "--baseline", baseline, true)
	case namesBaselineFile(baseline):
		var found drift.FileBaseline
		found, err = w.fileBaseline(baseline, w.table)
		before = side{run: found.Run}
	case baseline != "":
		var run store.Run
		run, err = findRun(ctx, w.history, baseline, w.table.Name)
		before = w.run(ctx, run, &err)
	default:
		span, ok := now.window.Span.Before()
		if !ok {
			return now, before, usageError{fmt.Errorf("--baseline is missing: which window is before %s is not known, the partitions being no days", now.window.Span)}
		}
		before, err = w.window(ctx, "the window before that of --current", span.ID(), true)
	}
	return now, before, err
}

// run reads a run, unless there was an error before.
func (w *windows) run(ctx context.Context, run store.Run, err *error) side {
	if *err != nil {
		return side{}
	}
	var r *drift.Run
	if r, *err = w.history.Baseline(ctx, run); *err != nil {
		return side{}
	}
	r.Reading = nil // other rows are what was asked for
	return side{run: r, rows: r.Profile.RowCount}
}

// window reads the partitions of a span, of which a baseline leaves out those that an incident read.
func (w *windows) window(ctx context.Context, from, text string, baseline bool) (side, error) {
	span, err := drift.ParseSpan(text, w.days)
	if err != nil {
		return side{}, usageError{fmt.Errorf("%s: %w", from, err)}
	}
	named := from + " " + text
	if !strings.HasPrefix(from, "--") { // none that the command line names
		named = from + ", " + text
	}
	window := drift.NewWindow(span, w.key)
	var list []store.StoredPartition
	var values []string
	incidents := 0
	for _, p := range w.partitions {
		switch {
		case p.Value.IsNull() || !span.Contains(p.Value.String()):
		case baseline && w.incident(p):
			incidents++
		default:
			list, values = append(list, p), append(values, p.Value.String())
		}
	}
	const why = "read last by a run that is marked as an incident"
	switch {
	case len(list) == 0 && incidents > 0:
		return side{}, fmt.Errorf("%s: every partition of table %q there was %s; profile the table anew, or take that back", named, w.table.ID(), why)
	case incidents > 0:
		w.logger.Warn(fmt.Sprintf("%s: left out, since %s: %s", from, why, terminal.Counted(incidents, "partition")))
	case len(list) == 0:
		return side{}, usageError{fmt.Errorf("%s: the history has no partition of table %q there; it has %s", named, w.table.ID(), w.known())}
	}
	err = w.history.PartitionProfiles(ctx, list, func(p store.StoredPartition, profile *metrics.TableAccumulator) error {
		value := p.Value.String()
		if profile == nil { // which the history tells
			values = slices.DeleteFunc(values, func(v string) bool { return v == value })
			return nil
		}
		if err := window.Add(value, p.ProfiledAt, profile); err != nil {
			return fmt.Errorf("%s: the profile of the partition %s does not merge with those before: %w; profile it anew", from, value, err)
		}
		return nil
	})
	if err != nil {
		return side{}, err
	}
	if len(values) == 0 {
		return side{}, fmt.Errorf("%s: none of the stored profiles can be read; profile the table anew", named)
	}
	window.Missing = span.Missing(values)
	w.tell(from, window)
	run, err := w.measure(window)
	if err != nil {
		return side{}, err
	}
	return side{window, run, run.Profile.RowCount}, nil
}

func (w *windows) incident(p store.StoredPartition) bool {
	_, marked := w.feedback.Incident(store.Run{RunID: p.RunID, Table: w.table})
	return marked
}

// tell warns of what is not in a window.
func (w *windows) tell(from string, window *drift.Window) {
	const most = 10
	if n := len(window.Missing); n > 0 {
		days := strings.Join(window.Missing[:min(n, most)], ", ")
		if n > most {
			days += ", …"
		}
		w.logger.Warn(fmt.Sprintf("%s: %d of %d days have no stored partition, since they have no row or were not profiled: %s", from, n, n+window.Partitions, days))
	}
	for _, c := range window.LeftOut {
		w.logger.Warn(fmt.Sprintf("%s: column %q is left out: %s", from, c.Column, c.Why))
	}
}

// tellOverlap warns where partitions are in both windows, and so compared with themselves.
func (w *windows) tellOverlap(now, before *drift.Window) {
	if now == nil || before == nil {
		return
	}
	both := 0
	for _, p := range w.partitions {
		if value := p.Value.String(); !p.Value.IsNull() && now.Span.Contains(value) && before.Span.Contains(value) {
			both++
		}
	}
	switch {
	case now.Span == before.Span:
		w.logger.Warn(fmt.Sprintf("the window %s is compared with itself", now.Span))
	case both > 0:
		w.logger.Warn(fmt.Sprintf("the windows %s and %s overlap: %s are in both, and hide what changed", now.Span, before.Span, terminal.Counted(both, "partition")))
	}
}

// known tells which partitions there are.
func (w *windows) known() string {
	var first, last string
	for _, p := range w.partitions {
		if p.Value.IsNull() || w.days && !metrics.IsDay(p.Value.String()) {
			continue
		}
		if last = p.Value.String(); first == "" {
			first = last
		}
	}
	if first == "" {
		return "only rows without a key"
	}
	return fmt.Sprintf("those from %s to %s", first, last)
}

// measure measures a window as the config says for the table.
func (w *windows) measure(window *drift.Window) (*drift.Run, error) {
	selection, err := w.plan.Selection()
	if err != nil {
		return nil, err
	}
	return window.Run(w.profilerSettings(w.config).Metrics, func(column string) ([]metrics.Name, bool) {
		measured, read := selection.Of(column)
		return metrics.NamesOf(measured), read
	})
}
