// Command baselinr-pipes profiles warehouse tables and tells how they drifted.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/baselinr/baselinr-pipes/internal/cli"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return cli.Run(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}
