package warehouse

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Retry says how often, and after what waits, work is tried again that failed for a passing reason. Its
// zero value tries once.
type Retry struct {
	Retries  int           // after the first failure
	Fixed    bool          // wait Min each time, instead of twice as long as before
	Min, Max time.Duration // the shortest and the longest wait

	// Again is told of a failure after which work is tried again, and of the wait before; it may be nil.
	Again func(err error, wait time.Duration)
}

// Try calls work until it succeeds, fails for good, or has been tried often enough, and returns what the
// last call did. Work has to be safe to repeat. The end of the context ends the waits, with its cause.
func Try[T any](ctx context.Context, r Retry, transient func(error) bool, work func() (T, error)) (T, error) {
	var waits backoff.BackOff = backoff.NewConstantBackOff(r.Min)
	if !r.Fixed {
		exponential := backoff.NewExponentialBackOff()
		exponential.RandomizationFactor = 0 // Min is the shortest wait
		exponential.InitialInterval, exponential.MaxInterval, exponential.Multiplier = r.Min, r.Max, 2
		waits = exponential
	}
	result, err := backoff.Retry(ctx, func() (T, error) {
		result, err := work()
		if err != nil && (ctx.Err() != nil || !transient(err)) {
			return result, backoff.Permanent(err)
		}
		return result, err
	}, backoff.WithBackOff(waits), backoff.WithMaxTries(uint(r.Retries)+1), backoff.WithMaxElapsedTime(0), backoff.WithNotify(r.Again))
	var permanent *backoff.PermanentError
	if errors.As(err, &permanent) {
		err = permanent.Unwrap()
	}
	return result, err
}
