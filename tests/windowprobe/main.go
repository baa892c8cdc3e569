// Command windowprobe prints the profile of a window of partitions, merged from what a history holds of them:
//
//	windowprobe CONFIG SCHEMA TABLE WINDOW
//
// tests/truth holds it against pandas, and against profiles of the same rows that were measured afresh.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/store"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/postgres"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "windowprobe:", err)
		os.Exit(1)
	}
}

// column is a column as profile -o json writes it.
type column struct {
	Name           string                         `json:"name"`
	Type           string                         `json:"type"`
	Kind           metrics.Kind                   `json:"kind"`
	Nullable       bool                           `json:"nullable"`
	Metrics        map[metrics.Name]metrics.Value `json:"metrics"`
	Estimates      map[metrics.Name]float64       `json:"estimates,omitempty"`
	OtherKindCount int64                          `json:"other_kind_count,omitempty"`
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) != 4 {
		return fmt.Errorf("wants CONFIG SCHEMA TABLE WINDOW")
	}
	c, _, err := config.Load(arguments[0])
	if err != nil {
		return err
	}
	open := sqlite.OpenHistory
	if c.Storage.Connection.Type == postgres.Type {
		open = postgres.OpenHistory
	}
	h, err := open(ctx, c.Storage.Connection, false)
	if err != nil {
		return err
	}
	history := store.New(h, store.Tables{Runs: c.Storage.RunsTable, Results: c.Storage.ResultsTable})
	defer history.Close()
	r, err := window(ctx, history, warehouse.TableRef{Schema: arguments[1], Name: arguments[2]}, arguments[3])
	if err != nil {
		return err
	}
	columns := []column{}
	for _, c := range r.Profile.Columns {
		columns = append(columns, column{c.Name, c.Type, c.Kind, c.Nullable, c.Metrics, c.Estimates, c.OtherKindCount})
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"row_count": r.Profile.RowCount, "partitions": r.Partitions, "columns": columns})
}

func window(ctx context.Context, history *store.Store, t warehouse.TableRef, text string) (*drift.Run, error) {
	span, err := drift.ParseSpan(text, true)
	if err != nil {
		return nil, err
	}
	key, all, err := history.Partitions(ctx, t)
	if err != nil {
		return nil, err
	}
	var list []store.StoredPartition
	for _, p := range all {
		if span.Contains(p.Value.String()) {
			list = append(list, p)
		}
	}
	w := drift.NewWindow(span, key)
	err = history.PartitionProfiles(ctx, list, func(p store.StoredPartition, a *metrics.TableAccumulator) error {
		return w.Add(p.Value.String(), p.ProfiledAt, a)
	})
	if err != nil {
		return nil, err
	}
	return w.Run(metrics.DefaultSettings(), func(string) ([]metrics.Name, bool) { return metrics.Names(), true })
}
