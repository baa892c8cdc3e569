package pipes

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
	return &fileChannel{file: file, lines: lineWriter{w: file}, regular: info.Mode().IsRegular()}, nil
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
	if isUnlinked(c.file) {
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
