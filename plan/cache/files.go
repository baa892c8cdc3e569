package cache

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/baselinr/baselinr-pipes/internal/atomicfile"
)

const extension = ".json"

// What is kept at most. A file is as old as its answer.
const (
	mostFiles         = 500
	longest           = 90 * 24 * time.Hour
	longestUnfinished = time.Hour // of a file whose writer did not live to rename it
)

// replace makes a file of the folder hold the text. Readers see what it held before, or all of the text.
func replace(folder, name string, text []byte) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(folder, name), text, 0o600)
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
		case atomicfile.Unfinished:
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
