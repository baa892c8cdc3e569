package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/baselinr/baselinr-pipes/report/document"
	"github.com/baselinr/baselinr-pipes/report/terminal"
	"github.com/baselinr/baselinr-pipes/store"
)

// pruneFlags are the flags of the command prune.
type pruneFlags struct {
	keepDays, keepRuns int
	dryRun             bool
	form               *output
}

func (a *app) pruneCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "prune --keep-days N | --keep-runs N",
		Short: "Deletes old runs from the history",
		Long: "Deletes old runs from the history, with all that belongs to them. A run is kept where either rule keeps it; so\n" +
			"are the last run of each table, accepted runs, and the baselines of the runs that the rules keep.",
	}
	var flags pruneFlags
	c.Flags().IntVar(&flags.keepDays, "keep-days", 0, "keep the runs of so many days")
	c.Flags().IntVar(&flags.keepRuns, "keep-runs", 0, "keep so many of the newest runs of each table")
	c.Flags().BoolVar(&flags.dryRun, "dry-run", false, "say what would go, and delete nothing")
	flags.form = outputFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		for _, name := range []string{"keep-days", "keep-runs"} {
			if f := c.Flags().Lookup(name); f.Changed && (f.Value.String() == "0" || strings.HasPrefix(f.Value.String(), "-")) {
				return usageError{fmt.Errorf("--%s %s: must be at least 1", name, f.Value)}
			}
		}
		if flags.keepDays == 0 && flags.keepRuns == 0 {
			return usageError{errors.New("say what to keep: --keep-days, --keep-runs or both")}
		}
		return a.prune(c.Context(), flags)
	}
	return c
}

func (a *app) prune(ctx context.Context, flags pruneFlags) error {
	settings, history, err := a.configAndHistory(ctx)
	if err != nil {
		return err
	}
	defer history.Close()
	keep := store.Retention{Runs: flags.keepRuns}
	if flags.keepDays > 0 {
		keep.Since = a.now().AddDate(0, 0, -flags.keepDays)
	}
	p, err := history.Prunable(ctx, keep)
	if err != nil {
		return err
	}
	rows, err := history.Prune(ctx, p.Delete, a.retry(settings), flags.dryRun)
	if err != nil {
		return fmt.Errorf("%w (deleted before: %s)", err, rowsOf(rows))
	}
	if *flags.form == outputJSON {
		return document.Write(a.Out, pruneDocument{
			document.Version, flags.dryRun, len(p.Delete), keptRuns{p.Kept(), p.ByRule, p.Last, p.Accepted, p.Baseline}, rows,
		})
	}
	verb := "deleted"
	if flags.dryRun {
		verb = "would delete"
	}
	fmt.Fprintf(a.Out, "%s %s runs: %s\n", verb, terminal.Count(int64(len(p.Delete))), rowsOf(rows))
	fmt.Fprintf(a.Out, "kept %s runs: %d by the rules, %d as the last of their table, %d accepted, %d as a baseline\n",
		terminal.Count(int64(p.Kept())), p.ByRule, p.Last, p.Accepted, p.Baseline)
	return nil
}

type pruneDocument struct {
	Version     int               `json:"version"`
	DryRun      bool              `json:"dry_run"`
	RunsDeleted int               `json:"runs_deleted"`
	RunsKept    keptRuns          `json:"runs_kept"`
	RowsDeleted []store.TableRows `json:"rows_deleted"`
}

type keptRuns struct {
	Total    int `json:"total"`
	ByRule   int `json:"by_rule"`
	Last     int `json:"last"`
	Accepted int `json:"accepted"`
	Baseline int `json:"baseline"`
}

// rowsOf says how many rows of which tables.
func rowsOf(list []store.TableRows) string {
	var total int64
	var parts []string
	for _, t := range list {
		total += t.Rows
		if t.Rows > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", t.Table, terminal.Count(t.Rows)))
		}
	}
	if len(parts) == 0 {
		return "no row"
	}
	return fmt.Sprintf("%s rows (%s)", terminal.Count(total), strings.Join(parts, ", "))
}
