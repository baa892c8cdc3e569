// Package s3 lets package pipes load its context from Amazon S3 and write its messages there, for processes that share
// no file system with Dagster. Its counterparts in Dagster are PipesS3ContextInjector and PipesS3MessageReader of
// dagster-aws:
//
//	cfg, err := config.LoadDefaultConfig(ctx)
//	…
//	client := awss3.NewFromConfig(cfg)
//	session, err := pipes.Open(ctx,
//		pipes.WithContextLoader(s3.NewContextLoader(client)),
//		pipes.WithMessageWriter(s3.NewMessageWriter(client)))
//
// Either stands alone: the context may come from a file and the messages go to S3, or the other way round.
package s3

import (
	"bytes"
	"context"
	"fmt"
	"io"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/baselinr/baselinr-pipes/pipes"
)

// A Getter reads objects. *s3.Client of the AWS SDK is one.
type Getter interface {
	GetObject(ctx context.Context, in *awss3.GetObjectInput, opts ...func(*awss3.Options)) (*awss3.GetObjectOutput, error)
}

// A Putter writes objects. *s3.Client of the AWS SDK is one.
type Putter interface {
	PutObject(ctx context.Context, in *awss3.PutObjectInput, opts ...func(*awss3.Options)) (*awss3.PutObjectOutput, error)
}

// A ContextLoader loads the context from the object that PipesS3ContextInjector wrote.
type ContextLoader struct {
	client Getter
}

var _ pipes.ContextLoader = (*ContextLoader)(nil)

// NewContextLoader returns a loader that reads through client.
func NewContextLoader(client Getter) *ContextLoader { return &ContextLoader{client} }

// LoadContext implements pipes.ContextLoader. The params name the bucket and the key.
func (l *ContextLoader) LoadContext(ctx context.Context, params pipes.Params) ([]byte, error) {
	bucket, err := params.String("bucket")
	if err != nil {
		return nil, err
	}
	key, err := params.String("key")
	if err != nil {
		return nil, err
	}
	object, err := l.client.GetObject(ctx, &awss3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, fmt.Errorf("pipes: load context from s3://%s/%s: %w", bucket, key, err)
	}
	defer object.Body.Close()
	raw, err := io.ReadAll(object.Body)
	if err != nil {
		return nil, fmt.Errorf("pipes: load context from s3://%s/%s: %w", bucket, key, err)
	}
	return raw, nil
}

// A MessageWriter writes messages in numbered objects, which PipesS3MessageReader reads one after the other: one at
// once, so that a bucket that cannot be written makes pipes.Open fail, then one per pipes.WithFlushInterval in which
// there were messages, and one when the session closes. A process that dies loses the messages of one interval.
type MessageWriter struct {
	client Putter
}

var _ pipes.MessageWriter = (*MessageWriter)(nil)

// NewMessageWriter returns a writer that writes through client. Retries are the client's.
func NewMessageWriter(client Putter) *MessageWriter { return &MessageWriter{client} }

// OpenMessages implements pipes.MessageWriter. The params name the bucket and, where there is one, the prefix of the
// keys.
func (w *MessageWriter) OpenMessages(_ context.Context, params pipes.Params) (pipes.Channel, error) {
	bucket, err := params.String("bucket")
	if err != nil {
		return nil, err
	}
	prefix, found, err := params.OptionalString("key_prefix")
	if err != nil {
		return nil, err
	}
	if found && prefix != "" {
		prefix += "/"
	}
	return pipes.NewChunkChannel(&store{w.client, bucket, prefix}), nil
}

// store keeps the chunks under the keys that PipesS3MessageReader asks for.
type store struct {
	client Putter
	bucket string
	prefix string
}

func (s *store) PutChunk(ctx context.Context, number int, content []byte) error {
	key := fmt.Sprintf("%s%d.json", s.prefix, number)
	_, err := s.client.PutObject(ctx, &awss3.PutObjectInput{Bucket: &s.bucket, Key: &key, Body: bytes.NewReader(content)})
	if err != nil {
		return fmt.Errorf("write s3://%s/%s: %w", s.bucket, key, err)
	}
	return nil
}
