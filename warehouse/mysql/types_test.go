package mysql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func TestEveryTypeIsReadAsItsKind(t *testing.T) {
	types := []struct {
		declared, value string
		kind            metrics.Kind
		max             string
	}{
		{"tinyint(4)", "-128", metrics.KindInteger, "-128"},
		{"tinyint(1)", "7", metrics.KindInteger, "7"},
		{"tinyint(3) unsigned", "255", metrics.KindInteger, "255"},
		{"smallint(6)", "-32768", metrics.KindInteger, "-32768"},
		{"smallint(5) unsigned zerofill", "7", metrics.KindInteger, "7"},
		{"mediumint(9)", "8388607", metrics.KindInteger, "8388607"},
		{"mediumint(8) unsigned", "16777215", metrics.KindInteger, "16777215"},
		{"int(11)", "-2147483648", metrics.KindInteger, "-2147483648"},
		{"int(10) unsigned", "4294967295", metrics.KindInteger, "4294967295"},
		{"bigint(20)", "-9223372036854775808", metrics.KindInteger, "-9223372036854775808"},
		{"bigint(20) unsigned", "18446744073709551615", metrics.KindDecimal, "18446744073709551615"},
		{"bigint(20) unsigned", "12", metrics.KindDecimal, "12"},
		{"bit(1)", "b'1'", metrics.KindBoolean, "true"},
		{"bit(12)", "b'100000000001'", metrics.KindInteger, "2049"},
		{"bit(63)", "~0 >> 1", metrics.KindInteger, "9223372036854775807"},
		{"bit(64)", "~0", metrics.KindDecimal, "18446744073709551615"},
		{"float", "0.1", metrics.KindFloat, "0.10000000149011612"},
		{"float", "16777217", metrics.KindFloat, "16777216"},
		{"double", "0.1", metrics.KindFloat, "0.1"},
		{"double", "1.7976931348623157e308", metrics.KindFloat, "1.7976931348623157e+308"},
		{"decimal(65,30)", "-12345678901234567890123456789012345.000100", metrics.KindDecimal, "-12345678901234567890123456789012345.0001"},
		{"decimal(12,2)", "-0.05", metrics.KindDecimal, "-0.05"},
		{"decimal(10,0)", "12340000", metrics.KindDecimal, "12340000"},
		{"decimal(8,2) unsigned zerofill", "12.50", metrics.KindDecimal, "12.5"},
		{"decimal(8,2) unsigned zerofill", "0", metrics.KindDecimal, "0"},
		{"date", "'2024-02-29'", metrics.KindDate, "2024-02-29"},
		{"date", "'0001-01-01'", metrics.KindDate, "0001-01-01"},
		{"date", "'9999-12-31'", metrics.KindDate, "9999-12-31"},
		{"datetime", "'1000-01-01 00:00:00'", metrics.KindTimestamp, "1000-01-01 00:00:00"},
		{"datetime(6)", "'2024-02-29 13:14:15.000001'", metrics.KindTimestamp, "2024-02-29 13:14:15.000001"},
		{"datetime(3)", "'9999-12-31 23:59:59.999'", metrics.KindTimestamp, "9999-12-31 23:59:59.999000"},
		{"timestamp", "'2024-06-01 12:00:00'", metrics.KindTimestamp, "2024-06-01 10:00:00"}, // of a session two hours east
		{"time", "'838:59:59'", metrics.KindTime, "838:59:59"},
		{"time(3)", "'-01:02:03.5'", metrics.KindTime, "-01:02:03.500000"},
		{"time", "'00:00:00'", metrics.KindTime, "00:00:00"},
		{"year(4)", "1901", metrics.KindInteger, "1901"},
		{"year(4)", "0", metrics.KindInteger, "0"},
		{"char(5)", "'ab   '", metrics.KindText, "ab"},
		{"varchar(10)", "'żółć 🐘'", metrics.KindText, "żółć 🐘"},
		{"tinytext", "'t'", metrics.KindText, "t"},
		{"text", "'t'", metrics.KindText, "t"},
		{"mediumtext", "'m'", metrics.KindText, "m"},
		{"longtext", "'l'", metrics.KindText, "l"},
		{"enum('sad','it''s','happy')", "'it''s'", metrics.KindText, "it's"},
		{"set('a','b','c')", "'c,a'", metrics.KindText, "a,c"},
		{"binary(3)", "x'DE'", metrics.KindBytes, "de0000"},
		{"varbinary(8)", "x'00FF27'", metrics.KindBytes, "00ff27"},
		{"tinyblob", "x'01'", metrics.KindBytes, "01"},
		{"blob", "x'02'", metrics.KindBytes, "02"},
		{"mediumblob", "x'03'", metrics.KindBytes, "03"},
		{"longblob", "x'04'", metrics.KindBytes, "04"},
		{"json", `'{"a": 1}'`, metrics.KindJSON, ""},
		{"uuid", "'01234567-89AB-4def-8123-456789abcdef'", metrics.KindUUID, "01234567-89ab-4def-8123-456789abcdef"},
		{"inet6", "'::1'", metrics.KindText, "::1"},
		{"inet4", "'10.0.0.1'", metrics.KindText, "10.0.0.1"},
		{"point", "point(1, 2)", metrics.KindBytes, "000000000101000000000000000000f03f0000000000000040"},
		{"geometry", "point(0, 0)", metrics.KindBytes, "00000000010100000000000000000000000000000000000000"},
	}
	var declared, values []string
	for i, test := range types {
		declared = append(declared, fmt.Sprintf("c%d %s NULL", i, test.declared))
		values = append(values, test.value)
	}
	w, schema := open(t, "SET time_zone = '+02:00'", "CREATE TABLE t ("+strings.Join(declared, ", ")+") DEFAULT CHARSET utf8mb4",
		"INSERT INTO t VALUES ("+strings.Join(values, ", ")+"), ("+strings.Repeat("NULL, ", len(types)-1)+"NULL)")
	columns := profile(t, w, warehouse.TableRef{Schema: schema, Name: "t"})
	for i, test := range types {
		c := columns[fmt.Sprintf("c%d", i)]
		want := test.declared
		if want == "json" {
			want = "longtext" // what MariaDB makes of it
		}
		if c.Kind != test.kind || c.Type != want {
			t.Errorf("kind %s of type %q, want %s of %q", c.Kind, c.Type, test.kind, want)
		}
		if got := c.Metrics[metrics.Max].String(); got != test.max {
			t.Errorf("%s: max %q, want %q", test.declared, got, test.max)
		}
		if got := c.Metrics[metrics.NullCount].String(); got != "1" {
			t.Errorf("%s: null_count %s", test.declared, got)
		}
	}
}

func TestDatesThatNoCalendarHasAreNull(t *testing.T) {
	w, schema := open(t, "SET sql_mode = 'ALLOW_INVALID_DATES'",
		"CREATE TABLE t (d date NOT NULL, m datetime NOT NULL, s timestamp NOT NULL)",
		"INSERT INTO t VALUES ('0000-00-00', '0000-00-00', '0000-00-00'), ('2024-05-00', '2024-00-07 08:00:00', '2024-01-01'), ('2023-02-30', '2023-02-29', '2024-01-02')",
		"INSERT INTO t VALUES ('2024-02-29', '2024-02-29 23:59:59', '2024-01-03')")
	for name, want := range map[string][3]string{
		"d": {"3", "2024-02-29", "2024-02-29"}, "m": {"3", "2024-02-29 23:59:59", "2024-02-29 23:59:59"},
		"s": {"1", "2024-01-01 00:00:00", "2024-01-03 00:00:00"},
	} {
		c := profile(t, w, warehouse.TableRef{Schema: schema, Name: "t"})[name]
		got := [3]string{c.Metrics[metrics.NullCount].String(), c.Metrics[metrics.Min].String(), c.Metrics[metrics.Max].String()}
		if got != want {
			t.Errorf("%s: nulls, min, max %v, want %v", name, got, want)
		}
	}
}

func TestTextOfEveryCharacterSetIsReadAsUnicode(t *testing.T) {
	w, schema := open(t, `CREATE TABLE t (a varchar(9) CHARACTER SET latin1, b varchar(9) CHARACTER SET utf16, c varchar(9) CHARACTER SET cp1251,
		d varchar(9) CHARACTER SET sjis, e varchar(9) CHARACTER SET utf8mb3 COLLATE utf8mb3_turkish_ci, f varchar(9) CHARACTER SET ucs2, g varchar(9) CHARACTER SET ascii)`,
		"INSERT INTO t VALUES ('é€', '🐘', 'Ж', 'ア', 'İı', 'ß', 'x')")
	for name, want := range map[string]string{"a": "é€", "b": "🐘", "c": "Ж", "d": "ア", "e": "İı", "f": "ß", "g": "x"} {
		if got := profile(t, w, warehouse.TableRef{Schema: schema, Name: "t"})[name].Metrics[metrics.Max].String(); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestValuesThatACollationTakesForOneStayApart holds that values are told apart by their bytes, as on every engine.
func TestValuesThatACollationTakesForOneStayApart(t *testing.T) {
	w, schema := open(t, "CREATE TABLE t (a varchar(9) COLLATE utf8mb4_unicode_ci) CHARSET utf8mb4", "INSERT INTO t VALUES ('straße'), ('STRASSE'), ('e'), ('é')")
	if got := profile(t, w, warehouse.TableRef{Schema: schema, Name: "t"})["a"].Metrics[metrics.DistinctCount].String(); got != "4" {
		t.Errorf("%s distinct values, want 4", got)
	}
}
