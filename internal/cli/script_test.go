package cli

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/internal/testmysql"
	"github.com/baselinr/baselinr-pipes/internal/testpg"
	"github.com/baselinr/baselinr-pipes/warehouse/mysql"
	"github.com/baselinr/baselinr-pipes/warehouse/sqlite"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"baselinr-pipes": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			os.Exit(Run(ctx, os.Args[1:], Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
		},
	})
}

// TestScripts runs testdata/script: each is a session at the command line. Beside testscript's own
// commands there are
//
//	sqlite FILE STATEMENT…    runs statements on a SQLite file
//	mysql STATEMENT…          runs statements in the database of the script's own on MariaDB
//	readonly FILE             makes a SQLite file read-only, for root too
//	exitcode N COMMAND…       runs baselinr-pipes and checks its exit code
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			s := testpg.Connect(t)
			env.Setenv("XDG_CACHE_HOME", env.Getenv("WORK")+"/.cache")
			env.Setenv("PG_HOST", s.Host)
			env.Setenv("PG_PORT", s.Port)
			env.Setenv("PG_USER", s.User)
			env.Setenv("PG_PASSWORD", s.Password)
			env.Setenv("PG_DATABASE", s.Database)
			m := testmysql.Connect(t)
			env.Setenv("MYSQL_HOST", m.Host)
			env.Setenv("MYSQL_PORT", m.Port)
			env.Setenv("MYSQL_USER", m.User)
			env.Setenv("MYSQL_PASSWORD", m.Password)
			env.Setenv("MYSQL_CA", m.CA)
			env.Setenv("MYSQL_DATABASE", m.Schema(t))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"sqlite":   runSQLite,
			"mysql":    runMySQL,
			"readonly": makeReadOnly,
			"exitcode": runForExitCode,
		},
	})
}

func runSQLite(ts *testscript.TestScript, _ bool, args []string) {
	history, err := sqlite.OpenHistory(context.Background(), config.Connection{Database: ts.MkAbs(args[0])}, true)
	ts.Check(err)
	defer history.DB.Close()
	for _, statement := range args[1:] {
		rows, err := history.DB.Query(statement)
		ts.Check(err)
		printRows(ts, rows)
	}
}

func runMySQL(ts *testscript.TestScript, _ bool, args []string) {
	port, err := strconv.Atoi(ts.Getenv("MYSQL_PORT"))
	ts.Check(err)
	history, err := mysql.OpenHistory(context.Background(), config.Connection{
		Host: ts.Getenv("MYSQL_HOST"), Port: port, Username: ts.Getenv("MYSQL_USER"), Password: config.NewSecret(ts.Getenv("MYSQL_PASSWORD")), Database: ts.Getenv("MYSQL_DATABASE"),
	}, false)
	ts.Check(err)
	defer history.DB.Close()
	for _, statement := range args {
		rows, err := history.DB.Query(statement)
		ts.Check(err)
		printRows(ts, rows)
	}
}

func printRows(ts *testscript.TestScript, rows *sql.Rows) {
	defer rows.Close()
	columns, err := rows.Columns()
	ts.Check(err)
	for rows.Next() {
		values := make([]any, len(columns))
		targets := make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		ts.Check(rows.Scan(targets...))
		fmt.Fprintln(ts.Stdout(), strings.TrimSpace(fmt.Sprintln(values...)))
	}
	ts.Check(rows.Err())
}

// makeReadOnly sets a write version that no SQLite knows
// (https://www.sqlite.org/fileformat2.html#file_format_version_numbers).
func makeReadOnly(ts *testscript.TestScript, _ bool, args []string) {
	file, err := os.OpenFile(ts.MkAbs(args[0]), os.O_WRONLY, 0)
	ts.Check(err)
	defer file.Close()
	_, err = file.WriteAt([]byte{3}, 18)
	ts.Check(err)
}

func runForExitCode(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec("baselinr-pipes", args[1:]...)
	code := "0"
	if err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}
