package postgres

import (
	"context"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

var _ warehouse.Versioner = (*Warehouse)(nil)

// Versions implements warehouse.Versioner, by the cumulative statistics of a table and its partitions and
// children (https://www.postgresql.org/docs/current/monitoring-stats.html, pg_stat_all_tables), the files that
// hold them, which TRUNCATE replaces, and their columns. Counters are brought up to date within seconds after
// a transaction, and count those that were rolled back; a crash, and pg_stat_reset, set them to zero; a
// standby does not have them.
func (w *Warehouse) Versions(ctx context.Context, tables []warehouse.TableRef) (map[warehouse.TableRef]warehouse.Version, error) {
	schemas, names := make([]string, len(tables)), make([]string, len(tables))
	for i, t := range tables {
		schemas[i], names[i] = t.Schema, t.Name
	}
	rows, err := w.pool.Query(ctx, `
		WITH RECURSIVE wanted AS (
			SELECT n.nspname, c.relname, c.relkind, c.oid
			FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) AS asked(schema, name)
			JOIN pg_catalog.pg_namespace AS n ON n.nspname = asked.schema
			JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = asked.name
			WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
		), parts AS (
			SELECT oid AS root, oid AS part FROM wanted
			UNION -- a child may have two parents
			SELECT parts.root, i.inhrelid FROM parts JOIN pg_catalog.pg_inherits AS i ON i.inhparent = parts.part
		)
		SELECT wanted.nspname, wanted.relname,
		       CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'the server is a standby, which does not count changes'
		            WHEN current_setting('track_counts') = 'off' THEN 'track_counts is off on the server'
		            WHEN wanted.relkind = 'v' THEN 'PostgreSQL does not count changes of what a view reads'
		            WHEN bool_or(c.relkind = 'f') THEN 'PostgreSQL does not count changes of foreign tables' ELSE '' END,
		       'postgres:' || md5(string_agg(concat_ws('|', c.oid, c.relfilenode, pg_catalog.pg_stat_get_tuples_inserted(c.oid),
		           pg_catalog.pg_stat_get_tuples_updated(c.oid), pg_catalog.pg_stat_get_tuples_deleted(c.oid)), ',' ORDER BY c.oid)
		           || (SELECT coalesce(string_agg(concat_ws('|', a.attname, a.atttypid, a.atttypmod), ',' ORDER BY a.attnum), '')
		               FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = wanted.oid AND a.attnum > 0 AND NOT a.attisdropped))
		FROM wanted JOIN parts ON parts.root = wanted.oid JOIN pg_catalog.pg_class AS c ON c.oid = parts.part
		GROUP BY wanted.nspname, wanted.relname, wanted.relkind, wanted.oid`, schemas, names)
	if err != nil {
		return nil, w.explain(err)
	}
	defer rows.Close()
	versions := make(map[warehouse.TableRef]warehouse.Version, len(tables))
	for rows.Next() {
		var ref warehouse.TableRef
		var v warehouse.Version
		if err := rows.Scan(&ref.Schema, &ref.Name, &v.Why, &v.Token); err != nil {
			return nil, w.explain(err)
		}
		if v.Why != "" {
			v.Token = ""
		}
		versions[ref] = v
	}
	if err := rows.Err(); err != nil {
		return nil, w.explain(err)
	}
	return versions, nil
}
