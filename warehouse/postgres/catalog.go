package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// estimatedRows is the catalog's estimate of a relation c, −1 where there is none. Up to PostgreSQL 13 a
// table that was never analysed had zero rows and pages; a view has zero of both at any time.
const estimatedRows = `CASE WHEN c.relkind = 'v' OR c.reltuples <= 0 AND c.relpages = 0 THEN -1 ELSE c.reltuples END::bigint`

// profiled is what tells relations c of schemas n that are profiled from all others: tables, partitioned
// tables, views, materialised views and foreign tables; a partition is read through its parent. $1 is the
// schemas, null for all.
const profiled = `c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
		  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
		  AND ($1::text[] IS NULL OR n.nspname = ANY($1::text[]))`

// Tables implements warehouse.Warehouse. What a partitioned table holds is the sum of its partitions, where
// it was not analysed itself. PostgreSQL does not keep when a table was modified.
func (w *Warehouse) Tables(ctx context.Context, schemas []string) ([]warehouse.Table, error) {
	rows, err := w.pool.Query(ctx, `
		WITH RECURSIVE parts AS (
			SELECT i.inhparent AS root, i.inhrelid AS part FROM pg_catalog.pg_inherits AS i
			JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent AND p.relkind = 'p' AND NOT p.relispartition
			UNION ALL
			SELECT parts.root, i.inhrelid FROM parts JOIN pg_catalog.pg_inherits AS i ON i.inhparent = parts.part
		), sums AS (
			SELECT parts.root, sum(c.relpages::bigint) AS pages,
			       sum(c.reltuples) FILTER (WHERE c.reltuples > 0 OR c.relpages > 0) AS tuples
			FROM parts JOIN pg_catalog.pg_class AS c ON c.oid = parts.part AND c.relkind IN ('r', 'f') GROUP BY parts.root
		)
		SELECT n.nspname, c.relname, c.relkind::text,
		       CASE WHEN c.relkind = 'p' AND c.reltuples <= 0 THEN coalesce(sums.tuples::bigint, -1) ELSE `+estimatedRows+` END,
		       CASE WHEN c.relkind IN ('v', 'f') THEN -1
		            ELSE coalesce(sums.pages, c.relpages) * current_setting('block_size')::bigint END::bigint,
		       coalesce(d.description, '')
		FROM pg_catalog.pg_class AS c
		JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
		LEFT JOIN sums ON sums.root = c.oid
		LEFT JOIN pg_catalog.pg_description AS d
		  ON d.objoid = c.oid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0
		WHERE `+profiled+`
		ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`, schemas)
	if err != nil {
		return nil, w.explain(err)
	}
	tables, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (warehouse.Table, error) {
		var kind string
		t := warehouse.Table{Age: -1}
		err := row.Scan(&t.Schema, &t.Name, &kind, &t.Rows, &t.Bytes, &t.Comment)
		t.Type = tableTypes[kind]
		return t, err
	})
	if err != nil {
		return nil, w.explain(err)
	}
	return tables, nil
}

// tableTypes are the types of relations by pg_class.relkind.
var tableTypes = map[string]config.TableType{
	"r": config.TypeTable, "p": config.TypeTable, "v": config.TypeView,
	"m": config.TypeMaterializedView, "f": config.TypeForeignTable,
}

// TablesWithColumns implements warehouse.Warehouse.
func (w *Warehouse) TablesWithColumns(ctx context.Context, schemas, columns []string) (map[warehouse.TableRef][]string, error) {
	rows, err := w.pool.Query(ctx, `
		SELECT n.nspname, c.relname, array_agg(a.attname::text)
		FROM pg_catalog.pg_attribute AS a
		JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
		JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
		WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attname = ANY($2::text[]) AND `+profiled+`
		GROUP BY n.nspname, c.relname`, schemas, columns)
	if err != nil {
		return nil, w.explain(err)
	}
	defer rows.Close()
	tables := map[warehouse.TableRef][]string{}
	for rows.Next() {
		var ref warehouse.TableRef
		var has []string
		if err := rows.Scan(&ref.Schema, &ref.Name, &has); err != nil {
			return nil, w.explain(err)
		}
		tables[ref] = has
	}
	if err := rows.Err(); err != nil {
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
