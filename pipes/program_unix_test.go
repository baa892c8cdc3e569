//go:build unix

package pipes_test

import "syscall"

const sigterm = syscall.SIGTERM
