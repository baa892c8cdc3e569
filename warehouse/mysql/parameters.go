package mysql

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// connectionParameters are the extra_params that say how to connect, by the names of the options of MySQL's own
// client; every other is a variable of the session.
var connectionParameters = []string{"ssl_mode", "ssl_ca", "ssl_cert", "ssl_key"}

// The modes of TLS of MySQL's client.
const (
	sslDisabled       = "DISABLED"
	sslPreferred      = "PREFERRED"
	sslRequired       = "REQUIRED"
	sslVerifyCA       = "VERIFY_CA"
	sslVerifyIdentity = "VERIFY_IDENTITY"
)

var sslModes = []string{sslDisabled, sslPreferred, sslRequired, sslVerifyCA, sslVerifyIdentity}

// driverConfig turns a connection into the driver's settings. They are never written as one text, which could
// end up in an error.
func driverConfig(c config.Connection) (*mysql.Config, error) {
	if host, port, err := net.SplitHostPort(c.Host); err == nil {
		return nil, misset("host: %q holds the port too; write host: %q and port: %s", c.Host, host, port)
	}
	for name, value := range c.ExtraParams {
		if _, ok := c.ExtraParams.Text(name); !ok && value != nil {
			return nil, misset("extra_params.%s: it has to be a text, a number or a boolean; the parameters of TLS are %s", name, strings.Join(connectionParameters, ", "))
		}
		if !slices.Contains(connectionParameters, name) && !isVariable(name) {
			return nil, misset("extra_params.%s: neither a parameter of the connection (%s) nor the name of a variable of the server", name, strings.Join(connectionParameters, ", "))
		}
	}
	settings := mysql.NewConfig()
	settings.Net, settings.Addr = "tcp", net.JoinHostPort(cmp.Or(c.Host, "localhost"), strconv.Itoa(cmp.Or(c.Port, 3306)))
	if isSocket(c.Host) {
		settings.Net, settings.Addr = "unix", c.Host
	}
	settings.User, settings.Passwd, settings.DBName = cmp.Or(c.Username, "root"), c.Password.Reveal(), DefaultSchema(c)
	settings.ConnectionAttributes = "program_name:baselinr-pipes"
	settings.Logger = &mysql.NopLogger{} // what it would print is in the errors
	settings.DialFunc = dial
	return settings, secure(settings, c)
}

func isSocket(host string) bool { return strings.HasPrefix(host, "/") }

// secure sets how a connection is encrypted.
func secure(settings *mysql.Config, c config.Connection) error {
	text := func(name string) string { value, _ := c.ExtraParams.Text(name); return value }
	mode := strings.ToUpper(strings.ReplaceAll(text("ssl_mode"), "-", "_"))
	switch {
	case mode == "" && text("ssl_ca") != "":
		mode = sslVerifyCA // as MySQL's client
	case mode == "":
		mode = sslPreferred
	case !slices.Contains(sslModes, mode):
		return misset("extra_params.ssl_mode: there is no mode %q; write one of %s", text("ssl_mode"), strings.Join(sslModes, ", "))
	}
	if mode == sslDisabled {
		return nil
	}
	tlsConfig := &tls.Config{ServerName: c.Host, InsecureSkipVerify: mode != sslVerifyIdentity, MinVersion: tls.VersionTLS12}
	if path := text("ssl_ca"); path != "" {
		pem, err := readFile("ssl_ca", path)
		if err != nil {
			return err
		}
		tlsConfig.RootCAs = x509.NewCertPool()
		if !tlsConfig.RootCAs.AppendCertsFromPEM(pem) {
			return misset("extra_params.ssl_ca: the file %q holds no certificate in PEM", path)
		}
	}
	if mode == sslVerifyCA {
		tlsConfig.VerifyConnection = verifyChain(tlsConfig.RootCAs)
	}
	if certificate, key := text("ssl_cert"), text("ssl_key"); certificate != "" || key != "" {
		pair, err := keyPair(certificate, key)
		if err != nil {
			return err
		}
		tlsConfig.Certificates = []tls.Certificate{pair}
	}
	settings.TLS, settings.AllowFallbackToPlaintext = tlsConfig, mode == sslPreferred
	// A password in the clear, as PAM and LDAP want it, is told to a server alone that has proved who it is.
	settings.AllowCleartextPasswords = mode == sslVerifyCA || mode == sslVerifyIdentity
	return nil
}

// verifyChain checks that a server's certificate comes from an authority, whatever name it is for.
func verifyChain(roots *x509.CertPool) func(tls.ConnectionState) error {
	return func(s tls.ConnectionState) error {
		options := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
		for _, c := range s.PeerCertificates[1:] {
			options.Intermediates.AddCert(c)
		}
		if _, err := s.PeerCertificates[0].Verify(options); err != nil {
			return &tls.CertificateVerificationError{UnverifiedCertificates: s.PeerCertificates, Err: err}
		}
		return nil
	}
}

func keyPair(certificate, key string) (tls.Certificate, error) {
	one, err := readFile("ssl_cert", certificate)
	if err != nil {
		return tls.Certificate{}, err
	}
	other, err := readFile("ssl_key", key)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.X509KeyPair(one, other)
	if err != nil {
		return pair, misset("extra_params.ssl_cert, ssl_key: no pair of certificate and key in PEM: %v", err)
	}
	return pair, nil
}

func readFile(name, path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		var failure *os.PathError
		errors.As(err, &failure)
		return nil, misset("extra_params.%s: the file %q cannot be read: %v; a relative path starts at the working directory", name, path, failure.Err)
	}
	return content, nil
}

// sessionVariables are the settings of the session that the config asks for, as SET takes them.
func sessionVariables(c config.Connection) []string {
	var settings []string
	for name, value := range c.ExtraParams {
		if text, ok := c.ExtraParams.Text(name); ok && !slices.Contains(connectionParameters, name) {
			if _, quoted := value.(string); quoted {
				text = "'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(text) + "'"
			}
			settings = append(settings, name+" = "+text)
		}
	}
	slices.Sort(settings)
	return settings
}

func isVariable(name string) bool {
	return name != "" && strings.IndexFunc(name, func(r rune) bool {
		return r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}) < 0
}

// misset is the failure of a setting of the connection, which another try would meet again.
func misset(format string, arguments ...any) error {
	err := fmt.Errorf(format, arguments...)
	return fmt.Errorf("mysql: %w", &warehouse.Failure{Words: err.Error(), Cause: err, Final: true})
}
