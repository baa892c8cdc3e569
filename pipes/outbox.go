package pipes

import (
	"context"
	"errors"
	"runtime"
	"sync"
)

// An outbox brings messages from many goroutines into one channel, in the order in which they were sent. While a write
// is under way the messages that arrive are collected, and leave together in the next one: that is what makes many
// senders faster than one, since a write costs more than a message.
type outbox struct {
	channel Channel
	// ctx is what the channel gets: that of the session, since one write carries the messages of many callers.
	ctx context.Context
	// direct lets the sender itself write where nobody else does. It spares a switch between goroutines, and is for
	// channels that do not block: a sender that writes cannot stop waiting when its context ends.
	direct bool

	mu     sync.Mutex
	busy   bool // a write is under way, or about to be
	shut   bool // the last message has been sent
	next   *batch
	unused []byte // a buffer to be used again
	// crowded tells that other senders were waiting for the processor when one of them last looked; looked counts the
	// direct writes since.
	crowded bool
	looked  int
}

// lookInterval is after how many direct writes a sender looks whether others are waiting.
const lookInterval = 32

// A batch is what leaves in one write.
type batch struct {
	lines []byte
	count int
	done  chan struct{}
	err   error // valid once done is closed
}

func newOutbox(ctx context.Context, channel Channel) *outbox {
	file, ok := channel.(*fileChannel)
	return &outbox{channel: channel, ctx: ctx, direct: ok && file.regular}
}

// send returns when line has been written, or has failed, or ctx or the session has ended; in the last case it may still
// be written. The last line shuts the outbox. send does not keep line.
func (o *outbox) send(ctx context.Context, line []byte, last bool) error {
	o.mu.Lock()
	if o.shut {
		o.mu.Unlock()
		return ErrClosed
	}
	o.shut = last
	if o.direct && !o.busy {
		o.busy = true
		if o.looked++; !o.crowded && o.looked < lookInterval {
			o.mu.Unlock()
			err := o.channel.WriteMessages(o.ctx, line)
			o.release()
			return err
		}
		b := o.join(line)
		o.mu.Unlock()
		o.lead(b)
		return b.err
	}
	b := o.join(line)
	if !o.busy {
		o.busy = true
		go o.drain()
	}
	o.mu.Unlock()

	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
	case <-o.ctx.Done(): // the session closed without having waited
	}
	select {
	case <-b.done:
		return b.err
	default:
	}
	if ctx.Err() == nil {
		return &waitError{ErrClosed}
	}
	return &waitError{context.Cause(ctx)}
}

// join adds a line to the next batch. The lock is held.
func (o *outbox) join(line []byte) *batch {
	if o.next == nil {
		o.next = &batch{lines: o.unused[:0], done: make(chan struct{})}
		o.unused = nil
	}
	o.next.lines = append(o.next.lines, line...)
	o.next.count++
	return o.next
}

// lead writes the batch that the caller began, after letting those who have a message, too, join it: on a busy machine
// senders wait for the processor, not for the write, and would never meet otherwise.
func (o *outbox) lead(b *batch) {
	runtime.Gosched()
	o.mu.Lock()
	o.next = nil
	o.crowded = b.count > 1
	o.looked = 0
	o.mu.Unlock()
	o.write(b)
	o.release()
}

func (o *outbox) write(b *batch) {
	b.err = o.channel.WriteMessages(o.ctx, b.lines)
	o.recycle(b.lines)
	close(b.done)
}

// release ends a direct write: what has arrived meanwhile is written by a goroutine, so that no sender works for the
// others longer than for itself.
func (o *outbox) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.next == nil {
		o.busy = false
		return
	}
	go o.drain()
}

// drain writes batches until there is none.
func (o *outbox) drain() {
	for {
		o.mu.Lock()
		b := o.next
		o.next = nil
		if b == nil {
			o.busy = false
			o.mu.Unlock()
			return
		}
		o.mu.Unlock()

		o.write(b)
	}
}

// recycle keeps a buffer for the next batch, unless it grew far beyond what messages usually need.
func (o *outbox) recycle(buffer []byte) {
	const most = 1 << 20
	if cap(buffer) > most {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.unused = buffer
}

// A waitError tells that somebody stopped waiting for a write, and that what was to be written may still arrive.
type waitError struct{ cause error }

func (e *waitError) Error() string {
	return "stopped waiting for the write to end: " + e.cause.Error()
}

func (e *waitError) Unwrap() error { return e.cause }

// stillWaits tells whether a write or a flush was left under way.
func stillWaits(err error) bool {
	_, left := errors.AsType[*waitError](err)
	return left
}
