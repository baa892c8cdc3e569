package notify

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// Logging writes the digest to the log, as one record of a few lines.
type Logging struct {
	Logger *slog.Logger
	Level  slog.Level
}

var _ Hook = (*Logging)(nil)

// How many entries of each list are logged, and how many bytes of all: below 4 KB, so that no log cuts it.
const (
	mostLogged      = 4
	mostBytesLogged = 3 << 10
)

// Send implements Hook.
func (l *Logging) Send(ctx context.Context, d *Digest) error {
	d = d.Brief(mostLogged)
	lines := []string{d.Summary}
	for _, f := range d.Findings {
		lines = append(lines, fmt.Sprintf("%s %s: %s", f.Severity, f.subject(), line(f.Reason)))
	}
	lines = append(lines, andMore(d.Omitted.Findings)...)
	for _, c := range d.Changes {
		lines = append(lines, line(c.Table+": "+c.Text))
	}
	lines = append(lines, andMore(d.Omitted.Changes)...)
	for _, f := range d.Failures {
		lines = append(lines, line(f.Table+" failed: "+f.Message))
	}
	lines = append(lines, andMore(d.Omitted.Failures)...)
	text := strings.Join(lines, "\n  ")
	if len(text) > mostBytesLogged {
		text = strings.ToValidUTF8(text[:mostBytesLogged], "") + "…"
	}
	l.Logger.Log(ctx, l.Level, text)
	return nil
}
