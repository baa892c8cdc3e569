package postgres

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// connectionParameters are the extra_params that say how to connect, in libpq's names; every other is a
// setting of the session. TLS depends on the host, so all of these are parsed together.
var connectionParameters = []string{"sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslsni"}

// sslModes are libpq's.
var sslModes = []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}

// checkParameters finds what is wrong with a connection before the server is asked, and names the key.
func checkParameters(c config.Connection) error {
	if host, port, err := net.SplitHostPort(c.Host); err == nil && !strings.HasPrefix(c.Host, "/") {
		return misset("host: %q holds the port too; write host: %q and port: %s", c.Host, host, port)
	}
	if mode, ok := c.ExtraParams.Text("sslmode"); ok && !slices.Contains(sslModes, mode) {
		return misset("extra_params.sslmode: there is no mode %q; write one of %s", mode, strings.Join(sslModes, ", "))
	}
	for _, name := range []string{"sslrootcert", "sslcert", "sslkey"} {
		path, ok := c.ExtraParams.Text(name)
		if !ok || path == "" || path == "system" {
			continue
		}
		file, err := os.Open(path)
		if err != nil {
			var failure *os.PathError
			errors.As(err, &failure)
			return misset("extra_params.%s: the file %q cannot be read: %v; a relative path starts at the working directory", name, path, failure.Err)
		}
		file.Close()
	}
	return nil
}

// misset is the failure of a setting of the connection, which another try would meet again.
func misset(format string, arguments ...any) error {
	err := fmt.Errorf(format, arguments...)
	return &warehouse.Failure{Words: err.Error(), Cause: err, Final: true}
}

// unparsed is why the driver does not take the parameters, without the text of them, which holds secrets.
func unparsed(err error) error {
	cause := "the driver does not take them"
	if inner := errors.Unwrap(err); inner != nil {
		cause = inner.Error()
	}
	return misset("extra_params: %s; check sslcert, sslkey, sslpassword and sslrootcert", cause)
}

// aboutTLS says what to do where a connection failed for TLS; it is empty where that was not why.
func aboutTLS(err error) string {
	var certificate *tls.CertificateVerificationError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &certificate):
		return fmt.Sprintf("the server's certificate is not trusted (%v); name that of its authority as extra_params.sslrootcert, and check that host is the name in the certificate", certificate.Err)
	case strings.Contains(err.Error(), "server refused TLS connection"): // which the driver gives no type
		return "the server takes no TLS connections, which extra_params.sslmode asks for; turn ssl on in the server, or write sslmode: prefer or disable"
	}
	return ""
}

// parameterName finds the setting that the server's message is about.
var parameterName = regexp.MustCompile(`parameter "([^"]+)"`)

// aboutParameter says what is wrong with a setting of the session; it is empty where the message is about
// something else.
func aboutParameter(server *pgconn.PgError) string {
	name := parameterName.FindStringSubmatch(server.Message)
	switch {
	case name == nil:
		return ""
	case server.Code == "42704":
		return fmt.Sprintf("extra_params.%s: neither a parameter of the connection (%s) nor a setting of the server; check its name, or take it away", name[1], strings.Join(connectionParameters, ", "))
	}
	return fmt.Sprintf("extra_params.%s: %s; write a value that the server's setting takes", name[1], server.Message)
}
