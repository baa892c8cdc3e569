package pipes_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// runInFile runs f and returns what Run returned and the params of closed.
func runInFile(t *testing.T, ctx context.Context, f func(context.Context, *pipes.Session) error) (closed string, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "messages")
	err = pipes.Run(ctx, f, withParams(t, object{"data": oneAsset()}, object{"path": path}))
	messages := readFile(t, path)
	last := messages[len(messages)-1]
	if last.Method != "closed" {
		t.Fatalf("want closed last, got %v", methods(messages))
	}
	return string(last.Params), err
}

func TestRunClosesWithWhatCameOfTheFunction(t *testing.T) {
	broken := errors.New("broken")
	ended, end := context.WithCancelCause(context.Background())
	for _, test := range []struct {
		name    string
		ctx     context.Context
		f       func(context.Context, *pipes.Session) error
		wantErr func(error) bool
		closed  string // part of closed's params
	}{
		{
			name: "success closes without an exception",
			f:    func(context.Context, *pipes.Session) error { return nil }, closed: "{}",
			wantErr: func(err error) bool { return err == nil },
		},
		{
			name: "an error is the exception, and is returned",
			f:    func(context.Context, *pipes.Session) error { return broken }, closed: `"message":"broken"`,
			wantErr: func(err error) bool { return errors.Is(err, broken) },
		},
		{
			name: "a panic is the exception, with the place where it happened",
			f:    func(context.Context, *pipes.Session) error { panic("at the disco") }, closed: `pipes_test.TestRunClosesWithWhatCameOfTheFunction`,
			wantErr: func(err error) bool {
				panicked, ok := errors.AsType[*pipes.PanicError](err)
				return ok && panicked.Value == "at the disco" && strings.Contains(panicked.Stack[0], "run_test.go")
			},
		},
		{
			name: "a panic with an error has it as its cause",
			f:    func(context.Context, *pipes.Session) error { panic(broken) }, closed: `"cause":{"message":"broken"`,
			wantErr: func(err error) bool { return errors.Is(err, broken) },
		},
		{
			name: "a panic of the runtime is one too",
			f:    func(context.Context, *pipes.Session) error { none := []int{}; _ = none[len(os.Args)]; return nil }, closed: "index out of range",
			wantErr: func(err error) bool { _, ok := errors.AsType[runtime.Error](err); return ok },
		},
		{
			name: "a function that ends its goroutine is an error",
			f:    func(context.Context, *pipes.Session) error { runtime.Goexit(); return nil }, closed: "ended its goroutine",
			wantErr: func(err error) bool { return err != nil },
		},
		{
			name: "the end of the context names its cause",
			ctx:  ended,
			f: func(ctx context.Context, _ *pipes.Session) error {
				end(broken)
				<-ctx.Done()
				return ctx.Err()
			}, closed: `"message":"broken: context canceled"`,
			wantErr: func(err error) bool { return errors.Is(err, broken) && errors.Is(err, context.Canceled) },
		},
		{
			name:    "a function that closes the session itself has the last word",
			f:       func(_ context.Context, s *pipes.Session) error { return s.Close(broken) },
			closed:  `"message":"broken"`,
			wantErr: func(err error) bool { return err == nil },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx := test.ctx
			if ctx == nil {
				ctx = context.Background()
			}
			closed, err := runInFile(t, ctx, test.f)
			if !test.wantErr(err) {
				t.Errorf("returned %v", err)
			}
			if !strings.Contains(closed, test.closed) {
				t.Errorf("want %s in closed, got %s", test.closed, closed)
			}
		})
	}
}

func TestTheStackOfADeepPanicFitsTheLineOfAReader(t *testing.T) {
	var dig func(int)
	dig = func(depth int) {
		if depth == 0 {
			panic("bottom")
		}
		dig(depth - 1)
	}
	closed, _ := runInFile(t, context.Background(), func(context.Context, *pipes.Session) error { dig(500); return nil })
	var params struct{ Exception struct{ Stack []string } }
	if err := json.Unmarshal([]byte(closed), &params); err != nil {
		t.Fatal(err)
	}
	stack := params.Exception.Stack
	if len(closed) > 4000 || len(stack) < 5 || !strings.Contains(stack[len(stack)-1], "more frames") {
		t.Errorf("%d bytes, %d frames, the last %q", len(closed), len(stack), stack[len(stack)-1])
	}
}

func TestRunOutsideDagsterIsAnErrorUnlessAskedFor(t *testing.T) {
	called := false
	f := func(context.Context, *pipes.Session) error { called = true; return nil }
	if err := pipes.Run(context.Background(), f); !errors.Is(err, pipes.ErrNotPipesProcess) || called {
		t.Errorf("got %v, called %v", err, called)
	}
	if err := pipes.Run(context.Background(), f, pipes.OutsideDagster(nil)); err != nil || !called {
		t.Errorf("got %v, called %v", err, called)
	}
}
