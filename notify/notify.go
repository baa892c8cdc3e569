// Package notify tells people and programs of a run that found something: one digest a run to each hook,
// never a message a column. Hooks are told side by side, each within its time; what one of them fails at is
// returned, and nothing waits for it.
package notify

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Hook is one way to tell. Send sends a digest, which it must not change, and returns when that is done, has
// failed, or the context ends. Its errors hold no secret.
type Hook interface {
	Send(ctx context.Context, d *Digest) error
}

// Recipient is a hook with what it wants to be told of.
type Recipient struct {
	Name    string // in messages, as hooks.hooks[0] (slack)
	Hook    Hook
	Filter  Filter
	Timeout time.Duration // of Send as a whole
}

// Delivery is what became of a recipient's digest.
type Delivery struct {
	Name string
	Sent bool // false with no error: there was nothing to say
	Err  error
	Took time.Duration
}

// Send tells every recipient of a run, and returns what became of each, in their order. It takes no longer than
// the longest timeout, nor than the context, even where a hook does not return.
func Send(ctx context.Context, run *Run, recipients []Recipient) []Delivery {
	deliveries := make([]chan Delivery, len(recipients))
	for i, r := range recipients {
		deliveries[i] = make(chan Delivery, 1)
		go func() { deliveries[i] <- r.deliver(ctx, run) }()
	}
	all := make([]Delivery, len(recipients))
	for i, d := range deliveries {
		all[i] = <-d
	}
	return all
}

// deliver sends the digest of a run, if there is anything to say.
func (r Recipient) deliver(ctx context.Context, run *Run) Delivery {
	delivery := Delivery{Name: r.Name}
	digest := Summarize(run, r.Filter)
	if digest == nil {
		return delivery
	}
	started := time.Now()
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		defer func() {
			if problem := recover(); problem != nil {
				ended <- fmt.Errorf("the hook failed: %v", problem)
			}
		}()
		ended <- r.Hook.Send(ctx, digest)
	}()
	select {
	case delivery.Err = <-ended:
	case <-ctx.Done():
		select {
		case delivery.Err = <-ended:
		case <-time.After(grace):
			delivery.Err = ctx.Err()
		}
	}
	delivery.Took = time.Since(started)
	delivery.Sent = delivery.Err == nil
	if errors.Is(delivery.Err, context.DeadlineExceeded) {
		delivery.Err = fmt.Errorf("gave up after %.1f s: %w", delivery.Took.Seconds(), delivery.Err)
	}
	return delivery
}

// grace is how long a hook whose time is over may take to say what it was at.
const grace = 500 * time.Millisecond
