package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// profiling returns the whole command that profiles what the config says. Each run finds the same history: that of
// the first, with which it compares what it reads.
func profiling(name, program, config string) *contestant {
	history := filepath.Join(filepath.Dir(config), "history.db")
	first := history + ".first"
	c := &contestant{name: name}
	c.run = func(ctx context.Context) (usage, error) {
		beginning := false
		err := copyFile(first, history)
		if errors.Is(err, fs.ErrNotExist) {
			beginning, err = true, nil
		}
		if err != nil {
			return usage{}, err
		}
		u, err := timed(ctx, program, "profile", "--config", config)
		if err == nil && beginning {
			err = os.Rename(history, first)
		}
		return u, err
	}
	return c
}

// copyFile copies a file without holding it in memory: see timed.
func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

// ours is the command of this project.
func (l *lab) ours(config string) *contestant {
	return profiling("`baselinr-pipes profile`", l.binary, config)
}

// oursOn is the command of this project, on a table or tables of the schema, as the config selects them.
func (l *lab) oursOn(name string, table object) (c *contestant, config string, err error) {
	source, err := l.postgresSource()
	if err != nil {
		return nil, "", err
	}
	table["schema"] = schema
	if config, err = writeConfig(filepath.Join(l.folder, name), source, table); err != nil {
		return nil, "", err
	}
	return l.ours(config), config, nil
}

// rawPostgres reads the rows of a table of the schema through pgx.
func (l *lab) rawPostgres(table string) *contestant {
	return &contestant{name: "raw read through pgx", run: func(ctx context.Context) (usage, error) {
		return timed(ctx, filepath.Join(l.tools, "rawread"), "postgres", l.server, schema+"."+table)
	}}
}

// rawSQLite reads the rows of a table of the file through database/sql.
func (l *lab) rawSQLite(file, table string) *contestant {
	return &contestant{name: "raw read through `database/sql`", run: func(ctx context.Context) (usage, error) {
		return timed(ctx, filepath.Join(l.tools, "rawread"), "sqlite", file, table)
	}}
}

// allocations are what a command allocated from its start to its end.
type allocations struct{ Objects, Bytes uint64 }

// allocationsOf profiles what the config says within a process that counts what it allocates.
func (l *lab) allocationsOf(ctx context.Context, config string) (a allocations, err error) {
	text, err := output(ctx, filepath.Join(l.tools, "inprocess"), "profile", "--config", config)
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal([]byte(text), &a)
}

// pprof writes profiles of the command, for `go tool pprof`, where they are wanted.
func (l *lab) pprof(ctx context.Context, name string, arguments ...string) error {
	if l.profiles == "" {
		return nil
	}
	if err := os.MkdirAll(l.profiles, 0o755); err != nil {
		return err
	}
	cpu, allocations := filepath.Join(l.profiles, name+".cpu.prof"), filepath.Join(l.profiles, name+".allocations.prof")
	say("%s: profiles: %s, %s", name, cpu, allocations)
	_, err := output(ctx, filepath.Join(l.tools, "inprocess"), append([]string{"-cpu", cpu, "-allocations", allocations}, arguments...)...)
	return err
}
