package cache

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	extension = ".json"
	temporary = ".tmp"
)

// What is kept at most. A file is as old as its answer.
const (
	mostFiles         = 500
	longest           = 90 * 24 * time.Hour
	longestUnfinished = time.Hour // of a file whose writer did not live to rename it
)

// replace makes a file of the folder hold the text. Readers see what it held before, or all of the text.
func replace(folder, name string, text []byte) (err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, "*"+temporary) // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(file.Name())
		}
	}()
	_, err = file.Write(text)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), filepath.Join(folder, name))
}

// prune deletes what is too old, and the oldest of what is too much. Another process may do so at the same
// time, and a file that was renewed meanwhile is asked for again: neither is an error.
func prune(folder string, now time.Time) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("catalog cache: %w", err)
	}
	var kept []fs.FileInfo
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		age := now.Sub(info.ModTime())
		switch filepath.Ext(info.Name()) {
		case extension:
			if age <= longest {
				kept = append(kept, info)
				continue
			}
		case temporary:
			if age <= longestUnfinished {
				continue
			}
		default:
			continue // not ours
		}
		os.Remove(filepath.Join(folder, info.Name()))
	}
	slices.SortFunc(kept, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for i := mostFiles; i < len(kept); i++ {
		os.Remove(filepath.Join(folder, kept[i].Name()))
	}
	return nil
}
