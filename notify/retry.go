package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// A digest is sent at most so often, with waits that double.
const (
	mostTries = 4
	firstWait = 500 * time.Millisecond
)

// passing is a failure after which the same may succeed a moment later.
type passing struct {
	error
	after time.Duration // to wait first, where the other side says so
}

func (p *passing) Unwrap() error { return p.error }

// retry calls work until it succeeds, fails for good, or has been tried often enough. A wait that the context's
// end would cut short is not begun.
func retry(ctx context.Context, work func() error) error {
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval, waits.Multiplier = firstWait, 2
	tries, last := 0, error(nil)
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		tries++
		last = work()
		var again *passing
		switch deadline, bounded := ctx.Deadline(); {
		case last == nil:
			return struct{}{}, nil
		case !errors.As(last, &again), bounded && time.Until(deadline) < again.after:
			return struct{}{}, backoff.Permanent(last)
		case again.after > 0:
			return struct{}{}, &backoff.RetryAfterError{Duration: again.after}
		}
		return struct{}{}, last
	}, backoff.WithBackOff(waits), backoff.WithMaxTries(mostTries), backoff.WithMaxElapsedTime(0))
	if err != nil && tries > 1 {
		return fmt.Errorf("%w (the last of %d tries)", last, tries)
	}
	return last
}
