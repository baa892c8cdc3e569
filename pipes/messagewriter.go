package pipes

import (
	"context"
	"fmt"
	"io"
	"os"
)

// A MessageWriter opens the way back to Dagster.
type MessageWriter interface {
	// OpenMessages opens a channel to where the message reader in Dagster looks. The params are those of the reader.
	// The context ends with the call.
	OpenMessages(ctx context.Context, params Params) (Channel, error)
}

// A Channel carries messages to Dagster. The session calls its methods one at a time, except that Flush may run beside
// WriteMessages.
type Channel interface {
	// WriteMessages takes one or more messages, each one line with its newline, and keeps their order. It must not
	// keep the slice. It returns nil when the messages have left the process, or, where the channel is a Flusher,
	// when they are in its buffer.
	WriteMessages(ctx context.Context, lines []byte) error
	// Close is called once, after the last message and the last Flush.
	Close(ctx context.Context) error
}

// A Flusher is a Channel with a buffer. The session flushes it in the interval of WithFlushInterval and before Close.
// A Flush that fails keeps the messages for the next one.
type Flusher interface {
	Flush(ctx context.Context) error
}

// An OpenedExtras is a MessageWriter that tells its reader something in the opened message: what cannot be known
// before the process runs.
type OpenedExtras interface {
	OpenedExtras() map[string]any
}

// DefaultMessageWriter writes messages where the message reader asks for them: to the file of the parameter "path"
// (PipesTempFileMessageReader, PipesFileMessageReader), to standard output or standard error ("stdio"), or to one of
// these at intervals and at the end ("buffered_stdio"). The zero value is ready to use.
type DefaultMessageWriter struct {
	// Stdout and Stderr stand in for the process's own streams where they are not nil.
	Stdout, Stderr io.Writer
}

var _ MessageWriter = DefaultMessageWriter{}

// OpenMessages implements MessageWriter.
func (w DefaultMessageWriter) OpenMessages(_ context.Context, params Params) (Channel, error) {
	path, found, err := params.OptionalString("path")
	if err != nil {
		return nil, err
	}
	if found {
		return openFileChannel(path)
	}
	for _, name := range []string{"stdio", "buffered_stdio"} {
		stream, found, err := params.OptionalString(name)
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		channel, err := w.openStream(name, Stream(stream))
		if err != nil {
			return nil, err
		}
		if name == "buffered_stdio" {
			return &bufferedChannel{channel: channel}, nil
		}
		return channel, nil
	}
	return nil, fmt.Errorf(`pipes: open messages: want the parameter "path", "stdio" or "buffered_stdio", got %s; `+
		"if Dagster reads messages in another way, pass its writer with WithMessageWriter", params.names())
}

func (w DefaultMessageWriter) openStream(param string, stream Stream) (*streamChannel, error) {
	switch stream {
	case Stdout:
		return openStreamChannel(stream, w.Stdout, os.Stdout)
	case Stderr:
		return openStreamChannel(stream, w.Stderr, os.Stderr)
	}
	return nil, fmt.Errorf(`pipes: open messages: parameter %q: want "stdout" or "stderr", got %q`, param, stream)
}
