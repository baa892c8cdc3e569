package main

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// columns runs the Go benchmark of a column's accumulator.
func columns(ctx context.Context, l *lab) (section, error) {
	say("columns ...")
	out, err := output(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkColumn$", "-benchmem", "./metrics")
	if err != nil {
		return section{}, err
	}
	text := "`go test -bench Column -benchmem ./metrics`. " + l.setting(ctx) + "\n\n| a column of | a value | bytes | allocations |\n|---|---:|---:|---:|\n"
	for _, m := range benchmarkLine.FindAllStringSubmatch(out, -1) {
		nanoseconds, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return section{}, err
		}
		text += fmt.Sprintf("| %s | %.0f ns | %s | %s |\n", strings.ReplaceAll(m[1], "_", " "), nanoseconds, m[3], m[4])
	}
	return section{text: text}, nil
}

// benchmarkLine is a line that go test prints of a benchmark: name, nanoseconds, bytes and allocations.
var benchmarkLine = regexp.MustCompile(`(?m)^BenchmarkColumn/(\S+?)(?:-\d+)?\s+\d+\s+([0-9.]+) ns/op\s+(\d+) B/op\s+(\d+) allocs/op`)

// hot tells in which functions our command spends its processor time on the flights table.
func hot(ctx context.Context, l *lab) (section, error) {
	if err := l.flights(ctx); err != nil {
		return section{}, err
	}
	_, config, err := l.oursOn("hot", object{"table": "flights"})
	if err != nil {
		return section{}, err
	}
	program, profile := filepath.Join(l.tools, "inprocess"), filepath.Join(l.folder, "hot.prof")
	if _, err := output(ctx, program, "-cpu", profile, "profile", "--config", config); err != nil {
		return section{}, err
	}
	top, err := output(ctx, "go", "tool", "pprof", "-top", "-nodecount=15", program, profile)
	if err != nil {
		return section{}, err
	}
	_, top, _ = strings.Cut(top, "Showing nodes") // what is before names files
	_, top, _ = strings.Cut(top, "\n")
	return section{text: "```text\n" + strings.TrimRight(top, "\n") + "\n```\n"}, nil
}
