package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report/terminal"
)

// progress shows what a run is doing: a bar on a terminal, a log line a table elsewhere.
type progress struct {
	logger *slog.Logger
	words  func(error) string
	rows   atomic.Int64

	mu      sync.Mutex
	bars    *mpb.Progress // nil where standard error is no terminal
	overall *mpb.Bar
	reading map[string]*reading
	left    timeLeft
}

// reading is a table that is being read.
type reading struct {
	bar   *mpb.Bar // nil where there are no bars
	rows  int64
	since time.Time
}

// newProgress shows the progress of so many tables; words tells an error to a log.
func newProgress(w io.Writer, logger *slog.Logger, tables int, words func(error) string) *progress {
	p := &progress{logger: logger, words: words, reading: map[string]*reading{}}
	if file, ok := w.(*os.File); !ok || !term.IsTerminal(int(file.Fd())) {
		return p
	}
	p.bars = mpb.New(mpb.WithOutput(w), mpb.WithWidth(40), mpb.WithRefreshRate(150*time.Millisecond))
	start := time.Now()
	p.left.start = start
	p.overall = p.bars.AddBar(int64(tables),
		mpb.PrependDecorators(decor.CountersNoUnit("%d of %d tables")),
		mpb.AppendDecorators(
			decor.Any(func(decor.Statistics) string {
				rows := p.rows.Load()
				return fmt.Sprintf("%s rows, %s rows/s%s", terminal.Count(rows), terminal.Count(int64(float64(rows)/max(time.Since(start).Seconds(), 0.001))), p.timeLeft())
			})),
	)
	return p
}

// Planned implements profiler.Progress.
func (p *progress) Planned(tables []plan.Table) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left.plan(tables)
}

// timeLeft is what the bar says of the time that is left; nothing where it is not known.
func (p *progress) timeLeft() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	left, known := p.left.at(time.Now())
	if !known {
		return ""
	}
	return fmt.Sprintf(", about %v left", left.Round(time.Second))
}

// Started implements profiler.Progress.
func (p *progress) Started(t plan.Table) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := &reading{since: time.Now()}
	p.reading[t.ID()] = r
	if p.bars != nil {
		r.bar = p.bars.AddBar(max(t.EstimatedRows, 0), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name("  "+t.ID())),
			mpb.AppendDecorators(decor.CurrentNoUnit("%d rows")))
	}
}

// Read implements profiler.Progress.
func (p *progress) Read(t plan.Table, rows int64) {
	p.rows.Add(rows)
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.reading[t.ID()]
	r.rows += rows
	p.left.read(t.ID(), r.rows)
	if r.bar != nil {
		r.bar.SetCurrent(r.rows)
	}
}

// Restarted implements profiler.Progress.
func (p *progress) Restarted(t plan.Table) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.reading[t.ID()]
	p.rows.Add(-r.rows)
	r.rows = 0
	p.left.read(t.ID(), 0)
}

// Finished implements profiler.Progress.
func (p *progress) Finished(t plan.Table, err error) {
	p.mu.Lock()
	r := p.reading[t.ID()]
	delete(p.reading, t.ID())
	p.left.finish(t.ID())
	p.mu.Unlock()
	if p.bars != nil {
		r.bar.SetTotal(-1, true)
		p.overall.Increment()
		return
	}
	switch {
	case errors.Is(err, context.Canceled): // the whole run was interrupted, which is said once
	case err != nil:
		p.logger.Error(p.words(err))
	default:
		p.logger.Info("profiled", "table", t.ID(), "rows", terminal.Count(r.rows), "seconds", fmt.Sprintf("%.2f", time.Since(r.since).Seconds()))
	}
}

// Close ends the bars.
func (p *progress) Close() {
	if p.bars == nil {
		return
	}
	p.overall.Abort(false)
	p.bars.Wait()
}
