//go:build unix

package notify

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/metrics"
)

// script makes an executable of the lines of a shell.
func script(t *testing.T, lines ...string) *Exec {
	t.Helper()
	file := filepath.Join(t.TempDir(), "notify.sh")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+strings.Join(lines, "\n")+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return &Exec{Command: []string{file}}
}

func TestAnExecutableReadsTheDigest(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	hook := script(t, `echo this is for nobody`, `cat > "$1"`)
	hook.Command = append(hook.Command, out)
	if err := hook.Send(t.Context(), digest()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var message Digest
	if err := json.Unmarshal(text, &message); err != nil || message.Findings[0].Reason != "mean went from 2 to 3" {
		t.Errorf("%v: %s", err, text)
	}
}

func TestAnExecutableNeedNotReadTheDigest(t *testing.T) {
	var findings []drift.Finding
	for i := range mostSent {
		f := found(strconv.Itoa(i), metrics.Mean, drift.High)
		f.Reason = strings.Repeat("more than a pipe holds ", 100)
		findings = append(findings, f)
	}
	d := Summarize(runOf(drifted("a", findings...)), everything)
	for _, hook := range []*Exec{script(t, "exec <&-", "exit 0"), script(t, "exit 0"), script(t, "head -c 10 > /dev/null")} {
		if err := hook.Send(t.Context(), d); err != nil {
			t.Error(err)
		}
	}
}

func TestAnExecutableThatFailsIsTold(t *testing.T) {
	for _, test := range []struct {
		hook *Exec
		want string
	}{
		{script(t, "echo first >&2", "echo no such pager >&2", "exit 3"), "notify.sh: exit status 3: no such pager"},
		{script(t, "exit 4"), "notify.sh: exit status 4"},
		{script(t, "kill -9 $$"), "notify.sh: signal: killed"},
		{script(t, "yes complaint | head -c 10000000 >&2", "exit 5"), "exit status 5: complaint"},
		{&Exec{Command: []string{filepath.Join(t.TempDir(), "nothing")}}, "cannot be started"},
		{&Exec{Command: []string{t.TempDir()}}, "cannot be started"},
		{&Exec{Command: []string{"no-executable-of-this-name"}}, "cannot be started"},
	} {
		if err := test.hook.Send(t.Context(), digest()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func TestAnExecutableThatHangsIsEndedWithWhatItStarted(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	hook := script(t, "sleep 1000 &", `echo $! > "$1.new"`, `mv "$1.new" "$1"`, "wait")
	hook.Command = append(hook.Command, pid)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- hook.Send(ctx, digest()) }()
	var text []byte
	for text == nil {
		text, _ = os.ReadFile(pid)
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	for alive(child) {
		time.Sleep(time.Millisecond)
	}
}

// alive reports whether a process runs; one that has ended and waits for its parent does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}
