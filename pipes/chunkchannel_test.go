package pipes_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// memory is a blob store. It can be made to fail, and to fail only in what it says: to have stored a chunk after all.
type memory struct {
	mu     sync.Mutex
	chunks []string
	puts   int
	fails  error
	lies   bool
}

func (m *memory) PutChunk(_ context.Context, number int, content []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.puts++
	if m.fails == nil || m.lies {
		if number > len(m.chunks) {
			m.chunks = append(m.chunks, "")
		}
		// A reader has read a chunk by the time it is put again: what is new in it would be lost.
		if old := m.chunks[number-1]; old != "" && old != string(content) {
			return errors.New("a chunk was put again with another content")
		}
		m.chunks[number-1] = string(content)
	}
	return m.fails
}

func (m *memory) set(fails error, lies bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails, m.lies = fails, lies
}

func (m *memory) tried() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.puts
}

func (m *memory) OpenMessages(context.Context, pipes.Params) (pipes.Channel, error) {
	return pipes.NewChunkChannel(m), nil
}

func openChunks(t *testing.T, store *memory, opts ...pipes.Option) (*pipes.Session, error) {
	t.Helper()
	return pipes.Open(context.Background(), append([]pipes.Option{
		withParams(t, object{"data": oneAsset()}, object{}), pipes.WithMessageWriter(store), pipes.WithStderr(io.Discard),
	}, opts...)...)
}

func TestChunksAreStoredInOrder(t *testing.T) {
	store := &memory{}
	session, err := openChunks(t, store)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for _, err := range []error{
		session.Log(ctx, pipes.LevelInfo, "a"), session.Log(ctx, pipes.LevelInfo, "b"), session.Flush(ctx), session.Flush(ctx),
		session.Log(ctx, pipes.LevelInfo, "c"), session.Close(nil),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := [][]string{{"opened"}, {"log", "log"}, {"log", "closed"}}
	for i, chunk := range store.chunks {
		if got := methods(parse(t, []byte(chunk))); i >= len(want) || !slices.Equal(got, want[i]) {
			t.Errorf("chunk %d: got %v", i+1, got)
		}
	}
	if len(store.chunks) != 3 {
		t.Errorf("want 3 chunks, got %d", len(store.chunks))
	}
}

func TestAStoreThatCannotBeWrittenMakesOpenFail(t *testing.T) {
	denied := errors.New("access denied")
	if _, err := openChunks(t, &memory{fails: denied}); !errors.Is(err, denied) {
		t.Errorf("got %v", err)
	}
}

func TestAStoreThatFailsForAWhileLosesNothing(t *testing.T) {
	for _, lies := range []bool{false, true} {
		outage := errors.New("outage")
		store := &memory{}
		var complaint lockedBuffer
		session, err := openChunks(t, store, pipes.WithFlushInterval(time.Millisecond), pipes.WithStderr(&complaint))
		if err != nil {
			t.Fatal(err)
		}
		store.set(outage, lies)
		ctx := context.Background()
		for i := range 3 {
			before := store.tried()
			if err := session.ReportCustomMessage(ctx, i); err != nil {
				t.Fatal(err)
			}
			for store.tried() == before { // at the latest with the next tick
				time.Sleep(time.Millisecond)
			}
		}
		if err := session.Flush(ctx); !errors.Is(err, outage) {
			t.Errorf("Flush during the outage: got %v", err)
		}
		store.set(nil, false)
		if err := session.Close(nil); err != nil {
			t.Fatal(err)
		}
		got := methods(parse(t, []byte(strings.Join(store.chunks, ""))))
		if want := []string{"opened", "report_custom_message", "report_custom_message", "report_custom_message", "closed"}; !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
		if text := complaint.String(); !strings.Contains(text, "outage; will be tried again") {
			t.Errorf("standard error: got %q", text)
		}
	}
}

func TestAStoreThatStaysAwayMakesCloseFail(t *testing.T) {
	outage := errors.New("outage")
	store := &memory{}
	session, err := openChunks(t, store)
	if err != nil {
		t.Fatal(err)
	}
	store.set(outage, false)
	if err := session.Close(nil); !errors.Is(err, outage) {
		t.Errorf("got %v", err)
	}
}

func TestAStoreThatStaysAwayDoesNotFillTheMemory(t *testing.T) {
	outage := errors.New("outage")
	store := &memory{}
	session, err := openChunks(t, store)
	if err != nil {
		t.Fatal(err)
	}
	store.set(outage, false)
	megabyte := strings.Repeat("x", 1<<20)
	accepted := 0
	for err == nil {
		if err = session.ReportCustomMessage(context.Background(), megabyte); err == nil {
			accepted++
		}
	}
	if !errors.Is(err, outage) || accepted < 8 || accepted > 17 {
		t.Errorf("accepted %d MiB, then got %v", accepted, err)
	}
	store.set(nil, false)
	if err := session.Close(nil); !errors.Is(err, outage) {
		t.Errorf("Close must tell of the message that was refused, got %v", err)
	}
	if got := len(parse(t, []byte(strings.Join(store.chunks, "")))); got != accepted+2 {
		t.Errorf("want opened, %d messages and closed, got %d", accepted, got)
	}
}

func TestManyMessagesBecomeSeveralChunks(t *testing.T) {
	store := &memory{}
	session, err := openChunks(t, store)
	if err != nil {
		t.Fatal(err)
	}
	megabyte := strings.Repeat("x", 1<<20)
	for range 20 {
		if err := session.ReportCustomMessage(context.Background(), megabyte); err != nil {
			t.Fatal(err)
		}
	}
	if len(store.chunks) < 3 {
		t.Errorf("want chunks of about 8 MiB before Close, got %d", len(store.chunks))
	}
	if err := session.Close(nil); err != nil {
		t.Error(err)
	}
}

// lockedBuffer is a bytes.Buffer for many goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
