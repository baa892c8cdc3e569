package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Scan implements warehouse.Warehouse.
func (w *Warehouse) Scan(ctx context.Context, table warehouse.TableRef, columns []metrics.Column, visit func(*metrics.Batch) error) error {
	rows, err := w.db.QueryContext(ctx, selectAll(table, columns))
	if err != nil {
		return w.explain(err)
	}
	defer rows.Close()
	if err := read(rows, len(columns), visit); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return w.explain(err)
	}
	return nil
}

// selectAll returns the statement that reads the columns of every row. The unary plus turns a column
// into an expression, which has no declared type: the driver would else parse the texts of a column
// declared as a date, and fail or lose what is none.
func selectAll(table warehouse.TableRef, columns []metrics.Column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = "+" + warehouse.QuoteANSI(c.Name)
	}
	return fmt.Sprintf("SELECT %s FROM %s", strings.Join(list, ", "), warehouse.QuoteANSI(table.Name))
}

func read(rows *sql.Rows, n int, visit func(*metrics.Batch) error) error {
	batcher := warehouse.NewBatcher(n, visit)
	values := make([]any, n)
	targets := make([]any, n)
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		size := 0
		for i, value := range values {
			v := batcher.Vector(i)
			switch value := value.(type) {
			case nil:
				v.Nulls++
			case int64:
				v.Ints = append(v.Ints, value)
			case float64:
				v.Floats = append(v.Floats, value)
			case string:
				v.Texts.AppendString(value)
				size += len(value)
			case []byte:
				v.Blobs.Append(value)
				size += len(value)
			default:
				return fmt.Errorf("the driver returned a %T", value)
			}
			size += 8
		}
		if err := batcher.EndRow(size); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return batcher.Flush()
}
