//go:build unix

package pipes_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// printed joins the text of the messages of a stream.
func printed(t *testing.T, messages []message, stream string) string {
	t.Helper()
	var text strings.Builder
	for _, m := range messages {
		if m.Method != "log_external_stream" {
			continue
		}
		var params struct{ Stream, Text string }
		if err := json.Unmarshal(m.Params, &params); err != nil {
			t.Fatal(err)
		}
		if params.Stream == stream {
			text.WriteString(params.Text)
		}
	}
	return text.String()
}

func TestOutputIsSentWhereDagsterAsksForIt(t *testing.T) {
	p := newProgram(t, "print on both streams", object{"include_stdio_in_messages": true})
	if err := p.Run(); err != nil {
		t.Fatalf("%v: %s", err, &p.stderr)
	}
	const stdout, stderr = "to stdout: ü\nfrom a child\nno newline at the end", "to stderr\nchild error\n"
	messages := readFile(t, p.messages)
	if got := printed(t, messages, "stdout"); got != stdout {
		t.Errorf("sent: want %q, got %q", stdout, got)
	}
	if got := printed(t, messages, "stderr"); got != stderr {
		t.Errorf("sent: want %q, got %q", stderr, got)
	}
	if p.stdout.String() != stdout || p.stderr.String() != stderr {
		t.Errorf("it must still appear, got %q and %q", &p.stdout, &p.stderr)
	}
	if last := messages[len(messages)-1].Method; last != "closed" {
		t.Errorf("want closed last, got %s", last)
	}
}

func TestOutputIsNotSentWhereDagsterDoesNotAsk(t *testing.T) {
	p := newProgram(t, "print on both streams", object{"include_stdio_in_messages": false})
	if err := p.Run(); err != nil {
		t.Fatalf("%v: %s", err, &p.stderr)
	}
	if got := readFile(t, p.messages); len(got) != 2 {
		t.Errorf("want opened and closed, got %v", methods(got))
	}
}

func TestOutputGoesToALogWriterOfOnesOwn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	p := newProgram(t, "print into log files", nil)
	p.Env = append(p.Env, "LOG_DIR="+dir)
	if err := p.Run(); err != nil {
		t.Fatalf("%v: %s", err, &p.stderr)
	}
	got, err := os.ReadFile(filepath.Join(dir, "stdout"))
	if err != nil || string(got) != "printed\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if messages := readFile(t, p.messages); len(messages) != 2 {
		t.Errorf("want opened and closed, got %v", methods(messages))
	}
}

func TestCloseDoesNotWaitForAChildThatKeepsTheStreams(t *testing.T) {
	p := newProgram(t, "leave a child that keeps the streams open", object{"include_stdio_in_messages": true})
	if err := p.Run(); err != nil {
		t.Fatalf("%v: %s", err, &p.stderr)
	}
	if got := printed(t, readFile(t, p.messages), "stdout"); got != "printed\n" {
		t.Errorf("got %q", got)
	}
}

func TestCloseDoesNotWaitForAReaderThatStopped(t *testing.T) {
	p := newProgram(t, "print more than anybody reads, then close", object{"include_stdio_in_messages": true})
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Stdout = write
	if err := errors.Join(p.Start(), write.Close()); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(time.Minute, func() { _ = p.Process.Kill() })
	defer timer.Stop()
	_ = p.Wait()
	if err := read.Close(); err != nil {
		t.Fatal(err)
	}
	if p.ProcessState.ExitCode() != 3 || !strings.Contains(p.stderr.String(), "forward stdout: stopped waiting") {
		t.Errorf("want exit code 3 and a word about it, got %v, %q", p.ProcessState, &p.stderr)
	}
	if got := methods(readFile(t, p.messages)); got[len(got)-1] != "closed" {
		t.Errorf("want closed all the same, got %d messages, the last %s", len(got), got[len(got)-1])
	}
}

func TestACrashIsSeenAlthoughOutputIsCaptured(t *testing.T) {
	p := newProgram(t, "crash while output is captured", object{"include_stdio_in_messages": true})
	_ = p.Run()
	if p.ProcessState.ExitCode() != 2 || !strings.Contains(p.stderr.String(), "crash in a goroutine") {
		t.Errorf("got %v, %q", p.ProcessState, &p.stderr)
	}
}
