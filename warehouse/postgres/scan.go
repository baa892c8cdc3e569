package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Scan implements warehouse.Warehouse. Rows are decoded from the protocol's own buffers.
func (w *Warehouse) Scan(ctx context.Context, s warehouse.Scan, visit func(*metrics.Batch) error) (warehouse.Coverage, error) {
	pooled, err := w.pool.Acquire(ctx)
	if err != nil {
		return warehouse.Coverage{}, w.explain(err)
	}
	defer pooled.Release()
	coverage, err := warehouse.Read(ctx, cursor{pooled.Conn().PgConn()}, s, visit)
	if ctx.Err() != nil {
		return coverage, ctx.Err()
	}
	if err != nil && s.Partition != nil && isOfAnotherType(err) {
		return coverage, fmt.Errorf("%w; write partition.values as the type of the column %q has them", w.explain(err), s.Partition.Key)
	}
	if err != nil {
		return coverage, w.explain(err)
	}
	return coverage, nil
}

// isOfAnotherType reports whether a parameter is no value of the type that it is compared with.
func isOfAnotherType(err error) bool {
	var failure *pgconn.PgError
	return errors.As(err, &failure) && slices.Contains([]string{"22P02", "22003", "22007", "22008"}, failure.Code)
}

// Stream implements warehouse.Cursor.
func (c cursor) Stream(ctx context.Context, statement string, parameters []any, columns []metrics.Column, visit func(*metrics.Batch) error) (rows int64, err error) {
	// The statement is described first: which columns can come in binary depends on their types.
	description, err := c.conn.Prepare(ctx, "", statement, nil)
	if err != nil {
		return 0, err
	}
	decoders := make([]decoder, len(description.Fields))
	formats := make([]int16, len(description.Fields))
	for i, field := range description.Fields {
		decoders[i] = decoderOf(field.DataTypeOID)
		formats[i] = decoders[i].format
	}
	batcher := warehouse.NewBatcher(len(decoders), visit)
	result := c.conn.ExecPrepared(ctx, "", texts(parameters), nil, formats)
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
				return rows, fmt.Errorf("column %q: %w", columns[i].Name, err)
			}
		}
		if err := batcher.EndRow(size); err != nil {
			_, _ = result.Close()
			return rows, err
		}
		rows++
	}
	if _, err := result.Close(); err != nil {
		return rows, err
	}
	return rows, batcher.Flush()
}
