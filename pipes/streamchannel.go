package pipes

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
)

// A Stream is one of the two output streams of a process.
type Stream string

// The two streams, as the protocol names them.
const (
	Stdout Stream = "stdout"
	Stderr Stream = "stderr"
)

// A streamChannel writes messages between the other output on a standard stream, each write whole lines.
type streamChannel struct {
	stream Stream
	lines  lineWriter
	own    io.Closer // what Close closes; nil for a writer of the caller
}

func openStreamChannel(stream Stream, given io.Writer, standard *os.File) (*streamChannel, error) {
	if given != nil {
		return &streamChannel{stream: stream, lines: lineWriter{w: given}}, nil
	}
	file, err := duplicate(standard)
	if err != nil {
		return nil, fmt.Errorf("pipes: open messages on %s: %w", stream, err)
	}
	channel := &streamChannel{stream: stream, lines: lineWriter{w: file}}
	if file != standard {
		channel.own = file
	}
	return channel, nil
}

func (c *streamChannel) WriteMessages(_ context.Context, lines []byte) error {
	_, err := c.write(lines)
	return err
}

func (c *streamChannel) write(lines []byte) (int, error) {
	n, err := c.lines.write(lines)
	if err != nil {
		err = fmt.Errorf("%s: %w", c.stream, err)
	}
	return n, err
}

func (c *streamChannel) Close(context.Context) error {
	if c.own == nil {
		return nil
	}
	return c.own.Close()
}

// A bufferedChannel keeps messages in memory and writes them together, for logs of which Dagster reads only the end.
type bufferedChannel struct {
	channel *streamChannel

	mu     sync.Mutex
	buffer []byte
}

var _ Flusher = (*bufferedChannel)(nil)

func (c *bufferedChannel) WriteMessages(_ context.Context, lines []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buffer = append(c.buffer, lines...)
	return nil
}

func (c *bufferedChannel) Flush(context.Context) error {
	c.mu.Lock()
	lines := c.buffer
	c.buffer = nil
	c.mu.Unlock()
	if len(lines) == 0 {
		return nil
	}
	n, err := c.channel.write(lines)
	if err != nil {
		c.mu.Lock()
		c.buffer = append(lines[n:], c.buffer...)
		c.mu.Unlock()
	}
	return err
}

func (c *bufferedChannel) Close(ctx context.Context) error { return c.channel.Close(ctx) }

// standardStream names the stream that a channel writes to, and is empty for a channel that writes elsewhere.
func standardStream(channel Channel) Stream {
	switch c := channel.(type) {
	case *streamChannel:
		return c.stream
	case *bufferedChannel:
		return c.channel.stream
	}
	return ""
}
