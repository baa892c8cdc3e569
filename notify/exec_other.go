//go:build !unix

package notify

import "os/exec"

// killAll does nothing where processes have no groups: the command alone is ended.
func killAll(*exec.Cmd) {}
