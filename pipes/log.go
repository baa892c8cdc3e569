package pipes

import (
	"context"
	"fmt"
)

// A Level is the level of a log message, one of Dagster's five.
type Level string

// The levels.
const (
	LevelDebug    Level = "DEBUG"
	LevelInfo     Level = "INFO"
	LevelWarning  Level = "WARNING"
	LevelError    Level = "ERROR"
	LevelCritical Level = "CRITICAL"
)

// Log sends a line to the log of the Dagster run.
func (s *Session) Log(ctx context.Context, level Level, message string) error {
	switch level {
	case LevelDebug, LevelInfo, LevelWarning, LevelError, LevelCritical:
	default:
		return fmt.Errorf("pipes: log: level %q is none of Dagster's: DEBUG, INFO, WARNING, ERROR, CRITICAL", level)
	}
	if s.local != nil {
		return s.logLocal(ctx, level, message)
	}
	return s.report(ctx, methodLog, func(dst []byte) ([]byte, error) {
		dst = append(dst, `{"message":`...)
		dst = appendString(dst, message)
		dst = append(dst, `,"level":"`...)
		dst = append(dst, level...)
		return append(dst, '"', '}'), nil
	})
}
