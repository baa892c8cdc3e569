package pipes

import "syscall"

// redirect makes descriptor to lead where from leads. Linux on some machines has no dup2.
func redirect(from, to int) error { return syscall.Dup3(from, to, 0) }
