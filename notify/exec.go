package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Exec starts an executable with the digest as JSON on its standard input. It succeeds with exit code 0, whether
// or not it has read that. What it writes to standard output is thrown away: ours carries results.
type Exec struct {
	Command []string // the executable and its arguments
}

var _ Hook = (*Exec)(nil)

// Send implements Hook.
func (e *Exec) Send(ctx context.Context, d *Digest) error {
	body, err := d.message()
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, e.Command[0], e.Command[1:]...)
	command.Stdin = bytes.NewReader(append(body, '\n'))
	var complaint end
	command.Stderr = &complaint
	killAll(command)
	command.WaitDelay = grace / 2 // for what it has left running with its standard error
	err = command.Run()
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay) && command.ProcessState.Success():
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s was ended: %w", e.Command[0], ctx.Err())
	case len(complaint) > 0:
		return fmt.Errorf("%s: %w: %s", e.Command[0], err, complaint.line())
	}
	var started *exec.ExitError
	if !errors.As(err, &started) {
		return fmt.Errorf("cannot be started: %w", err) // which names the executable
	}
	return fmt.Errorf("%s: %w", e.Command[0], err)
}

// end keeps the last of what is written to it.
type end []byte

// Write implements io.Writer.
func (e *end) Write(text []byte) (int, error) {
	const most = 4 << 10
	*e = append(*e, text...)
	if surplus := len(*e) - most; surplus > 0 {
		*e = append((*e)[:0], (*e)[surplus:]...)
	}
	return len(text), nil
}

// line returns the last line that says anything.
func (e end) line() string {
	lines := strings.Split(strings.TrimSpace(string(e)), "\n")
	return line(lines[len(lines)-1])
}
