package mysql

import (
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Scan implements warehouse.Warehouse. Rows come as the server makes them: nothing is held on either side.
func (w *Warehouse) Scan(ctx context.Context, s warehouse.Scan, visit func(*metrics.Batch) error) (coverage warehouse.Coverage, err error) {
	err = w.inSession(ctx, func(on *session) (err error) {
		read := func() error {
			coverage, err = warehouse.Read(ctx, cursor{on}, s, visit)
			return err
		}
		if s.Lookups() {
			return on.inSnapshot(ctx, read)
		}
		return read()
	})
	return coverage, err
}

// Stream implements warehouse.Cursor. The binary protocol is twice as fast as text, and exact for FLOAT, of which text has
// six digits; it takes a round trip more.
func (c cursor) Stream(ctx context.Context, statement string, parameters []any, s warehouse.Scan, visit func(*metrics.Batch) error) (read int64, err error) {
	err = c.query(ctx, statement, parameters, func(rows driver.Rows) error {
		decoders := make([]decoder, len(s.Columns))
		for i, name := range typeNames(rows) {
			decoders[i] = decoderOf(name, s.Columns[i].Kind)
		}
		batcher := warehouse.NewBatcher(s, visit)
		err := eachRow(rows, func(row []driver.Value) error {
			vectors := batcher.Vectors()
			size := 0
			for i, value := range row {
				if value == nil {
					vectors[i].Nulls++
					continue
				}
				n, err := decoders[i](value, &vectors[i])
				if err != nil {
					return fmt.Errorf("column %q: %w", s.Columns[i].Name, err)
				}
				size += n
			}
			read++
			return batcher.EndRow(size)
		})
		if err != nil {
			return err
		}
		return batcher.Flush()
	})
	return read, err
}

// typeNames are the types of a result's columns, as the driver names them.
func typeNames(rows driver.Rows) []string {
	typed := rows.(driver.RowsColumnTypeDatabaseTypeName)
	names := make([]string, len(rows.Columns()))
	for i := range names {
		names[i] = typed.ColumnTypeDatabaseTypeName(i)
	}
	return names
}
