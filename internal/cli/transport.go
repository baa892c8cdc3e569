package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/baselinr/baselinr-pipes/pipes"
	"github.com/baselinr/baselinr-pipes/pipes/dbfs"
	"github.com/baselinr/baselinr-pipes/pipes/s3"
)

// transport is how the context comes from Dagster and messages go there. The parameters of the launcher say
// which of the ways it is: files and standard streams, S3, DBFS, or a volume of Unity Catalog.
type transport struct {
	// inChunks is whether messages go to a store in chunks, and so arrive whole however long they are.
	inChunks bool
}

var (
	_ pipes.ContextLoader = (*transport)(nil)
	_ pipes.MessageWriter = (*transport)(nil)
)

// LoadContext implements pipes.ContextLoader.
func (t *transport) LoadContext(ctx context.Context, params pipes.Params) ([]byte, error) {
	if _, ok := params["bucket"]; ok {
		client, err := s3Client(ctx)
		if err != nil {
			return nil, err
		}
		return s3.NewContextLoader(client).LoadContext(ctx, params)
	}
	path, found, err := params.OptionalString("path")
	if err != nil {
		return nil, err
	}
	if found && missing(path) && !missing(filepath.Join(dbfs.Mount, path)) {
		return dbfs.NewContextLoader(dbfs.Mount).LoadContext(ctx, params)
	}
	return pipes.DefaultContextLoader{}.LoadContext(ctx, params)
}

// OpenMessages implements pipes.MessageWriter.
func (t *transport) OpenMessages(ctx context.Context, params pipes.Params) (pipes.Channel, error) {
	t.inChunks = true
	if _, ok := params["bucket"]; ok {
		client, err := s3Client(ctx)
		if err != nil {
			return nil, err
		}
		return s3.NewMessageWriter(client).OpenMessages(ctx, params)
	}
	path, found, err := params.OptionalString("path")
	if err != nil {
		return nil, err
	}
	// Dagster makes the folder of chunks before it starts anything; a path that is no folder is one file.
	for _, mount := range []string{"", dbfs.Mount} {
		if found && isFolder(filepath.Join(mount, path)) {
			return dbfs.NewMessageWriter(mount).OpenMessages(ctx, params)
		}
	}
	t.inChunks = false
	return pipes.DefaultMessageWriter{}.OpenMessages(ctx, params)
}

// s3Client is a client with the settings that the AWS SDK finds in the environment. An endpoint of one's own
// (MinIO and its like) seldom has a host name for each bucket.
func s3Client(ctx context.Context) (*awss3.Client, error) {
	settings, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("the AWS settings for Pipes: %w", err)
	}
	own := os.Getenv("AWS_ENDPOINT_URL") != "" || os.Getenv("AWS_ENDPOINT_URL_S3") != ""
	return awss3.NewFromConfig(settings, func(o *awss3.Options) { o.UsePathStyle = own }), nil
}

func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
