package pipes

import (
	"io"
	"log/slog"
	"maps"
	"os"
	"sync"
	"time"
)

// Defaults of the options of the same names.
const (
	DefaultFlushInterval = 10 * time.Second
	DefaultCloseTimeout  = time.Minute
	DefaultGracePeriod   = 15 * time.Second
)

// An Option changes what Open and Run do.
type Option func(*options)

type options struct {
	params        ParamsLoader
	loader        ContextLoader
	writer        MessageWriter
	logWriter     LogWriter
	outside       *slog.Logger
	openedExtras  map[string]any
	stderr        io.Writer
	flushInterval time.Duration
	closeTimeout  time.Duration
	gracePeriod   time.Duration
}

func newOptions(opts []Option) options {
	o := options{
		params:        defaultParams{},
		loader:        DefaultContextLoader{},
		writer:        DefaultMessageWriter{},
		flushInterval: DefaultFlushInterval,
		closeTimeout:  DefaultCloseTimeout,
		gracePeriod:   DefaultGracePeriod,
	}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// WithParams replaces where the Pipes parameters come from: FromEnv(os.LookupEnv), then FromArgs(os.Args[1:]).
func WithParams(loader ParamsLoader) Option { return func(o *options) { o.params = loader } }

// WithContextLoader replaces the DefaultContextLoader.
func WithContextLoader(loader ContextLoader) Option { return func(o *options) { o.loader = loader } }

// WithMessageWriter replaces the DefaultMessageWriter.
func WithMessageWriter(writer MessageWriter) Option { return func(o *options) { o.writer = writer } }

// WithLogWriter captures what the process and its children print, and gives it to writer instead of sending it as
// messages. It captures whether or not Dagster asked for it.
func WithLogWriter(writer LogWriter) Option { return func(o *options) { o.logWriter = writer } }

// OutsideDagster lets the program run where Dagster did not launch it: reports go to logger (text on standard error
// where nil) and the context is empty. Without this option Open fails there with ErrNotPipesProcess.
func OutsideDagster(logger *slog.Logger) Option {
	if logger == nil {
		logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return func(o *options) { o.outside = logger }
}

// WithOpenedExtras adds extras to the opened message, for a message reader of one's own.
func WithOpenedExtras(extras map[string]any) Option {
	return func(o *options) { o.openedExtras = maps.Clone(extras) }
}

// WithStderr replaces standard error, where a session says that messages were lost.
func WithStderr(w io.Writer) Option { return func(o *options) { o.stderr = w } }

// WithFlushInterval sets how often a buffered channel is flushed: DefaultFlushInterval where not set. Zero leaves all
// messages until Close, or Flush.
func WithFlushInterval(interval time.Duration) Option {
	return func(o *options) { o.flushInterval = interval }
}

// WithCloseTimeout sets how long Close may take: DefaultCloseTimeout where not set. A reader that does not read, or a
// store that does not answer, must not keep the process for ever.
func WithCloseTimeout(timeout time.Duration) Option {
	return func(o *options) { o.closeTimeout = timeout }
}

// WithGracePeriod sets how long Run waits for its function after a signal: DefaultGracePeriod where not set. Dagster's
// subprocess client waits 20 seconds after its SIGINT.
func WithGracePeriod(period time.Duration) Option {
	return func(o *options) { o.gracePeriod = period }
}

// printer writes a line to a standard stream in such a way that a closed pipe does not end the process.
type printer struct {
	given    io.Writer
	standard *os.File
	mu       sync.Mutex
}

func (p *printer) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.given != nil {
		return p.given.Write(text)
	}
	file, err := duplicate(p.standard)
	if err != nil {
		return 0, err
	}
	if file != p.standard {
		defer file.Close()
	}
	return file.Write(text)
}
