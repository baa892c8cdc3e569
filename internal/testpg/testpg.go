// Package testpg gives tests a schema of their own in a real PostgreSQL server.
package testpg

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Variable names the environment variable that holds the URL of the server, whose user is a superuser
// with a password.
const Variable = "BASELINR_TEST_POSTGRES"

var schemas atomic.Int64

// Server is the server that the tests use.
type Server struct {
	Host, Port, User, Password, Database string
	url                                  string
}

// Connect returns the server. It fails the test where there is none: make test starts one.
func Connect(t *testing.T) Server {
	t.Helper()
	text := os.Getenv(Variable)
	if text == "" {
		t.Fatalf("%s is not set; run the tests with make test, or make test-go ARGS=./package, which start PostgreSQL", Variable)
	}
	u, err := url.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", Variable, err)
	}
	password, _ := u.User.Password()
	return Server{u.Hostname(), u.Port(), u.User.Username(), password, strings.TrimPrefix(u.Path, "/"), text}
}

// URL is where the server is, and as whom to log in.
func (s Server) URL() string { return s.url }

// Exec runs statements on the server.
func (s Server) Exec(t *testing.T, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, statement := range statements {
		if _, err := conn.Exec(context.Background(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// Schema makes an empty schema, which is dropped when the test ends, and returns its name.
func (s Server) Schema(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), schemas.Add(1))
	s.Exec(t, "CREATE SCHEMA "+name)
	t.Cleanup(func() { s.Exec(t, "DROP SCHEMA "+name+" CASCADE") })
	return name
}
