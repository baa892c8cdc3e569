package pipes_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// logLines returns "LEVEL message" of each log message.
func logLines(t *testing.T, path string) []string {
	t.Helper()
	var lines []string
	for _, m := range readFile(t, path) {
		if m.Method == "log" {
			var params struct{ Message, Level string }
			if err := json.Unmarshal(m.Params, &params); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, params.Level+" "+params.Message)
		}
	}
	return lines
}

func TestSlogHandler(t *testing.T) {
	debug := &slog.HandlerOptions{Level: slog.LevelDebug}
	for _, test := range []struct {
		name string
		opts *slog.HandlerOptions
		log  func(*slog.Logger)
		want string
	}{
		{"a message alone is the line", nil, func(l *slog.Logger) { l.Info("hello") }, "INFO hello"},
		{"attributes follow", nil, func(l *slog.Logger) { l.Info("read", "rows", 3, "table", "my orders") }, `INFO read rows=3 table="my orders"`},
		{"attributes may be called as slog's own", nil, func(l *slog.Logger) { l.Info("m", "level", 5, "msg", "x", "time", 1) }, "INFO m level=5 msg=x time=1"},
		{"such attributes of a derived logger stay, too", nil, func(l *slog.Logger) { l.With("msg", "x", "level", 1).Info("m") }, "INFO m msg=x level=1"},
		{"groups prefix", nil, func(l *slog.Logger) { l.With("a", 1).WithGroup("g").With("b", 2).Warn("m", "c", 3) }, "WARNING m a=1 g.b=2 g.c=3"},
		{"values that resolve themselves", nil, func(l *slog.Logger) { l.Error("m", "d", time.Second) }, "ERROR m d=1s"},
		{"debug is off by default", nil, func(l *slog.Logger) { l.Debug("m") }, ""},
		{"debug can be on", debug, func(l *slog.Logger) { l.Debug("m") }, "DEBUG m"},
		{"beyond error is critical", nil, func(l *slog.Logger) { l.Log(context.Background(), pipes.SlogLevelCritical, "m") }, "CRITICAL m"},
		{"between the levels the lower one counts", nil, func(l *slog.Logger) { l.Log(context.Background(), slog.LevelWarn+1, "m") }, "WARNING m"},
		{"a cancelled context still logs", nil, func(l *slog.Logger) { l.InfoContext(cancelled(), "stopping") }, "INFO stopping"},
		{"an empty group is none", nil, func(l *slog.Logger) { l.WithGroup("").With().Info("m", "a", 1) }, "INFO m a=1"},
		{"ReplaceAttr is honoured", &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == "password" {
				return slog.String(a.Key, "***")
			}
			return a
		}}, func(l *slog.Logger) { l.Info("m", "password", "secret") }, "INFO m password=***"},
	} {
		t.Run(test.name, func(t *testing.T) {
			session, path := openFile(t, oneAsset())
			test.log(slog.New(pipes.NewSlogHandler(session, test.opts)))
			if got := strings.Join(logLines(t, path), "\n"); got != test.want {
				t.Errorf("want %q, got %q", test.want, got)
			}
		})
	}
}

func TestSlogHandlerFromManyGoroutines(t *testing.T) {
	session, path := openFile(t, oneAsset())
	logger := slog.New(pipes.NewSlogHandler(session, nil))
	done := make(chan bool)
	for range 8 {
		go func() {
			for range 100 {
				logger.With("msg", "attr").Info("m", "k", "v")
			}
			done <- true
		}()
	}
	for range 8 {
		<-done
	}
	lines := logLines(t, path)
	for _, line := range lines {
		if line != "INFO m msg=attr k=v" {
			t.Fatalf("got %q", line)
		}
	}
	if len(lines) != 800 {
		t.Errorf("want 800 lines, got %d", len(lines))
	}
}

func TestSlogHandlerOfAClosedSessionSpeaksOnStandardError(t *testing.T) {
	var stderr bytes.Buffer
	session, _ := openFile(t, oneAsset(), pipes.WithStderr(&stderr))
	logger := slog.New(pipes.NewSlogHandler(session, nil))
	if err := session.Close(nil); err != nil {
		t.Fatal(err)
	}
	logger.Warn("late", "k", 1)
	if !strings.Contains(stderr.String(), "WARN late k=1") {
		t.Errorf("got %q", &stderr)
	}
}
