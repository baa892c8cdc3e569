// Command inprocess runs a command of baselinr-pipes within its own process, so that Go's runtime can be asked what it
// cost, and the product needs no flag for that. It takes the command's own arguments:
//
//	inprocess [-cpu FILE] [-allocations FILE] profile --config FILE
//
// What the command prints is thrown away. Printed is JSON: how many objects and bytes the command allocated.
// The files are profiles for `go tool pprof`.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"syscall"

	"github.com/baselinr/baselinr-pipes/internal/cli"
)

func main() {
	cpu := flag.String("cpu", "", "write a profile of where time is spent to this `file`")
	allocations := flag.String("allocations", "", "write a profile of where memory is allocated to this `file`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *cpu, *allocations, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "inprocess:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cpu, allocations string, arguments []string) error {
	if cpu != "" {
		file, err := os.Create(cpu)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	code := cli.Run(ctx, arguments, cli.Streams{In: os.Stdin, Out: io.Discard, Err: os.Stderr})
	runtime.ReadMemStats(&after)
	pprof.StopCPUProfile()
	if code != 0 {
		return fmt.Errorf("the command ended with exit code %d", code)
	}
	if allocations != "" {
		if err := writeAllocations(allocations); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]uint64{
		"objects": after.Mallocs - before.Mallocs,
		"bytes":   after.TotalAlloc - before.TotalAlloc,
	})
}

func writeAllocations(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return pprof.Lookup("allocs").WriteTo(file, 0)
}
