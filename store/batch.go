package store

import (
	"context"
	"database/sql"
	"slices"
)

// batch stores records of different tables in one transaction. The rows for a table of the history are collected
// over all records, and what the registry knows of their columns is read once: sixteen small tables take few more
// statements than one.
type batch struct {
	store    *Store
	tx       *sql.Tx
	inserts  []*inserter                // in the order of their first use
	registry map[string][]registeredRow // by the table's name
}

// saveAll stores records. What an earlier one of a table says is stored before the next one of it asks.
func (s *Store) saveAll(ctx context.Context, tx *sql.Tx, records []Record) error {
	for len(records) > 0 {
		n := ofDifferentTables(records)
		b := &batch{store: s, tx: tx}
		if err := b.save(ctx, records[:n]); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

// ofDifferentTables counts the first records that are of tables of different names, whatever their schemas.
func ofDifferentTables(records []Record) int {
	seen := map[string]bool{}
	n := slices.IndexFunc(records, func(r Record) bool {
		before := seen[r.Table.Name]
		seen[r.Table.Name] = true
		return before
	})
	if n < 0 {
		return len(records)
	}
	return n
}

func (b *batch) save(ctx context.Context, records []Record) error {
	if err := b.readRegistry(ctx, records); err != nil {
		return err
	}
	for _, r := range records {
		if err := b.saveOne(ctx, r); err != nil {
			return err
		}
	}
	for _, insert := range b.inserts {
		if err := insert.flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) saveOne(ctx context.Context, r Record) error {
	isNew, err := b.store.saveRun(ctx, b.tx, r)
	if err == nil {
		err = b.findOutlook(ctx, r) // for one that is stored already too: its report tells the same again
	}
	if err != nil || !isNew {
		return err
	}
	for _, save := range []func(context.Context, Record) error{
		b.saveResults, b.saveOwnRun, b.saveDistributions, b.saveFindings, b.saveEvents, b.saveAnomalies, b.saveEnrichment, b.saveSchema,
	} {
		if err := save(ctx, r); err != nil {
			return err
		}
	}
	for _, save := range []func(context.Context, *sql.Tx, Record) error{b.store.savePartitions, b.store.saveExpectations, b.store.saveState} {
		if err := save(ctx, b.tx, r); err != nil {
			return err
		}
	}
	return nil
}

// into returns what collects the rows for a table of the history, which always have the same columns.
func (b *batch) into(table string, columns ...string) *inserter {
	for _, insert := range b.inserts {
		if insert.table == table {
			return insert
		}
	}
	insert := &inserter{store: b.store, tx: b.tx, table: table, columns: columns}
	b.inserts = append(b.inserts, insert)
	return insert
}
