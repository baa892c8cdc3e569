package cli

import (
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// replayBar shows how many runs have been replayed, on a terminal alone.
type replayBar struct {
	expected int64 // runs, of the tables so far
	bars     *mpb.Progress
	bar      *mpb.Bar // nil where there is no terminal
}

func newReplayBar(w io.Writer) *replayBar {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return &replayBar{}
	}
	bars := mpb.New(mpb.WithOutput(file), mpb.WithWidth(40), mpb.WithRefreshRate(150*time.Millisecond))
	return &replayBar{bars: bars, bar: bars.AddBar(0, mpb.PrependDecorators(decor.CountersNoUnit("%d of %d runs")))}
}

// done tells that a run has been replayed.
func (b *replayBar) done() {
	if b.bar != nil {
		b.bar.SetTotal(b.expected, false)
		b.bar.Increment()
	}
}

// stop takes the bar away.
func (b *replayBar) stop() {
	if b.bar != nil {
		b.bar.Abort(true)
		b.bars.Wait()
	}
}
