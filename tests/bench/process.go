package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// timed runs a program to its end and returns what it used. Its output is thrown away.
//
// Linux counts the memory of the process that starts another into the other's peak, so none is seen below that of this
// program: it stays small, and leaves whatever takes memory to processes of its own.
func timed(ctx context.Context, name string, arguments ...string) (usage, error) {
	c, complaints := command(ctx, name, arguments...)
	started := time.Now()
	err := c.Run()
	wall := time.Since(started)
	if err != nil {
		return usage{}, complaints.explain(name, err)
	}
	resources, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return usage{}, errors.New("this system does not tell what a process used")
	}
	const kibibyte = 1 << 10 // the unit of Maxrss on Linux (getrusage(2))
	cpu := c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	return usage{wall: wall, cpu: cpu, peak: resources.Maxrss * kibibyte}, nil
}

// output runs a program and returns what it wrote to standard output.
func output(ctx context.Context, name string, arguments ...string) (string, error) {
	c, complaints := command(ctx, name, arguments...)
	var stdout strings.Builder
	c.Stdout = &stdout
	if err := c.Run(); err != nil {
		return "", complaints.explain(name, err)
	}
	return stdout.String(), nil
}

// command makes a command that is asked to end when the context does, so that it can end its statement on the server.
func command(ctx context.Context, name string, arguments ...string) (*exec.Cmd, *complaints) {
	c := exec.CommandContext(ctx, name, arguments...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = 10 * time.Second
	var stderr complaints
	c.Stderr = &stderr
	return c, &stderr
}

// complaints keep the end of what a program writes to standard error.
type complaints struct{ text []byte }

func (c *complaints) Write(p []byte) (int, error) {
	const most = 2000
	c.text = append(c.text, p...)
	c.text = c.text[max(0, len(c.text)-most):]
	return len(p), nil
}

func (c *complaints) explain(name string, err error) error {
	return fmt.Errorf("%s: %w: %s", filepath.Base(name), err, strings.TrimSpace(string(c.text)))
}
