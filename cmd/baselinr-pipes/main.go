// Command baselinr-pipes profiles warehouse tables and tells how they drifted.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/baselinr/baselinr-pipes/internal/cli"
)

// sameInterrupt is how long after a signal another one counts as the same.
const sameInterrupt = time.Second

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() {
		// What follows at once is the same interrupt, told by a terminal or a supervisor and by the
		// launcher: it must not end the process before its statements on the server have ended. A
		// later signal does end it at once.
		time.Sleep(sameInterrupt)
		stop()
	})
	return cli.Run(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}
