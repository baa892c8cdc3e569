package pipes

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// SlogLevelCritical is the level from which a slog record is CRITICAL in Dagster; slog itself ends with Error.
const SlogLevelCritical = slog.LevelError + 4

// NewSlogHandler returns a slog.Handler that sends records to the log of the Dagster run: the message, then the
// attributes as key=value, as slog.TextHandler writes them. Time is Dagster's own. The options are those of
// slog.TextHandler, and may be nil. A record that cannot be sent because the session is closed goes to standard error.
func NewSlogHandler(session *Session, opts *slog.HandlerOptions) slog.Handler {
	if opts == nil {
		opts = &slog.HandlerOptions{}
	}
	var level slog.Leveler = slog.LevelInfo
	if opts.Level != nil {
		level = opts.Level
	}
	sink := &slogSink{session: session, level: level}
	textOptions := *opts
	textOptions.ReplaceAttr = func(groups []string, attr slog.Attr) slog.Attr {
		if sink.preamble && len(groups) == 0 && attr.Key != slog.SourceKey {
			// The message ends what TextHandler writes before the attributes.
			sink.preamble = attr.Key != slog.MessageKey
			return slog.Attr{}
		}
		if opts.ReplaceAttr != nil {
			return opts.ReplaceAttr(groups, attr)
		}
		return attr
	}
	return &slogHandler{sink: sink, attrs: slog.NewTextHandler(&sink.text, &textOptions)}
}

type slogHandler struct {
	sink  *slogSink
	attrs slog.Handler // writes the attributes alone into sink.text
}

// slogSink is what a handler shares with those derived from it.
type slogSink struct {
	session *Session
	level   slog.Leveler

	mu       sync.Mutex // held in every call of TextHandler
	text     bytes.Buffer
	preamble bool // TextHandler is writing level and message, which are left out
}

func (h *slogHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.sink.level.Level()
}

func (h *slogHandler) Handle(ctx context.Context, record slog.Record) error {
	text, err := h.text(ctx, record)
	if err != nil {
		return err
	}
	// A log line tells of cancellation often enough; it is not cancelled itself.
	ctx = context.WithoutCancel(ctx)
	err = h.sink.session.Log(ctx, dagsterLevel(record.Level), text)
	if errors.Is(err, ErrClosed) {
		h.sink.session.complain("%s %s", record.Level, text)
	}
	return err
}

func (h *slogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	h.sink.mu.Lock()
	defer h.sink.mu.Unlock()
	return &slogHandler{sink: h.sink, attrs: h.attrs.WithAttrs(attrs)}
}

func (h *slogHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return &slogHandler{sink: h.sink, attrs: h.attrs.WithGroup(name)}
}

func (h *slogHandler) text(ctx context.Context, record slog.Record) (string, error) {
	h.sink.mu.Lock()
	defer h.sink.mu.Unlock()
	h.sink.text.Reset()
	h.sink.preamble = true
	record.Time = time.Time{} // which makes TextHandler leave it out
	if err := h.attrs.Handle(ctx, record); err != nil {
		return "", err
	}
	attrs := strings.TrimSuffix(h.sink.text.String(), "\n")
	if attrs == "" {
		return record.Message, nil
	}
	return record.Message + " " + attrs, nil
}

func dagsterLevel(level slog.Level) Level {
	switch {
	case level < slog.LevelInfo:
		return LevelDebug
	case level < slog.LevelWarn:
		return LevelInfo
	case level < slog.LevelError:
		return LevelWarning
	case level < SlogLevelCritical:
		return LevelError
	}
	return LevelCritical
}

// slogLevel is the inverse of dagsterLevel.
func slogLevel(level Level) slog.Level {
	switch level {
	case LevelDebug:
		return slog.LevelDebug
	case LevelInfo:
		return slog.LevelInfo
	case LevelWarning:
		return slog.LevelWarn
	case LevelError:
		return slog.LevelError
	}
	return SlogLevelCritical
}
