package pipes

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"
)

// A Session is the connection of this process to the Dagster step that launched it. Its methods may be called from
// many goroutines. A message whose report returned nil has left the process: it arrives even if the process dies at
// once, except on buffered channels, which may lose what came since the last flush. A report that returned an error
// may or may not arrive.
type Session struct {
	context *Context
	local   *slog.Logger // where reports go outside Dagster; nil inside
	stderr  *printer

	channel   Channel
	outbox    *outbox
	capture   *capture
	stopFlush func()        // ends the flushing at intervals
	flushing  chan struct{} // holds one element while a flush is under way
	timeout   time.Duration
	base      context.Context // the values of Open's context without its end
	giveUp    context.CancelFunc

	mu           sync.Mutex
	materialized map[string]bool
	lost         int   // messages that failed
	firstLoss    error // why the first of them did

	closing  sync.Once
	closed   chan struct{}
	closeErr error
}

// Open opens the session: it loads the context and tells Dagster that the process is there. Outside Dagster it fails
// with ErrNotPipesProcess, unless OutsideDagster says otherwise. A process opens one session, and must Close it: an
// unclosed session looks to Dagster like a process that died. The context bounds Open only.
func Open(ctx context.Context, opts ...Option) (*Session, error) {
	o := newOptions(opts)
	contextParams, messageParams, err := o.params.LoadParams()
	if err != nil {
		if errors.Is(err, ErrNotPipesProcess) && o.outside != nil {
			return newLocalSession(o.outside), nil
		}
		return nil, err
	}
	raw, err := o.loader.LoadContext(ctx, contextParams)
	if err != nil {
		return nil, err
	}
	decoded, err := decodeContext(raw)
	if err != nil {
		return nil, err
	}
	channel, err := o.writer.OpenMessages(ctx, messageParams)
	if err != nil {
		return nil, err
	}
	base, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	s := &Session{
		context:      decoded,
		stderr:       &printer{given: o.stderr, standard: os.Stderr},
		channel:      channel,
		outbox:       newOutbox(base, channel),
		stopFlush:    func() {},
		flushing:     make(chan struct{}, 1),
		timeout:      o.closeTimeout,
		base:         base,
		giveUp:       giveUp,
		materialized: map[string]bool{},
		closed:       make(chan struct{}),
	}
	if err := s.sendOpened(ctx, o); err != nil {
		giveUp()
		return nil, errors.Join(err, channel.Close(ctx))
	}
	if err := s.start(o, messageParams); err != nil {
		return nil, errors.Join(err, s.Close(err))
	}
	return s, nil
}

// start starts what runs beside the program.
func (s *Session) start(o options, params Params) error {
	wanted, err := params.Bool("include_stdio_in_messages")
	if err != nil {
		return err
	}
	if standardStream(s.channel) != "" {
		wanted = false // whoever reads the messages there reads what is printed, too
	}
	writer := o.logWriter
	if writer == nil && wanted {
		writer = messageLogWriter{s}
	}
	if writer != nil {
		if s.capture, err = startCapture(s.base, writer); err != nil {
			return err
		}
	}
	if flusher, ok := s.channel.(Flusher); ok && o.flushInterval > 0 {
		s.stopFlush = s.flushEvery(o.flushInterval, flusher)
	}
	return nil
}

// Context returns what Dagster told this process.
func (s *Session) Context() *Context { return s.context }

// InDagster tells whether Dagster launched this process. It is false only for a session of OutsideDagster.
func (s *Session) InDagster() bool { return s.local == nil }

// Flush sends what a buffered channel holds. On others, where nothing is held, it does nothing.
func (s *Session) Flush(ctx context.Context) error {
	flusher, ok := s.channel.(Flusher)
	if !ok {
		return nil
	}
	if err := s.checkOpen(); err != nil {
		return err
	}
	return s.flush(ctx, flusher)
}

// flush returns when the channel has flushed, or ctx has ended; in the last case the flush may still be under way, since
// a write to a standard stream cannot be stopped. What it holds is not flushed twice: the next flush waits for it.
func (s *Session) flush(ctx context.Context, flusher Flusher) error {
	select {
	case s.flushing <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("pipes: flush messages: %w", &waitError{context.Cause(ctx)})
	}
	flushed := make(chan error, 1)
	go func() {
		defer func() { <-s.flushing }()
		flushed <- flusher.Flush(ctx)
	}()
	var err error
	select {
	case err = <-flushed:
	case <-ctx.Done():
		err = &waitError{context.Cause(ctx)}
	}
	if err != nil {
		return fmt.Errorf("pipes: flush messages: %w", err)
	}
	return nil
}

// flushEvery flushes at intervals until the function it returns is called.
func (s *Session) flushEvery(interval time.Duration, flusher Flusher) (stop func()) {
	ctx, cancel := context.WithCancel(s.base)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				// The messages are kept and tried again: not lost yet, but a person should know.
				if err := s.flush(ctx, flusher); err != nil && ctx.Err() == nil {
					s.complain("%v; will be tried again", err)
				}
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// Close tells Dagster that the process is done, with err as the reason where it is not nil, and ends the session.
// What was sent before arrives before. Close returns an error if that fails, or if any message of the session was
// lost. Only the first call does anything, the others wait for it and return the same.
func (s *Session) Close(err error) error {
	s.closing.Do(func() {
		s.closeErr = s.close(err)
		close(s.closed)
	})
	return s.closeErr
}

func (s *Session) close(err error) error {
	if s.local != nil {
		s.closeLocal(err)
		return nil
	}
	defer s.giveUp()
	ctx, cancel := context.WithTimeoutCause(s.base, s.timeout, fmt.Errorf("not done after %s", s.timeout))
	defer cancel()
	// What waits on the channel itself must end with this context as well.
	defer context.AfterFunc(ctx, s.giveUp)()

	var errs []error
	if s.capture != nil {
		// Half of the time, so that the last message has some left.
		half, cancel := context.WithTimeoutCause(ctx, s.timeout/2, fmt.Errorf("not done after %s", s.timeout/2))
		errs = append(errs, s.capture.stop(half))
		cancel()
	}
	lastErr := s.sendClosed(ctx, err) // counted as a loss, if it is one
	s.stopFlush()
	if flusher, ok := s.channel.(Flusher); ok && !stillWaits(lastErr) {
		lastErr = s.flush(ctx, flusher)
		errs = append(errs, lastErr)
	}
	if !stillWaits(lastErr) {
		if closeErr := s.channel.Close(ctx); closeErr != nil {
			errs = append(errs, fmt.Errorf("pipes: close messages: %w", closeErr))
		}
	}
	closeErr := errors.Join(append(errs, s.losses())...)
	if closeErr != nil {
		s.complain("%v", closeErr)
	}
	return closeErr
}

// send sends one message, and keeps count of those that fail.
func (s *Session) send(ctx context.Context, line []byte, last bool) error {
	if err := ctx.Err(); err != nil && !last {
		return fmt.Errorf("pipes: message not sent: %w", context.Cause(ctx))
	}
	err := s.outbox.send(ctx, line, last)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrClosed):
		return fmt.Errorf("pipes: message not sent: %w", err)
	}
	err = fmt.Errorf("pipes: message not sent to Dagster: %w", err)
	if stillWaits(err) && !last {
		return err // the caller's own context ended
	}
	s.mu.Lock()
	s.lost++
	first := s.firstLoss == nil
	if first {
		s.firstLoss = err
	}
	s.mu.Unlock()
	if first && !last {
		s.complain("%v", err)
	}
	return err
}

func (s *Session) losses() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.lost == 0:
		return nil
	case s.lost == 1:
		return s.firstLoss
	}
	return fmt.Errorf("pipes: %d messages not sent to Dagster, the first because: %w", s.lost, s.firstLoss)
}

// complain says on standard error what went wrong with the messages, which is where a person looks when Dagster shows
// nothing. It does not where messages go there themselves: the stream is what failed.
func (s *Session) complain(format string, args ...any) {
	if standardStream(s.channel) == Stderr {
		return
	}
	_, _ = fmt.Fprintf(s.stderr, format+"\n", args...)
}

// materialize notes that an asset has been materialized, which must happen once.
func (s *Session) materialize(assetKey string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.materialized[assetKey] {
		return fmt.Errorf("%w: %q; report it once, with all its metadata", ErrAlreadyMaterialized, assetKey)
	}
	s.materialized[assetKey] = true
	return nil
}

// unmaterialize takes the note back where the report failed.
func (s *Session) unmaterialize(assetKey string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.materialized, assetKey)
}

// resolveAssetKey finds the asset that a report is about: the one it names, or the step's only one. A step without
// assets may name any.
func (s *Session) resolveAssetKey(assetKey string) (string, error) {
	keys := s.context.data.AssetKeys
	switch {
	case s.local != nil, assetKey != "" && len(keys) == 0:
		return assetKey, nil
	case assetKey != "" && !slices.Contains(keys, assetKey):
		return "", fmt.Errorf("%w: %q is none of the step's assets %s", ErrAssetKey, assetKey, quoteAll(keys))
	case assetKey != "":
		return assetKey, nil
	case len(keys) == 0:
		return "", fmt.Errorf("%w: the step does not target assets, so the report must name one", ErrAssetKey)
	case len(keys) > 1:
		return "", fmt.Errorf("%w: the step targets several assets, name one of %s", ErrAssetKey, quoteAll(keys))
	}
	return keys[0], nil
}
