//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package pipes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"syscall"
	"time"
)

// maxDrain bounds what is read from a captured stream once the session closes: a pipe holds no more, so that only a
// child that goes on printing could make it more.
const maxDrain = 1 << 20

// A capture copies what is printed on descriptors 1 and 2, by this process and its children, to a LogWriter.
type capture struct {
	writer  LogWriter
	streams []*capturedStream
}

type capturedStream struct {
	stream   Stream
	fd       int      // 1 or 2
	original *os.File // where the descriptor led before
	pipe     *os.File // what is printed arrives here
	done     chan struct{}
	err      error // the first of WriteLog, valid once done is closed
	split    textSplitter
}

func startCapture(ctx context.Context, writer LogWriter) (*capture, error) {
	c := &capture{writer: writer}
	for _, s := range []*capturedStream{
		{stream: Stdout, fd: 1},
		{stream: Stderr, fd: 2},
	} {
		if err := s.start(ctx, writer); err != nil {
			return nil, errors.Join(fmt.Errorf("pipes: capture %s: %w", s.stream, err), c.stop(ctx))
		}
		c.streams = append(c.streams, s)
	}
	// When the runtime ends the process nobody is left to copy what it prints.
	if err := debug.SetCrashOutput(c.streams[1].original, debug.CrashOptions{}); err != nil {
		return nil, errors.Join(fmt.Errorf("pipes: capture stderr: %w", err), c.stop(ctx))
	}
	return c, nil
}

func (s *capturedStream) start(ctx context.Context, writer LogWriter) error {
	standard := map[int]*os.File{1: os.Stdout, 2: os.Stderr}[s.fd]
	original, err := duplicate(standard)
	if err != nil {
		return err
	}
	// Not os.Pipe: its writing end does not block, and neither would the streams of children that inherit it.
	var ends [2]int
	syscall.ForkLock.RLock()
	err = syscall.Pipe(ends[:])
	if err == nil {
		syscall.CloseOnExec(ends[0])
		syscall.CloseOnExec(ends[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return errors.Join(os.NewSyscallError("pipe", err), original.Close())
	}
	err = errors.Join(
		os.NewSyscallError("fcntl", syscall.SetNonblock(ends[0], true)),
		os.NewSyscallError("dup2", redirect(ends[1], s.fd)),
		os.NewSyscallError("close", syscall.Close(ends[1])),
	)
	pipe := os.NewFile(uintptr(ends[0]), string(s.stream))
	if err != nil {
		return errors.Join(err, pipe.Close(), original.Close())
	}
	s.original, s.pipe, s.done = original, pipe, make(chan struct{})
	go s.copy(ctx, writer)
	return nil
}

// copy ends when every writer has closed the stream, or when stop sets a deadline.
func (s *capturedStream) copy(ctx context.Context, writer LogWriter) {
	defer close(s.done)
	buffer := make([]byte, 64<<10)
	for {
		n, err := s.pipe.Read(buffer)
		s.forward(ctx, writer, buffer[:n])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			s.drain(ctx, writer, buffer)
			break
		}
		if err != nil {
			break
		}
	}
	s.log(ctx, writer, s.split.rest())
}

// drain reads what is in the pipe and does not wait for more: a child may keep the stream open after this process.
func (s *capturedStream) drain(ctx context.Context, writer LogWriter, buffer []byte) {
	conn, err := s.pipe.SyscallConn()
	if err != nil || s.pipe.SetReadDeadline(time.Time{}) != nil {
		return
	}
	for drained := 0; drained < maxDrain; {
		n := 0
		readErr := conn.Read(func(fd uintptr) bool {
			n, err = syscall.Read(int(fd), buffer)
			return true
		})
		if readErr != nil || err != nil || n <= 0 {
			return
		}
		s.forward(ctx, writer, buffer[:n])
		drained += n
	}
}

func (s *capturedStream) forward(ctx context.Context, writer LogWriter, p []byte) {
	if len(p) == 0 {
		return
	}
	// Nobody can be told that the original stream is closed; the copy goes on.
	_, _ = s.original.Write(p)
	s.log(ctx, writer, s.split.next(p))
}

func (s *capturedStream) log(ctx context.Context, writer LogWriter, text string) {
	if text == "" {
		return
	}
	if err := writer.WriteLog(ctx, s.stream, text); err != nil && s.err == nil {
		s.err = fmt.Errorf("pipes: forward %s: %w", s.stream, err)
	}
}

// stop leads the descriptors back to where they led, and returns when what was printed before has been copied, or ctx
// has ended: whoever reads the original stream may have stopped reading.
func (c *capture) stop(ctx context.Context) error {
	var errs []error
	for _, s := range c.streams {
		if s.fd == 2 {
			errs = append(errs, debug.SetCrashOutput(nil, debug.CrashOptions{}))
		}
		errs = append(errs, s.restore())
	}
	for _, s := range c.streams {
		errs = append(errs, s.finish(ctx))
	}
	err := errors.Join(errs...)
	if stillWaits(err) {
		return err // the writer may still get a piece
	}
	return errors.Join(err, c.writer.Close())
}

func (s *capturedStream) restore() error {
	var redirectErr error
	conn, err := s.original.SyscallConn()
	if err == nil {
		err = conn.Control(func(fd uintptr) { redirectErr = redirect(int(fd), s.fd) })
	}
	return errors.Join(err, os.NewSyscallError("dup2", redirectErr), s.pipe.SetReadDeadline(time.Unix(1, 0)))
}

func (s *capturedStream) finish(ctx context.Context) error {
	select {
	case <-s.done:
	case <-ctx.Done():
		select {
		case <-s.done:
		default:
			// The pipe stays open: to close it would end a process that is printing.
			return fmt.Errorf("pipes: forward %s: %w", s.stream, &waitError{context.Cause(ctx)})
		}
	}
	return errors.Join(s.err, s.pipe.Close(), s.original.Close())
}
