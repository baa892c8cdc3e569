package pipes_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// openStream opens a session whose messages go to the writers.
func openStream(t *testing.T, params object, stdout, stderr io.Writer, opts ...pipes.Option) (*pipes.Session, error) {
	t.Helper()
	return pipes.Open(context.Background(), append([]pipes.Option{
		withParams(t, object{"data": oneAsset()}, params), pipes.WithStderr(io.Discard),
		pipes.WithMessageWriter(pipes.DefaultMessageWriter{Stdout: stdout, Stderr: stderr}),
	}, opts...)...)
}

func TestMessagesOnAStandardStream(t *testing.T) {
	for _, test := range []struct {
		name       string
		params     object
		toStderr   bool
		atOnce     bool // whether messages come before Close
		afterFlush bool // whether they come with Flush
	}{
		{name: "standard output gets each message at once", params: object{"stdio": "stdout"}, atOnce: true, afterFlush: true},
		{name: "standard error gets each message at once", params: object{"stdio": "stderr"}, toStderr: true, atOnce: true, afterFlush: true},
		{name: "buffered standard output gets them when flushed", params: object{"buffered_stdio": "stdout"}, afterFlush: true},
		{name: "buffered standard error gets them when flushed", params: object{"buffered_stdio": "stderr"}, toStderr: true, afterFlush: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			target, other := &stdout, &stderr
			if test.toStderr {
				target, other = other, target
			}
			session, err := openStream(t, test.params, &stdout, &stderr)
			if err != nil {
				t.Fatal(err)
			}
			if err := session.Log(context.Background(), pipes.LevelInfo, "x"); err != nil {
				t.Fatal(err)
			}
			if atOnce := target.Len() > 0; atOnce != test.atOnce {
				t.Errorf("at once: want %v, got %v", test.atOnce, atOnce)
			}
			if err := session.Flush(context.Background()); err != nil {
				t.Fatal(err)
			}
			if flushed := target.Len() > 0; flushed != test.afterFlush {
				t.Errorf("after Flush: want %v, got %v", test.afterFlush, flushed)
			}
			if err := session.Close(nil); err != nil {
				t.Fatal(err)
			}
			if got := methods(parse(t, target.Bytes())); !slices.Equal(got, []string{"opened", "log", "closed"}) || other.Len() > 0 {
				t.Errorf("got %v, and %q on the other stream", got, other)
			}
		})
	}
}

func TestABufferedStreamIsFlushedAtIntervals(t *testing.T) {
	read, write := io.Pipe()
	session, err := openStream(t, object{"buffered_stdio": "stdout"}, write, nil, pipes.WithFlushInterval(time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	// The opened message comes although the session neither closes nor flushes.
	if line, err := readLine(read); err != nil || !strings.Contains(line, "opened") {
		t.Fatalf("got %q, %v", line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	if err := session.Close(nil); err != nil {
		t.Error(err)
	}
}

func readLine(r io.Reader) (string, error) {
	buffer := make([]byte, 4096)
	n, err := r.Read(buffer)
	return string(buffer[:n]), err
}

// fullDisk takes a number of bytes and then fails, as a disk does, until it is freed.
type fullDisk struct {
	mu   sync.Mutex
	room int
	got  bytes.Buffer
}

func (d *fullDisk) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := min(len(p), d.room)
	d.room -= n
	d.got.Write(p[:n])
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func (d *fullDisk) free() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room = 1 << 30
}

func TestADiskThatFillsUpLeavesWholeLines(t *testing.T) {
	for room := range 400 {
		disk := &fullDisk{room: 150 + room} // opened fits
		session, err := openStream(t, object{"stdio": "stdout"}, disk, nil)
		if err != nil {
			t.Fatal(err)
		}
		var reported []error
		for range 4 {
			reported = append(reported, session.Log(context.Background(), pipes.LevelInfo, "a message of some length"))
		}
		failed := slices.ContainsFunc(reported, func(err error) bool { return errors.Is(err, syscall.ENOSPC) })
		disk.free()
		closeErr := session.Close(nil)
		if failed != errors.Is(closeErr, syscall.ENOSPC) {
			t.Fatalf("room %d: Close must tell of what was lost: %v, but reports got %v", room, closeErr, reported)
		}
		messages := parse(t, disk.got.Bytes()) // fails where a line is not whole
		delivered := len(messages) - 2
		for _, err := range reported {
			if err == nil {
				delivered--
			}
		}
		// A line of which a part was written is completed, so that at most one more arrives than was promised.
		if delivered != 0 && delivered != 1 || messages[len(messages)-1].Method != "closed" {
			t.Fatalf("room %d: reports got %v, but these arrived: %v", room, reported, methods(messages))
		}
	}
}

func TestABufferedStreamKeepsWhatItCouldNotWrite(t *testing.T) {
	disk := &fullDisk{room: 100}
	session, err := openStream(t, object{"buffered_stdio": "stdout"}, disk, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := session.Log(context.Background(), pipes.LevelInfo, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if err := session.Flush(context.Background()); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Flush: got %v", err)
	}
	disk.free()
	if err := session.Close(nil); err != nil {
		t.Error(err)
	}
	if got := methods(parse(t, disk.got.Bytes())); !slices.Equal(got, []string{"opened", "log", "log", "log", "closed"}) {
		t.Errorf("got %v", got)
	}
}

// stuckPipe never takes anything, as a pipe that nobody reads.
type stuckPipe struct{ first bool }

func (p *stuckPipe) Write(b []byte) (int, error) {
	if !p.first {
		p.first = true // opened
		return len(b), nil
	}
	select {}
}

func TestAReaderThatDoesNotReadKeepsNobodyForEver(t *testing.T) {
	var complaint bytes.Buffer
	session, err := openStream(t, object{"stdio": "stdout"}, &stuckPipe{}, nil,
		pipes.WithCloseTimeout(10*time.Millisecond), pipes.WithStderr(&complaint))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	for range 2 {
		if err := session.Log(ctx, pipes.LevelInfo, "x"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Log: got %v", err)
		}
	}
	if err := session.Close(nil); err == nil || !strings.Contains(err.Error(), "not done after 10ms") {
		t.Errorf("Close: got %v", err)
	}
	if !strings.Contains(complaint.String(), "not done after 10ms") {
		t.Errorf("standard error: got %q", &complaint)
	}
}

func TestABufferedStreamThatNobodyReadsKeepsNobodyForEver(t *testing.T) {
	for _, interval := range []time.Duration{0, time.Millisecond} {
		session, err := openStream(t, object{"buffered_stdio": "stdout"}, &stuckPipe{first: true}, nil,
			pipes.WithCloseTimeout(10*time.Millisecond), pipes.WithFlushInterval(interval))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		if err := session.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Flush: got %v", err)
		}
		if err := session.Close(nil); err == nil || !strings.Contains(err.Error(), "not done after 10ms") {
			t.Errorf("Close: got %v", err)
		}
	}
}

func TestAReportThatWaitsEndsWithTheSession(t *testing.T) {
	session, err := openStream(t, object{"stdio": "stdout"}, &stuckPipe{}, nil, pipes.WithCloseTimeout(10*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_ = session.Log(ctx, pipes.LevelInfo, "nobody reads")
	waiting := make(chan error)
	go func() { waiting <- session.Log(context.Background(), pipes.LevelInfo, "this neither") }()
	_ = session.Close(nil)
	if err := <-waiting; !errors.Is(err, pipes.ErrClosed) {
		t.Errorf("got %v", err)
	}
}
