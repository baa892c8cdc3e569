package pipes

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// vanishedInterval is how often a busy file channel looks whether its file is still there: the look costs half as
// much as a write. A message that comes later than this after the last look is always checked, and so is the last.
const vanishedInterval = 10 * time.Millisecond

// A fileChannel appends messages to a file. Each call of WriteMessages is one write, so that what it returned for
// outlives the process.
type fileChannel struct {
	file    *os.File
	lines   lineWriter
	regular bool // a device or a named pipe may block, and has no name to lose
	// path and info tell where the file must be found: also after the program changed its folder, and where path led
	// through a descriptor, as /dev/stdout does, that leads elsewhere now.
	path    string
	info    fs.FileInfo
	checked time.Time
}

func openFileChannel(path string) (*fileChannel, error) {
	flags := os.O_WRONLY | os.O_APPEND | os.O_CREATE
	if info, err := os.Stat(path); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		// Without this flag the call waits for a reader, for ever if none comes; with it, it fails.
		flags |= openNonBlocking
	}
	file, err := os.OpenFile(path, flags, 0o644)
	if err != nil {
		return nil, fmt.Errorf("pipes: open messages: %w; the message reader in Dagster must be on this machine and "+
			"still be running", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("pipes: open messages: %w", err), file.Close())
	}
	channel := &fileChannel{file: file, lines: lineWriter{w: file}, path: path, info: info, regular: info.Mode().IsRegular()}
	if !channel.regular {
		return channel, nil
	}
	if channel.path, err = finalPath(path); err != nil {
		return nil, errors.Join(fmt.Errorf("pipes: open messages: %w", err), file.Close())
	}
	return channel, nil
}

// finalPath is the absolute path without symbolic links.
func finalPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

func (c *fileChannel) WriteMessages(_ context.Context, lines []byte) error {
	if _, err := c.lines.write(lines); err != nil {
		return err
	}
	if c.regular && time.Since(c.checked) >= vanishedInterval {
		return c.checkPresent()
	}
	return nil
}

func (c *fileChannel) checkPresent() error {
	// Any other error is of the look, not of the file.
	info, err := os.Stat(c.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(info, c.info) {
		return fmt.Errorf("%s: %w; messages since the last report may be lost with it", c.file.Name(), ErrFileVanished)
	}
	c.checked = time.Now()
	return nil
}

func (c *fileChannel) Close(context.Context) error {
	var vanished error
	if c.regular {
		vanished = c.checkPresent()
	}
	return errors.Join(vanished, c.file.Close())
}
