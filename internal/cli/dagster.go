package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"

	"github.com/baselinr/baselinr-pipes/pipes"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/report/dagster"
)

// dagsterStep is the step that launched this process.
type dagsterStep struct {
	session  *pipes.Session
	inChunks bool           // messages of any length arrive
	extra    *launcherExtra // nil where the launcher is not our Python package
}

// launcherExtra is the extra "baselinr" with which our Python package launches the process.
type launcherExtra struct {
	Version int `json:"version"`
	Config  struct {
		Path    string `json:"path"`
		Text    string `json:"text"`     // in place of a path, with ${…} unresolved
		BaseDir string `json:"base_dir"` // where the text's relative paths start
	} `json:"config"`
	AssetKeys       map[string]string `json:"asset_keys"` // by table ID: the tables to profile
	HandlesFailures bool              `json:"handles_failures"`

	partitionsExtra

	// Elsewhere says that another client than the package's own starts the process: its standard input is
	// no lifeline, and what reads the messages may lose long ones.
	Elsewhere bool `json:"elsewhere"`

	// Report says where the HTML report of the run goes; nothing where there is none. URL is where a browser finds it.
	Report struct {
		Path string `json:"path"`
		URL  string `json:"url"`
	} `json:"report"`
}

// extraName is the name of the extra, and extraVersion the version of its form.
const (
	extraName    = "baselinr"
	extraVersion = 1
)

// errLauncherGone is why a process stops whose launcher closed its end of standard input, or died.
var errLauncherGone = errors.New("the launcher is gone: its end of standard input was closed")

// profileInDagster opens the session, profiles in it, and closes it with what came of that.
func (a *app) profileInDagster(ctx context.Context, flags profileFlags) error {
	var way transport
	session, err := pipes.Open(ctx, pipes.WithStderr(a.Err), pipes.WithContextLoader(&way), pipes.WithMessageWriter(&way))
	if err != nil {
		return err
	}
	step := &dagsterStep{session: session, inChunks: way.inChunks}
	err = a.profileInStep(ctx, flags, step)
	if closing := session.Close(err); err == nil {
		return closing
	}
	return err
}

func (a *app) profileInStep(ctx context.Context, flags profileFlags, step *dagsterStep) error {
	var extra launcherExtra
	switch err := step.session.Context().Extra(extraName, &extra); {
	case err == nil:
		if extra.Version != extraVersion {
			return fmt.Errorf("the launcher speaks version %d of the extra %q, this binary version %d; install the Python package and the binary of one release", extra.Version, extraName, extraVersion)
		}
		if err := extra.check(); err != nil {
			return err
		}
		step.extra = &extra
	case !errors.Is(err, pipes.ErrNotInContext):
		return err
	}
	a.logger = slog.New(fanOut{pipes.NewSlogHandler(step.session, nil), a.logger.Handler()})
	if step.extra == nil || step.extra.Elsewhere {
		return a.profile(ctx, flags, step)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() { // the lifeline: standard input ends when the launcher does
		_, _ = io.Copy(io.Discard, a.In)
		stop(errLauncherGone)
	}()
	err := a.profile(ctx, flags, step)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, errLauncherGone) {
		return cause
	}
	return err
}

// handlesFailures reports whether the launcher itself fails the step when a table failed.
func (s *dagsterStep) handlesFailures() bool {
	return s != nil && s.extra != nil && s.extra.HandlesFailures
}

// reportFile is the report that the launcher asks for; empty where it asks for none.
func (s *dagsterStep) reportFile() string {
	if s == nil || s.extra == nil {
		return ""
	}
	return s.extra.Report.Path
}

// reportOf is where a person finds the report that is written once the run has ended: that of the launcher, else the last that
// is HTML; nil where there is none.
func (s *dagsterStep) reportOf(files []reportFile, runID string) *pipes.MetadataValue {
	if s.extra != nil && s.extra.Report.URL != "" {
		url := pipes.URL(strings.ReplaceAll(s.extra.Report.URL, runIDPlace, runID))
		return &url
	}
	for _, f := range slices.Backward(files) { // the launcher's is the last
		if f.form != outputHTML {
			continue
		}
		path := f.pathOf(runID)
		if whole, err := filepath.Abs(path); err == nil {
			path = whole
		}
		value := pipes.Path(path)
		return &value
	}
	return nil
}

// reporter returns what reports the plan's tables to the step. Without the launcher's extra, tables are
// matched with the step's assets by name.
func (s *dagsterStep) reporter(p *plan.Plan) (*dagster.Reporter, error) {
	r := &dagster.Reporter{Session: s.session, Plan: p, Brief: s.extra == nil || s.extra.Elsewhere && !s.inChunks}
	if s.extra != nil {
		r.AssetKey = func(id string) string { return s.extra.AssetKeys[id] }
		return r, nil
	}
	keys, err := s.session.Context().AssetKeys()
	if err != nil {
		return nil, err
	}
	if len(keys) == 1 && len(p.Tables) == 1 {
		r.AssetKey = func(string) string { return keys[0] }
		return r, nil
	}
	byTable := map[string]string{}
	for _, t := range p.Tables {
		for _, key := range keys {
			if parts := pipes.SplitAssetKey(key); parts[len(parts)-1] == t.Name || strings.Join(parts, ".") == t.ID() {
				byTable[t.ID()] = key
			}
		}
		if byTable[t.ID()] == "" {
			return nil, usageError{fmt.Errorf("the step has the assets %s, and none for table %s; pass --table to profile the table of one asset, or name an asset after each table", strings.Join(keys, ", "), t.ID())}
		}
	}
	r.AssetKey = func(id string) string { return byTable[id] }
	return r, nil
}

// fanOut is a log handler that hands records to several.
type fanOut []slog.Handler

// Enabled implements slog.Handler.
func (f fanOut) Enabled(ctx context.Context, level slog.Level) bool {
	for _, h := range f {
		if h.Enabled(ctx, level) {
			return true
		}
	}
	return false
}

// Handle implements slog.Handler.
func (f fanOut) Handle(ctx context.Context, r slog.Record) error {
	var errs []error
	for _, h := range f {
		if h.Enabled(ctx, r.Level) {
			errs = append(errs, h.Handle(ctx, r.Clone()))
		}
	}
	return errors.Join(errs...)
}

// WithAttrs implements slog.Handler.
func (f fanOut) WithAttrs(attrs []slog.Attr) slog.Handler {
	handlers := make(fanOut, len(f))
	for i, h := range f {
		handlers[i] = h.WithAttrs(attrs)
	}
	return handlers
}

// WithGroup implements slog.Handler.
func (f fanOut) WithGroup(name string) slog.Handler {
	handlers := make(fanOut, len(f))
	for i, h := range f {
		handlers[i] = h.WithGroup(name)
	}
	return handlers
}
