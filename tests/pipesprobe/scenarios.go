package main

import (
	"context"
	"fmt"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// runScenario does what one of this repository's own tests needs.
func runScenario(ctx context.Context, args arguments, opts []pipes.Option) error {
	return fmt.Errorf("no scenario is named %q", args.scenario)
}
