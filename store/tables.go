package store

import (
	"context"
	"database/sql"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

// Tables returns the tables that have completed runs, by rising schema and name; of one of the name alone, where
// that is not empty. A table that the Python tool knows without its schema stands by itself.
func (s *Store) Tables(ctx context.Context, name string) ([]warehouse.TableRef, error) {
	rows, err := s.db.QueryContext(ctx, s.sql(`
		SELECT DISTINCT coalesce(schema_name, '') AS s, dataset_name FROM %s
		WHERE status = 'completed' AND (dataset_name = ? OR ? = '') ORDER BY s, dataset_name`, s.runs()), name, name)
	if err != nil {
		return nil, s.fail(err)
	}
	defer rows.Close()
	var tables []warehouse.TableRef
	for rows.Next() {
		var schema, dataset sql.NullString
		if err := rows.Scan(&schema, &dataset); err != nil {
			return nil, s.fail(err)
		}
		tables = append(tables, warehouse.TableRef{Schema: schema.String, Name: dataset.String})
	}
	return tables, s.fail(rows.Err())
}
