// Package testmysql gives tests a database of their own in a real MariaDB server.
package testmysql

import (
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// Variable names the environment variable that holds the URL of the server, whose user has every right and a password.
const Variable = "BASELINR_TEST_MYSQL"

var databases atomic.Int64

// Server is the server that the tests use.
type Server struct {
	Host, Port, User, Password, Database string
	CA                                   string // the file of the authority of its certificate
}

// Connect returns the server. It fails the test where there is none: make test starts one.
func Connect(t testing.TB) Server {
	t.Helper()
	text := os.Getenv(Variable)
	if text == "" {
		t.Fatalf("%s is not set; run the tests with make test, or make test-go ARGS=./package, which start MariaDB", Variable)
	}
	u, err := url.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", Variable, err)
	}
	password, _ := u.User.Password()
	return Server{u.Hostname(), u.Port(), u.User.Username(), password, strings.TrimPrefix(u.Path, "/"), u.Query().Get("ca")}
}

// Open opens a database of the server, with whatever else the driver's text of a source takes.
func (s Server) Open(t testing.TB, database, options string) *sql.DB {
	t.Helper()
	c := mysql.NewConfig()
	c.Net, c.Addr, c.User, c.Passwd, c.DBName = "tcp", net.JoinHostPort(s.Host, s.Port), s.User, s.Password, database
	db, err := sql.Open("mysql", c.FormatDSN()+"?"+options)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// Exec runs statements in a database of the server, one after the other, over one connection.
func (s Server) Exec(t testing.TB, database string, statements ...string) {
	t.Helper()
	db := s.Open(t, database, "charset=utf8mb4")
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%.300s: %v", statement, err)
		}
	}
}

// Schema makes an empty database, which is dropped when the test ends, and returns its name.
func (s Server) Schema(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), databases.Add(1))
	s.Exec(t, s.Database, "CREATE DATABASE "+name)
	t.Cleanup(func() { s.Exec(t, s.Database, "DROP DATABASE "+name) })
	return name
}
