package profiler

import (
	"strconv"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testmysql"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
	"github.com/baselinr/baselinr-pipes/warehouse/mysql"
)

// mysqlOf is a database of MariaDB that statements have filled.
func mysqlOf(t *testing.T, statements ...string) warehouse.Warehouse {
	t.Helper()
	server := testmysql.Connect(t)
	schema := server.Schema(t)
	server.Exec(t, schema, append([]string{"ALTER DATABASE " + schema + " CHARACTER SET utf8mb4"}, statements...)...)
	port, err := strconv.Atoi(server.Port)
	if err != nil {
		t.Fatal(err)
	}
	w, err := mysql.Open(t.Context(), config.Connection{
		Type: mysql.Type, Host: server.Host, Port: port, Database: schema, Username: server.User, Password: config.NewSecret(server.Password),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func TestPushdownOnMySQLFillsTheProfileOfAStreamForEveryType(t *testing.T) {
	w := mysqlOf(t, "SET sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+02:00'",
		`CREATE TABLE t (i1 tinyint, i2 smallint unsigned zerofill, i8 bigint, u8 bigint unsigned, b1 bit(1), b12 bit(12), b64 bit(64), y year, f4 float, f8 double, n decimal(10,2), z decimal(8,2) unsigned zerofill,
			wide decimal(65,30), d date, dt datetime(6), dt0 datetime, ts timestamp(3) NULL, tm time(6), c char(5), v varchar(20) COLLATE utf8mb4_general_ci, latin varchar(20) CHARACTER SET latin1, tx text, e enum('sad','glad','Ähm'),
			s set('a','b'), j json, u uuid, bin binary(3), vb varbinary(9), bl blob, p point, ip inet6, nothing int)`,
		`INSERT INTO t VALUES (1, 7, 9223372036854775807, 18446744073709551615, b'1', b'101', ~0, 1999, 0.1, 0.1, 1.10, 12.5, 12345678901234567890.000100, '2024-02-29', '2024-02-29 13:14:15.000001', '1969-12-31 23:59:59', '2024-01-01 12:00:00.5',
			'-01:02:03.5', 'a', 'Zürich', 'é€', 'long text', 'sad', 'a,b', '{"a": 1}', '01234567-89ab-4def-8123-456789abcdef', 'a', x'00ff', x'', point(1, 2), '::1', NULL)`,
		`INSERT INTO t VALUES (-128, 65535, -9223372036854775808, 0, b'0', b'0', 0, 0, 1.5, -2.2250738585072014e-308, 0, 0, -0.000000000000000000000000000001, '0000-00-00', '2024-05-00 10:00:00', '0000-00-00', NULL,
			'838:59:59', '', 'zürich', '', '', 'Ähm', '', '[]', NULL, 'b', x'ff', x'ff', NULL, '::2', NULL)`,
		`INSERT INTO t VALUES (1, 7, 5, 12, NULL, b'101', 7, 1999, 16777216, 1.7976931348623157e308, -0.05, 12.5, 12345678901234567890.0001, '2023-02-30', '9999-12-31 23:59:59.999999', '2024-02-29 13:14:15', '1970-01-02 00:00:00',
			'00:00:00', 'a', 'ZURICH', 'é€', 'it''s 🐘', 'sad', 'b', '{"a": 1}', 'f1234567-89ab-4def-8123-456789abcdef', 'a', x'00ff', x'00', point(1, 2), '::1', NULL)`,
		`INSERT INTO t VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 5e-324, NULL, NULL, NULL, '1000-01-01', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`)
	pushed, streamed := measuredBoth(t, w, plan.Table{TableRef: warehouse.TableRef{Schema: w.DefaultSchema(), Name: "t"}})
	sameProfile(t, pushed.Profile, streamed.Profile)
	if pushed.Statements != 2 {
		t.Errorf("%d statements, want 2", pushed.Statements)
	}
}

func TestPushdownOnMySQLFillsTheProfileOfAStreamForManyValues(t *testing.T) {
	w := mysqlOf(t, `CREATE TABLE t (i int, few int, some bigint unsigned, f double, n decimal(10,2), x varchar(20), at datetime(3), day date, tm time, same int, g float, long_text longtext)`,
		`INSERT INTO t SELECT seq, seq % 7, seq % 200, sin(seq), (seq * 37 % 1000) / 100, if(seq % 3 = 0, concat('v', seq % 50), NULL), '2013-01-01' + INTERVAL seq * 17 SECOND, '2013-01-01' + INTERVAL seq % 400 DAY,
			sec_to_time(seq % 86400), 5, seq / 7, concat(repeat('x', 3000), seq % 90) FROM seq_1_to_5000`)
	pushed, streamed := measuredBoth(t, w, plan.Table{TableRef: warehouse.TableRef{Schema: w.DefaultSchema(), Name: "t"}})
	sameProfile(t, pushed.Profile, streamed.Profile)
}
