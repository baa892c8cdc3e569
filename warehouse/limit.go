package warehouse

import (
	"context"
	"fmt"
	"time"
)

// Within runs work with a context that ends after the limit, 0 for none, and returns reached where that end
// failed it. Reached is a TimedOut.
func Within(ctx context.Context, limit time.Duration, reached error, work func(context.Context) error) error {
	if limit <= 0 {
		return work(ctx)
	}
	limited, cancel := context.WithTimeoutCause(ctx, limit, reached)
	defer cancel()
	err := work(limited)
	if err != nil && context.Cause(limited) == reached {
		return reached
	}
	return err
}

// TimedOut is the error of what took longer than a limit, which the key of the config sets.
func TimedOut(what string, limit time.Duration, key string) error {
	return fmt.Errorf("%w: %s took longer than %v; raise %s", ErrTimeout, what, limit, key)
}

// StatementTimedOut is the error of a statement that took longer than the options allow.
func (o Options) StatementTimedOut() error {
	return TimedOut("a statement", o.StatementTimeout, "execution.statement_timeout_seconds")
}

// LimitStatement runs work, which sends one statement and reads its rows, no longer than the options allow.
func (o Options) LimitStatement(ctx context.Context, work func(context.Context) error) error {
	return Within(ctx, o.StatementTimeout, o.StatementTimedOut(), work)
}
