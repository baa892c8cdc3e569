package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Scan implements warehouse.Warehouse. Rows are decoded from the protocol's own buffers.
func (w *Warehouse) Scan(ctx context.Context, table warehouse.TableRef, columns []metrics.Column, visit func(*metrics.Batch) error) error {
	pooled, err := w.pool.Acquire(ctx)
	if err != nil {
		return w.explain(err)
	}
	defer pooled.Release()
	err = read(ctx, pooled.Conn().PgConn(), fmt.Sprintf("SELECT %s FROM %s", quotedList(columns), qualified(table)), visit)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return w.explain(err)
	}
	return nil
}

func read(ctx context.Context, conn *pgconn.PgConn, statement string, visit func(*metrics.Batch) error) error {
	// The statement is described first: which columns can come in binary depends on their types.
	description, err := conn.Prepare(ctx, "", statement, nil)
	if err != nil {
		return err
	}
	decoders := make([]decoder, len(description.Fields))
	formats := make([]int16, len(description.Fields))
	for i, field := range description.Fields {
		decoders[i] = decoderOf(field.DataTypeOID)
		formats[i] = decoders[i].format
	}
	batcher := warehouse.NewBatcher(len(decoders), visit)
	result := conn.ExecPrepared(ctx, "", nil, nil, formats)
	for result.NextRow() {
		size := 0
		for i, value := range result.Values() {
			v := batcher.Vector(i)
			if value == nil {
				v.Nulls++
				continue
			}
			size += len(value)
			if err := decoders[i].decode(value, v); err != nil {
				_, _ = result.Close()
				return fmt.Errorf("column %q: %w", description.Fields[i].Name, err)
			}
		}
		if err := batcher.EndRow(size); err != nil {
			_, _ = result.Close()
			return err
		}
	}
	if _, err := result.Close(); err != nil {
		return err
	}
	return batcher.Flush()
}
