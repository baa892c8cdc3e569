package pipes

import (
	"context"
	"fmt"
	"sync"
)

// maxChunk is how much a chunk channel collects before it stores a chunk without waiting for the interval.
const maxChunk = 8 << 20

// A ChunkStore keeps numbered chunks of messages where a PipesBlobStoreMessageReader in Dagster looks for them.
type ChunkStore interface {
	// PutChunk stores a chunk under its number: 1, 2, 3 and so on, one at a time. A chunk whose storing failed is put
	// again, with the same content, before the next one.
	PutChunk(ctx context.Context, number int, content []byte) error
}

// NewChunkChannel returns a channel that collects messages and stores them as chunks: at once for the opened message,
// so that a store that cannot be written makes Open fail; then at intervals; and when it is closed. While the store
// fails, messages are kept, up to 8 MiB; from there on a message is refused with the store's error.
//
// It is the base of message writers for blob stores, such as that of pipes/s3.
func NewChunkChannel(store ChunkStore) Channel { return &chunkChannel{store: store} }

type chunkChannel struct {
	store  ChunkStore
	opened bool // the first message has come; WriteMessages alone looks

	mu        sync.Mutex
	collected []byte

	flushing sync.Mutex // held while a chunk is stored; guards what follows
	stored   int        // number of the last chunk that is stored
	pending  []byte     // the chunk that failed to be stored
}

var _ Flusher = (*chunkChannel)(nil)

func (c *chunkChannel) WriteMessages(ctx context.Context, lines []byte) error {
	c.mu.Lock()
	collected := len(c.collected)
	c.mu.Unlock()
	if collected >= maxChunk {
		if err := c.Flush(ctx); err != nil {
			return err
		}
	}
	c.mu.Lock()
	c.collected = append(c.collected, lines...)
	c.mu.Unlock()
	if !c.opened {
		c.opened = true
		return c.Flush(ctx)
	}
	return nil
}

func (c *chunkChannel) Flush(ctx context.Context) error {
	c.flushing.Lock()
	defer c.flushing.Unlock()
	if c.pending != nil {
		if err := c.put(ctx, c.pending); err != nil {
			return err
		}
	}
	c.mu.Lock()
	chunk := c.collected
	c.collected = nil
	c.mu.Unlock()
	if len(chunk) == 0 {
		return nil
	}
	return c.put(ctx, chunk)
}

// put stores the next chunk. A chunk that failed stays as it is: it may have arrived after all, and its reader reads
// each number once.
func (c *chunkChannel) put(ctx context.Context, chunk []byte) error {
	c.pending = chunk
	if err := c.store.PutChunk(ctx, c.stored+1, chunk); err != nil {
		return fmt.Errorf("message chunk %d: %w", c.stored+1, err)
	}
	c.stored++
	c.pending = nil
	return nil
}

// Close has nothing to do: the session flushes before.
func (c *chunkChannel) Close(context.Context) error { return nil }
