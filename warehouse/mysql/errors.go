package mysql

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/baselinr/baselinr-pipes/warehouse"
)

// The errors of the servers that are told apart, by number
// (https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html, https://mariadb.com/kb/en/mariadb-error-code-reference/).
var (
	passing = []uint16{
		1040, 1203, // too many connections
		1205, 1213, 1206, 3058, 3572, // conflicts with other transactions
		1412, 1615, // a table or a statement that has changed meanwhile
		1047,       // a node of a cluster that is not ready
		1053, 1079, // the server stops
		1158, 1159, 1160, 1161, 1927, 3169, 4031, // the connection was cut
	}
	logins      = []uint16{1045, 1130, 1251, 1275, 1524, 1698, 1820, 1862, 3118, 3955, 4151}
	denials     = []uint16{1044, 1142, 1143, 1227, 1370}
	limits      = []uint16{1969, 3024}
	readOnly    = []uint16{1290, 1792, 1836}
	fullDisk    = []uint16{1021, 1114, 3018}
	noTables    = []uint16{1051, 1146, 1109}
	settings    = []uint16{1193, 1231, 1232, 1238, 1273, 1115, 1298}
	onlyWithTLS = []uint16{3159, 4222}
)

// Transient implements warehouse.Warehouse.
func (w *Warehouse) Transient(err error) bool { return Transient(err) }

// Transient reports whether what failed with err may succeed a moment later: lost connections, a server that stops, too
// many connections, and conflicts with other transactions. A statement that was ended, for its time or by hand, is not
// tried again.
func Transient(err error) bool {
	if aboutTLS(err) != "" {
		return false
	}
	var server *mysql.MySQLError
	if errors.As(err, &server) {
		return slices.Contains(passing, server.Number)
	}
	var told *warehouse.Failure
	if errors.As(err, &told) && told.Final {
		return false
	}
	var resolving *net.DNSError
	if errors.As(err, &resolving) && resolving.IsNotFound {
		return false // a name that is misspelt, most likely
	}
	if errors.As(err, new(*connectFailure)) {
		return true
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	return lost(err)
}

// lost reports whether the network failed, or the server went away without a word.
func lost(err error) bool {
	var network net.Error
	return errors.As(err, &network) && !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, driver.ErrBadConn)
}

// refused reports whether the server itself said no, which leaves the connection good.
func refused(err error) bool {
	var server *mysql.MySQLError
	return errors.As(err, &server) && !slices.Contains(passing, server.Number)
}

func (w *Warehouse) explain(err error) error {
	var server *mysql.MySQLError
	if errors.As(err, &server) && slices.Contains(limits, server.Number) {
		if w.options.StatementTimeout > 0 {
			return fmt.Errorf("mysql: %s: %w", w.where, w.options.StatementTimedOut())
		}
		words := server.Message + "; the server's own limit is shorter than the statement takes: raise it with source.extra_params.max_statement_time (MariaDB, in seconds) or max_execution_time (MySQL, in milliseconds)"
		return fmt.Errorf("mysql: %s: %w", w.where, &warehouse.Failure{Kind: warehouse.ErrTimeout, Words: words, Cause: err})
	}
	return fmt.Errorf("mysql: %s: %w", w.where, explain(err))
}

// explain puts an error of the driver in words, with the sentinel that it stands for.
func explain(err error) error {
	var server *mysql.MySQLError
	if errors.As(err, &server) {
		return explainServer(server, err)
	}
	var network *net.OpError
	var told *warehouse.Failure
	switch {
	case errors.As(err, &told):
		return err
	case errors.As(err, &network) && network.Op == "dial":
		return &warehouse.Failure{Kind: warehouse.ErrUnreachable, Words: fmt.Sprintf("%s; check host and port, and that the server runs", network.Err), Cause: err}
	case aboutTLS(err) != "":
		return &warehouse.Failure{Kind: warehouse.ErrUnreachable, Words: aboutTLS(err), Cause: err}
	case errors.As(err, new(*connectFailure)):
		return &warehouse.Failure{Kind: warehouse.ErrUnreachable, Words: fmt.Sprintf("%v; check host and port, and that a MySQL or MariaDB server listens there", err), Cause: err}
	case lost(err):
		return &warehouse.Failure{Kind: warehouse.ErrUnreachable, Words: fmt.Sprintf("the connection was lost (%v); check the network, and that the server still runs", err), Cause: err}
	}
	return err
}

// explainServer puts what the server says in words; err is the error that holds it.
func explainServer(server *mysql.MySQLError, err error) error {
	is := func(list []uint16) bool { return slices.Contains(list, server.Number) }
	switch {
	case server.Number == 1049:
		words := fmt.Sprintf("the server was reached, and it has no such database (%s); check the name, or create the database", server.Message)
		return &warehouse.Failure{Kind: warehouse.ErrNoDatabase, Words: words, Cause: err, Whole: true}
	case server.Number == 1044:
		return &warehouse.Failure{Kind: warehouse.ErrPermission, Words: server.Message + "; check the database's name, or grant the user a right on it", Cause: err}
	case server.Number == 1129:
		return &warehouse.Failure{Kind: warehouse.ErrUnreachable, Words: server.Message, Cause: err, Final: true}
	case server.Number == 1153:
		return &warehouse.Failure{Words: server.Message + "; raise the server's max_allowed_packet", Cause: err}
	case is(onlyWithTLS):
		return &warehouse.Failure{Kind: warehouse.ErrLogin, Words: server.Message + "; write extra_params.ssl_mode: REQUIRED, or VERIFY_IDENTITY", Cause: err}
	case is(logins):
		return &warehouse.Failure{Kind: warehouse.ErrLogin, Words: server.Message + "; check username and password, and from which hosts the user may log in", Cause: err}
	case is(denials):
		return &warehouse.Failure{Kind: warehouse.ErrPermission, Words: server.Message + "; grant SELECT on the table", Cause: err}
	case is(noTables):
		return &warehouse.Failure{Kind: warehouse.ErrNoTable, Words: server.Message, Cause: err}
	case is(readOnly):
		return &warehouse.Failure{Kind: warehouse.ErrReadOnly, Words: server.Message, Cause: err}
	case is(fullDisk):
		return &warehouse.Failure{Kind: warehouse.ErrNoSpace, Words: server.Message, Cause: err}
	case is(settings):
		return &warehouse.Failure{Words: fmt.Sprintf("extra_params: %s; what is not one of %s is a variable of the server's session: check its name and value", server.Message, strings.Join(connectionParameters, ", ")), Cause: err}
	case server.Number == 1040 || server.Number == 1203:
		return &warehouse.Failure{Kind: warehouse.ErrUnreachable, Words: server.Message + "; lower execution.max_workers, or raise the server's max_connections", Cause: err}
	case server.Number == 1053 || server.Number == 1927 || server.Number == 4031:
		return &warehouse.Failure{Kind: warehouse.ErrUnreachable, Words: server.Message, Cause: err}
	}
	return &warehouse.Failure{Words: fmt.Sprintf("%s (error %d)", server.Message, server.Number), Cause: err}
}

// aboutTLS says what to do where a connection failed for TLS; it is empty where that was not why.
func aboutTLS(err error) string {
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case err == nil:
		return ""
	case errors.Is(err, mysql.ErrNoTLS):
		return "the server takes no TLS connections, which extra_params.ssl_mode asks for; turn TLS on in the server, or write ssl_mode: PREFERRED or DISABLED"
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &name):
		if certificate != nil {
			err = certificate.Err
		}
		return fmt.Sprintf("the server's certificate is not trusted (%v); name that of its authority as extra_params.ssl_ca, and check that host is the name in the certificate", err)
	case errors.As(err, &record), errors.As(err, &alert):
		return fmt.Sprintf("TLS failed (%v); check extra_params.ssl_mode, ssl_cert and ssl_key, and which versions of TLS the server takes", err)
	}
	return ""
}
