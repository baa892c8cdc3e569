package postgres

import (
	"fmt"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testpg"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

func TestEveryTypeIsReadAsItsKind(t *testing.T) {
	types := []struct {
		declared, value string
		kind            metrics.Kind
		max             string
	}{
		{"smallint", "-32768", metrics.KindInteger, "-32768"},
		{"integer", "2147483647", metrics.KindInteger, "2147483647"},
		{"bigint", "9223372036854775807", metrics.KindInteger, "9223372036854775807"},
		{"oid", "4294967295", metrics.KindInteger, "4294967295"},
		{"real", "1.5", metrics.KindFloat, "1.5"},
		{"double precision", "'-Infinity'", metrics.KindFloat, "-Infinity"},
		{"numeric", "123456789012345678901234567890.000100", metrics.KindDecimal, "123456789012345678901234567890.0001"},
		{"numeric(12,2)", "-0.05", metrics.KindDecimal, "-0.05"},
		{"numeric(8,0)", "12340000", metrics.KindDecimal, "12340000"},
		{"numeric(5,-3)", "12345678", metrics.KindDecimal, "12346000"},
		{"numeric(3,5)", "0.00123", metrics.KindDecimal, "0.00123"},
		{"numeric", "'-Infinity'", metrics.KindDecimal, "-Infinity"},
		{"money", "'-1234.5'", metrics.KindText, "-$1,234.50"},
		{"text", "'żółć'", metrics.KindText, "żółć"},
		{"character varying(10)", "'v'", metrics.KindText, "v"},
		{"character(3)", "'c'", metrics.KindText, "c  "},
		{`"char"`, "'c'", metrics.KindText, "c"},
		{"name", "'pg_class'", metrics.KindText, "pg_class"},
		{"boolean", "true", metrics.KindBoolean, "true"},
		{"date", "'2024-02-29'", metrics.KindDate, "2024-02-29"},
		{"date", "'5874897-12-31'", metrics.KindDate, "5874897-12-31"},
		{"date", "'-infinity'", metrics.KindDate, "-infinity"},
		{"time without time zone", "'13:14:15.5'", metrics.KindTime, "13:14:15.500000"},
		{"time without time zone", "'24:00'", metrics.KindTime, "24:00:00"},
		{"time with time zone", "'13:14:15.5+02'", metrics.KindTime, "11:14:15.500000"},
		{"time with time zone", "'23:00-03:30'", metrics.KindTime, "02:30:00"},
		{"time(0) with time zone", "'00:30+15:59:59'", metrics.KindTime, "08:30:01"},
		{"timestamp without time zone", "'2024-02-29 13:14:15.000001'", metrics.KindTimestamp, "2024-02-29 13:14:15.000001"},
		{"timestamp without time zone", "'10000-01-01 00:00:00'", metrics.KindTimestamp, "10000-01-01 00:00:00"},
		{"timestamp with time zone", "'2024-02-29 13:14:15+02'", metrics.KindTimestamp, "2024-02-29 11:14:15"},
		{"timestamp(0) without time zone", "'infinity'", metrics.KindTimestamp, "infinity"},
		{"bytea", `'\xdeadbeef'`, metrics.KindBytes, "deadbeef"},
		{"uuid", "'01234567-89AB-cdef-0123-456789abcdef'", metrics.KindUUID, "01234567-89ab-cdef-0123-456789abcdef"},
		{"jsonb", `'{"a": 1}'`, metrics.KindJSON, ""},
		{"json", `'[1]'`, metrics.KindJSON, ""},
		{"interval", "'1 year 3 days -4 hours'", metrics.KindText, "1 year 3 days -04:00:00"},
		{"inet", "'10.0.0.1'", metrics.KindText, "10.0.0.1"},
		{"cidr", "'10.0.0.0/8'", metrics.KindText, "10.0.0.0/8"},
		{"macaddr", "'08002B-010203'", metrics.KindText, "08:00:2b:01:02:03"},
		{"macaddr8", "'08002b0102030405'", metrics.KindText, "08:00:2b:01:02:03:04:05"},
		{"bit(3)", "'101'", metrics.KindText, "101"},
		{"bit varying(9)", "'10101'", metrics.KindText, "10101"},
		{"integer[]", "'{1,2}'", metrics.KindText, "{1,2}"},
		{"text[]", `ARRAY['a b', NULL, '"']`, metrics.KindText, `{"a b",NULL,"\""}`},
		{"timestamp with time zone[]", "ARRAY['2024-02-29 13:14:15+02'::timestamptz]", metrics.KindText, `{"2024-02-29 11:14:15+00"}`},
		{"bytea[]", `ARRAY['\xbeef'::bytea]`, metrics.KindText, `{"\\xbeef"}`},
		{"int4range", "'[1,5)'", metrics.KindText, "[1,5)"},
		{"daterange", "'[2024-01-01,2024-02-01)'", metrics.KindText, "[2024-01-01,2024-02-01)"},
		{"int4multirange", "'{[1,5),[7,9)}'", metrics.KindText, "{[1,5),[7,9)}"},
		{"xml", "'<a>1</a>'", metrics.KindText, "<a>1</a>"},
		{"tsvector", "'fat cat'", metrics.KindText, "'cat' 'fat'"},
		{"tsquery", "'fat & cat'", metrics.KindText, "'fat' & 'cat'"},
		{"pg_lsn", "'16/B374D848'", metrics.KindText, "16/B374D848"},
		{"point", "'(1,2.5)'", metrics.KindText, "(1,2.5)"},
		{"line", "'{1,2,3}'", metrics.KindText, "{1,2,3}"},
		{"lseg", "'[(0,0),(1,1)]'", metrics.KindText, "[(0,0),(1,1)]"},
		{"box", "'(0,0),(1,1)'", metrics.KindText, "(1,1),(0,0)"},
		{"path", "'((0,0),(1,1))'", metrics.KindText, "((0,0),(1,1))"},
		{"polygon", "'((0,0),(1,1),(1,0))'", metrics.KindText, "((0,0),(1,1),(1,0))"},
		{"circle", "'<(0,0),2>'", metrics.KindText, "<(0,0),2>"},
		{"xid", "'7'", metrics.KindText, "7"},
		{"regclass", "'pg_class'", metrics.KindText, "pg_class"},
		{"jsonpath", "'$.a'", metrics.KindText, `$."a"`},
	}
	var declared, values []string
	for i, test := range types {
		declared = append(declared, fmt.Sprintf("c%d %s", i, test.declared))
		values = append(values, test.value)
	}
	w, schema := open(t, "CREATE TABLE t ("+strings.Join(declared, ", ")+")",
		"INSERT INTO t VALUES ("+strings.Join(values, ", ")+"), ("+strings.Repeat("NULL, ", len(types)-1)+"NULL)")
	columns := profile(t, w, warehouse.TableRef{Schema: schema, Name: "t"})
	for i, test := range types {
		c := columns[fmt.Sprintf("c%d", i)]
		if c.Kind != test.kind || c.Type != test.declared {
			t.Errorf("kind %s of type %q, want %s of %q", c.Kind, c.Type, test.kind, test.declared)
		}
		if got := c.Metrics[metrics.Max].String(); got != test.max {
			t.Errorf("%s: max %q, want %q", test.declared, got, test.max)
		}
		if got := c.Metrics[metrics.NullCount].String(); got != "1" {
			t.Errorf("%s: null_count %s", test.declared, got)
		}
	}
}

func TestTypesThatAUserMade(t *testing.T) {
	w, schema := open(t,
		"CREATE TYPE mood AS ENUM ('sad', 'happy')",
		"CREATE TYPE pair AS (a integer, b text)",
		"CREATE TYPE temperatures AS RANGE (subtype = double precision)",
		"CREATE DOMAIN positive AS integer CHECK (VALUE > 0)", "CREATE DOMAIN small AS positive CHECK (VALUE < 100)",
		"CREATE DOMAIN price AS money", "CREATE DOMAIN amount AS numeric(9,2)", "CREATE DOMAIN many AS integer[]",
		"CREATE DOMAIN moods AS mood", "CREATE DOMAIN at AS timestamptz NOT NULL",
		// A type that no client can know: it only has a text form.
		"CREATE TYPE odd", "CREATE FUNCTION odd_in(cstring) RETURNS odd LANGUAGE internal IMMUTABLE STRICT AS 'textin'",
		"CREATE FUNCTION odd_out(odd) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout'",
		"CREATE TYPE odd (INPUT = odd_in, OUTPUT = odd_out, LIKE = text)",
		`CREATE TABLE t (mood mood, pair pair, temperatures temperatures, positive positive, small small, price price,
			amount amount, many many, moods moods, at at, odd odd, table_row pg_catalog.pg_namespace,
			twice integer GENERATED ALWAYS AS (2 * 21) STORED, id integer GENERATED ALWAYS AS IDENTITY)`,
		`INSERT INTO t VALUES ('happy', (1, 'x y'), '[1,2.5]', 3, 4, '5.25', 6.50, '{7}', 'sad', '2024-02-29 13:14:15+02', 'it is odd', NULL)`)
	columns := profile(t, w, warehouse.TableRef{Schema: schema, Name: "t"})
	for name, want := range map[string]struct {
		kind metrics.Kind
		max  string
	}{
		"mood": {metrics.KindText, "happy"}, "pair": {metrics.KindText, `(1,"x y")`}, "temperatures": {metrics.KindText, "[1,2.5]"},
		"positive": {metrics.KindInteger, "3"}, "small": {metrics.KindInteger, "4"}, "price": {metrics.KindText, "$5.25"},
		"amount": {metrics.KindDecimal, "6.5"}, "many": {metrics.KindText, "{7}"}, "moods": {metrics.KindText, "sad"},
		"at": {metrics.KindTimestamp, "2024-02-29 11:14:15"}, "odd": {metrics.KindText, "it is odd"}, "table_row": {metrics.KindText, ""},
		"twice": {metrics.KindInteger, "42"}, "id": {metrics.KindInteger, "1"},
	} {
		if c := columns[name]; c.Kind != want.kind || c.Metrics[metrics.Max].String() != want.max {
			t.Errorf("%s: %s, max %s; want %s, %s", name, c.Kind, c.Metrics[metrics.Max], want.kind, want.max)
		}
	}
}

func TestTypesOfExtensionsAreReadAsTheirText(t *testing.T) {
	w, schema := open(t)
	server := testpg.Connect(t)
	extensions := map[string]struct{ value, max string }{
		"citext": {"'Straße'", "Straße"}, "hstore": {`'a => 1, "b c" => NULL'`, `"a"=>"1", "b c"=>NULL`},
		"ltree": {"'top.science'", "top.science"}, "cube": {"'(1,2)'", "(1, 2)"}, "isbn13": {"'978-0-393-04002-9'", "978-0-393-04002-9"},
	}
	of := map[string]string{"isbn13": "isn"}
	for name, e := range extensions {
		extension := name
		if of[name] != "" {
			extension = of[name]
		}
		var available bool
		if err := w.(*Warehouse).pool.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = $1)", extension).Scan(&available); err != nil {
			t.Fatal(err)
		}
		if !available {
			t.Logf("%s is not installed with the server", extension)
			continue
		}
		server.Exec(t, "SET search_path = "+schema, "CREATE EXTENSION "+extension,
			fmt.Sprintf("CREATE TABLE of_%s AS SELECT %s::%s AS c", name, e.value, name))
		c := profile(t, w, warehouse.TableRef{Schema: schema, Name: "of_" + name})["c"]
		if got := c.Metrics[metrics.Max].String(); c.Kind != metrics.KindText || c.Type != name || got != e.max {
			t.Errorf("%s: %s of type %q, max %q", name, c.Kind, c.Type, got)
		}
	}
}

func TestHowTypesPrintDoesNotDependOnTheServersDefaults(t *testing.T) {
	server := testpg.Connect(t)
	schema := server.Schema(t)
	role := schema + "_american"
	server.Exec(t, "SET search_path = "+schema,
		"CREATE ROLE "+role+" LOGIN SUPERUSER PASSWORD 'r0le'",
		"ALTER ROLE "+role+" SET datestyle = 'SQL, MDY'", "ALTER ROLE "+role+" SET intervalstyle = 'iso_8601'",
		"ALTER ROLE "+role+" SET timezone = 'America/New_York'",
		"CREATE TABLE t AS SELECT interval '1 day 2 hours' AS span, daterange('2024-02-01', '2024-03-01') AS month, ARRAY[timestamptz '2024-02-29 12:00+00'] AS moments")
	t.Cleanup(func() { server.Exec(t, "DROP ROLE "+role) })
	c := connection(t, server, schema)
	c.Username, c.Password = role, config.NewSecret("r0le")
	for _, test := range []struct {
		name                 string
		set                  config.Params
		span, month, moments string
	}{
		{"fixed", nil, "1 day 02:00:00", "[2024-02-01,2024-03-01)", `{"2024-02-29 12:00:00+00"}`},
		{"what the config sets stays", config.Params{"intervalstyle": "postgres_verbose", "TIMEZONE": "Asia/Tokyo"}, "@ 1 day 2 hours", "[2024-02-01,2024-03-01)", `{"2024-02-29 21:00:00+09"}`},
	} {
		for name, value := range test.set {
			c.ExtraParams[name] = value
		}
		w, err := Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		columns := profile(t, w, warehouse.TableRef{Schema: schema, Name: "t"})
		w.Close()
		for column, want := range map[string]string{"span": test.span, "month": test.month, "moments": test.moments} {
			if got := columns[column].Metrics[metrics.Max].String(); got != want {
				t.Errorf("%s: %s is %s, want %s", test.name, column, got, want)
			}
		}
	}
}

func TestTextOfADatabaseInAnotherEncodingArrivesAsUTF8(t *testing.T) {
	server := testpg.Connect(t)
	database := server.Schema(t) + "_latin1"
	server.Exec(t, "CREATE DATABASE "+database+" ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
	t.Cleanup(func() { server.Exec(t, "DROP DATABASE "+database+" WITH (FORCE)") })
	c := connection(t, server, "")
	c.Database = database
	w, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	pool := w.(*Warehouse).pool
	if _, err := pool.Exec(t.Context(), "SET default_transaction_read_only = off"); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), "BEGIN READ WRITE; CREATE TABLE t AS SELECT 'größer'::text AS s; COMMIT"); err != nil {
		t.Fatal(err)
	}
	s := profile(t, w, warehouse.TableRef{Schema: "public", Name: "t"})["s"]
	if got := s.Metrics[metrics.Max].String(); got != "größer" || s.Metrics[metrics.MaxLength].String() != "6" {
		t.Errorf("got %q of length %s", got, s.Metrics[metrics.MaxLength])
	}
}

func TestWholeNumbersAndFloatsAtTheirLimits(t *testing.T) {
	w, schema := open(t, "CREATE TABLE t (i bigint, f double precision, n numeric, d date, m timestamp)",
		`INSERT INTO t VALUES (-9223372036854775808, 'NaN', 'NaN', '4713-01-01 BC', '4713-01-01 00:00:00 BC'),
			(9223372036854775807, 'Infinity', 'Infinity', 'infinity', 'infinity'), (0, '-0', -0.0, '0044-03-15 BC', '0044-03-15 12:00 BC'),
			(1, 5e-324, 1e-16383, '0001-01-01', '1969-12-31 23:59:59.999999'),
			(2, 1.7976931348623157e308, 1e131071, '9999-12-31', '294276-12-31 23:59:59.999999')`)
	columns := profile(t, w, warehouse.TableRef{Schema: schema, Name: "t"})
	for name, want := range map[string]map[metrics.Name]string{
		"i": {metrics.Min: "-9223372036854775808", metrics.Max: "9223372036854775807"},
		"f": {metrics.Min: "0", metrics.Max: "Infinity", metrics.NaNCount: "1", metrics.ZeroCount: "1", metrics.NegativeCount: "0"},
		"n": {metrics.Min: "0", metrics.Max: "Infinity", metrics.NaNCount: "1"},
		// The year before 1 is 0, as in ISO 8601: 1 BC.
		"d": {metrics.Min: "-4712-01-01", metrics.Max: "infinity"},
		"m": {metrics.Min: "-4712-01-01 00:00:00", metrics.Max: "infinity"},
	} {
		for metric, value := range want {
			if got := columns[name].Metrics[metric].String(); got != value {
				t.Errorf("%s of %s is %s, want %s", metric, name, got, value)
			}
		}
	}
	if got := columns["n"].Metrics[metrics.DistinctCount].String(); got != "5" {
		t.Errorf("distinct_count of n is %s", got)
	}
}
