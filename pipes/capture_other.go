//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package pipes

import (
	"context"
	"errors"
	"runtime"
)

type capture struct{}

func startCapture(context.Context, LogWriter) (*capture, error) {
	return nil, errors.New("pipes: standard output cannot be captured on " + runtime.GOOS +
		"; leave include_stdio_in_messages off in Dagster")
}

func (*capture) stop(context.Context) error { return nil }
