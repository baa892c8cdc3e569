// Package atomicfile writes files whole or not at all.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Unfinished is the end of the names of files that are being written; a writer that did not live to finish
// leaves one.
const Unfinished = ".tmp"

// Try fails where Write of the path would, as far as that can be known before; it leaves nothing.
func Try(path string) error {
	beside, err := os.CreateTemp(filepath.Dir(path), ".*"+Unfinished)
	if err != nil {
		return err
	}
	return errors.Join(beside.Close(), os.Remove(beside.Name()))
}

// Write makes the file at path hold the text, with the given permissions. Who reads it meanwhile sees what it
// held before, or all of the text; where Write fails, the former. The file's folder must be there.
func Write(path string, text []byte, permissions fs.FileMode) error {
	beside, err := os.CreateTemp(filepath.Dir(path), ".*"+Unfinished)
	if err != nil {
		return err
	}
	_, err = beside.Write(text)
	err = errors.Join(err, beside.Chmod(permissions), beside.Sync(), beside.Close())
	if err == nil {
		err = os.Rename(beside.Name(), path)
	}
	if err != nil {
		os.Remove(beside.Name())
	}
	return err
}
