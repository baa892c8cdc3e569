// Package dbfs lets package pipes load its context and write its messages where Databricks mounts its file systems: DBFS
// and Unity Catalog volumes. Its counterparts in Dagster are the context injectors and message readers of
// dagster-databricks of the same names.
//
// The context of a Unity Catalog volume needs no loader of its own: pipes.DefaultContextLoader reads it.
package dbfs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// Mount is where Databricks mounts DBFS.
const Mount = "/dbfs"

// A ContextLoader loads the context from the file on DBFS that PipesDbfsContextInjector wrote.
type ContextLoader struct {
	mount string
}

var _ pipes.ContextLoader = ContextLoader{}

// NewContextLoader returns a loader for DBFS mounted at mount, which is Mount on Databricks.
func NewContextLoader(mount string) ContextLoader { return ContextLoader{mount} }

// LoadContext implements pipes.ContextLoader. The params name the path, without the mount.
func (l ContextLoader) LoadContext(_ context.Context, params pipes.Params) ([]byte, error) {
	path, err := params.String("path")
	if err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(filepath.Join(l.mount, path))
	if err != nil {
		return nil, fmt.Errorf("pipes: load context from DBFS: %w", err)
	}
	return raw, nil
}

// A MessageWriter writes messages in numbered files, which PipesDbfsMessageReader or
// PipesUnityCatalogVolumesMessageReader reads one after the other. What pipes.NewChunkChannel says of when chunks are
// stored holds for them. It tells Dagster nothing about the logs of the cluster, which only Spark knows.
type MessageWriter struct {
	mount string
}

var _ pipes.MessageWriter = MessageWriter{}

// NewMessageWriter returns a writer for DBFS mounted at mount, which is Mount on Databricks. For a Unity Catalog volume,
// whose parameters name the whole path, mount is empty.
func NewMessageWriter(mount string) MessageWriter { return MessageWriter{mount} }

// OpenMessages implements pipes.MessageWriter. The params name the directory.
func (w MessageWriter) OpenMessages(_ context.Context, params pipes.Params) (pipes.Channel, error) {
	path, err := params.String("path")
	if err != nil {
		return nil, err
	}
	return pipes.NewChunkChannel(directory(filepath.Join(w.mount, path))), nil
}

// A directory keeps each chunk in a file.
type directory string

// PutChunk writes beside and renames: a reader that finds a file finds it whole.
func (d directory) PutChunk(_ context.Context, number int, content []byte) error {
	path := filepath.Join(string(d), fmt.Sprintf("%d.json", number))
	beside := path + ".part"
	if err := os.WriteFile(beside, content, 0o644); err != nil {
		return err
	}
	if err := os.Rename(beside, path); err != nil {
		return errors.Join(err, os.Remove(beside))
	}
	return nil
}
