package pipes

import (
	"context"
	"fmt"
	"log/slog"
	"os"
)

// newLocalSession is a session outside Dagster: what it is told goes to logger.
func newLocalSession(logger *slog.Logger) *Session {
	return &Session{
		context:      &Context{outside: true},
		local:        logger,
		stderr:       &printer{standard: os.Stderr},
		materialized: map[string]bool{},
		closed:       make(chan struct{}),
	}
}

// sendLocal logs the message that Dagster would get. Its params are what the checks above have let through, so
// that a mistake shows outside Dagster, too.
func (s *Session) sendLocal(ctx context.Context, method string, params []byte) error {
	if err := s.checkOpen(); err != nil {
		return err
	}
	s.local.LogAttrs(ctx, slog.LevelInfo, "pipes: "+method, slog.String("params", string(params)))
	return nil
}

func (s *Session) closeLocal(reason error) {
	if reason == nil {
		s.local.Info("pipes: closed")
		return
	}
	s.local.Error("pipes: closed", slog.Any("error", reason))
}

func (s *Session) logLocal(ctx context.Context, level Level, message string) error {
	if err := s.checkOpen(); err != nil {
		return err
	}
	s.local.Log(ctx, slogLevel(level), message)
	return nil
}

func (s *Session) checkOpen() error {
	select {
	case <-s.closed:
		return fmt.Errorf("pipes: message not sent: %w", ErrClosed)
	default:
		return nil
	}
}
