package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// estimatedRows is the catalog's estimate of a relation c, −1 where there is none. Up to PostgreSQL 13 a
// table that was never analysed had zero rows and pages; a view has zero of both at any time.
const estimatedRows = `CASE WHEN c.relkind = 'v' OR c.reltuples <= 0 AND c.relpages = 0 THEN -1 ELSE c.reltuples END::bigint`

// Tables implements warehouse.Warehouse: tables, partitioned tables, views, materialised views and
// foreign tables; a partition is read through its parent.
func (w *Warehouse) Tables(ctx context.Context, schemas []string) ([]warehouse.Table, error) {
	rows, err := w.pool.Query(ctx, `
		SELECT n.nspname, c.relname, `+estimatedRows+`
		FROM pg_catalog.pg_class AS c
		JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
		  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
		  AND ($1::text[] IS NULL OR n.nspname = ANY($1::text[]))
		ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`, schemas)
	if err != nil {
		return nil, w.explain(err)
	}
	tables, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t warehouse.Table, err error) {
		err = row.Scan(&t.Schema, &t.Name, &t.Rows)
		return t, err
	})
	if err != nil {
		return nil, w.explain(err)
	}
	return tables, nil
}

// Describe implements warehouse.Warehouse.
func (w *Warehouse) Describe(ctx context.Context, tables []warehouse.TableRef) (map[warehouse.TableRef]warehouse.Description, error) {
	schemas, names := make([]string, len(tables)), make([]string, len(tables))
	for i, t := range tables {
		schemas[i], names[i] = t.Schema, t.Name
	}
	// A domain's values are sent as those of its base type, which may be a domain too. The left join of the
	// columns keeps a table without any in the result.
	rows, err := w.pool.Query(ctx, `
		WITH RECURSIVE steps AS (
			SELECT oid AS domain, typbasetype AS base FROM pg_catalog.pg_type WHERE typtype = 'd'
			UNION ALL
			SELECT steps.domain, t.typbasetype FROM steps
			JOIN pg_catalog.pg_type AS t ON t.oid = steps.base AND t.typtype = 'd'
		), domains AS (
			SELECT steps.domain, steps.base FROM steps
			JOIN pg_catalog.pg_type AS t ON t.oid = steps.base AND t.typtype <> 'd'
		)
		SELECT n.nspname, c.relname, coalesce(a.attname, ''), coalesce(format_type(a.atttypid, a.atttypmod), ''),
		       coalesce(a.attnotnull, false), coalesce(domains.base, a.atttypid, 0)::bigint, a.attname IS NOT NULL,
		       `+estimatedRows+`
		FROM unnest($1::text[], $2::text[]) AS wanted(schema, name)
		JOIN pg_catalog.pg_namespace AS n ON n.nspname = wanted.schema
		JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = wanted.name
		LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN domains ON domains.domain = a.atttypid
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
		ORDER BY n.nspname, c.relname, a.attnum`, schemas, names)
	if err != nil {
		return nil, w.explain(err)
	}
	defer rows.Close()
	described := make(map[warehouse.TableRef]warehouse.Description, len(tables))
	for rows.Next() {
		var ref warehouse.TableRef
		var c metrics.Column
		var notNull, exists bool
		var oid uint32
		var wide int64
		var d warehouse.Description
		if err := rows.Scan(&ref.Schema, &ref.Name, &c.Name, &c.Type, &notNull, &wide, &exists, &d.Rows); err != nil {
			return nil, w.explain(err)
		}
		if exists {
			oid = uint32(wide)
			c.Nullable = !notNull
			c.Kind = decoderOf(oid).kind
			w.formats.remember(ref, c.Name, oid)
			d.Columns = append(described[ref].Columns, c)
		}
		described[ref] = d
	}
	if err := rows.Err(); err != nil {
		return nil, w.explain(err)
	}
	return described, nil
}

// qualified quotes a table's name.
func qualified(t warehouse.TableRef) string {
	if t.Schema == "" {
		return warehouse.QuoteANSI(t.Name)
	}
	return warehouse.QuoteANSI(t.Schema) + "." + warehouse.QuoteANSI(t.Name)
}
