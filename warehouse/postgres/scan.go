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
func (w *Warehouse) Scan(ctx context.Context, s warehouse.Scan, visit func(*metrics.Batch) error) (coverage warehouse.Coverage, err error) {
	err = w.inSession(ctx, func(on *session) (err error) {
		if s.Lookups() {
			on.snapshot()
		}
		coverage, err = warehouse.Read(ctx, cursor{on, w.formats.of(s.Table, s.Columns)}, s, visit)
		return err
	})
	if err != nil && s.Partition != nil && isOfAnotherType(err) {
		err = fmt.Errorf("%w; write partition.values as the type of the column %q has them", err, s.Partition.Key)
	}
	return coverage, err
}

// isOfAnotherType reports whether a parameter is no value of the type that it is compared with.
func isOfAnotherType(err error) bool {
	var failure *pgconn.PgError
	return errors.As(err, &failure) && slices.Contains([]string{"22P02", "22003", "22007", "22008"}, failure.Code)
}

// errFormats says that columns did not come in the formats of their types.
var errFormats = errors.New("the table's columns have changed since they were described")

// Stream implements warehouse.Cursor. Where the formats are not known, or are those of types that a column
// no longer has, the server describes the statement first, which takes a round trip more.
func (c cursor) Stream(ctx context.Context, statement string, parameters []any, s warehouse.Scan, visit func(*metrics.Batch) error) (rows int64, err error) {
	stream := func(formats []int16) error {
		return c.query(ctx, statement, texts(parameters), formats, func(result *pgconn.ResultReader) (err error) {
			rows, err = decodeRows(result, s, visit)
			return err
		})
	}
	if c.formats != nil && !c.began { // the failure of a guess would end the transaction, too
		if err := stream(c.formats); !errors.Is(err, errFormats) {
			return rows, err
		}
	}
	description, err := c.conn.Prepare(ctx, "", statement, nil)
	if err != nil {
		return 0, err
	}
	formats := make([]int16, len(description.Fields))
	for i, field := range description.Fields {
		formats[i] = decoderOf(field.DataTypeOID).format
	}
	err = stream(formats)
	return rows, err
}

// decodeRows hands a result's rows to visit, and returns how many there were. It fails with errFormats before
// the first one, or not at all.
func decodeRows(result *pgconn.ResultReader, s warehouse.Scan, visit func(*metrics.Batch) error) (rows int64, err error) {
	fields := result.FieldDescriptions()
	decoders := make([]decoder, len(fields))
	for i, field := range fields {
		decoders[i] = decoderOf(field.DataTypeOID)
		if decoders[i].format != field.Format {
			return 0, errFormats
		}
	}
	batcher := warehouse.NewBatcher(s, visit)
	for result.NextRow() {
		size, column, err := decodeRow(decoders, result.Values(), batcher.Vectors())
		if err != nil {
			return rows, fmt.Errorf("column %q: %w", s.Columns[column].Name, err)
		}
		if err := batcher.EndRow(size); err != nil {
			return rows, err
		}
		rows++
	}
	if _, err := result.Close(); err != nil {
		return rows, err
	}
	return rows, batcher.Flush()
}
