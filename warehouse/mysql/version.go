package mysql

import (
	"context"
	"database/sql"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

var _ warehouse.Versioner = (*Warehouse)(nil)

// Versions implements warehouse.Versioner, by when a table was written to last, to the second, when it was created or
// altered, its next number, and its columns (https://dev.mysql.com/doc/refman/8.4/en/information-schema-tables-table.html).
// InnoDB keeps the first in memory: after a restart, and for a table that it has put out of its cache, it is not known before
// the next write. A write within the second in which another version was read would not show, so the last two seconds count as
// unknown.
func (w *Warehouse) Versions(ctx context.Context, tables []warehouse.TableRef) (map[warehouse.TableRef]warehouse.Version, error) {
	versions := make(map[warehouse.TableRef]warehouse.Version, len(tables))
	if len(tables) == 0 {
		return versions, nil
	}
	condition, parameters := named("t", tables)
	ofColumns, more := named("c", tables)
	among := w.asked(tables)
	err := w.each(ctx, `
		SELECT t.table_schema, t.table_name,
		       CASE WHEN t.table_type = 'VIEW' THEN 'MySQL does not know when what a view reads was written to'
		            WHEN coalesce(t.create_options, '') LIKE '%partitioned%' THEN 'MySQL does not know when each partition of a table was written to'
		            WHEN t.update_time IS NULL THEN 'MySQL does not know when the table was written to last: not since the server started'
		            WHEN t.update_time > now() - INTERVAL 2 SECOND THEN 'the table was written to in this moment' ELSE '' END,
		       concat('mysql:', md5(concat_ws('|', t.update_time, t.create_time, t.auto_increment,
		           columns.number, columns.sum)))
		FROM information_schema.tables AS t LEFT JOIN (
			SELECT binary c.table_schema AS table_schema, binary c.table_name AS table_name, count(*) AS number,
			       sum(crc32(concat_ws('|', c.ordinal_position, c.column_name, c.column_type))) AS sum
			FROM information_schema.columns AS c WHERE `+ofColumns+` GROUP BY 1, 2
		) AS columns ON columns.table_schema = binary t.table_schema AND columns.table_name = binary t.table_name
		WHERE `+condition, append(more, parameters...), func(row *sql.Rows) error {
		var ref warehouse.TableRef
		var v warehouse.Version
		if err := row.Scan(&ref.Schema, &ref.Name, &v.Why, &v.Token); err != nil {
			return err
		}
		if v.Why != "" {
			v.Token = ""
		}
		for _, as := range among.of(ref) {
			versions[as] = v
		}
		return nil
	})
	return versions, err
}
