//go:build unix

package notify

import (
	"os/exec"
	"syscall"
)

// killAll has a command that is ended take along what it has started.
func killAll(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}
