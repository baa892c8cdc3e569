// Command bench measures whole commands, from the start of their processes to their end, beside the floors under them
// and the Python tool that this project's configuration comes from. It writes its tables into docs/benchmarks.md, which
// says what is measured and how. `make bench` runs it; `make bench ARGS=-h` lists the flags.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// benchmark is a part of the page.
type benchmark struct {
	name string
	run  func(ctx context.Context, l *lab) (section, error)
}

var benchmarks = []benchmark{
	{"flights-postgres", flightsPostgres},
	{"flights-sqlite", flightsSQLite},
	{"reference-postgres", referencePostgres},
	{"reference-sqlite", referenceSQLite},
	{"large", large},
	{"wide", wide},
	{"many", many},
	{"history", history},
	{"dagster-job", jobInDagster},
	{"dagster-outputs", outputsInDagster},
	{"dagster-load", loadInDagster},
	{"allocations", steady},
	{"columns", columns},
	{"hot", hot},
	{"matrix", matrix},
}

// options say what is measured, how often, and what becomes of it.
type options struct {
	only      []string // names of benchmarks; empty for all
	runs      int
	runsLarge int // of tables with more than largeCells values
	largest   int // rows of a table
	cells     int // values of a table of the matrix
	write     bool
	strict    bool
	profiles  string // folder
}

// largeCells is how many values a table has at most whose commands run as often as the others.
const largeCells = 50_000_000

// runsOf is how often the commands on a table of that size run.
func (o options) runsOf(rows, columns int) int {
	if rows*columns > largeCells {
		return o.runsLarge
	}
	return o.runs
}

func main() {
	o, err := parse()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err = run(ctx, o)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "bench: interrupted")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse() (o options, err error) {
	var names []string
	for _, b := range benchmarks {
		names = append(names, b.name)
	}
	only := flag.String("only", "", "measure these alone, by `names` with commas between: "+strings.Join(names, ", "))
	flag.IntVar(&o.runs, "runs", 11, "how often each command is timed, after a first run that is not counted")
	flag.IntVar(&o.runsLarge, "runs-large", 5, fmt.Sprintf("the same for tables of more than %d million values", largeCells/1_000_000))
	flag.IntVar(&o.largest, "largest", 10_000_000, "rows that a made table has at most")
	flag.IntVar(&o.cells, "cells", 200_000_000, "values that a table of the matrix has at most; larger ones are left out")
	flag.BoolVar(&o.write, "write", true, "write the tables to "+document)
	flag.BoolVar(&o.strict, "strict", false, "fail where a bar is missed")
	flag.StringVar(&o.profiles, "pprof", "", "write profiles of our command, for go tool pprof, into this `folder`")
	flag.Parse()
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	for _, name := range o.only {
		if !slices.Contains(names, name) {
			return o, fmt.Errorf("-only: no benchmark %q; there are %s", name, strings.Join(names, ", "))
		}
	}
	if o.runs < 1 || o.runsLarge < 1 || o.largest < 1000 {
		return o, errors.New("-runs and -runs-large are at least 1, -largest at least 1000")
	}
	return o, nil
}

func run(ctx context.Context, o options) (err error) {
	l, err := openLab(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close(context.WithoutCancel(ctx))) }() // also when interrupted
	measured := map[string]float64{}
	for _, b := range benchmarks {
		if len(o.only) > 0 && !slices.Contains(o.only, b.name) {
			continue
		}
		result, err := b.run(ctx, l)
		if err != nil {
			return err
		}
		maps.Copy(measured, result.measured)
		fmt.Printf("%s\n\n%s\n", b.name, result.text)
		if err := o.publish(b.name, result.text); err != nil {
			return err
		}
	}
	if len(measured) == 0 {
		return nil
	}
	page, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	fmt.Print(barTable(measured, ""))
	if err := o.publish("bars", barTable(measured, string(page))); err != nil {
		return err
	}
	if works := missed(measured); o.strict && len(works) > 0 {
		return fmt.Errorf("missed: %s", strings.Join(works, "; "))
	}
	return nil
}

// publish writes a table to the page, where that is wanted.
func (o options) publish(name, text string) error {
	if !o.write {
		return nil
	}
	return replaceBetween(name, text)
}

// say tells on standard error what goes on.
func say(format string, values ...any) { fmt.Fprintf(os.Stderr, format+"\n", values...) }
