//go:build !unix

package pipes

import "os"

const openNonBlocking = 0

// isUnlinked is for systems on which an open file cannot be deleted.
func isUnlinked(*os.File) bool { return false }

// duplicate is for systems without SIGPIPE, where the stream itself serves.
func duplicate(file *os.File) (*os.File, error) { return file, nil }
