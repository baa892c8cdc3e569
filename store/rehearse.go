package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// errRehearsed ends the transaction of a rehearsal that went well.
var errRehearsed = errors.New("rehearsed")

// Rehearse does all that a run does to the history, in a transaction that is rolled back: it applies what is
// pending, where create is set, and writes to every table. It fails as the run would. On an engine that commits each change
// of the schema at once, what is pending is not applied, and only that it may be is found out.
func (s *Store) Rehearse(ctx context.Context, create bool) error {
	pending, err := s.pending(ctx, create)
	if err != nil {
		return err
	}
	if committing, ok := s.dialect.(warehouse.SchemaCommitter); ok && pending {
		return s.fail(committing.MayChangeSchema(ctx, s.db)) // more would not be undone
	}
	err = s.inTransaction(ctx, func(tx *sql.Tx) error {
		if pending {
			if _, err := s.migrate(ctx, tx); err != nil {
				return err
			}
		}
		for range 2 { // the second time the columns are registered already, and their rows renewed
			if err := s.saveAll(ctx, tx, []Record{rehearsal()}); err != nil {
				return err
			}
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}

// rehearsal is a record that has a row for every table.
func rehearsal() Record {
	const name = "baselinr_pipes_rehearsal"
	column := metrics.ColumnProfile{Name: name, Metrics: map[metrics.Name]metrics.Value{metrics.Count: metrics.Int(0)}}
	r := Record{
		RunID: uuid.NewString(), InvocationID: uuid.NewString(), Table: warehouse.TableRef{Name: name}, TableID: name, ProfiledAt: time.Now(),
		Profile:    &metrics.TableProfile{Columns: []metrics.ColumnProfile{column}},
		Partitions: &Partitions{Key: name, Every: true, List: []PartitionProfile{{Data: []byte{0}}}},
		Drift: &drift.Report{
			Findings:      []drift.Finding{{Column: name, Metric: metrics.Count, Severity: drift.Low}},
			SchemaChanges: []drift.SchemaChange{{Column: name}},
		},
	}
	r.Outlook = rehearsedOutlook(name, r)
	return r
}
