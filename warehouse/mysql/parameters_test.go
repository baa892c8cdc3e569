package mysql

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testmysql"
	"github.com/baselinr/baselinr-pipes/metrics"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// TestAWrongSettingIsNamedAndNotTriedAgain opens connections that a real server, or the driver, turns down.
func TestAWrongSettingIsNamedAndNotTriedAgain(t *testing.T) {
	server := testmysql.Connect(t)
	good := connection(t, server, server.Schema(t))
	junk := filepath.Join(t.TempDir(), "junk.pem")
	if err := os.WriteFile(junk, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	with := func(settings ...any) func(*config.Connection) {
		return func(c *config.Connection) {
			c.ExtraParams = config.Params{}
			for i := 0; i < len(settings); i += 2 {
				c.ExtraParams[settings[i].(string)] = settings[i+1]
			}
		}
	}
	for _, test := range []struct {
		name string
		set  func(*config.Connection)
		want []string
	}{
		{"an ssl_mode that does not exist", with("ssl_mode", "always"), []string{"extra_params.ssl_mode", `"always"`, "VERIFY_IDENTITY"}},
		{"an authority that is not there", with("ssl_ca", "/no/such.pem"), []string{"extra_params.ssl_ca", "/no/such.pem", "no such file"}},
		{"an authority that is none", with("ssl_ca", junk), []string{"extra_params.ssl_ca", "no certificate in PEM"}},
		{"a certificate without its key", with("ssl_cert", junk), []string{"extra_params.ssl_key"}},
		{"a certificate and a key that are none", with("ssl_cert", junk, "ssl_key", junk), []string{"extra_params.ssl_cert", "no pair"}},
		{"a certificate of an unknown authority", with("ssl_mode", "VERIFY_IDENTITY"), []string{"not trusted", "extra_params.ssl_ca"}},
		{"a certificate of another host", func(c *config.Connection) {
			c.Host = "localhost"
			c.ExtraParams = config.Params{"ssl_mode": "VERIFY_IDENTITY", "ssl_ca": server.CA}
		}, []string{"not trusted", "localhost", "host is the name in the certificate"}},
		{"a variable that the server does not know", with("conect_timeout", int64(3)), []string{"extra_params", "conect_timeout", "check its name"}},
		{"a value that a variable does not take", with("time_zone", "Mars/Olympus"), []string{"extra_params", "Mars/Olympus"}},
		{"a name that is none", with("time_zone = 'x', sql_mode", "''"), []string{"neither a parameter of the connection"}},
		{"the parameters of SQLAlchemy", with("connect_args", config.Params{"ssl": config.Params{"ca": "x"}}), []string{"extra_params.connect_args", "ssl_ca"}},
		{"a host with a port", func(c *config.Connection) { c.Host = "127.0.0.1:3306" }, []string{`host: "127.0.0.1"`, "port: 3306"}},
		{"a database that does not exist", func(c *config.Connection) { c.Database = "nope" }, []string{"the server was reached", "'nope'"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := good
			test.set(&c)
			w, err := Open(t.Context(), c)
			if err == nil {
				w.Close()
				t.Fatal("it was opened")
			}
			if Transient(err) {
				t.Errorf("%v would be tried again", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want it to say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), server.Password) {
				t.Errorf("%q holds the password", err)
			}
			if _, err := OpenHistory(t.Context(), c, true); err == nil {
				t.Error("the history was opened")
			}
		})
	}
}

func TestTheTLSModesEncryptAndVerify(t *testing.T) {
	server := testmysql.Connect(t)
	good := connection(t, server, server.Schema(t))
	for _, test := range []struct {
		params    config.Params
		encrypted bool
	}{
		{nil, true}, // preferred
		{config.Params{"ssl_mode": "disabled"}, false},
		{config.Params{"ssl_mode": "REQUIRED"}, true},
		{config.Params{"ssl_ca": server.CA}, true},
		{config.Params{"ssl_mode": "VERIFY_CA", "ssl_ca": server.CA}, true},
		{config.Params{"ssl_mode": "verify-identity", "ssl_ca": server.CA}, true},
	} {
		t.Run(fmt.Sprint(test.params), func(t *testing.T) {
			c := good
			c.ExtraParams = test.params
			w, err := Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			var name string
			var version sql.NullString
			if err := w.(*Warehouse).db.QueryRow("SHOW STATUS LIKE 'Ssl_version'").Scan(&name, &version); err != nil {
				t.Fatal(err)
			}
			if got := version.String != ""; got != test.encrypted {
				t.Errorf("encrypted: %t (%s), want %t", got, version.String, test.encrypted)
			}
		})
	}
}

func TestAUserWhoMustEncryptIsToldSo(t *testing.T) {
	server := testmysql.Connect(t)
	schema := server.Schema(t)
	server.Exec(t, schema, "CREATE USER "+schema+"_tls IDENTIFIED BY 'x' REQUIRE SSL", "GRANT SELECT ON "+schema+".* TO "+schema+"_tls")
	t.Cleanup(func() { server.Exec(t, schema, "DROP USER "+schema+"_tls") })
	c := connection(t, server, schema)
	c.Username, c.Password = schema+"_tls", config.NewSecret("x")
	for mode, works := range map[string]bool{"DISABLED": false, "PREFERRED": true} {
		c.ExtraParams = config.Params{"ssl_mode": mode}
		w, err := Open(t.Context(), c)
		switch {
		case err == nil:
			w.Close()
			if !works {
				t.Errorf("%s was opened", mode)
			}
		case works || !errors.Is(err, warehouse.ErrLogin):
			t.Errorf("%s: %v", mode, err)
		}
	}
}

func TestWhatServersOfMySQLSayIsPutInWords(t *testing.T) {
	for number, want := range map[uint16]struct {
		kind      error
		words     string
		transient bool
	}{
		1045: {warehouse.ErrLogin, "check username and password", false},
		3159: {warehouse.ErrLogin, "ssl_mode: REQUIRED", false},
		1049: {warehouse.ErrNoDatabase, "the server was reached", false},
		1142: {warehouse.ErrPermission, "grant SELECT", false},
		1146: {warehouse.ErrNoTable, "", false},
		1040: {warehouse.ErrUnreachable, "execution.max_workers", true},
		1053: {warehouse.ErrUnreachable, "", true},
		1205: {nil, "(error 1205)", true}, 1213: {nil, "", true}, 4031: {warehouse.ErrUnreachable, "", true},
		1290: {warehouse.ErrReadOnly, "", false}, 1021: {warehouse.ErrNoSpace, "", false},
		1193: {nil, "extra_params", false}, 1153: {nil, "max_allowed_packet", false}, 1317: {nil, "", false},
	} {
		err := explain(&mysql.MySQLError{Number: number, Message: "what it says"})
		if want.kind != nil && !errors.Is(err, want.kind) || !strings.Contains(err.Error(), want.words) || !strings.Contains(err.Error(), "what it says") || Transient(err) != want.transient {
			t.Errorf("%d: %v, which passes: %t; want %+v", number, err, Transient(err), want)
		}
	}
	if err := explain(&connectFailure{mysql.ErrNoTLS}); !strings.Contains(err.Error(), "ssl_mode: PREFERRED or DISABLED") || Transient(err) {
		t.Errorf("a server without TLS: %v", err)
	}
}

// TestASessionIsOfItsConfigAndNotOfTheServersDefaults holds that times are read in UTC unless the config says otherwise.
func TestASessionIsOfItsConfigAndNotOfTheServersDefaults(t *testing.T) {
	server := testmysql.Connect(t)
	schema := server.Schema(t)
	server.Exec(t, schema, "SET time_zone = '+05:00'", "CREATE TABLE t (s timestamp, c char(4))", "INSERT INTO t VALUES ('2024-01-01 12:00:00', 'a')")
	for _, test := range []struct {
		params config.Params
		s, c   string
	}{
		{nil, "2024-01-01 07:00:00", "a"},
		{config.Params{"time_zone": "+01:00", "sql_mode": "PAD_CHAR_TO_FULL_LENGTH,ANSI_QUOTES"}, "2024-01-01 08:00:00", "a   "},
	} {
		c := connection(t, server, schema)
		c.ExtraParams = test.params
		w, err := Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		columns := profile(t, w, warehouse.TableRef{Schema: schema, Name: "t"})
		if s, text := columns["s"].Metrics[metrics.Max].String(), columns["c"].Metrics[metrics.Max].String(); s != test.s || text != test.c {
			t.Errorf("%v: %s and %q, want %s and %q", test.params, s, text, test.s, test.c)
		}
		w.Close()
	}
}

func TestASourceIsNeverWrittenTo(t *testing.T) {
	w, schema := open(t, "CREATE TABLE t (a integer)")
	_, err := w.(*Warehouse).db.Exec("INSERT INTO t VALUES (1)")
	if err = w.(*Warehouse).explain(err); !errors.Is(err, warehouse.ErrReadOnly) {
		t.Errorf("writing to %s: %v", schema, err)
	}
}
