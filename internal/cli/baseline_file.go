package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/baselinr/baselinr-pipes/config"
	"github.com/baselinr/baselinr-pipes/drift"
	"github.com/baselinr/baselinr-pipes/drift/baselinefile"
	"github.com/baselinr/baselinr-pipes/plan"
	"github.com/baselinr/baselinr-pipes/warehouse"
)

// maxBaselineFile is how large a baseline file may be, so that a wrong path costs an error and not the memory.
const maxBaselineFile = 256 << 20

// namesBaselineFile reports whether the value of --baseline names a file: one that is there, or a name that ends as
// those of baseline files do.
func namesBaselineFile(text string) bool {
	if slices.Contains([]string{".yml", ".yaml", ".json"}, strings.ToLower(filepath.Ext(text))) {
		return true
	}
	info, err := os.Stat(text)
	return err == nil && info.Mode().IsRegular()
}

// baselineFiles keeps the baseline files that have been read.
type baselineFiles struct {
	sync.Mutex
	read map[string]*baselinefile.File
}

// baselineFile reads a baseline file, once.
func (a *app) baselineFile(path string) (*baselinefile.File, error) {
	a.baselines.Lock()
	defer a.baselines.Unlock()
	if f, ok := a.baselines.read[path]; ok {
		return f, nil
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, usageError{fmt.Errorf("the baseline file cannot be read: %w; baselinr-pipes baseline export --out %s writes it", err, path)}
	case !info.Mode().IsRegular():
		return nil, usageError{fmt.Errorf("the baseline file %s is no file", path)}
	case info.Size() > maxBaselineFile:
		return nil, usageError{fmt.Errorf("%s: %d MiB are no baseline file", path, info.Size()>>20)}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usageError{fmt.Errorf("the baseline file cannot be read: %w", err)}
	}
	f, err := baselinefile.Decode(path, text)
	if err != nil {
		return nil, usageError{err}
	}
	for _, line := range f.Settle() {
		a.logger.Warn(path + ": " + line)
	}
	if a.baselines.read == nil {
		a.baselines.read = map[string]*baselinefile.File{}
	}
	a.baselines.read[path] = f
	return f, nil
}

// fileBaseline is the run of a table that --baseline names by a file. A file that lacks the table is bad usage.
func (a *app) fileBaseline(path string, t warehouse.TableRef) (drift.FileBaseline, error) {
	f, err := a.baselineFile(path)
	if err != nil {
		return drift.FileBaseline{}, err
	}
	found, ok := f.Find(t.Schema, t.Name)
	if !ok {
		return drift.FileBaseline{}, usageError{fmt.Errorf("--baseline: %s lacks the table %q; it holds %s", path, t.ID(), someIDs(f.Tables))}
	}
	return drift.FileBaseline{Name: path, Run: found.Run, NoValues: f.NoValues, LeftOut: found.LeftOut}, nil
}

// driftSettings say how the runs of a table are compared, with the baseline files that the config names.
func (a *app) driftSettings(c *config.Config, t plan.Table) (drift.Settings, error) {
	s, err := driftSettings(c, t)
	if err != nil {
		return s, err
	}
	if err := a.readBaseline(c, t, t.Drift, &s.Baseline); err != nil {
		return s, err
	}
	for i, rule := range t.DriftColumns {
		if err := a.readBaseline(c, t, t.Drift.WithColumn(rule.Drift), &s.Columns[i].Judgement.Baseline); err != nil {
			return s, err
		}
	}
	return s, nil
}

// readBaseline puts the run of the file that the config names into settings. A file that lacks the table leaves it
// out: then drift is not computed, which the report tells.
func (a *app) readBaseline(c *config.Config, t plan.Table, of config.Drift, into *drift.BaselineSettings) error {
	if of.Baselines.Strategy != drift.BaselineFile {
		return nil
	}
	name := of.Baselines.File
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.Dir, path)
	}
	f, err := a.baselineFile(path)
	if err != nil {
		return err
	}
	into.File = drift.FileBaseline{Name: name, NoValues: f.NoValues}
	if found, ok := f.Find(t.Schema, t.Name); ok {
		into.File.Run, into.File.LeftOut = found.Run, found.LeftOut
	}
	return nil
}

// readBaselineFiles reads the baseline files of the plan's tables, so that a bad one ends a run before it has read
// a table.
func (a *app) readBaselineFiles(c *config.Config, p *plan.Plan) error {
	for _, t := range p.Tables {
		if _, err := a.driftSettings(c, t); err != nil {
			return err
		}
	}
	return nil
}
