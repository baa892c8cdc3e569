package postgres

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testpg"
)

// TestAWrongSettingIsNamedAndNotTriedAgain opens connections that a real server, or the driver, turns down.
func TestAWrongSettingIsNamedAndNotTriedAgain(t *testing.T) {
	good := connection(t, testpg.Connect(t), "public")
	junk := filepath.Join(t.TempDir(), "junk.pem")
	if err := os.WriteFile(junk, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	with := func(name string, value any) func(*config.Connection) {
		return func(c *config.Connection) {
			c.ExtraParams = config.Params{"sslmode": "disable", "sslpassword": config.NewSecret("s3cret")}
			c.ExtraParams[name] = value
		}
	}
	for _, test := range []struct {
		name string
		set  func(*config.Connection)
		want []string
	}{
		{"an sslmode that does not exist", with("sslmode", "always"), []string{"extra_params.sslmode", `"always"`, "verify-full"}},
		{"a certificate that is not there", with("sslrootcert", "/no/such.pem"), []string{"extra_params.sslrootcert", "/no/such.pem", "no such file"}},
		{"a certificate that is none", func(c *config.Connection) {
			c.ExtraParams = config.Params{"sslmode": "verify-full", "sslrootcert": junk, "sslpassword": config.NewSecret("s3cret")}
		}, []string{"extra_params", "sslrootcert"}},
		{"a setting that the server does not know", with("conect_timeout", int64(3)), []string{"extra_params.conect_timeout", "check its name"}},
		{"a value that a setting does not take", with("statement_timeout", "soon"), []string{"extra_params.statement_timeout", "soon"}},
		{"a server without TLS", with("sslmode", "require"), []string{"extra_params.sslmode", "sslmode: prefer or disable"}},
		{"a host with a port", func(c *config.Connection) { c.Host = "127.0.0.1:5432" }, []string{`host: "127.0.0.1"`, "port: 5432"}},
		{"a database that does not exist", func(c *config.Connection) { c.Database = "nope" }, []string{"the server was reached", `"nope"`}},
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
				t.Error("it would be tried again")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want it to say %q", err, want)
				}
			}
			for _, unwanted := range []string{"s3cret", "cannot be reached: database"} {
				if strings.Contains(err.Error(), unwanted) {
					t.Errorf("got %q, which says %q", err, unwanted)
				}
			}
		})
	}
}
