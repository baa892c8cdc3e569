package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/store"
)

// noRunOf says that a table has no stored run, and which have: of its name in other schemas, where there are, else
// which tables there are.
func noRunOf(ctx context.Context, history *store.Store, s store.Subject) error {
	if s.Schema != "" && !s.AnySchema {
		elsewhere := s
		elsewhere.AnySchema = true
		const most = 1000
		runs, err := history.Latest(ctx, elsewhere, most, nil)
		if err != nil {
			return err
		}
		var schemas []string
		for _, r := range runs {
			if name := orNone(r.Table.Schema); !slices.Contains(schemas, name) {
				schemas = append(schemas, name)
			}
		}
		if len(schemas) > 0 {
			return usageError{fmt.Errorf("table %q has no stored run in schema %q; it has runs in: %s", s.Name, s.Schema, strings.Join(schemas, ", "))}
		}
	}
	known, err := history.Datasets(ctx)
	if err != nil {
		return err
	}
	if known == "" {
		return usageError{fmt.Errorf("table %q has no stored run; the history is empty: baselinr-pipes profile stores runs", s.Name)}
	}
	return usageError{fmt.Errorf("table %q has no stored run; there are runs of: %s", s.Name, known)}
}

func orNone(schema string) string {
	if schema == "" {
		return "no schema"
	}
	return schema
}

// knownTable fails where the history has no run of the table that a query names, which is misspelt then: that it has
// none of those asked for is no failure.
func knownTable(ctx context.Context, history *store.Store, flags queryFlags) error {
	if flags.table == "" {
		return nil
	}
	runs, err := history.Recent(ctx, store.Filter{Limit: 1, Table: flags.table, Schema: flags.schema})
	if err != nil || len(runs) > 0 {
		return err
	}
	return noRunOf(ctx, history, flags.subject())
}
