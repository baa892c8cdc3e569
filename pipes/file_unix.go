//go:build unix

package pipes

import (
	"os"
	"syscall"
)

// openNonBlocking makes opening a named pipe that nobody reads fail instead of wait.
const openNonBlocking = syscall.O_NONBLOCK

// duplicate returns a second descriptor of a standard stream. A write to a closed pipe through descriptors 1 and 2
// ends a Go program with SIGPIPE; through any other it is an error that can be handled.
func duplicate(file *os.File) (*os.File, error) {
	conn, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	var (
		copied int
		dupErr error
	)
	if err := conn.Control(func(fd uintptr) { copied, dupErr = syscall.Dup(int(fd)) }); err != nil {
		return nil, err
	}
	if dupErr != nil {
		return nil, os.NewSyscallError("dup", dupErr)
	}
	syscall.CloseOnExec(copied)
	return os.NewFile(uintptr(copied), file.Name()), nil
}
