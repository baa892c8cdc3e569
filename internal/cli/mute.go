package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func (a *app) muteCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "mute --dataset NAME --until DATE",
		Short: "Silences the findings of a table, a column or a metric until a date",
		Long: "Silences the findings of a table, a column or a metric until a date. They are computed and stored, marked as\n" +
			"muted, and count neither to the severity nor to --fail-on.",
	}
	flags := feedbackFlagsOf(c)
	c.Flags().StringVar(&flags.schema, "schema", "", "the table's schema; any where absent")
	c.Flags().StringVar(&flags.column, "column", "", "only findings of this column")
	c.Flags().StringVar(&flags.metric, "metric", "", "only findings of this metric")
	c.Flags().StringVar(&flags.until, "until", "", "the last `date` of the mute (2026-12-31, in UTC), the instant of its end (2026-12-31T12:00:00Z), or how long it lasts (36h, 14d, 2w)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		mute, err := a.muteOf(*flags)
		if err != nil {
			return usageError{err}
		}
		return a.feedback(c.Context(), flags, func(ctx context.Context, history *store.Store) ([]store.Feedback, error) {
			return []store.Feedback{mute}, a.checkMute(ctx, history, *flags)
		})
	}
	return c
}

// muteOf is the mute that the flags ask for.
func (a *app) muteOf(flags feedbackFlags) (store.Feedback, error) {
	f := store.Feedback{
		Kind: store.Mute, Table: warehouse.TableRef{Schema: flags.schema, Name: flags.dataset}, Column: flags.column, Metric: flags.metric,
	}
	switch {
	case flags.dataset == "":
		return f, errors.New("--dataset is missing: name the table whose findings to mute")
	case flags.undo:
		return f, nil
	case flags.until == "":
		return f, errors.New("--until is missing: a mute has an end, as 2026-12-31 or 14d")
	}
	until, err := endOf(flags.until, a.now())
	if err != nil {
		return f, err
	}
	if !until.After(a.now()) {
		return f, fmt.Errorf("--until %s: has passed already", flags.until)
	}
	f.Until = until
	return f, nil
}

// endOf reads the end of a mute: a date, which is its last day, an instant, or a time from now on.
func endOf(text string, now time.Time) (time.Time, error) {
	const day = 24 * time.Hour
	if date, err := time.Parse("2006-01-02", text); err == nil {
		return date.Add(day), nil
	}
	if instant, err := time.Parse(time.RFC3339, text); err == nil {
		return instant.UTC(), nil
	}
	for unit, length := range map[string]time.Duration{"h": time.Hour, "d": day, "w": 7 * day} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			if n, err := strconv.ParseUint(number, 10, 16); err == nil {
				return now.UTC().Add(time.Duration(n) * length).Truncate(time.Second), nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("--until %s: must be a date (2026-12-31), an instant (2026-12-31T12:00:00Z) or a time from now on (36h, 14d, 2w)", text)
}

// checkMute fails where a mute could never match: a table, a column or a metric that the history does not know.
func (a *app) checkMute(ctx context.Context, history *store.Store, flags feedbackFlags) error {
	if flags.undo {
		return nil
	}
	subject := store.Subject{TableRef: warehouse.TableRef{Schema: flags.schema, Name: flags.dataset}, AnySchema: flags.schema == ""}
	run, err := newest(ctx, history, subject)
	if err != nil {
		return err
	}
	if flags.metric != "" && !slices.Contains(metrics.Names(), metrics.Name(flags.metric)) {
		known, err := history.HasFindingsOf(ctx, flags.metric)
		if err != nil {
			return err
		}
		if metric, test := drift.MetricOf(flags.metric); test && !known {
			return usageError{fmt.Errorf("--metric %s: that is a test, whose findings are of the metric %s: write --metric %s", flags.metric, metric, metric)}
		}
		if !known {
			return usageError{fmt.Errorf("--metric %s: there is no such metric; there are %s", flags.metric, metricNames())}
		}
	}
	if flags.column == "" {
		return nil
	}
	profile, err := history.Baseline(ctx, run)
	if err != nil {
		return err
	}
	var names []string
	for _, c := range profile.Profile.Columns {
		names = append(names, c.Name)
	}
	if !slices.Contains(names, flags.column) {
		return usageError{fmt.Errorf("--column %s: the last run of table %q has no such column; it has %s", flags.column, flags.dataset, strings.Join(names[:min(len(names), 20)], ", "))}
	}
	return nil
}

func metricNames() string {
	var names []string
	for _, n := range metrics.Names() {
		names = append(names, string(n))
	}
	return strings.Join(names, ", ")
}
