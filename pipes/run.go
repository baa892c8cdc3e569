package pipes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Run opens a session, calls f with it, and closes it with what came of f: an error, a panic, the end of ctx, or SIGINT
// or SIGTERM, on which Dagster's cancellation arrives. It returns the same error, joined with that of Close, so that
// the caller decides how the process exits:
//
//	if err := pipes.Run(ctx, work); err != nil {
//		fmt.Fprintln(os.Stderr, err)
//		os.Exit(1)
//	}
//
// A signal ends the context that f gets, with a *SignalError as its cause. f then has the time of WithGracePeriod to
// return; after it, Run closes the session and returns while f still runs. A second signal ends the process as if it
// were not caught. A panic of f becomes a *PanicError; panics of goroutines that f starts are out of reach.
func Run(ctx context.Context, f func(ctx context.Context, session *Session) error, opts ...Option) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer cancelOnSignal(cancel)()

	session, err := Open(ctx, opts...)
	if err != nil {
		return err
	}
	err = await(ctx, newOptions(opts).gracePeriod, func() error { return f(ctx, session) })
	closeErr := session.Close(err)
	return errors.Join(err, closeErr)
}

// cancelOnSignal cancels at the first signal, and then leaves signals to whoever had them before.
func cancelOnSignal(cancel context.CancelCauseFunc) (stop func()) {
	signals := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case received := <-signals:
			signal.Stop(signals)
			cancel(&SignalError{received})
		case <-done:
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}

// await calls f, and waits for it no longer than grace after ctx has ended.
func await(ctx context.Context, grace time.Duration, f func() error) error {
	result := make(chan error, 1)
	go call(f, result)
	select {
	case err := <-result:
		return explain(ctx, err)
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case err := <-result:
		return explain(ctx, err)
	case <-timer.C:
		return fmt.Errorf("pipes: still running %s after: %w", grace, context.Cause(ctx))
	}
}

// explain names the signal where f says no more than that its context ended.
func explain(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if cause == nil || !errors.Is(err, ctx.Err()) || errors.Is(err, cause) {
		return err
	}
	return fmt.Errorf("%w: %w", cause, err)
}

// call sends what came of f, also where f does not return: it may panic, or end its goroutine as runtime.Goexit does.
func call(f func() error, result chan<- error) {
	err := errors.New("pipes: the function ended its goroutine instead of returning")
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: callers(1)}
		}
		result <- err
	}()
	err = f()
}
